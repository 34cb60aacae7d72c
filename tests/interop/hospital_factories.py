"""A hospital that sends, for worlds that have one of every noun."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from interop.models import AdtSource, AdtStay
from interop.services.adt.intake import messages_take
from interop.services.adt.sources import local_code_add, source_save
from tests.interop.adt_examples import adt


def a_source(world: SimpleNamespace, name: str = "Mercy", **more: Any) -> AdtSource:
    """A hospital that sends messages to a world's agency, with the token it shows."""
    facts = {"time_zone": "America/Chicago", "token": world.token} | more
    return source_save(actor=world.admin, source=AdtSource(name=f"{name} {world.mark}"), **facts)


def an_adt_stay(world: SimpleNamespace, now: datetime, **said: Any) -> AdtStay:
    """A stay that the world's hospital tells of, whose patient nobody knows."""
    said = {"mrn": f"X-{world.mark}", "name": f"Nowak{world.mark}^Ola", "visit": world.mark, "disposition": "01"} | said
    said = {"sent": "20261112170500", "admitted": "20261110093000"} | said
    (answer,) = messages_take(adt(**said), agency=world.agency, source=world.adt_source, now=now)
    assert answer.code == "AA", answer.words
    return AdtStay.objects.get(source=world.adt_source, key=f"visit {said['visit']}")


def hospitals_of(world: SimpleNamespace, now: datetime) -> None:
    """A source with a code of its own, and a stay that it tells of."""
    world.adt_source = a_source(world)
    world.adt_stay = an_adt_stay(world, now)
    world.local_code = local_code_add(
        actor=world.admin, source=world.adt_source, kind="disposition", code=f"went {world.mark}", means="01", now=now
    )
