"""What a person can do about a finding: the page that mends it, the capability that takes, and what it is called. And nowhere else.

A way is given where something true may not be on record yet, or a person has not decided yet. None is given where the record
would have to say otherwise than it does: a day of consent is not moved to save minutes, and nobody is invited to log more of them.
"""

from datetime import date
from typing import Any, Literal, NamedTuple

from django.utils.translation import gettext_lazy as _

from billing.rules.decision import Finding, FindingId
from coordination.ports import MendedOn, Mending

Asked = Literal["month", "program", "element"]


class Way(NamedTuple):
    """A route, the capability of its page, what doing it is called. `asks`: what a link says to the form beforehand; `element`: which
    one, of what a program asks to be documented; `field`: where on a long form."""

    page: str
    capability: str
    label: Any
    of: MendedOn = "patient"
    asks: tuple[Asked, ...] = ()
    element: str = ""
    field: str = ""


def _enrollment(label: Any, field: str) -> Way:
    return Way("coordination:enrollment", "enrollment.write", label, "enrollment", field=field)


def _consent(label: Any) -> Way:
    return Way("coordination:enroll", "enrollment.write", label, asks=("program",))


def _document(label: Any, element: str = "") -> Way:
    asks: tuple[Asked, ...] = ("month", "element") if element else ("month",)
    return Way("coordination:element_add", "clinical_fact.write", label, asks=asks, element=element)


def _visit(label: Any) -> Way:
    return Way("coordination:visit_add", "clinical_fact.write", label, asks=("month",))


CONDITIONS = Way("coordination:condition_list", "condition.write", _("Confirm or add conditions"))
COVERAGES = Way("coordination:coverage_list", "coverage.write", _("Check the coverages"))
CONTRACTS = Way("billing:payers", "payer.read", _("Check the payer's contract"), "agency")
VISITS = Way("coordination:visit_list", "clinical_fact.write", _("Complete the visit"))
DISCHARGES = Way("coordination:patient_transitions", "transition.write", _("Open the discharge"))

WAYS: dict[FindingId, Way] = {
    # who pays
    "coverage.missing": Way("coordination:coverage_add", "coverage.write", _("Add a coverage")),
    "coverage.not_in_force": COVERAGES,
    "terms.no_contract": CONTRACTS,
    "terms.ambiguous": COVERAGES._replace(label=_("Set the order of the coverages")),
    "terms.no_unit": CONTRACTS,
    "minutes.after_contract": CONTRACTS,
    "rendering.wrong_npi": CONTRACTS,
    "visit.not_payable": COVERAGES,
    "patient.not_qmb": COVERAGES,
    "eligibility.not_medicaid": COVERAGES,
    # what the enrollment says
    "consent.missing": _consent(_("Record consent")),
    "consent.ended": _consent(_("Record a new consent")),
    "track.not_declared": _enrollment(_("Change the declared track"), "track"),
    "conditions.risk_not_attested": _enrollment(_("Record a clinician's judgement of the risk"), "risk_attested_on"),
    "conditions.none_named": _enrollment(_("Name the condition"), "condition_code"),
    "conditions.not_high_risk": _enrollment(_("Record a clinician's judgement of the risk"), "condition_high_risk"),
    "care_plan.missing": _enrollment(_("Record the care plan"), "care_plan_on"),
    "practitioner.discipline_not_allowed": _enrollment(_("Check the billing practitioner"), "billing_practitioner"),
    "initiating_visit.missing": _enrollment(_("Record the visit"), "initiating_visit_on"),
    "visit.not_initiating": _enrollment(_("Name the visit that opened the service"), "initiating_visit_on"),
    # what is on record of the patient
    "conditions.too_few": CONDITIONS,
    "conditions.too_short": CONDITIONS,
    "conditions.too_many": CONDITIONS,
    "conditions.none_behavioral": CONDITIONS,
    "need.not_documented": _document(_("Document the need"), "need_limits_treatment"),
    "registry.missing": _document(_("Document the registry"), "registry"),
    "psychiatric_review.missing": _document(_("Document the review"), "psychiatric_review"),
    "rating_scale.missing": _document(_("Document the rating scale"), "rating_scale"),
    "training.not_documented": _document(_("Document the training"), "staff_trained"),
    "elements.not_available": _document(_("Document that all elements are available"), "elements_available"),
    "eligibility.not_in_target_group": _document(_("Document the target group"), "target_group"),
    "eligibility.health_home": _document(_("Document the risk or the illness")),
    "complexity.not_documented": Way(
        "coordination:judgement_add", "clinical_fact.write", _("Judge the month"), asks=("month", "program")
    ),
    "program.undeclared": Way(
        "coordination:month_program_add",
        "month_program.write",
        _("Say which program this month is"),
        asks=("month",),
    ),
    # visits
    "initiating_visit.wrong_kind": _visit(_("Record a visit that opens the service")),
    "visit.missing": _visit(_("Record the visit")),
    "session.none": _visit(_("Record the session")),
    "assessment.visit_missing": _visit(_("Record the visit")),
    "transition.visit_missing": _visit(_("Record the visit")),
    "transition.visit_awaited": _visit(_("Record the visit")),
    "transition.visit_wrong_kind": _visit(_("Record the visit")),
    "planning.not_documented": VISITS,
    "session.no_factor": VISITS,
    # after a discharge
    "transition.none": DISCHARGES._replace(page="coordination:transition_add", label=_("Record the discharge")),
    "transition.complexity_not_judged": DISCHARGES._replace(label=_("Have it judged")),
    "transition.reconciliation_missing": DISCHARGES._replace(label=_("Record the reconciliation")),
    "transition.discontinued": DISCHARGES._replace(label=_("Say that the services went on")),
    "contact.never_made": DISCHARGES._replace(label=_("Record the contact")),
    "contact.one_attempt": DISCHARGES._replace(label=_("Record another attempt")),
    "contact.wrong_party": DISCHARGES._replace(label=_("Record a contact by the practice")),
    "contact.not_interactive": DISCHARGES._replace(label=_("Record a conversation")),
}

