"""What may stand in a chart beside clinical facts: how a patient is reached, who speaks for them, who pays, who cares for them."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.models import (
    CarePlan,
    CareTeamMember,
    CareTeamRole,
    Condition,
    ContactPoint,
    ContactPointKind,
    Coverage,
    PatientAddress,
    PatientIdentifier,
    PlanKind,
    Proxy,
)
from coordination.rules.icd10cm import billable_code, group_example
from coordination.rules.periods import overlap
from coordination.services.faults import Faults, future_faults, life_faults, period_faults

CHRONIC_MONTHS = 12
MEDICARE = {PlanKind.MEDICARE_A, PlanKind.MEDICARE_B, PlanKind.MEDICARE_AB, PlanKind.MEDICARE_ADVANTAGE}
"""Plans with Medicare's cost sharing, which a qualified Medicare beneficiary is never billed for."""


def identifier_faults(identifier: PatientIdentifier, today: date) -> Faults:
    same = PatientIdentifier.objects.filter(
        kind=identifier.kind, value=identifier.value, assigner=identifier.assigner
    ).exclude(pk=identifier.pk)
    if other := same.first():
        yield (
            "value",
            _("“%(value)s” is on this chart already.") % {"value": identifier.value}
            if other.patient_id == identifier.patient_id
            else _(
                "“%(value)s” is another patient's number here. Check it; if both are one person, merge the two records."
            )
            % {"value": identifier.value},
        )


def contact_point_faults(point: ContactPoint, today: date) -> Faults:
    if point.kind == ContactPointKind.EMAIL:
        try:
            validate_email(point.value)
        except ValidationError:
            yield "value", _("“%(value)s” is no e-mail address. Check it.") % {"value": point.value}
    else:
        yield from _phone_faults("value", point.value)
    if (point.best_from is None) != (point.best_to is None):
        yield (
            "best_to" if point.best_from else "best_from",
            _("Enter both hours, from and to, or neither."),
        )
    elif point.best_from and point.best_to and point.best_to <= point.best_from:
        yield (
            "best_to",
            _("%(to)s is not after %(begins)s. Enter a later hour.")
            % {"to": f"{point.best_to:%H:%M}", "begins": f"{point.best_from:%H:%M}"},
        )
    if point.may_leave_message and not point.is_safe:
        yield "may_leave_message", _("Nobody leaves a message where it is not safe: untick one of the two.")
    same = ContactPoint.objects.filter(patient=point.patient, kind=point.kind, value=point.value).exclude(pk=point.pk)
    if same.exists():
        yield "value", _("“%(value)s” is on this chart already: change it there.") % {"value": point.value}


def address_faults(address: PatientAddress, today: date) -> Faults:
    yield from period_faults(address, today, dies=False)
    if not (address.lines or address.city or address.state or address.postal_code):
        yield "city", _("Write at least the city. Somebody without a home has a stay “without housing” instead.")


def proxy_faults(proxy: Proxy, today: date) -> Faults:
    yield from period_faults(proxy, today, dies=False)
    if proxy.phone:
        yield from _phone_faults("phone", proxy.phone)
    if proxy.decides and not proxy.may_be_told:
        yield "may_be_told", _("Who decides in the patient's place has to be told: tick this too.")


def coverage_faults(coverage: Coverage, today: date) -> Faults:
    yield from period_faults(coverage, today)
    yield from future_faults(coverage, "verified_on", today)
    if coverage.is_qmb and coverage.plan_kind not in MEDICARE:
        yield (
            "is_qmb",
            _(
                "A qualified Medicare beneficiary has Medicare, and this is “%(plan)s”. Untick it here and tick it there."
            )
            % {"plan": coverage.get_plan_kind_display()},
        )
    others = Coverage.objects.select_related("payer").filter(
        patient=coverage.patient, order=coverage.order, retracted_at=None
    )
    for other in others.exclude(pk=coverage.pk).order_by("from_day", "pk"):
        if overlap(coverage, other):
            yield (
                "order",
                _("%(payer)s is number %(order)s too, %(period)s. Choose another number, or end that coverage before.")
                % {"payer": other.payer.name, "order": other.order, "period": _period(other)},
            )


