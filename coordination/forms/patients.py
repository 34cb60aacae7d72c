"""Who a patient is, and what they need and prefer in their own words."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import Patient, Sex, language_in_words
from tenancy.forms.fields import DayField

LANGUAGES = (
    "en",
    "es",
    "zh",
    "vi",
    "tl",
    "ar",
    "fr",
    "ko",
    "ru",
    "ht",
    "pt",
    "hi",
    "ur",
    "fa",
    "pl",
    "so",
    "am",
    "ne",
    "my",
    "uk",
)
"""Offered first to last as they are spoken in the United States; what is on record stands in the list as well."""


def language_choices(on_record: str = "") -> list[tuple[str, Any]]:
    """Languages by name; `on_record` keeps its place even if nobody else speaks it."""
    codes = LANGUAGES if on_record in ("", *LANGUAGES) else (on_record, *LANGUAGES)
    return [("", _("not known")), *((code, language_in_words(code)) for code in codes)]


class PatientForm(forms.Form):
    """Adds a patient, or changes one (then with its `version`)."""

    family_name = forms.CharField(
        label=_("Family name"), max_length=100, error_messages={"required": _("Enter the family name.")}
    )
    given_name = forms.CharField(
        label=_("Given names"), max_length=100, error_messages={"required": _("Enter the given names.")}
    )
    preferred_name = forms.CharField(
        label=_("Wants to be called"), max_length=100, required=False, help_text=_("If it differs from the given name")
    )
    birth_date = DayField(label=_("Birth date"), error_messages={"required": _("Enter the birth date.")})
    mrn = forms.CharField(
        label=_("MRN"),
        max_length=64,
        help_text=_("The medical record number in your own system"),
        error_messages={"required": _("Enter the medical record number.")},
    )
    sex = forms.ChoiceField(label=_("Sex on record"), choices=Sex, initial=Sex.UNKNOWN)
    language = forms.ChoiceField(label=_("Language"), required=False)
    needs_interpreter = forms.BooleanField(label=_("Needs an interpreter"), required=False)
    is_former_foster_youth = forms.BooleanField(
        label=_("Was in foster care when turning 18"),
        required=False,
        help_text=_("Decides until which age care before release from detention counts"),
    )
    needs = forms.CharField(
        label=_("What the patient needs"),
        max_length=4000,
        required=False,
        help_text=_("In the patient's own words"),
        widget=forms.Textarea({"rows": 3}),
    )
    preferences = forms.CharField(
        label=_("What the patient prefers"),
        max_length=4000,
        required=False,
        help_text=_("In the patient's own words: how, when and by whom they want to be helped"),
        widget=forms.Textarea({"rows": 3}),
    )
    is_deceased = forms.BooleanField(label=_("The patient has died"), required=False)
    deceased_on = DayField(label=_("Day of death"), required=False, help_text=_("Leave empty if it is not known"))
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)
    looked_at = forms.CharField(widget=forms.HiddenInput, required=False)
    is_another = forms.BooleanField(
        label=_("I compared them: this is another person"),
        required=False,
    )

    def __init__(self, *args: Any, today: date, patient: Patient | None = None, **kwargs: Any) -> None:
        initial = {name: getattr(patient, name) for name in (*FACTS, "version")} if patient else {"language": "en"}
        super().__init__(*args, initial=initial, **kwargs)
        for name in ("birth_date", "deceased_on"):
            self.fields[name].end_on(today)
        self.fields["language"].choices = language_choices(patient.language if patient else "")
        if patient:
            del self.fields["looked_at"], self.fields["is_another"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        born, died = said.get("birth_date"), said.get("deceased_on")
        if died:
            said["is_deceased"] = True  # a day of death says it
        if born and died and died < born:
            self.add_error("deceased_on", _("This is before the birth date."))
        return said

    @property
    def facts(self) -> dict[str, Any]:
        """What was typed about the patient."""
        return {name: self.cleaned_data[name] for name in FACTS}

    @property
    def dismissed(self) -> frozenset[str]:
        """Ids of records that looked alike, and that the person said are somebody else."""
        return frozenset(self.cleaned_data["looked_at"].split()) if self.cleaned_data["is_another"] else frozenset()


FACTS = (
    "family_name",
    "given_name",
    "preferred_name",
    "birth_date",
    "mrn",
    "sex",
    "language",
    "needs_interpreter",
    "is_former_foster_youth",
    "needs",
    "preferences",
    "is_deceased",
    "deceased_on",
)
