"""The form of case files (billers' words for facts and expectations), and finding and reading them."""

import datetime as dt
import glob
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

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
    episode_first_month: str | None = None

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
    units: int | None = None  # of no rule, as its status is: what is claimed is claimed
    status: str | None = None


class StayFacts(Known):
    type: str
    from_: date = Field(alias="from")
    to: date | None = None
    post_adjudication: bool = False


class OtherProgramFacts(Known):
    type: str
    from_: date = Field(alias="from")
    to: date | None = None


class PatientFacts(Known):
    age: int | None = None
    former_foster_youth: bool = False
    stay: StayFacts | None = None


class DischargeFacts(Known):
    date: date
    setting: str
    destination: str
    hour: str | None = None  # of no rule: a business day is a whole day


class ContactFacts(Known):
    date: date
    outcome: str
    method: str = "phone"
    by: str = "clinic_staff"
    party: str = "patient"
    before_discharge: bool = False


class CollaborativeFacts(Known):
    month_index: int | None = None
    registry: bool = True
    psychiatric_consultant_review: bool = True
    validated_scale: bool = True


class ConditionFacts(Known):
    dx: str = ""
    expected_months: int | None = None
    high_risk: bool = True


class NeedFacts(Known):
    z_code: str = ""
    limits_diagnosis_or_treatment: bool = True


class AssessmentFacts(Known):
    date: date
    tool: str = ""
    kind: str = "sdoh"
    minutes: int = 5
    standardized: bool = True
    known_or_suspected_need: bool = True


class ReportFacts(Known):
    date: date
    code: str
    necessity: bool = True
    rationale: bool = True


class ContractFacts(Known):
    covered_codes: tuple[str, ...] | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    code: str | None = None
    rounding: str = "midpoint_8"
    table: tuple[tuple[int, int, int], ...] = ()
    accumulate: str | None = None
    max_units_day: int | None = None
    max_units_month: int | None = None
    allowed_disciplines: tuple[str, ...] | None = None
    modifier_by_mode: dict[str, str | None] = {}
    facility_npi_modifiers: tuple[str, ...] = ()
    excluded_activities: tuple[str, ...] = ()
    excludes_programs: tuple[str, ...] = ()
    exclusive_with: tuple[str, ...] = ()
    min_contacts: int = 1
    pmpm: bool = False  # of no rule: the rounding says that it is a monthly rate


class PolicyFacts(Known):
    max_units_month: dict[str, int] = {}
    not_covered: tuple[str, ...] = ()
    cocm_time_rule: str = "cpt_midpoint"


class ManualLine(Known):
    code: str
    units: int = 1


class Facts(Known):
    diagnoses: tuple[str, ...] = ()
    chronic_conditions: int | None = None
    chronic_condition_months: tuple[int, ...] = ()  # of each, how long it is expected to last; none stated: for life
    risk_attested: bool = True
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
    pcm_track: str = "clinical_staff"
    program_for_month: str | None = None
    discharge: DischargeFacts | None = None
    contacts: tuple[ContactFacts, ...] = ()
    medication_reconciliation_date: date | None = None
    readmission: Any = None  # of no rule: a period that was begun goes on
    global_period: Any = False
    tcm_services_continued: bool = True
    other_programs: tuple[OtherProgramFacts, ...] = ()
    cocm: CollaborativeFacts = CollaborativeFacts()
    pcm_condition: ConditionFacts | None = None
    pin_condition: ConditionFacts | None = None
    sdoh_need: NeedFacts | None = None
    sdoh_assessment: AssessmentFacts | None = None
    functional_reports: tuple[ReportFacts, ...] = ()
    interactive_complexity_factors: tuple[str, ...] | None = None
    apcm_elements_available: bool = True
    qmb: bool = False
    staff_trained: bool = True
    home_health_plan: Any = False
    patient: PatientFacts = PatientFacts()
    medicaid_eligible: bool = True
    target_group_met: bool = True
    health_home_conditions: int | None = None
    at_risk_of_second: bool | None = None
    smi: bool | None = None
    staff_modifier: str | None = None
    rendering_npi_type: str | None = None
    org_election: str | None = None
    billing_practitioner: str | None = None
    initiating_visit_code: str | None = None
    bhi_service_furnished: bool = True
    line_per_encounter: bool = False
    state_plan_transition_tcm_days: int = 0

    def looked_for(self, key: str) -> bool:
        """Whether the case says that a fact was looked for and is not there."""
        return key in self.model_fields_set and getattr(self, key) is None


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ExpectedLine(Closed):
    code: str
    units: int
    modifiers: tuple[str, ...] | None = None
    date_of_service: date | Literal["earliest", "latest"] | None = None  # in words: any day that a line allows


class ExpectedRefusal(Closed):
    """A code and why not; where a case says more of the finding behind it, that must hold too."""

    code: str
    reason_slug: str
    finding: str | None = None  # our own id, finer than the reason
    have: bool | int | str | None = None  # what was compared, a day as text
    need: bool | int | str | None = None
    since: date | None = None  # the first day of the rule's version
    rule: str | None = None  # its name


class ExpectedMinutes(Closed):
    """Minutes that stand under one heading of the ledger, in all."""

    minutes: int
    bucket: str
    reason: str | None = None  # our own id; null: of minutes that a unit used
    code: str = ""


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
    expected_ledger: tuple[ExpectedMinutes, ...] | None = None  # where it is stated, all of it
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
        paths = (
            sorted([*folder.rglob("*.yaml"), *folder.rglob("*.json")])
            if folder.is_dir()
            else [Path(each) for each in sorted(glob.glob(name))]
        )
        if not paths:
            raise DocumentError([Problem(name, 1, "no such case file")])
        found |= dict.fromkeys(paths)
    return list(found)


class Discharge(BaseModel):
    """One discharge and the days that follow from it: tcm_calendar.json."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)  # the weekday and the why are for its reader

    id: str
    discharge: date
    contact_due_2bd: date
    bd1: date
    visit_due_99496: date
    visit_due_99495: date
    strict_alt_99496_discharge_is_day1: date
    strict_alt_99495_discharge_is_day1: date
    period_first_day: date
    period_last_day: date


def load(path: Path) -> tuple[Scenario | Discharge, ...]:
    """The cases of one file; DocumentError with file and line where it does not have its format."""
    document = read(path)
    if isinstance(document.data, list):
        return document.typed(RootModel[tuple[Discharge, ...]]).root
    return document.typed(CaseFile).scenarios
