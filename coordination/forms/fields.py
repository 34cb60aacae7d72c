"""Form fields of the house."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.rules import durations
from coordination.rules.durations import Duration, Fault
from coordination.rules.icd10cm import billable_code, group_example
from coordination.rules.months import parse_month
from tenancy.models import Membership

__all__ = ["DURATION_FAULTS", "DurationField", "Icd10CmField", "MonthField", "PersonField"]

DURATION_FAULTS = {
    Fault.UNREADABLE: _("“%(value)s” is no time. Write minutes (8), hours and minutes (0:08) or from–to (9:04-9:12)."),
    Fault.ZERO: _("“%(value)s” is less than a minute. Log time once a whole minute has passed."),
    Fault.TOO_LONG: _("“%(value)s” is more than ten hours. Split the time into the contacts it was made of."),
    Fault.BACKWARDS: _("“%(value)s” ends before it starts. Write the earlier time first."),
    Fault.MORNING_OR_AFTERNOON: _("“%(value)s”: morning or afternoon? Write 14:05-14:20 or 2:05pm-2:20pm."),
}


class DurationField(forms.CharField):
    """Text as people type time; a `Duration` of whole minutes out."""

    def clean(self, value: Any) -> Duration | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return durations.read(text)
        except durations.NotADuration as refused:
            raise forms.ValidationError(DURATION_FAULTS[refused.fault], params={"value": text}) from None


class MonthField(forms.CharField):
    """A month written 2026-11; its first day out."""

    widget = forms.TextInput({"type": "month"})

    def prepare_value(self, value: Any) -> Any:
        return f"{value:%Y-%m}" if isinstance(value, date) else value

    def clean(self, value: Any) -> date | None:
        text = super().clean(value)
        try:
            return parse_month(text) if text else None
        except ValueError:
            raise forms.ValidationError(
                _("“%(value)s” is no month. Write it as 2026-11."), params={"value": text}
            ) from None


class PersonField(forms.ModelChoiceField):
    """A colleague, by the name that stands behind an entry."""

    def label_from_instance(self, obj: Membership) -> str:
        return obj.signature


class Icd10CmField(forms.CharField):
    """A billable ICD-10-CM code, with or without its dot, in any case; out as `E11.9`."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return text
        if code := billable_code(text):
            return code
        if example := group_example(text):
            raise forms.ValidationError(
                _("“%(value)s” is a group of codes. Choose the full code below it, such as %(example)s."),
                params={"value": text, "example": example},
            )
        raise forms.ValidationError(
            _("“%(value)s” is not in ICD-10-CM. Check the code, for example E11.9."), params={"value": text}
        )
