"""A source says that two numbers are one person's: remembered, and every stay with either is looked at anew."""

from datetime import datetime

from interop.codecs.adt import AdtFacts
from interop.models import AdtMerge, AdtSource
from interop.services.adt.stays import stay_renew, stays_of_number


def merge_heard(source: AdtSource, facts: AdtFacts, now: datetime) -> None:
    """Said twice, or before either number is known, it comes to the same."""
    stays = facts.identifiers[0]
    pairs = [
        AdtMerge(
            source=source,
            ended=each.value,
            ended_assigner=each.assigner,
            stays=stays.value,
            stays_assigner=stays.assigner,
        )
        for each in facts.prior
        if (each.value, each.assigner) != (stays.value, stays.assigner)
    ]
    AdtMerge.objects.bulk_create(pairs, ignore_conflicts=True)
    for number in (*facts.prior, stays):
        for stay in stays_of_number(source, number.value, number.assigner):
            stay_renew(stay, now)
