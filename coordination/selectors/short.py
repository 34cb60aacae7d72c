"""Patients whose lead a person is, by clinical reason: for the list of those who are short of minutes in a month."""

from uuid import UUID

from django.db.models import F, OuterRef, QuerySet, Subquery

from coordination.models import CareTeamMember, CareTeamRole, Patient, Transition
from coordination.rules.attempts import REACHED, SPEAKING
from coordination.selectors.facts_versions import facts_version
from coordination.selectors.patients import living
from coordination.selectors.transitions import RUNNING, standing_contacts


def led_by_reason(member: UUID) -> QuerySet[Patient]:
    """Who came home of late first, with `home_on`; then those who were spoken to the longest ago (`spoken_on`), never first. With
    `facts`, the version of what is known of them."""
    led = CareTeamMember.objects.filter(member=member, role=CareTeamRole.LEAD, to_day=None, retracted_at=None)
    home = Transition.objects.filter(patient=OuterRef("pk"), state__in=RUNNING).order_by("-discharged_on")
    spoken = standing_contacts().filter(patient=OuterRef("pk"), outcome__in=REACHED, spoken_to__in=SPEAKING)
    return (
        Patient.objects.filter(living(), pk__in=led.values("patient"))
        .annotate(
            home_on=Subquery(home.values("discharged_on")[:1]),
            spoken_on=Subquery(spoken.order_by("-service_date").values("service_date")[:1]),
            facts=facts_version(),
        )
        .order_by(
            F("home_on").desc(nulls_last=True), F("spoken_on").asc(nulls_first=True), "family_name", "given_name", "pk"
        )
    )
