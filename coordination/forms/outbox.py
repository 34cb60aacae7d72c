"""The forms for one's mail and for other systems."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import EARLIEST_HOUR, LATEST_HOUR, MailSettings
from tenancy.models import uuid7


class MailSettingsForm(forms.Form):
    """When a person is mailed."""

    digest_hour = forms.TypedChoiceField(
        label=_("A list in the morning"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("On working days, and only when something is overdue or due that day."),
    )
    alerts_at_once = forms.BooleanField(label=_("Alerts of mine at once"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    def __init__(self, *args: Any, settings: MailSettings | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hours = [(hour, _("at %(hour)d:00") % {"hour": hour}) for hour in range(EARLIEST_HOUR, LATEST_HOUR + 1)]
        self.fields["digest_hour"].choices = [("", _("none")), *hours]
        self.fields["digest_hour"].says_itself = True
        if settings:
            self.initial = {
                "digest_hour": settings.digest_hour,
                "alerts_at_once": settings.alerts_at_once,
                "version": settings.version,
            }


class EndpointForm(forms.Form):
    """Another system that is told of alerts."""

    url = forms.URLField(
        label=_("Address"),
        max_length=500,
        assume_scheme="https",
        widget=forms.URLInput({"placeholder": "https://example.org/careledger", "autocomplete": "off"}),
        help_text=_("A public host, called over https. It answers with 2xx within five seconds."),
        error_messages={
            "required": _("Enter the address that is called."),
            "invalid": _(
                "This is no address: it begins with https:// and a host, such as https://example.org/careledger."
            ),
        },
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
