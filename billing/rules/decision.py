"""What the engine says about one patient-month: lines to propose, findings with reasons, and where every minute went.

A decision is data. Sentences are made at the edge (billing/sentences.py) from the stable ids below. Its canonical
JSON is byte-identical for the same input in every process, so that a stored decision can be compared with a later run
by its hash.
"""

import hashlib
import json
import re
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct
from msgspec.json import Encoder

Bucket = Literal[
    "counted",  # used by a unit of a billed code
    "above_last_unit",  # countable, beyond the last full unit
    "below_threshold",  # countable, and together not enough for the base code
    "over_cap",  # would complete a unit that the monthly cap does not allow
    "not_countable",  # of a kind that never counts: who, what, when, or counted already
    "not_billed",  # countable, and the code is refused for another reason than minutes
    "included",  # part of a service that is billed by the month, the episode or the encounter, whatever minutes it takes
    "no_program",  # logged for a program that this rulebook does not know
]

Role = Literal["declared", "alternative"]  # of the track people declared, or of another that was weighed beside it

FindingId = Literal[
    # who pays
    "coverage.missing",
    "coverage.not_in_force",
    "terms.no_contract",
    "terms.ambiguous",
    "terms.not_covered",
    "terms.bundled",
    "terms.no_unit",
    # the code and the patient
    "code.not_effective",
    "code.retired",
    "code.unknown",
    "code.mutually_exclusive",
    "code.once_used",
    "track.not_declared",
    "program.undeclared",
    "agency_type.not_eligible",
    "conditions.too_few",
    "conditions.too_short",
    "conditions.too_many",
    "conditions.risk_not_attested",
    "conditions.none_behavioral",
    "conditions.none_named",
    "conditions.not_lasting",
    "conditions.not_high_risk",
    "need.not_documented",
    "care_plan.missing",
    "complexity.not_documented",
    "complexity.too_low",
    "registry.missing",
    "psychiatric_review.missing",
    "rating_scale.missing",
    "training.not_documented",
    "elements.not_available",
    "home_health.under_plan",
    "episode.initial_used",
    "episode.still_initial",
    "patient.not_qmb",
    "practitioner.discipline_not_allowed",
    "eligibility.not_medicaid",
    "eligibility.not_in_target_group",
    "eligibility.health_home",
    "consent.missing",
    "consent.ended",
    "patient.died",
    "initiating_visit.missing",
    "initiating_visit.wrong_kind",
    "visit.missing",
    "visit.not_initiating",
    "visit.not_payable",
    "planning.not_documented",
    # a session, an assessment, a report of function
    "session.none",
    "session.not_allowed",
    "session.no_factor",
    "session.factor_not_enough",
    "assessment.definition_changed",
    "assessment.wrong_kind",
    "assessment.not_standardized",
    "assessment.too_short",
    "assessment.no_need",
    "assessment.visit_missing",
    "assessment.too_soon",
    "report.necessity_missing",
    "report.rationale_missing",
    # a discharge
    "transition.setting",
    "transition.destination",
    "transition.visit_missing",
    "transition.visit_awaited",
    "transition.visit_wrong_kind",
    "transition.visit_late",
    "transition.visit_past_first_window",
    "transition.complexity_below",
    "transition.complexity_not_judged",
    "transition.complexity_too_low",
    "transition.none",
    "transition.reconciliation_missing",
    "transition.reconciliation_late",
    "transition.died",
    "transition.global_period",
    "transition.discontinued",
    "transition.period_overlap",
    "contact.never_made",
    "contact.late",
    "contact.one_attempt",
    "contact.wrong_party",
    "contact.not_interactive",
    # what a contract pays by the unit or the month
    "service.none_in_month",
    "rendering.wrong_npi",
    "claims.another_practitioner",
    "claims.duplicate",
    "claims.excluded",
    # minutes
    "minutes.outside_period",
    "minutes.wrong_discipline",
    "minutes.not_personal",
    "minutes.wrong_activity",
    "minutes.after_death",
    "minutes.before_consent",
    "minutes.other_practitioner",
    "minutes.before_visit",
    "minutes.after_revocation",
    "minutes.inside_stay",
    "minutes.not_covered",
    "minutes.after_contract",
    "minutes.duplicate_time",
    "minutes.two_staff_same_time",
    "minutes.used_elsewhere",
    "minutes.discipline_not_allowed",
    "minutes.activity_excluded",
    "minutes.no_code_for_activity",
    "minutes.in_institution",
    "minutes.in_detention",
    "minutes.in_facility",
    "minutes.paid_elsewhere",
    "minutes.already_claimed",
    "minutes.below_threshold",
    # units
    "units.below_increment",
    "units.rest_past_cap",
    "units.over_monthly_cap",
    "units.over_daily_cap",
    "units.none_allowed",
    "units.below_first",
    "base.missing",
]