ONLY_BARE: frozenset[FindingId] = frozenset({"consent.missing"})
"""Mended only where nothing was found to compare: of a consent that was given later the day stands."""

STANDS: frozenset[FindingId] = frozenset(
    {
        # the rule, the contract or the agency's kind says no
        "terms.not_covered", "terms.bundled", "code.not_effective", "code.retired", "code.unknown", "agency_type.not_eligible",
        "session.not_allowed", "session.factor_not_enough", "assessment.definition_changed", "units.none_allowed",
        # another code, claim or period has the room
        "code.mutually_exclusive", "code.once_used", "claims.another_practitioner", "claims.duplicate", "claims.excluded",
        "base.missing", "episode.initial_used", "episode.still_initial", "home_health.under_plan", "assessment.too_soon",
        "transition.global_period", "transition.period_overlap",
        # it happened so, on that day, or was judged so
        "patient.died", "conditions.not_lasting", "complexity.too_low", "assessment.too_short", "transition.setting",
        "transition.destination", "transition.visit_late", "transition.visit_past_first_window", "transition.complexity_below",
        "transition.complexity_too_low", "transition.reconciliation_late", "transition.died", "contact.late",
        # minutes that were given so, and units that they make or do not make
        "minutes.outside_period", "minutes.wrong_discipline", "minutes.not_personal", "minutes.wrong_activity",
        "minutes.after_death", "minutes.before_consent", "minutes.other_practitioner", "minutes.before_visit",
        "minutes.after_revocation", "minutes.inside_stay", "minutes.not_covered", "minutes.duplicate_time",
        "minutes.two_staff_same_time", "minutes.used_elsewhere", "minutes.discipline_not_allowed", "minutes.activity_excluded",
        "minutes.no_code_for_activity", "minutes.in_institution", "minutes.in_detention", "minutes.in_facility",
        "minutes.paid_elsewhere", "minutes.already_claimed", "minutes.below_threshold", "units.below_increment",
        "units.rest_past_cap", "units.over_monthly_cap", "units.over_daily_cap", "units.below_first", "service.none_in_month",
    }
)  # fmt: skip
"""Nobody can mend these."""

NO_PAGE: frozenset[FindingId] = frozenset(
    {
        "assessment.wrong_kind", "assessment.not_standardized", "assessment.no_need", "report.necessity_missing",
        "report.rationale_missing",
    }
)  # fmt: skip
"""Assessments and reports of function: no page records them, so that none mends these."""


def mending_of(finding: Finding, month: date) -> Mending | None:
    """How a finding about the month that begins on `month` can be mended; None where nobody can."""
    way = WAYS.get(finding.id)
    if way is None or (finding.id in ONLY_BARE and finding.have is not None):
        return None
    said: dict[Asked, str] = {
        "month": f"{month:%Y-%m}",
        "program": finding.program,
        "element": f"{finding.program}.{way.element}",
    }
    asks = tuple((name, said[name]) for name in way.asks)
    return Mending(way.page, way.capability, str(way.label), way.of, asks, way.field)
