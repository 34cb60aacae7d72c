"""The form of case files (billers' words for facts and expectations), and finding and reading them."""

import datetime as dt
import glob
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from billing.rules.documents import DocumentError, Problem, read


class Known(BaseModel):
    """Facts this adapter understands; others are kept aside so that the case can name them."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    def unknown(self, at: str = "") -> Iterator[str]:
        """The dotted names of facts that nothing here reads."""
        for key in self.model_extra or {}:
            yield at + key
        for key, value in self:
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, Known):
                    yield from item.unknown(f"{at}{key}.")


class TimeEntry(Known):
    date: date
    minutes: int
    program: str
    discipline: str
    activity: str = "care_coordination"
    staff: str = ""
    start: str | None = None  # hours and minutes
    mode: str | None = None  # matters where a contract gives modifiers by it


class EnrollmentFacts(Known):
    program: str
    consent_date: date | None = None
    revoked_date: date | None = None
    initiating_visit_date: date | None = None
    last_seen_by_practice: date | None = None

    def stated(self, key: str) -> bool:
        """Whether the case says anything about a fact; null says that it was looked for and is not there."""
        return key in self.model_fields_set


class VisitFacts(Known):
    date: date
    code: str = ""
    face_to_face: bool = True
    practitioner: str = "same"
    mdm: str | None = None  # of the visit alone, as its minutes are
    minutes: int | None = None
    extensive_ccm_assessment_by_practitioner: bool = False


class ClaimFacts(Known):
    code: str
    date: dt.date | None = None
    month: str | None = None
    practitioner: str = "same"


class StayFacts(Known):
    type: str
    from_: date = Field(alias="from")
    to: date | None = None


class ContractFacts(Known):
    covered_codes: tuple[str, ...] | None = None
    effective_from: date | None = None
    effective_to: date | None = None


class PolicyFacts(Known):
    max_units_month: dict[str, int] = {}
    not_covered: tuple[str, ...] = ()


class ManualLine(Known):
    code: str
    units: int = 1


class Facts(Known):
    diagnoses: tuple[str, ...] = ()
    chronic_conditions: int | None = None
    care_plan_current: bool = True
    death_date: date | None = None
    enrollment: tuple[EnrollmentFacts, ...] = ()
    ccm_track: str = "clinical_staff"
    mdm: str | None = None
    visits: tuple[VisitFacts, ...] = ()
    other_claims: tuple[ClaimFacts, ...] = ()
    stays: tuple[StayFacts, ...] = ()
    time_entries: tuple[TimeEntry, ...] = ()
    contract: ContractFacts = ContractFacts()
    policy: PolicyFacts = PolicyFacts()
    manual_lines: tuple[ManualLine, ...] = ()


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ExpectedLine(Closed):
    code: str
    units: int
    modifiers: tuple[str, ...] | None = None
    date_of_service: date | Literal["earliest", "latest"] | None = None  # in words: any day that a line allows


class ExpectedRefusal(Closed):
    code: str
    reason_slug: str


class Scenario(Closed):
    """One patient over one month, or up to one day of it."""

    id: str
    theme: str
    as_of: str = Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")
    org_type: str
    payer_type: str
    facts: Facts
    expected_lines: tuple[ExpectedLine, ...] = ()
    expected_not_billable: tuple[ExpectedRefusal, ...] = ()
    citation: tuple[str, ...] = ()
    note: str = ""
    support: str = ""


class CaseFile(Closed):
    meta: dict[str, Any] = {}
    sources: dict[str, Any] = {}
    reason_slugs: dict[str, str] = {}
    scenarios: tuple[Scenario, ...]


def expand(names: Iterable[str]) -> list[Path]:
    """The case files that names, folders and globs stand for, each once; DocumentError for a name without any."""
    found: dict[Path, None] = {}
    for name in names:
        folder = Path(name)
        paths = sorted(folder.rglob("*.yaml")) if folder.is_dir() else [Path(each) for each in sorted(glob.glob(name))]
        if not paths:
            raise DocumentError([Problem(name, 1, "no such case file")])
        found |= dict.fromkeys(paths)
    return list(found)


def load(path: Path) -> tuple[Scenario, ...]:
    """The scenarios of one file; DocumentError with file and line where it does not have the format."""
    return read(path).typed(CaseFile).scenarios
