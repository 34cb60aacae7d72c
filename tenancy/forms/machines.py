"""Making a token for a machine."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenancy.forms.fields import DayField
from tenancy.models import uuid7
from tenancy.scopes import SCOPES


class ServiceTokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Which machine, of whom: “Interface engine, Mercy Hospital”"),
        error_messages={"required": _("Say which machine it is.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("May"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what the machine may do.")},
    )
    last_day = DayField(
        label=_("Good until the end of"),
        help_text=_("At most two years. A new one can be made before this one ends"),
        error_messages={"required": _("Say until when.")},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def __init__(self, *args: Any, last_day: date, **kwargs: Any) -> None:
        super().__init__(*args, initial={"last_day": last_day}, **kwargs)
        self.fields["scopes"].choices = list(SCOPES.items())
        if len(SCOPES) == 1:
            self.fields["scopes"].initial = list(SCOPES)