def care_team_faults(place: CareTeamMember, today: date) -> Faults:
    yield from period_faults(place, today, dies=False)
    if place.member and place.name:
        yield "name", _("Choose a colleague or name somebody outside, not both.")
    if not (place.member or place.name):
        yield "member", _("Choose a colleague, or name somebody outside.")
    if place.phone:
        yield from _phone_faults("phone", place.phone)
    if place.role != CareTeamRole.LEAD:
        return
    if not place.member:
        yield "member", _("The lead coordinator is a colleague: choose one.")
    if other := next(iter(leads_beside(place)), None):
        yield (
            "role",
            _("%(who)s is lead coordinator %(period)s. Tick “hand over”, or end that place first.")
            % {"who": other.member.signature if other.member else other.name, "period": _period(other)},
        )


def leads_beside(place: CareTeamMember) -> list[CareTeamMember]:
    """Who else is lead coordinator on days of this place."""
    others = CareTeamMember.objects.select_related("member").filter(
        patient=place.patient, role=CareTeamRole.LEAD, retracted_at=None
    )
    return [each for each in others.exclude(pk=place.pk).order_by("from_day", "pk") if overlap(place, each)]


def care_plan_faults(plan: CarePlan, today: date) -> Faults:
    yield from period_faults(plan, today)
    yield from future_faults(plan, "given_to_patient_on", today)
    given = plan.given_to_patient_on
    if given and given < plan.from_day:
        yield (
            "given_to_patient_on",
            _("%(day)s is before %(begins)s, the day of the plan: nobody was given it yet.")
            % {"day": given.isoformat(), "begins": plan.from_day.isoformat()},
        )


def condition_faults(condition: Condition, today: date) -> Faults:
    """Of one that a person says: a proposal may be anything."""
    yield from life_faults(condition, "onset")
    yield from future_faults(condition, "onset", today)
    yield from future_faults(condition, "ended_on", today)
    code, since, until = condition.icd10cm, condition.onset, condition.ended_on
    if billable_code(code) != code:
        example = group_example(code)
        yield (
            "icd10cm",
            _("“%(code)s” is no billable ICD-10-CM code: choose the full one, such as %(example)s.")
            % {"code": code, "example": example or "E11.9"},
        )
    if since and until and until < since:
        yield (
            "ended_on",
            _("%(day)s is before %(begins)s, when it began. Enter a later day, or leave it empty while it lasts.")
            % {"day": until.isoformat(), "begins": since.isoformat()},
        )
    months = condition.expected_months
    if condition.is_chronic and months is not None and months < CHRONIC_MONTHS:
        yield (
            "expected_months",
            _("%(months)s months are not chronic: chronic is at least %(least)s. Untick it, or correct the months.")
            % {"months": months, "least": CHRONIC_MONTHS},
        )
    listed = Condition.objects.filter(
        patient=condition.patient, icd10cm=code, ended_on=None, confirmed_at__isnull=False, retracted_at=None
    )
    if code and until is None and listed.exclude(pk=condition.pk).exists():
        yield "icd10cm", _("“%(code)s” is on the patient's list already: change it there.") % {"code": code}


def _phone_faults(name: str, value: str) -> Faults:
    digits = sum(each.isdecimal() for each in value)
    if not 7 <= digits <= 15:
        yield name, _("“%(value)s” is no phone number: it has 7 to 15 digits. Check it.") % {"value": value}


def _period(record: Any) -> str:
    begins = date_format(record.from_day, "M j, Y")
    if not record.to_day:
        return _("since %(day)s") % {"day": begins}
    return _("%(begins)s to %(ends)s") % {"begins": begins, "ends": date_format(record.to_day, "M j, Y")}
