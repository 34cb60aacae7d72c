"""The forms about a discharge: that it happened, and each thing that is said or decided of it afterwards."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import Icd10CmField, PersonField
from coordination.forms.records import house_field
from coordination.models import Complexity, Destination, Setting, Step, Transition, TransitionEnd, TransitionStep
from coordination.selectors import charts
from coordination.selectors.transitions import RUNNING, clock_on
from coordination.services.transitions import Discharge
from tenancy.forms.fields import DayField
from tenancy.models import PRACTITIONERS, Membership
from tenancy.roles import roles_with
from tenancy.selectors.people import care_givers

CHOOSE = ("", _("Choose"))
ENDS = [each for each in TransitionEnd.choices if each[0] != TransitionEnd.RESTARTED]
"""Why a person ends it; that a later one begins anew is decided there."""


class ClockField(forms.TimeField):
    """A time of day on the agency's clock."""

    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    default_error_messages = {"invalid": _("Write the time as 17:00.")}


class DischargeForm(forms.Form):
    """What is known of a discharge, and when the agency learned of it."""

    discharged_on = DayField(
        label=_("Discharged on"),
        error_messages={"required": _("Enter the day of the discharge, for example 2026-11-13.")},
    )
    discharged_time = ClockField(label=_("At"), required=False, help_text=_("Where the time of day is known"))
    admitted_on = DayField(label=_("Admitted on"), required=False)
    setting = forms.ChoiceField(
        label=_("From"), choices=[CHOOSE, *Setting.choices],
        help_text=_("A visit to the emergency department begins no transitional care"),
        error_messages={"required": _("Choose where the patient was discharged from.")},
    )  # fmt: skip
    facility = forms.CharField(label=_("Name of the place"), max_length=120, required=False)
    destination = forms.ChoiceField(
        label=_("To"), choices=[CHOOSE, *Destination.choices],
        error_messages={"required": _("Choose where the patient went; “not known” is an answer.")},
    )  # fmt: skip
    diagnosis = Icd10CmField(
        label=_("Diagnosis, ICD-10-CM"), max_length=10, required=False, help_text=_("The full code, for example I50.9")
    )
    diagnosis_text = forms.CharField(label=_("Diagnosis in words"), max_length=200, required=False)
    learned_on = DayField(
        label=_("We learned of it on"), help_text=_("It moves no deadline; days count from the discharge"),
        error_messages={"required": _("Enter the day on which the agency heard of the discharge.")},
    )  # fmt: skip
    learned_time = ClockField(
        label=_("At"),
        error_messages={"required": _("Enter the time at which the agency heard of it, for example 10:00.")},
    )

    side_by_side = (
        ("discharged_on", "discharged_time", "admitted_on"), ("setting", "facility"), ("destination",),
        ("diagnosis", "diagnosis_text"), ("learned_on", "learned_time"),
    )  # fmt: skip

    def __init__(
        self, *args: Any, zone: ZoneInfo, now: datetime, known: Transition | None = None, **kwargs: Any
    ) -> None:
        local = now.astimezone(zone)
        first = typed_of(known, zone) if known else {"learned_on": local.date(), "learned_time": local.time()}
        super().__init__(*args, initial=first, **kwargs)
        self.zone, self.known = zone, known
        for name in ("discharged_on", "admitted_on", "learned_on"):
            self.fields[name].end_on(local.date())

    def discharge(self) -> Discharge:
        """What was typed of the discharge. A time that stands as it was shown keeps its seconds."""
        typed = self.cleaned_data
        names = ("discharged_on", "admitted_on", "setting", "facility", "destination", "diagnosis", "diagnosis_text")
        at = typed["discharged_time"]
        moment = at and self._moment(typed["discharged_on"], at, self.known and self.known.discharged_at)
        return Discharge(discharged_at=moment or None, **{name: typed[name] for name in names})

    def learned_at(self) -> datetime:
        typed = self.cleaned_data
        return self._moment(typed["learned_on"], typed["learned_time"], self.known and self.known.learned_at)

    def _moment(self, day: date, at: time, known: datetime | None) -> datetime:
        local = known.astimezone(self.zone) if known else None
        if known and local and (local.date(), local.time().replace(second=0, microsecond=0)) == (day, at):
            return known
        return datetime.combine(day, at, self.zone)

    def lines(self) -> list[list[forms.BoundField]]:
        """The fields, those that are read together on one line."""
        return [[self[name] for name in line] for line in self.side_by_side]


