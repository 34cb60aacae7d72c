"""A new version of what patients are told when they consent."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.patients import language_choices
from coordination.models import Program
from tenancy.forms.fields import DayField


class ConsentTextForm(forms.Form):
    program = forms.ChoiceField(label=_("Program"), choices=Program)
    label = forms.CharField(
        label=_("Version"),
        max_length=40,
        help_text=_("As people know it, for example 2026-01"),
        error_messages={"required": _("Give this version a name, for example 2026-01.")},
    )
    language = forms.ChoiceField(label=_("Language"), error_messages={"required": _("Choose the language it is in.")})
    from_day = DayField(
        label=_("Told from"), error_messages={"required": _("Enter the first day on which it is told.")}
    )
    body = forms.CharField(
        label=_("What the patient is told"),
        max_length=8000,
        widget=forms.Textarea({"rows": 10}),
        error_messages={"required": _("Write what the patient is told.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, initial={"from_day": today, "language": "en"}, **kwargs)
        self.fields["language"].choices = language_choices()
