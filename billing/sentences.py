"""Findings and ledger entries as sentences that a coordinator understands and can act on, and nowhere else.

The numbers come from the finding itself, so that a stored decision reads the same next year.
"""

from datetime import date
from typing import Any

from django.utils.dateformat import format as format_date
from django.utils.translation import gettext_lazy as _

from billing.late import FELL_SHORT, LATE, MonthIs
from billing.rules.decision import Bucket, Entry, Finding, FindingId, Reason, Value
from coordination.models import NO_PROGRAM, Destination, Program, Setting

BUCKETS: dict[Bucket, Any] = {
    "counted": _("Counted"),
    "above_last_unit": _("Above the last full unit"),
    "below_threshold": _("Below the threshold"),
    "over_cap": _("Over the monthly cap"),
    "not_countable": _("Not countable"),
    "not_billed": _("Not billed"),
    "included": _("Part of a monthly or episode code"),
    "no_program": _("No program"),
}

# Reasons that read alike for a code and for the minutes that rest on them.
ALIKE: dict[FindingId, Any] = {
    "coverage.missing": _("Nobody has recorded who pays for this patient: add a coverage to the patient's page."),
    "terms.ambiguous": _(
        "Two payers or contracts would pay first: %(need)s. Set the order of the coverages, or end one of the contracts."
    ),
    "terms.not_covered": _("The payer's contract does not cover %(code)s."),
    "units.none_allowed": _("No unit of %(code)s is allowed in a month."),
    "code.not_effective": _("%(code)s does not exist before %(since)s."),
    "code.retired": _("%(code)s is not payable from %(since)s on."),
    "agency_type.not_eligible": _("Agencies of this kind do not report %(code)s (rule of %(since)s)."),
    "conditions.risk_not_attested": _(
        "Nobody has attested that the conditions put the patient at significant risk of death or decline."
    ),
    "care_plan.missing": _("There is no current care plan."),
    "complexity.not_documented": _(
        "Nobody has judged the month's medical decision making: %(code)s takes a judgement of moderate or high."
    ),
    "terms.bundled": _("The payer pays %(code)s as part of an encounter or prospective rate, not by itself."),
    "terms.no_unit": _("The payer's contract does not say what a unit of %(code)s is: an admin can add it there."),
    "conditions.none_behavioral": _(
        "No mental, behavioral or substance use condition is on record: confirm a diagnosis of chapter F."
    ),
    "conditions.none_named": _("No condition is named that this service is for: name it on the enrollment."),
    "conditions.not_high_risk": _("Nobody has attested that the condition puts the patient at high risk."),
    "need.not_documented": _(
        "No social need is documented that limits diagnosis or treatment: document it with the visit it belongs to."
    ),
    "registry.missing": _("The patient is not followed in a registry: enter the patient there."),
    "psychiatric_review.missing": _("No review by the psychiatric consultant is recorded for this month."),
    "rating_scale.missing": _("No validated rating scale is recorded for this month."),
    "training.not_documented": _("The training or certification of whoever gives this service is not documented."),
    "elements.not_available": _("The practice has not attested that all elements of this service are available."),
    "home_health.under_plan": _("The patient is under a home health plan of care, which leaves no room for %(code)s."),
    "episode.initial_used": _("%(code)s is for the first month of an episode, and this is a later one."),
    "episode.still_initial": _("%(code)s is for a later month of an episode, and this is the first."),
    "patient.not_qmb": _("The patient is not recorded as a qualified Medicare beneficiary."),
    "eligibility.not_medicaid": _("The patient is not on record as enrolled in Medicaid in this month."),
    "eligibility.not_in_target_group": _(
        "It is not on record that the patient belongs to the target group of the state's plan."
    ),
    "eligibility.health_home": _(
        "No way into a health home is met: two conditions, one with the risk of a second, or a serious mental illness."
    ),
    "session.none": _("%(code)s is added to a session: none is recorded in this month."),
    "assessment.not_standardized": _("The assessment was not made with a standardized tool."),
    "assessment.no_need": _("No need was known or suspected, or no follow-up is planned: document both."),
    "assessment.visit_missing": _("%(code)s stands beside a visit of a fitting kind: none is recorded in this month."),
    "report.necessity_missing": _("Why %(code)s was reported is not documented: write down its clinical necessity."),
    "report.rationale_missing": _("The rationale of %(code)s for its day is not documented: write it down."),
    "transition.visit_awaited": _("The visit after discharge has not been held: it must be by %(need)s."),
    "transition.visit_missing": _("No visit after discharge is recorded: it had to be by %(need)s."),
    "transition.visit_wrong_kind": _("The only visit after discharge was not face to face: one had to be by %(need)s."),
    "transition.complexity_not_judged": _("Nobody has judged the decision making: it takes moderate or high."),
    "transition.reconciliation_missing": _("Medication was not reconciled: that must be by the visit of %(need)s."),
    "transition.died": _("The patient died before the thirty days ended on %(need)s: bill the visit by itself."),
    "transition.global_period": _("The practitioner is paid for this time by a surgical package: nothing beside it."),
    "transition.discontinued": _("The services did not go on for thirty days: bill the visit by itself."),
    "transition.none": _("No discharge is recorded that this time belongs to: record it."),
    "contact.never_made": _("No contact after discharge is recorded: it must be by %(need)s, or two attempts by then."),
}