def typed_of(known: Transition, zone: ZoneInfo) -> dict[str, Any]:
    """A transition as the form of a correction would have it typed."""
    names = ("discharged_on", "admitted_on", "setting", "facility", "destination", "diagnosis", "diagnosis_text")
    learned, at = known.learned_at.astimezone(zone), known.discharged_at and known.discharged_at.astimezone(zone)
    return {name: getattr(known, name) for name in names} | {
        "discharged_time": at and at.time().replace(second=0, microsecond=0),
        "learned_on": learned.date(),
        "learned_time": learned.time().replace(second=0, microsecond=0),
    }


class ActForm(forms.Form):
    """Something that is said of `known`, by `actor`; `said` is what the service of it takes."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, known: Transition, actor: Membership, now: datetime, **kwargs: Any) -> None:
        self.known, self.actor, self.now, self.zone = known, actor, now, actor.agency.zone
        self.today = now.astimezone(self.zone).date()
        super().__init__(*args, initial={"version": known.version, **self.first()}, **kwargs)

    def first(self) -> dict[str, Any]:
        """What stands in the form before anybody types."""
        return {}

    def said(self) -> dict[str, Any]:
        return self.cleaned_data

    def lines(self) -> list[list[forms.BoundField]]:
        return [[each] for each in self.visible_fields()]


class ChangeForm(DischargeForm):
    """A correction of what is known, with the reason."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why it is corrected"), max_length=200,
        error_messages={"required": _("Say why, in a few words: it stays on record.")},
    )  # fmt: skip
    side_by_side = (*DischargeForm.side_by_side, ("reason",))

    def __init__(self, *args: Any, known: Transition, actor: Membership, now: datetime) -> None:
        super().__init__(*args, zone=actor.agency.zone, now=now, known=known)
        self.initial["version"] = known.version

    def said(self) -> dict[str, Any]:
        said = self.discharge()
        told = {name: getattr(said, name) for name in Discharge.__slots__}
        return (
            told | {name: self.cleaned_data[name] for name in ("version", "reason")} | {"learned_at": self.learned_at()}
        )


class ReasonForm(ActForm):
    """A reason and nothing else."""

    reason = forms.CharField(
        label=_("Why"), max_length=200,
        error_messages={"required": _("Say why, in a few words: it stays on record.")},
    )  # fmt: skip


