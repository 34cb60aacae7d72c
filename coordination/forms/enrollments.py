"""Enrolling in a program: consent, conditions, and what the program requires once."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import MonthField, PersonField
from coordination.forms.patients import language_choices
from coordination.models import (
    FOR_ONE_CONDITION,
    Condition,
    ConsentKind,
    ConsentText,
    EndReason,
    Enrollment,
    Patient,
    Program,
    Track,
)
from coordination.ports import billing
from coordination.selectors import charts
from tenancy.forms.fields import DayField
from tenancy.models import Membership
from tenancy.selectors.people import care_givers

FACTS = (
    "billing_practitioner",
    "consent_on",
    "consent_renewed_on",
    "consent_kind",
    "initiating_visit_on",
    "last_seen_on",
    "care_plan_on",
    "risk_attested_on",
    "risk_attested_by",
    "revoked_on",
    "end_reason",
    "track",
    "episode_began",
    "condition_code",
    "condition_months",
    "condition_high_risk",
    "supervising_practitioner",
    "consent_text",
    "consent_language",
    "consent_taken_by",
    "cost_share_told",
)
ONLY_NEW = ("program", "told")
ONLY_KNOWN = ("consent_renewed_on", "cost_share_told", "revoked_on", "end_reason", "version")
ONE_CONDITION = ("condition_code", "condition_months", "condition_high_risk")


class ConditionsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Condition) -> str:
        return f"{obj.icd10cm} {obj.text}"


class ConsentTextField(forms.ModelChoiceField):
    def label_from_instance(self, obj: ConsentText) -> str:
        return f"{obj.get_program_display()}: {obj}"


def opening(months: int | None) -> str:
    """Whether a visit opens a program, in words: `months` before consent in which the practice need only have seen the patient."""
    if months is None:
        return gettext("No visit has to open this program.")
    if not months:
        return gettext("A visit must open this program: having seen the patient before is not enough.")
    return gettext(
        "A visit must open this program, unless the practice saw the patient in the %(n)s months before consent."
    ) % {"n": months}


class EnrollmentForm(forms.Form):
    """Enrolls, or changes an enrollment (then with its `version`, and the day on which the patient stopped)."""

    program = forms.ChoiceField(label=_("Program"), choices=Program, initial=Program.CHRONIC_CARE)
    track = forms.ChoiceField(
        label=_("Months are billed as"),
        help_text=_("As you declare it here; nothing picks a dearer way"),
        error_messages={"invalid_choice": _("Months of this program are not billed so. Choose from its list.")},
    )
    episode_began = MonthField(
        label=_("Episode began in"), help_text=_("Its first month; empty: the month of consent"), required=False
    )
    condition_code = forms.ChoiceField(label=_("The one condition this care is for"), required=False)
    condition_months = forms.IntegerField(
        label=_("Months it is expected to last"),
        help_text=_("Empty: nobody expects an end"),
        min_value=1,
        max_value=600,
        required=False,
    )
    condition_high_risk = forms.BooleanField(
        label=_("A clinician judged: it puts the patient at high risk of hospital, death or decline"), required=False
    )
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
    risk_attested_by = PersonField(
        label=_("By which clinician"), queryset=Membership.objects.none(), required=False, empty_label=_("nobody")
    )
    consent_on = DayField(
        label=_("Day of consent"),
        help_text=_("Minutes count from this day on"),
        error_messages={"required": _("Enter the day on which the patient consented.")},
    )
    consent_renewed_on = DayField(
        label=_("Consent asked for anew on"),
        help_text=_("The last time. The day of consent stays: minutes count from it"),
        required=False,
    )
    consent_kind = forms.ChoiceField(label=_("How consent was given"), choices=ConsentKind)
    consent_text = ConsentTextField(
        label=_("Text that was told"),
        queryset=ConsentText.objects.none(),
        required=False,
        empty_label=_("none on record"),
    )
    consent_language = forms.ChoiceField(label=_("In which language"), required=False)
    consent_taken_by = PersonField(label=_("Consent taken by"), queryset=Membership.objects.none(), empty_label=None)
    told = forms.BooleanField(
        label=_(
            "The patient was told: cost sharing may apply, only one practitioner can bill this in a month, and they may "
            "stop at any time"
        ),
        error_messages={"required": _("Tell the patient these three things, then tick the box: consent needs them.")},
    )
    billing_practitioner = PersonField(
        label=_("Billing practitioner"),
        queryset=Membership.objects.none(),
        empty_label=_("Choose"),
        error_messages={"required": _("Choose under whose name this care is billed.")},
    )
    cost_share_told = forms.BooleanField(label=_("The patient was told that cost sharing may apply"), required=False)
    supervising_practitioner = PersonField(
        label=_("Supervising practitioner"),
        queryset=Membership.objects.none(),
        required=False,
        empty_label=_("the same"),
        help_text=_("If another person than who bills"),
    )
    initiating_visit_on = DayField(
        label=_("Initiating visit"),
        help_text=_("Whether this program needs one is said at the top, below the program"),
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
    end_reason = forms.ChoiceField(
        label=_("Why it ended"), choices=[("", _("not said")), *EndReason.choices], required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        patient: Patient,
        today: date,
        actor: Membership,
        enrollment: Enrollment | None = None,
        program: str = Program.CHRONIC_CARE,
        **kwargs: Any,
    ) -> None:
        """`program` is the one that is chosen when the form is opened; what is sent says its own."""
        coded = charts.active_conditions(patient).exclude(icd10cm="")
        initial: dict[str, Any] = {
            "consent_on": today,
            "consent_taken_by": actor.pk,
            "consent_language": patient.language,
            "program": program,
        }
        if enrollment:
            initial = {name: getattr(enrollment, name) for name in (*FACTS, "version")} | {
                "conditions": [each.pk for each in coded if each.is_chronic and each.confirmed_at]
            }
        super().__init__(*args, initial=initial, **kwargs)
        for name in ONLY_NEW if enrollment else ONLY_KNOWN:
            del self.fields[name]
        chosen_program = enrollment.program if enrollment else self["program"].value()
        self.opens = opening(billing().opened(today).get(chosen_program))
        self._for_program(chosen_program, coded, enrollment)
        if enrollment and not billing().program_asks(enrollment.program, enrollment.consent_on).consent_months:
            del self.fields["consent_renewed_on"]
        for name, field in self.fields.items():
            if isinstance(field, DayField):
                field.end_on(today)
            if isinstance(field, PersonField):
                people = (
                    care_givers()
                    if name == "consent_taken_by"
                    else charts.practitioners(behavioral=self._is_behavioral)
                )
                chosen = getattr(enrollment, f"{name}_id", None)
                field.queryset = people | Membership.objects.filter(pk=chosen)
        self.fields["conditions"].queryset = coded.all()
        self.fields["consent_language"].choices = language_choices(initial["consent_language"])
        self.fields["consent_text"].queryset = charts.consent_texts(enrollment.program if enrollment else None)

    def _for_program(self, program: str, coded: QuerySet[Condition], enrollment: Enrollment | None) -> None:
        """The ways in which this program's months are billed, and what it alone asks for."""
        self._is_behavioral = program == Program.BEHAVIORAL_HEALTH
        if tracks := billing().tracks().get(program, ()):
            self.fields["track"].choices = [(each, Track(each).label) for each in tracks]
            if self.initial.get("track") not in tracks:
                self.initial["track"] = tracks[0]
        else:
            del self.fields["track"]
        if program != Program.COLLABORATIVE_CARE:
            del self.fields["episode_began"]
        if program not in FOR_ONE_CONDITION:
            for name in ONE_CONDITION:
                del self.fields[name]
            return
        known = {each.icd10cm: f"{each.icd10cm} {each.text}" for each in coded}
        if enrollment and enrollment.condition_code:
            known.setdefault(enrollment.condition_code, enrollment.condition_code)
        self.fields["condition_code"].choices = [("", _("not named")), *known.items()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "told" in cleaned:  # one of the three things that were told is kept as a fact of its own
            cleaned["cost_share_told"] = cleaned.pop("told")
        return cleaned