# The same where nothing was found to compare: `have` of a finding, `detail` of an entry.
BARE: dict[Reason, Any] = {
    "consent.missing": _("No consent is on record: minutes count from the day of consent."),
    "initiating_visit.missing": _(
        "A visit must open this service: none is recorded from %(need)s months before consent to the end of this month."
    ),
    "transition.destination": _("Where the patient went is not known: it must be a home in the community."),
}

FINDINGS: dict[FindingId, Any] = ALIKE | {
    "coverage.not_in_force": _(
        "No coverage that pays for care management is in force in this month: check the dates on the patient's page."
    ),
    "terms.no_contract": _("No contract with %(need)s is in force in this month."),
    "code.unknown": _("%(code)s was asked for, and the rulebook does not know it."),
    "code.mutually_exclusive": _("%(have)s is billed for this month, and %(code)s is an alternative to it."),
    "code.once_used": _("%(code)s was used on %(have)s: it is billed once for a patient and practitioner."),
    "track.not_declared": _(
        "The minutes would support %(code)s, but the month is declared as another track: change the enrollment if that is wrong."
    ),
    "conditions.too_few": _("%(have)s of %(need)s chronic conditions are on record."),
    "conditions.too_many": _("%(have)s chronic conditions are on record; this code is for no more than %(need)s."),
    "conditions.too_short": _(
        "Of the chronic conditions on record, %(have)s is expected to last %(need)s months or longer."
    ),
    "complexity.too_low": _("Medical decision making was judged %(have)s: %(code)s takes moderate or high."),
    "consent.ended": _("The service ended on %(have)s, before this month: a new consent must open it again."),
    "patient.died": _("The patient died on %(have)s, before this month."),
    "consent.missing": _("Consent was given on %(have)s, after this month: minutes count from that day."),
    "initiating_visit.missing": _(
        "A visit must open this service: the last one recorded, of %(have)s, was more than %(need)s months before consent."
    ),
    "visit.missing": _(
        "%(code)s is added to a visit: none of a fitting kind with the billing practitioner is recorded."
    ),
    "visit.not_initiating": _(
        "%(code)s is added to the visit that opened the service; the visit of %(have)s is not recorded as that one."
    ),
    "visit.not_payable": _(
        "The payer cannot be billed for the visit of %(have)s: no coverage or contract held on that day."
    ),
    "planning.not_documented": _(
        "It is not recorded that the practitioner assessed and planned beyond the visit of %(have)s."
    ),
    "claims.another_practitioner": _(
        "Another practitioner has claimed %(have)s for this month: one practitioner bills a patient and month."
    ),
    "claims.duplicate": _("%(have)s is already claimed for this month under the same practitioner."),
    "claims.excluded": _("%(have)s, claimed for this month under the same practitioner, leaves no room for %(code)s."),
    "minutes.not_personal": _("%(have)s min were not given by the practitioner personally."),
    "minutes.other_practitioner": _("%(have)s min were given under the consent to another billing practitioner."),
    "minutes.inside_stay": _("%(have)s min lie inside the stay from %(need)s that Medicare Part A pays."),
    "minutes.not_covered": _("%(have)s min lie on days on which this payer did not pay first."),
    "minutes.after_contract": _("%(have)s min were given after the contract ended on %(need)s."),
    "minutes.after_death": _("%(have)s min were logged for days after the patient died on %(need)s."),
    "minutes.before_visit": _("%(have)s min were logged before the visit of %(need)s that opened this service."),
    "minutes.outside_period": _("%(have)s min lie outside the month: minutes never carry over."),
    "minutes.wrong_discipline": _("%(have)s min were given by people whose time is not care management time."),
    "minutes.wrong_activity": _("%(have)s min went to activities that are not care management."),
    "minutes.before_consent": _("%(have)s min were logged before consent of %(need)s: minutes count from that day."),
    "minutes.after_revocation": _("%(have)s min were logged after the service ended on %(need)s."),
    "minutes.duplicate_time": _("%(have)s min cover time that another log of the same person already counts."),
    "minutes.two_staff_same_time": _("%(have)s min cover time of a colleague: of two people at once, one counts."),
    "minutes.below_threshold": _("%(have)s of %(need)s minutes: %(more)s more by %(by)s would complete %(code)s."),
    "units.below_increment": _(
        "%(have)s of %(need)s minutes toward the next %(code)s: %(more)s more by %(by)s would complete it."
    ),
    "units.rest_past_cap": _("%(have)s min remain: the month's %(need)s units of %(code)s are used up."),
    "units.over_monthly_cap": _("%(have)s units of %(code)s are complete; the month allows %(need)s."),
    "base.missing": _("%(code)s can only be added to %(need)s, which is not billed."),
    "program.undeclared": _(
        "%(have)s is billed for this month and leaves no room for %(code)s: say which of the two programs this month is."
    ),
    "conditions.not_lasting": _("The condition is expected to last %(have)s of %(need)s months."),
    "practitioner.discipline_not_allowed": _(
        "%(code)s is billed by %(need)s; the billing practitioner is recorded as %(have)s."
    ),
    "initiating_visit.wrong_kind": _(
        "The visit recorded as opening this service was billed as %(have)s, which does not open it: record one of a fitting kind."
    ),
    "session.not_allowed": _(
        "%(code)s is not added to %(have)s: it takes an evaluation, psychotherapy or a group session."
    ),
    "session.no_factor": _("What made the session of %(have)s complex is not documented: one of four factors must be."),
    "session.factor_not_enough": _("%(have)s alone does not make a session complex for this payer."),
    "assessment.definition_changed": _(
        "%(code)s from %(since)s is an assessment of %(need)s; one of %(have)s no longer supports it."
    ),
    "assessment.wrong_kind": _("%(code)s takes an assessment of %(need)s: none is recorded."),
    "assessment.too_short": _("The assessment took %(have)s of %(need)s minutes."),
    "assessment.too_soon": _("%(code)s was last used on %(have)s: the next one may be on %(need)s or later."),
    "transition.setting": _("A discharge from %(have)s does not begin transitional care."),
    "transition.destination": _("A discharge to %(have)s is none to a home in the community."),
    "transition.visit_late": _(
        "The visit was on day %(have)s after discharge: it had to be by %(need)s. Bill it by itself."
    ),
    "transition.visit_past_first_window": _(
        "The visit was on day %(have)s after discharge: %(code)s takes one within %(need)s days."
    ),
    "transition.complexity_below": _("Medical decision making was judged %(have)s: %(code)s takes high."),
    "transition.complexity_too_low": _(
        "Medical decision making was judged %(have)s, below moderate: bill the visit by itself."
    ),
    "transition.reconciliation_late": _("Medication was reconciled on %(have)s, after the visit of %(need)s."),
    "transition.period_overlap": _("The thirty days after discharge touch a period that is billed already (%(have)s)."),
    "contact.late": _(
        "The first contact after discharge was on %(have)s: it had to be by %(need)s, or two attempts by then."
    ),
    "contact.one_attempt": _(
        "One attempt after discharge, on %(have)s: without a contact two had to be made by %(need)s."
    ),
    "contact.wrong_party": _(
        "The contact of %(have)s was not by this practice after discharge: such a contact had to be by %(need)s."
    ),
    "contact.not_interactive": _(
        "The message of %(have)s was not answered: a two-way contact had to be by %(need)s, or a second attempt."
    ),
    "service.none_in_month": _(
        "%(have)s of %(need)s services that the contract asks for were given: more by %(by)s would complete %(code)s."
    ),
    "rendering.wrong_npi": _(
        "With the modifier %(need)s the facility is the rendering provider; recorded is %(have)s."
    ),
    "minutes.used_elsewhere": _("%(have)s min cover time that another program bills: a minute counts once."),
    "minutes.discipline_not_allowed": _(
        "%(have)s min were given by people whom the contract does not allow for %(code)s."
    ),
    "minutes.activity_excluded": _("%(have)s min went to activities that the contract leaves out."),
    "minutes.no_code_for_activity": _("%(have)s min went to activities that no code of the contract is for."),
    "minutes.in_institution": _("%(have)s min lie in the stay from %(need)s in an institution for mental disease."),
    "minutes.in_detention": _("%(have)s min lie in the detention from %(need)s."),
    "minutes.in_facility": _("%(have)s min lie in the stay from %(need)s in a facility that manages the case."),
    "minutes.paid_elsewhere": _(
        "%(have)s min lie on days on which another program (%(need)s) pays for case management."
    ),
    "minutes.already_claimed": _("%(have)s min were given on %(need)s, for which %(code)s is on a claim already."),
    "units.over_daily_cap": _("%(have)s units of %(code)s are complete in a day; the contract allows %(need)s."),
    "units.below_first": _("%(have)s minutes do not make a unit of %(code)s: the first takes %(need)s."),
}

