"""Sentences for notes: a person's own, and the agency's."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from coordination.models import NotePhrase
from tenancy import access
from tenancy.models import Membership
from tenancy.roles import may
from tenancy.writes import refusing


@transaction.atomic
def phrase_save(*, actor: Membership, phrase: NotePhrase, label: str, text: str, shared: bool) -> NotePhrase:
    """Add or change a phrase; a `shared` one is the agency's and everybody's to use."""
    if not phrase._state.adding:
        access.require(actor, needed_for(phrase))
    access.require(actor, "phrase.share" if shared else "phrase.write")
    phrase.owner = None if shared else actor
    phrase.label, phrase.text = label, text
    phrase.clean_fields(exclude=["agency", "owner"])
    with refusing(_("There is a phrase of this name already. Choose another name.")):
        phrase.save()
    return phrase


@transaction.atomic
def phrase_remove(*, actor: Membership, phrase: NotePhrase) -> None:
    """Notes that were written with it keep their words."""
    access.require(actor, needed_for(phrase))
    phrase.delete()


def needed_for(phrase: NotePhrase) -> str:
    """The capability that changing a phrase asks for."""
    return "phrase.share" if phrase.owner_id is None else "phrase.write"


def may_edit(actor: Membership, phrase: NotePhrase) -> bool:
    return may(actor.role, needed_for(phrase))
