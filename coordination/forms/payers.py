"""What an administrator says of a payer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import Payer, PayerKind

FACTS = ("name", "kind", "identifier", "is_open")


class PayerForm(forms.Form):
    """Adds a payer (an unsaved one), or changes one."""

    name = forms.CharField(label=_("Name"), max_length=120, error_messages={"required": _("Enter the payer's name.")})
    kind = forms.TypedChoiceField(
        label=_("Kind"),
        choices=[("", _("Choose")), *PayerKind.choices],
        error_messages={"required": _("Choose what kind of payer it is.")},
    )
    identifier = forms.CharField(
        label=_("Payer ID"), max_length=80, required=False, help_text=_("By which claims name it, if you know it")
    )
    is_open = forms.BooleanField(
        label=_("Offered when a coverage is recorded"),
        required=False,
        help_text=_("Coverages that name it stay as they are"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, payer: Payer, **kwargs: Any) -> None:
        initial = {name: getattr(payer, name) for name in (*FACTS, "version")}
        super().__init__(*args, initial=initial, **kwargs)