ENTRIES: dict[Reason, Any] = ALIKE | {
    "coverage.not_in_force": FINDINGS["coverage.not_in_force"],
    "terms.no_contract": FINDINGS["terms.no_contract"],
    "code.unknown": FINDINGS["code.unknown"],
    "code.mutually_exclusive": _("Another code is billed for this month instead of %(code)s."),
    "code.once_used": _("%(code)s is billed once for a patient and practitioner."),
    "track.not_declared": _("The month is declared as another track than that of %(code)s."),
    "conditions.too_few": _("The patient has fewer than %(detail)s chronic conditions on record."),
    "conditions.too_short": _("Too few of the conditions on record are expected to last %(detail)s months."),
    "conditions.too_many": _("The code is for patients with no more than %(detail)s chronic conditions."),
    "complexity.too_low": _("The month's medical decision making was judged too low for %(code)s."),
    "consent.missing": BARE["consent.missing"],
    "consent.ended": _("The service ended before this month: a new consent must open it again."),
    "patient.died": _("The patient died before this month."),
    "initiating_visit.missing": BARE["initiating_visit.missing"],
    "visit.missing": FINDINGS["visit.missing"],
    "visit.not_initiating": _("No visit with extra planning is recorded as the one that opened the service."),
    "visit.not_payable": _("The payer cannot be billed for the day of the visit."),
    "planning.not_documented": _("Planning beyond the visit is not recorded."),
    "claims.another_practitioner": _("Another practitioner has claimed this month."),
    "claims.duplicate": _("%(code)s is already claimed for this month under the same practitioner."),
    "claims.excluded": _("A service claimed for this month under the same practitioner leaves no room for %(code)s."),
    "minutes.not_personal": _("%(person)s time: this month is billed by what the practitioner gives personally."),
    "minutes.other_practitioner": _("Given under the consent to another billing practitioner."),
    "minutes.inside_stay": _("Given during the stay from %(detail)s that Medicare Part A pays."),
    "minutes.not_covered": _("On %(detail)s this payer did not pay first for the patient."),
    "minutes.after_contract": _("Given after the contract with the payer ended on %(detail)s."),
    "minutes.after_death": _("Logged for a day after the patient died on %(detail)s."),
    "minutes.before_visit": _("Logged before the visit of %(detail)s that opened this service."),
    "minutes.outside_period": _("Logged on %(detail)s, outside the month: minutes never carry over."),
    "minutes.wrong_discipline": _("%(person)s time is not care management time."),
    "minutes.wrong_activity": _("%(activity)s is not care management time."),
    "minutes.before_consent": _("Logged before consent of %(detail)s: minutes count from the day of consent."),
    "minutes.after_revocation": _("Logged after the patient stopped the service, which ended on %(detail)s."),
    "minutes.duplicate_time": _("Another log of the same person already counts this time."),
    "minutes.two_staff_same_time": _("A colleague's log already counts this time: of two people at once, one counts."),
    "minutes.below_threshold": _("The month's countable minutes do not reach the %(detail)s that %(code)s needs."),
    "units.below_increment": _("Above the last full unit: the next %(code)s takes %(detail)s minutes."),
    "units.rest_past_cap": _("Above the last unit: the month's %(detail)s units of %(code)s are used up."),
    "units.over_monthly_cap": _("Over the cap: the month allows %(detail)s units of %(code)s."),
    "base.missing": _("The base code %(detail)s is not billed."),
    "program.undeclared": _(
        "Another program that leaves no room for %(code)s is billed, and nobody said which of the two this month is."
    ),
    "conditions.not_lasting": _("The condition is expected to last less than %(detail)s months."),
    "practitioner.discipline_not_allowed": _("%(code)s is billed by %(detail)s."),
    "initiating_visit.wrong_kind": _("The visit recorded as opening this service is of a kind that does not open it."),
    "session.not_allowed": _("%(code)s is not added to a session of this kind."),
    "session.no_factor": _("What made the session complex is not documented."),
    "session.factor_not_enough": _("What is documented does not make a session complex for this payer."),
    "assessment.definition_changed": _("%(code)s no longer means an assessment of this kind."),
    "assessment.wrong_kind": _("%(code)s takes an assessment of another kind."),
    "assessment.too_short": _("The assessment took less than %(detail)s minutes."),
    "assessment.too_soon": _("%(code)s may be used again on %(detail)s."),
    "transition.setting": _("A discharge from such a place does not begin transitional care."),
    "transition.destination": _("The discharge was not to a home in the community."),
    "transition.visit_late": _("The visit after discharge was later than %(detail)s."),
    "transition.visit_past_first_window": _("The visit was later than %(detail)s days after discharge."),
    "transition.complexity_below": _("Medical decision making was not judged high."),
    "transition.complexity_too_low": _("Medical decision making was judged below moderate."),
    "transition.reconciliation_late": _("Medication was reconciled after the visit of %(detail)s."),
    "transition.period_overlap": _("The thirty days touch a period that is billed already."),
    "contact.late": _("The first contact after discharge was later than %(detail)s."),
    "contact.one_attempt": _("Only one attempt at a contact was made by %(detail)s."),
    "contact.wrong_party": _("No contact by this practice was made by %(detail)s."),
    "contact.not_interactive": _("No two-way contact was made by %(detail)s."),
    "service.none_in_month": _("The contract asks for %(detail)s services in the month."),
    "rendering.wrong_npi": _("With the modifier %(detail)s the facility is the rendering provider."),
    "minutes.used_elsewhere": _("Another program bills this time: a minute counts once."),
    "minutes.discipline_not_allowed": _("%(person)s time: the contract does not allow it for this code."),
    "minutes.activity_excluded": _("%(activity)s is left out by the payer's contract."),
    "minutes.no_code_for_activity": _("No code of the payer's contract is for %(activity)s."),
    "minutes.in_institution": _("Given during the stay from %(detail)s in an institution for mental disease."),
    "minutes.in_detention": _("Given during the detention from %(detail)s."),
    "minutes.in_facility": _("Given during the stay from %(detail)s in a facility that manages the case."),
    "minutes.paid_elsewhere": _("Another program (%(detail)s) pays for case management on this day."),
    "minutes.already_claimed": _("The time of %(detail)s is on a claim already."),
    "units.over_daily_cap": _("Over the cap: the contract allows %(detail)s units of %(code)s a day."),
    "units.below_first": _("Too few minutes for a unit of %(code)s: the first takes %(detail)s."),
    "units.included": _("Part of %(code)s, which is billed whatever minutes it takes."),
    "program.unknown": _("Logged for a program that has no billing rules here."),
    "units.none_further": _("Above the last full unit: a month billed as %(code)s has no further one."),
}

