"""Merging two records, and undoing it."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MergeForm(forms.Form):
    reason = forms.CharField(
        label=_("Why these are one person"),
        max_length=200,
        help_text=_("For example: same Medicaid ID, confirmed by phone"),
        error_messages={"required": _("Write why these two records are one person.")},
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def show(self, fingerprint: str) -> None:
        """Send this preview back, whatever was sent before."""
        self.initial["seen"] = fingerprint
        if self.is_bound:
            self.data = self.data.copy()
            self.data["seen"] = fingerprint
