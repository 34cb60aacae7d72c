"""On which numbers patients and those who speak for them are called."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from coordination.models import ContactPoint, ContactPointKind, Proxy


@dataclass(slots=True)
class Reach:
    """A patient's safe numbers, the first one to be tried first, and who may be told about them in their place."""

    phones: list[ContactPoint] = field(default_factory=list)
    proxies: list[Proxy] = field(default_factory=list)


def reach_of(patients: Collection[UUID]) -> dict[UUID, Reach]:
    """Of each of these patients. Two statements."""
    found: dict[UUID, Reach] = defaultdict(Reach)
    safe = ContactPoint.objects.filter(patient__in=patients, kind=ContactPointKind.PHONE, is_safe=True)
    for point in safe.order_by("rank", "pk"):
        found[point.patient_id].phones.append(point)
    told = Proxy.objects.filter(patient__in=patients, to_day=None, may_be_told=True).exclude(phone="")
    for proxy in told.order_by("pk"):
        found[proxy.patient_id].proxies.append(proxy)
    return found