# A ledger entry can also rest on these, which say nothing against a code.
Reason = FindingId | Literal["program.unknown", "units.none_further", "units.included"]

Value = int | str | date | None

CONTRACT = "CONTRACT"  # source id of everything that the payer's contract, not a public rule, decides
CONTRACT_RULE = "contract"  # and the name of that rule
COVERAGE = "COVERAGE"  # of what the patient's recorded coverages decide
COVERAGE_RULE = "coverage"


class Authority(Struct, frozen=True):
    """The dated rule something rests on: a source id, the first day of the version that was applied, and the rule's name."""

    cite: str
    since: date
    rule: str  # "chronic_care.consent": with `since` it finds the rule's words


class Finding(Struct, frozen=True):
    """A reason against a code. `have` and `need` are what was compared: minutes, units, counts, a day, a word."""

    id: FindingId
    code: str
    program: str
    role: Role
    have: Value
    need: Value
    cite: str
    since: date
    logs: tuple[str, ...] = ()
    rule: str = ""

    @property
    def said(self) -> tuple[object, ...]:
        """What is said, whatever code it is said of."""
        return self.id, self.have, self.need, self.since


class Line(Struct, frozen=True):
    """A code to propose. Any service day from `earliest` to `latest` is lawful: of what a month adds up from the day on which its last
    unit was complete to the end of the month, as far as the contract reaches; of what a day earns that day."""

    code: str
    program: str
    units: int
    earliest: date
    latest: date
    modifiers: tuple[str, ...]
    rate: Decimal | None  # of one unit, from the contract; None where the contract states none
    amount: Decimal | None
    cite: str
    since: date
    logs: tuple[str, ...]
    rule: str = ""


class Entry(Struct, frozen=True):
    """A piece of one log, in whole minutes, in exactly one bucket.

    `code` and `unit` (from 1) say what a counted piece was used for; elsewhere `code` is the code that was in question, "" where
    none was but the program.
    `reason` is None only for counted pieces. `detail` is the one fact a reason turns on: a consent day, a discipline.
    """

    log: str
    minutes: int
    bucket: Bucket
    program: str
    code: str
    unit: int
    reason: Reason | None
    detail: Value
    cite: str
    since: date
    rule: str = ""


class Decision(Struct, frozen=True):
    """The whole answer for one period, with the rulebook and the contract that gave it."""

    first: date
    last: date
    lines: tuple[Line, ...]
    findings: tuple[Finding, ...]
    ledger: tuple[Entry, ...]
    rulebook_version: str  # the edition
    terms: str  # the contract version's label; "" where none was in force


_ENCODER = Encoder(order="sorted")


def canonical(value: Any) -> str:
    """Canonical JSON of plain data and of values: sorted keys, no spaces, days in ISO form, money as text."""
    return _ENCODER.encode(value).decode()


def to_json(decision: Decision) -> str:
    """The canonical document."""
    return canonical(decision)


def digest(text: str) -> str:
    """SHA-256 of a document, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def outcome(decision: Decision) -> tuple[tuple[Line, ...], tuple[Finding, ...], tuple[Entry, ...]]:
    """What two decisions are compared by: the answer, without the edition and the labels it was given under."""
    return decision.lines, decision.findings, decision.ledger


def from_json(text: str) -> Decision:
    """The decision that a canonical document holds."""
    raw = json.loads(text)
    return Decision(
        first=date.fromisoformat(raw["first"]),
        last=date.fromisoformat(raw["last"]),
        lines=tuple(_line(line) for line in raw["lines"]),
        findings=tuple(_finding(finding) for finding in raw["findings"]),
        ledger=tuple(_entry(entry) for entry in raw["ledger"]),
        rulebook_version=raw["rulebook_version"],
        terms=raw["terms"],
    )


def _line(raw: dict[str, Any]) -> Line:
    return Line(
        **raw
        | {
            "earliest": date.fromisoformat(raw["earliest"]),
            "latest": date.fromisoformat(raw["latest"]),
            "since": date.fromisoformat(raw["since"]),
            "modifiers": tuple(raw["modifiers"]),
            "rate": _money(raw["rate"]),
            "amount": _money(raw["amount"]),
            "logs": tuple(raw["logs"]),
        }
    )


def _finding(raw: dict[str, Any]) -> Finding:
    return Finding(
        **raw
        | {
            "have": _value(raw["have"]),
            "need": _value(raw["need"]),
            "since": date.fromisoformat(raw["since"]),
            "logs": tuple(raw["logs"]),
        }
    )


def _entry(raw: dict[str, Any]) -> Entry:
    return Entry(**raw | {"detail": _value(raw["detail"]), "since": date.fromisoformat(raw["since"])})


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _value(raw: int | str | None) -> Value:
    """A compared value: no word the engine compares has the form of a day, so the form alone tells days from words."""
    if isinstance(raw, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
        return date.fromisoformat(raw)
    return raw
