"""A world that takes a hospital's messages: what tests of them share."""

from datetime import UTC, date, datetime

from coordination.models import Deadline, PatientIdentifier, Stay, Transition
from interop.models import AdtMerge, AdtMessage, AdtStay
from interop.services.adt.intake import messages_take
from tests import factories
from tests.interop.adt_examples import SOURCE

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def a_patient(number: str = "", *, given: str = "Amara", family: str = "Okafor", born: date = date(1952, 3, 4), **more):
    patient = factories.a_patient(given, family, born=born, **more)
    if number:
        PatientIdentifier.objects.create(patient=patient, kind="mrn", value=number, assigner=SOURCE)
    return patient


def taken(world, *contents: bytes, now: datetime = NOW) -> list[str]:
    """Take messages, and what each was answered with."""
    return [
        f"{each.code} {each.reason}".strip() + (" known" if each.is_known else "")
        for content in contents
        for each in messages_take(content, agency=world.agency, source=world.source, now=now)
    ]


def the_stay(key: str = "visit V100") -> AdtStay:
    return AdtStay.objects.select_related("source", "patient").get(key=key)


def told() -> list[tuple[str, str, str, str]]:
    rows = Transition.objects.order_by("discharged_on", "pk")
    return [(str(each.discharged_on), each.setting, each.destination, each.state) for each in rows]


def forget_all() -> None:
    """As if no message had ever come."""
    for model in (Deadline, Transition, AdtMessage, AdtStay, AdtMerge, Stay):
        model.objects.all().delete()