FOR_NO_PROGRAM = _("Not for a program: the minutes are kept and count toward nothing.")
COUNTED = _("Counted toward %(code)s, unit %(unit)s: minutes %(from)s to %(to)s of %(detail)s.")

PROGRAMS: dict[str, Any] = dict(Program.choices)
PLACES: dict[FindingId, dict[str, Any]] = {
    "transition.setting": dict(Setting.choices),
    "transition.destination": dict(Destination.choices),
}
"""Of findings that compare a kind of place: what people call it."""
PEOPLE: dict[str, Any] = {
    "FRONT_DESK": _("Front desk"),
    "NONE": _("Non-clinical staff"),
    "CHW": _("Community health worker"),
    "NAVIGATOR": _("Navigator"),
    "PEER": _("Peer specialist"),
    "RN": _("Registered nurse"),
    "LPN": _("Licensed practical nurse"),
    "MA": _("Medical assistant"),
    "PHARMD": _("Pharmacist"),
    "LCSW": _("Clinical social worker"),
    "BACHELORS_CM": _("Case manager"),
    "MASTERS_BHP": _("Behavioral health professional"),
}

ACTIVITIES: dict[str, Any] = {
    "scheduling": _("Scheduling"),
    "travel": _("Travel"),
    "transporting_client": _("Driving the patient"),
    "foster_care_placement_admin": _("Foster care placement"),
    "voicemail_left": _("Leaving a voice message"),
}


