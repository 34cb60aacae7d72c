"""Enrolling in chronic care: consent, conditions, and what the program requires once."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import DayField
from coordination.models import Condition, ConsentKind, Patient
from coordination.selectors import charts
from tenancy.models import Membership


class ConditionsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Condition) -> str:
        return f"{obj.icd10cm} {obj.text}"


class PractitionerField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Membership) -> str:
        return obj.signature


class EnrollmentForm(forms.Form):
    conditions = ConditionsField(
        label=_("Chronic conditions this care is for"),
        queryset=Condition.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Ticking confirms the code and that the condition is expected to last at least 12 months, or until death. "
            "Chronic care needs two or more; what is missing can be added later."
        ),
    )
    risk_attested = forms.BooleanField(
        label=_(
            "A clinician judges that these conditions place the patient at significant risk of death, acute worsening or "
            "functional decline"
        ),
        required=False,
    )
    consent_on = DayField(
        label=_("Day of consent"),
        help_text=_("Minutes count from this day on"),
        error_messages={"required": _("Enter the day on which the patient consented.")},
    )
    consent_kind = forms.ChoiceField(label=_("How consent was given"), choices=ConsentKind)
    told = forms.BooleanField(
        label=_(
            "The patient was told: cost sharing may apply, only one practitioner can bill this in a month, and they may "
            "stop at any time"
        ),
        error_messages={"required": _("Tell the patient these three things, then tick the box: consent needs them.")},
    )
    billing_practitioner = PractitionerField(
        label=_("Billing practitioner"),
        queryset=Membership.objects.none(),
        empty_label=_("Choose"),
        error_messages={"required": _("Choose under whose name this care is billed.")},
    )
    initiating_visit_on = DayField(
        label=_("Initiating visit"),
        help_text=_("Needed for a new patient, or one not seen within a year before"),
        required=False,
    )
    last_seen_on = DayField(
        label=_("Last seen by the practice"), help_text=_("If there was no initiating visit"), required=False
    )
    care_plan_on = DayField(
        label=_("Comprehensive care plan of"), help_text=_("Written, and a copy given to the patient"), required=False
    )

    def __init__(self, *args: Any, patient: Patient, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, DayField):
                field.end_on(today)
        coded = charts.active_conditions(patient).exclude(icd10cm="")
        self.fields["conditions"].queryset = coded
        self.fields["billing_practitioner"].queryset = charts.practitioners()
        self.fields["consent_on"].initial = today

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned.pop("told", None)  # required to go on; what it says is part of what consent means
        return cleaned
