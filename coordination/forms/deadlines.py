"""The forms of a task: a call after a discharge, and putting something off."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import DurationField
from coordination.forms.time_logs import LOGGED_FOR, PresetField, TimeLogForm
from coordination.models import Activity, Direction, Mode, Outcome, Program, SpokenTo, Timer, Transition
from coordination.rules.attempts import NOT_CLINICAL
from coordination.rules.durations import Duration
from coordination.rules.stopwatch import is_forgotten, measured
from coordination.services.measuring import Said
from tenancy.clock import local_day
from tenancy.forms.fields import DayField
from tenancy.models import Membership

TRIED = (Outcome.NO_ANSWER, Outcome.VOICEMAIL, Outcome.WRONG_NUMBER, Outcome.DECLINED)
HOURS = range(7, 19)


class AttemptForm(TimeLogForm):
    """A call after a discharge: what the task knows is filled in, what is left is what came of it. A timer says how long it took;
    minutes that are typed win. `reached` and `not_reached` are the two buttons that save it."""

    minutes = DurationField(label=_("Minutes"), max_length=30, required=False, help_text=_("8, or 9:04-9:12"))
    program = PresetField(choices=LOGGED_FOR, initial=Program.TRANSITIONAL_CARE)
    activity = PresetField(choices=Activity, initial=Activity.CARE_COORDINATION)
    mode = PresetField(choices=Mode, initial=Mode.PHONE)
    direction = PresetField(choices=Direction, initial=Direction.OUT)
    spoken_to = PresetField(
        label=_("Whom you called"),
        choices=[(each.value, each.label) for each in (SpokenTo.PATIENT, SpokenTo.PROXY)],
        initial=SpokenTo.PATIENT,
    )
    outcome = PresetField(
        label=_("If not reached"), choices=[(each.value, each.label) for each in TRIED], initial=Outcome.NO_ANSWER
    )
    only_scheduling = forms.BooleanField(label=_("We only made an appointment"), required=False)
    note = forms.CharField(
        label=_("Note"),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("What was said"),
    )
    reached = forms.BooleanField(required=False)
    not_reached = forms.BooleanField(required=False)

    def __init__(
        self,
        *args: Any,
        actor: Membership,
        discharge: Transition,
        running: Timer | None,
        now: datetime,
        today: date,
        **kwargs: Any,
    ) -> None:
        self.discharge, self.running, self.now, self.zone = discharge, running, now, actor.agency.zone
        super().__init__(*args, actor=actor, patient=discharge.patient, today=today, **kwargs)
        self.fields["note"].says_itself = self.fields["minutes"].says_itself = True  # type: ignore[attr-defined]
        self.counts_not = actor.discipline in NOT_CLINICAL
        self.fields["service_date"].widget = forms.HiddenInput()
        if running:
            self.fields["timer"].initial = running.pk
            self.fields["minutes"].help_text = _("empty: what the timer shows")
            self.fields["service_date"].initial = local_day(running.started_at, self.zone)

    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        if typed.get("reached"):
            typed["outcome"] = Outcome.REACHED
        elif not typed.get("not_reached"):
            self.add_error(None, _("Say whether you reached somebody: choose one of the two buttons."))
        if not typed.get("note") and "note" not in self.errors:
            if typed.get("not_reached") and typed.get("outcome") in TRIED:  # says all there is to say
                typed["note"] = str(Outcome(typed["outcome"]).label).capitalize() + "."
            else:
                self.add_error("note", _("Write what was said: minutes without a note count for nothing in an audit."))
        if typed.get("minutes") is None and "minutes" not in self.errors:
            self._measure(typed)
        return typed

    def _measure(self, typed: dict[str, Any]) -> None:
        """The timer's whole minutes, where none were typed."""
        if self.running is None:
            self.add_error("minutes", _("Enter how long it took, for example 8 or 9:04-9:12."))
            return
        stopped = self.running.stopped_at or self.now
        if is_forgotten(self.running.started_at, stopped, self.zone):
            self.add_error("minutes", _("The timer seems to have been forgotten: enter the minutes that were worked."))
            return
        minutes, seconds = measured(self.running.started_at, stopped)
        if minutes:
            typed["minutes"] = Duration(minutes)
        else:
            self.add_error(
                "minutes",
                _("The timer shows %(seconds)s s and only whole minutes are kept: enter how long it took, writing it down included.")
                % {"seconds": seconds},
            )  # fmt: skip

    def said(self) -> Said:
        """As the service takes it: an attempt after this discharge."""
        scheduling = self.cleaned_data["only_scheduling"]
        return replace(super().said(), transition=self.discharge, is_beyond_scheduling=not scheduling)


class PutOffForm(forms.Form):
    """Until when, and why."""

    day = DayField(label=_("Until"), error_messages={"required": _("Choose a day.")})
    hour = forms.TypedChoiceField(
        label=_("From"), coerce=int, choices=[(hour, f"{hour}:00") for hour in HOURS], initial=8
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        error_messages={"required": _("Say why, in a few words: it stays beside the task.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def until(self, zone: ZoneInfo) -> datetime:
        """The moment, on the agency's clock."""
        return datetime.combine(self.cleaned_data["day"], time(self.cleaned_data["hour"]), zone)