def finding_sentence(finding: Finding, month_last: date, then: MonthIs = "open") -> str:
    """A finding in words; `month_last` is the last day on which something can still be done about it, `then` how things stand."""
    have, need = finding.have, finding.need
    words = BARE.get(finding.id) if have is None else None
    text = str(words or FINDINGS[finding.id])
    if then != "open" and finding.id in FELL_SHORT:
        text = f"{FELL_SHORT[finding.id]} {LATE[then]}"
    return text % {
        "code": finding.code or _word(PROGRAMS, finding.program),
        "have": _word(PLACES[finding.id], have) if finding.id in PLACES else _shown(have, month_last),
        "need": _shown(need, month_last),
        "more": need - have if isinstance(need, int) and isinstance(have, int) else "",
        "by": _shown(month_last, month_last),
        "since": format_date(finding.since, "M j, Y"),
    }


def entry_sentence(entry: Entry, month_last: date, before: int = 0) -> str:
    """Where a piece of a log went, and why. `before`: minutes that earlier pieces have given to the same unit."""
    words = {
        "from": before + 1,
        "to": before + entry.minutes,
        "code": entry.code or _word(PROGRAMS, entry.program),
        "unit": entry.unit,
        "detail": _shown(entry.detail, month_last),
        "need": _shown(entry.detail, month_last),
        "person": _word(PEOPLE, entry.detail),
        "activity": _word(ACTIVITIES, entry.detail),
        "since": format_date(entry.since, "M j, Y"),
    }
    if entry.reason is None:
        return str(COUNTED) % words
    if entry.reason == "program.unknown" and entry.detail == NO_PROGRAM:
        return str(FOR_NO_PROGRAM)
    bare = BARE.get(entry.reason) if entry.detail is None else None
    return str(bare or ENTRIES[entry.reason]) % words


def bucket_label(bucket: Bucket) -> str:
    """A bucket's heading."""
    return str(BUCKETS[bucket])


def _shown(value: Value, month_last: date) -> str:
    """A compared value; a day is written without its year where it lies in the month's own year."""
    if isinstance(value, date):
        return format_date(value, "M j" if value.year == month_last.year else "M j, Y")
    return "" if value is None else str(value)


def _word(words: dict[str, Any], value: Value) -> str:
    """A label for a word of the time log; one that has none is shown as it was logged."""
    return str(words.get(str(value), value))
