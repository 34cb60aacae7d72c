"""Enrolling in chronic care: consent, conditions, and what the program requires once."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import DayField
from coordination.models import Condition, ConsentKind, Enrollment, Patient
from coordination.selectors import charts
from tenancy.models import Membership

FACTS = (
    "billing_practitioner",
    "consent_on",
    "consent_kind",
    "initiating_visit_on",
    "last_seen_on",
    "care_plan_on",
    "risk_attested_on",
    "revoked_on",
)


class ConditionsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Condition) -> str:
        return f"{obj.icd10cm} {obj.text}"


class PractitionerField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Membership) -> str:
        return obj.signature


class EnrollmentForm(forms.Form):
    """Enrolls, or changes an enrollment (then with its `version`, and the day on which the patient stopped)."""

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
    risk_attested_on = DayField(
        label=_("Risk judged by a clinician on"),
        help_text=_("Significant risk of death, acute worsening or functional decline"),
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
    revoked_on = DayField(
        label=_("Patient stopped on"), help_text=_("Minutes count to the end of that month"), required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, patient: Patient, today: date, enrollment: Enrollment | None = None, **kwargs: Any
    ) -> None:
        coded = charts.active_conditions(patient).exclude(icd10cm="")
        initial: dict[str, Any] = {"consent_on": today}
        if enrollment:
            initial = {name: getattr(enrollment, name) for name in (*FACTS, "version")} | {
                "conditions": [each.pk for each in coded if each.is_chronic and each.confirmed_at]
            }
        super().__init__(*args, initial=initial, **kwargs)
        for field in self.fields.values():
            if isinstance(field, DayField):
                field.end_on(today)
        self.fields["conditions"].queryset = coded.all()
        self.fields["billing_practitioner"].queryset = charts.practitioners()
        for name in ("told",) if enrollment else ("revoked_on", "version"):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned.pop("told", None)  # required to go on; what it says is part of what consent means
        return cleaned
