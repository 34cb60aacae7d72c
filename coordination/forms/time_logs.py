"""The form on every patient page that logs time."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import DayField, DurationField
from coordination.models import Activity, Program
from coordination.rules.months import EARLIEST_SERVICE_DAY
from tenancy.models import uuid7


class TimeLogForm(forms.Form):
    """Parses what was typed; what it means is the service's business. `today` is the agency's day."""

    minutes = DurationField(
        label=_("Time"),
        max_length=30,
        help_text=_("8, 0:08, 8m, or from–to: 9:04-9:12"),
        error_messages={"required": _("Enter how long it took, for example 8 or 9:04-9:12.")},
    )
    service_date = DayField(
        label=_("Day of service"),
        earliest=EARLIEST_SERVICE_DAY,
        error_messages={"required": _("Enter the day on which the time was given.")},
    )
    activity = forms.ChoiceField(label=_("What for"), choices=Activity)
    program = forms.ChoiceField(label=_("Program"), choices=Program)
    note = forms.CharField(
        label=_("Note"),
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("What was done and what comes next"),
        error_messages={"required": _("Write what was done: minutes without a note count for nothing in an audit.")},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["service_date"].initial = today
        self.fields["service_date"].end_on(today)
        if len(Program.choices) == 1:
            self.fields["program"].widget = forms.HiddenInput()
            self.fields["program"].initial = Program.values[0]
