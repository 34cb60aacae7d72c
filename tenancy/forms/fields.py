"""Form fields that every app uses."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class DayField(forms.DateField):
    """A day, written 2026-11-16 in every language; 03/04 means two days, depending on who reads it."""

    def __init__(self, *, earliest: date = date(1900, 1, 1), **kwargs: Any) -> None:
        widget = forms.DateInput({"type": "date", "min": earliest.isoformat()}, format="%Y-%m-%d")
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)
        self.earliest = earliest
        self.latest: date | None = None

    def end_on(self, today: date) -> None:
        """The agency's today, after which no day is taken; a form says it when it is made."""
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


class WholeNumberField(forms.IntegerField):
    """A whole number from a least to a most; a refusal names what was typed and what is possible."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        self.bounds = {"least": least, "most": most}
        super().__init__(**kwargs)
        self.widget.attrs.update({"min": least, "max": most})

    def clean(self, value: Any) -> int:
        typed = "" if value is None else str(value).strip()
        if not typed:
            raise forms.ValidationError(_("Enter a whole number from %(least)d to %(most)d."), params=self.bounds)
        least, most = self.bounds["least"], self.bounds["most"]
        if not (typed.isascii() and typed.isdecimal() and len(typed) < 10 and least <= int(typed) <= most):
            raise forms.ValidationError(
                _("“%(typed)s” is not possible here: enter a whole number from %(least)d to %(most)d."),
                params={"typed": typed} | self.bounds,
            )
        return int(typed)


class NpiField(forms.CharField):
    """A National Provider Identifier: ten digits, the last of which checks the others."""

    def clean(self, value: Any) -> str:
        text = super().clean(value).replace(" ", "")
        if text and not _is_npi(text):
            raise forms.ValidationError(
                _("“%(value)s” is no NPI: ten digits, and the last one must fit the others. Check it for a slip."),
                params={"value": text},
            )
        return text


def _is_npi(text: str) -> bool:
    """Luhn's check over 80840 and the ten digits (CMS, Requirements for National Provider Identifier and NPI Check Digit)."""
    if not (text.isascii() and text.isdigit() and len(text) == 10):
        return False
    digits = [int(digit) for digit in reversed("80840" + text)]
    return sum(d if n % 2 == 0 else d * 2 - 9 * (d > 4) for n, d in enumerate(digits)) % 10 == 0
