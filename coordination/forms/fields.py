"""Form fields of the house."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.rules import durations
from coordination.rules.durations import Duration, Fault

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

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), input_formats=["%Y-%m-%d"], **kwargs
        )
        self.latest: date | None = None

    def end_on(self, today: date) -> None:
        """The agency's today; a form says it when it is made."""
        self.latest = today
        self.widget.attrs["max"] = today.isoformat()

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and self.latest and value > self.latest:
            raise forms.ValidationError(_("%(day)s is in the future."), params={"day": value.isoformat()})


class Icd10CmField(forms.CharField):
    """A billable ICD-10-CM code, with or without its dot, in any case; out as `E11.9`."""

    def clean(self, value: Any) -> str:
        import simple_icd_10_cm  # reads the whole tabular list, 1.6 s: once, and only where codes are entered

        text = super().clean(value).upper().replace(" ", "")
        if not text:
            return text
        if not simple_icd_10_cm.is_valid_item(text):
            raise forms.ValidationError(
                _("“%(value)s” is not in ICD-10-CM. Check the code, for example E11.9."), params={"value": value}
            )
        if not simple_icd_10_cm.is_leaf(text):
            raise forms.ValidationError(
                _("“%(value)s” is a group of codes. Choose the full code below it, such as %(example)s."),
                params={"value": value, "example": _first_leaf(text)},
            )
        return simple_icd_10_cm.add_dot(text)


def _first_leaf(code: str) -> str:
    import simple_icd_10_cm

    return next((item for item in simple_icd_10_cm.get_descendants(code) if simple_icd_10_cm.is_leaf(item)), code)
