"""The words that patients are told when they consent. A text is never edited, because consents rest on it: a change is a version."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from coordination.models import ConsentText
from tenancy import access
from tenancy.models import Membership
from tenancy.writes import refusing


@transaction.atomic
def consent_text_add(
    *, actor: Membership, program: str, label: str, language: str, body: str, from_day: date
) -> ConsentText:
    """Add a version of a program's text in a language. The same sent again is the same text; another body needs another label."""
    access.require(actor, "consent_text.write")
    taken = _(
        "“%(label)s” exists in this language with other words. Texts are not edited: give this one a label of its own."
    )
    said = {"program": program, "label": label, "language": language}
    known = ConsentText.objects.filter(**said).first()
    if known and (known.body, known.from_day) == (body, from_day):
        return known
    if known:
        raise ValidationError({"label": taken % {"label": label}})
    text = ConsentText(**said, body=body, from_day=from_day)
    text.clean_fields(exclude=["agency"])
    with refusing({"label": taken % {"label": label}}):
        text.save()
    return text
