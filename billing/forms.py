"""Asking for a month to be run; vouching for values of the rulebook."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.services.decisions import rulebook
from coordination.rules.months import month_of, parse_month


class RunForm(forms.Form):
    month = forms.CharField(
        label=_("Month"),
        widget=forms.TextInput({"type": "month"}),
        help_text=_("Written 2026-11. A run decides every patient and may be repeated"),
        error_messages={"required": _("Choose the month to run, for example 2026-11.")},
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, initial={"month": f"{today:%Y-%m}"}, **kwargs)
        self.latest, _last = month_of(today)
        self.earliest, _last = month_of(rulebook().begins)
        self.fields["month"].widget.attrs |= {"min": f"{self.earliest:%Y-%m}", "max": f"{self.latest:%Y-%m}"}

    def clean_month(self) -> date:
        text = self.cleaned_data["month"]
        try:
            month = parse_month(text)
        except ValueError:
            raise forms.ValidationError(
                _("“%(value)s” is no month: write year and month, for example 2026-11."), params={"value": text}
            ) from None
        if month > self.latest:
            raise forms.ValidationError(_("%(value)s has not begun."), params={"value": text})
        if month < self.earliest:
            raise forms.ValidationError(
                _("%(value)s is before %(earliest)s, the first month that has rules."),
                params={"value": text, "earliest": f"{self.earliest:%Y-%m}"},
            )
        return month


class SignOffForm(forms.Form):
    note = forms.CharField(
        label=_("Note"),
        max_length=300,
        required=False,
        help_text=_("How you know: a page of the payer, a call, a remittance. It stays with each value that you tick"),
    )
