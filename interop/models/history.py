"""Every version of what people arrange or decide about hospitals' messages. A message itself is never changed."""

from interop.models.adt import AdtSource, AdtStay, LocalCode
from tenancy.models.history import history_of

AdtSourceEvent = history_of(AdtSource)
LocalCodeEvent = history_of(LocalCode)
BY_PEOPLE = ("linked_by", "decided_setting", "decided_destination", "set_aside_at", "set_aside_by", "set_aside_because")
AdtStayEvent = history_of(
    AdtStay, but=tuple(each.name for each in AdtStay._meta.local_fields if each.name not in ("patient", *BY_PEOPLE))
)
"""Of a stay whose it is and what people decided; what its messages said is in the messages."""