class ArrangeForm(ActForm):
    """Who answers for it, and when the visit is booked."""

    visit_booked_on = DayField(label=_("Visit booked for"), required=False)
    visit_booked_time = ClockField(label=_("At"), required=False)
    visit_booked_with = PersonField(None, label=_("With"), required=False, empty_label=_("not said"))
    owner = PersonField(
        None, label=_("Who answers for it"), required=False, empty_label=_("the patient's lead coordinator")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stands = Membership.objects.filter(pk__in=[self.known.visit_booked_with_id, self.known.owner_id])
        self.fields["visit_booked_with"].queryset = charts.practitioners() | stands
        able = Membership.objects.filter(role__in=roles_with("deadline.work"), is_active=True)
        self.fields["owner"].queryset = (able | stands).order_by("name", "pk")

    def first(self) -> dict[str, Any]:
        booked = self.known.visit_booked_at and self.known.visit_booked_at.astimezone(self.zone)
        return {
            "visit_booked_on": booked and booked.date(),
            "visit_booked_time": booked and booked.time(),
            "visit_booked_with": self.known.visit_booked_with_id,
            "owner": self.known.owner_id,
        }

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if bool(typed.get("visit_booked_on")) != bool(typed.get("visit_booked_time")) and not self.errors:
            missing = "visit_booked_time" if typed.get("visit_booked_on") else "visit_booked_on"
            self.add_error(missing, _("Enter the day and the time, or neither."))
        return typed

    def said(self) -> dict[str, Any]:
        typed = self.cleaned_data
        on, at = typed["visit_booked_on"], typed["visit_booked_time"]
        names = ("version", "owner", "visit_booked_with")
        return {name: typed[name] for name in names} | {
            "visit_booked_at": datetime.combine(on, at, self.zone) if on and at else None
        }

    def lines(self) -> list[list[forms.BoundField]]:
        return [
            [self["visit_booked_on"], self["visit_booked_time"], self["visit_booked_with"]],
            [self["owner"]],
        ]


class DecideForm(ActForm):
    """Whether the earlier period goes on."""

    restart = forms.TypedChoiceField(
        label=_("What follows this discharge"),
        choices=[
            ("continue", _("the earlier period goes on: this discharge is part of it")),
            ("restart", _("a new period begins with this discharge, and the earlier one ends")),
        ],
        coerce=lambda value: value == "restart",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    reason = ReasonForm.base_fields["reason"]


class EndForm(ActForm):
    """That it is over, since when and why."""

    end_reason = forms.ChoiceField(
        label=_("Why it ends"), choices=[CHOOSE, *ENDS], error_messages={"required": _("Choose why it ends.")}
    )
    ended_on = DayField(label=_("On"), error_messages={"required": _("Enter the day on which it ended.")})
    is_continued = forms.BooleanField(
        label=_("What the patient needed was given until then"), required=False, initial=True
    )
    reason = forms.CharField(label=_("In words"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ended_on"].end_on(self.today)

    def first(self) -> dict[str, Any]:
        period = timedelta(days=clock_on(self.known.discharged_on).period_days - 1)
        is_over = self.known.state in RUNNING and self.today >= (last := self.known.discharged_on + period)
        return {"end_reason": TransitionEnd.COMPLETED if is_over else "", "ended_on": last if is_over else self.today}

    def lines(self) -> list[list[forms.BoundField]]:
        return [[self["end_reason"], self["ended_on"]], [self["is_continued"]], [self["reason"]]]


class AskForm(ActForm):
    """Which practitioner is asked to judge."""

    of = PersonField(None, label=_("Who judges it"), empty_label=_("Choose"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        able = Membership.objects.filter(role__in=roles_with("transition.judge"), discipline__in=PRACTITIONERS)
        self.fields["of"].queryset = able.filter(is_active=True).order_by("name", "pk")
        self.fields["of"].error_messages["required"] = _("Choose a practitioner.")

    def first(self) -> dict[str, Any]:
        return {"of": self.known.complexity_asked_of_id}


class JudgeForm(ActForm):
    """How complex the medical decision making was."""

    complexity = forms.ChoiceField(
        label=_("Medical decision making"), choices=[CHOOSE, *Complexity.choices],
        help_text=_("Over the whole period after the discharge"), error_messages={"required": _("Choose one.")},
    )  # fmt: skip
    judged_on = DayField(label=_("Judged on"), error_messages={"required": _("Enter the day on which you judged it.")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["judged_on"].end_on(self.today)

    def first(self) -> dict[str, Any]:
        return {"complexity": self.known.complexity, "judged_on": self.known.complexity_judged_on or self.today}


class StepForm(ActForm):
    """That one step was done, on a day, by somebody. `step` is what is on record of it; the version is its own."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    on = DayField(label=_("Done on"), error_messages={"required": _("Enter the day on which it was done.")})
    done_by = PersonField(None, label=_("By"), empty_label=_("Choose"))
    note = house_field(TransitionStep._meta.get_field("note"), label=_("Note"))

    def __init__(self, *args: Any, step: TransitionStep | None, kind: str, **kwargs: Any) -> None:
        self.step, self.kind = step, Step(kind)
        super().__init__(*args, **kwargs)
        stands = Membership.objects.filter(pk=step.done_by_id) if step else Membership.objects.none()
        self.fields["done_by"].queryset = care_givers() | stands
        self.fields["on"].end_on(self.today)

    def first(self) -> dict[str, Any]:
        if self.step is None:
            return {"version": "", "on": self.today, "done_by": self.actor.pk}
        return {name: getattr(self.step, name) for name in ("version", "on", "note")} | {
            "done_by": self.step.done_by_id
        }

    def lines(self) -> list[list[forms.BoundField]]:
        return [[self["on"], self["done_by"]], [self["note"]]]


class SupposedField(forms.TypedChoiceField):
    """A choice whose empty answer says in words what leaving it means."""

    says_itself = True


class WhatIfForm(forms.Form):
    """A supposition: what each code would come to, should this happen as well."""

    contact = SupposedField(
        label=_("Contact"), required=False,
        choices=[("", _("as it stands")), ("reached", _("reached today")), ("failed", _("one more attempt fails today"))],
    )  # fmt: skip
    visit = SupposedField(label=_("Visit"), required=False, coerce=int, empty_value=None)
    complexity = SupposedField(label=_("Medical decision making"), required=False)

    def __init__(self, *args: Any, discharged: date, last: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.discharged = discharged
        days = ((n, discharged + timedelta(days=n)) for n in range(1, last + 1))
        self.fields["visit"].choices = [
            ("", _("as it stands")),
            *((n, _("day %(n)s, %(date)s") % {"n": n, "date": date_format(day, "D M j")}) for n, day in days),
        ]
        self.fields["complexity"].choices = [("", _("as it stands")), *Complexity.choices]

    def day_of(self, number: int) -> date:
        """The day so many days after the discharge."""
        return self.discharged + timedelta(days=number)
