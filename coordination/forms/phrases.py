"""The form for a phrase."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import NotePhrase
from tenancy.models import Membership
from tenancy.roles import may


class PhraseForm(forms.Form):
    label = forms.CharField(
        label=_("Name"), max_length=40, help_text=_("Short: it stands on the button"),
        error_messages={"required": _("Give the phrase a short name.")},
    )  # fmt: skip
    text = forms.CharField(
        label=_("Sentence"), max_length=400, widget=forms.Textarea({"rows": 3}),
        help_text=_("No patient’s data: it is offered for everybody."),
        error_messages={"required": _("Write the sentence.")},
    )  # fmt: skip
    shared = forms.BooleanField(label=_("For everybody in the agency"), required=False)

    def __init__(self, *args: Any, actor: Membership, phrase: NotePhrase | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "id_phrase_%s")
        super().__init__(*args, **kwargs)
        if phrase:
            self.initial = {"label": phrase.label, "text": phrase.text, "shared": phrase.owner_id is None}
        if not may(actor.role, "phrase.share"):
            del self.fields["shared"]
