"""Recording a diagnosis, or saying what an imported one is."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import DayField, Icd10CmField
from coordination.models import Condition


class ConditionForm(forms.Form):
    icd10cm = Icd10CmField(
        label=_("ICD-10-CM code"),
        max_length=10,
        help_text=_("The full code, for example E11.9"),
        error_messages={"required": _("Enter the ICD-10-CM code, for example E11.9.")},
    )
    text = forms.CharField(
        label=_("In words"),
        max_length=255,
        help_text=_("As you would say it to the patient"),
        error_messages={"required": _("Write what the condition is, in words.")},
    )
    onset = DayField(label=_("Since"), required=False)
    is_chronic = forms.BooleanField(label=_("Expected to last at least 12 months, or until death"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    def __init__(self, *args: Any, today: date, condition: Condition | None = None, **kwargs: Any) -> None:
        initial = (
            {}
            if condition is None
            else {name: getattr(condition, name) for name in ("icd10cm", "text", "onset", "is_chronic", "version")}
        )
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["onset"].end_on(today)
