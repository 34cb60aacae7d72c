"""Form fields of the house."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.rules import durations
from coordination.rules.durations import Duration, Fault
from coordination.rules.icd10cm import billable_code, group_example

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


class DayField(forms.DateField):
    """A day of the past or today, written 2026-11-16 in every language; 03/04 means two days, depending on who reads it."""

    def __init__(self, *, earliest: date = date(1900, 1, 1), **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date", "min": earliest.isoformat()}, format="%Y-%m-%d")
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)
        self.earliest = earliest
        self.latest: date | None = None

    def end_on(self, today: date) -> None:
        """The agency's today; a form says it when it is made."""
        self.latest = today
        self.widget.attrs["max"] = today.isoformat()

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and self.latest and value > self.latest:
            raise forms.ValidationError(_("%(day)s is in the future."), params={"day": value.isoformat()})
        if value and value < self.earliest:
            raise forms.ValidationError(
                _("%(day)s is before %(earliest)s, the earliest day possible here."),
                params={"day": value.isoformat(), "earliest": self.earliest.isoformat()},
            )


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
