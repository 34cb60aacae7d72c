"""Sentences that are often written."""

from uuid import UUID

from django.db.models import F, Q, QuerySet

from coordination.models import NotePhrase
from tenancy.models import Membership
from tenancy.selectors.people import care_givers


def phrases_for(member: Membership) -> QuerySet[NotePhrase]:
    """The person's own phrases, then the agency's, by label."""
    return NotePhrase.objects.filter(Q(owner=member) | Q(owner=None)).order_by(
        F("owner").asc(nulls_last=True), "label", "pk"
    )


def phrase_by_id(member: Membership, pk: UUID) -> NotePhrase | None:
    """One that the person sees: their own or the agency's."""
    return phrases_for(member).filter(pk=pk).first()


def colleagues(member: Membership) -> QuerySet[Membership]:
    """Who can give care here but oneself: for whom time can be written down."""
    return care_givers().exclude(pk=member.pk)
