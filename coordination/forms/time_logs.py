"""The forms that log time: a new entry on every patient page, and an entry that is changed."""

from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import DurationField
from coordination.models import (
    LOGGED_FOR,
    Activity,
    Direction,
    Mode,
    Outcome,
    Patient,
    Program,
    Proxy,
    SpokenTo,
    Transition,
)
from coordination.rules.months import EARLIEST_SERVICE_DAY
from coordination.rules.spans import Way
from coordination.rules.splits import Part
from coordination.selectors.phrases import colleagues
from coordination.selectors.transitions import choosable, running_of
from coordination.services.measuring import Overlap, Said
from tenancy.forms.fields import DayField
from tenancy.forms.refusals import add_refusal
from tenancy.models import Membership, uuid7

SPLITS = (2, 3)
"""Further programs that a form can name: nobody serves more than three in one call."""
WAYS = {
    Way.TRIM: _("Shorten it to %(pieces)s"),
    Way.SPLIT: _("Split it into %(pieces)s"),
    Way.MOVE: _("Move it to %(pieces)s"),
}


class PresetField(forms.ChoiceField):
    """A choice that the page has made already; left out of what was sent, it says the same."""

    def clean(self, value: Any) -> str:
        return super().clean(value or self.initial)


class OpenField(forms.ChoiceField):
    """A choice whose empty answer says in words what leaving it means: the page does not call it optional as well."""

    says_itself = True


class AskedField(forms.CharField):
    """Text that is asked for where it is needed and nowhere else, so that it is never called optional."""

    says_itself = True


class ColleagueField(forms.ModelChoiceField):
    says_itself = True

    def label_from_instance(self, member: Membership) -> str:
        return member.signature


class ProxyField(forms.ModelChoiceField):
    says_itself = True

    def label_from_instance(self, proxy: Proxy) -> str:
        return f"{proxy.name} ({proxy.get_relation_display()})"


class DischargeField(forms.ModelChoiceField):
    """A discharge of the patient. The form offers those that run without asking the database; others are taken if sent."""

    says_itself = True


class ContactForm(forms.Form):
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
    program = forms.ChoiceField(label=_("Program"), choices=LOGGED_FOR, initial=Program.CHRONIC_CARE)
    spoken_to = PresetField(label=_("Spoken to"), choices=SpokenTo, initial=SpokenTo.NOBODY)
    mode = PresetField(label=_("How"), choices=Mode, initial=Mode.NONE)
    direction = OpenField(
        label=_("Who reached out"), choices=[("", _("nobody: no conversation")), *Direction.choices], required=False
    )
    outcome = PresetField(label=_("Outcome"), choices=Outcome, initial=Outcome.DONE)
    proxy = ProxyField(None, label=_("Which proxy"), required=False, empty_label=_("not said"))
    transition = DischargeField(None, label=_("After a discharge"), required=False)
    only_scheduling = forms.BooleanField(label=_("Only an appointment was made, or tried for"), required=False)
    note = forms.CharField(
        label=_("Note"),
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("What was done and what comes next"),
        error_messages={"required": _("Write what was done: minutes without a note count for nothing in an audit.")},
    )
    confirmed = forms.BooleanField(label=_("Yes, it is right"), required=False)
    way = forms.TypedChoiceField(
        label=_("What gives way"), choices=[(way.value, way.value) for way in Way], coerce=Way, required=False,
        empty_value=None, widget=forms.RadioSelect,
    )  # fmt: skip
    reason = AskedField(label=_("Why"), max_length=200, required=False)

    def __init__(self, *args: Any, today: date, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.overlap: Overlap | None = None
        self.fields["service_date"].initial = today
        self.fields["service_date"].end_on(today)
        self.fields["proxy"].queryset = Proxy.objects.filter(patient=patient).order_by("pk")
        self._offer_discharges(patient)
        for number in SPLITS:
            self.fields[f"program_{number}"] = OpenField(
                label=_("And for"), choices=[("", _("no further program")), *LOGGED_FOR], required=False
            )
            self.fields[f"minutes_{number}"] = forms.IntegerField(
                label=_("Minutes of it"), min_value=1, max_value=600, required=False
            )

    def _offer_discharges(self, patient: Patient) -> None:
        """Those that run, and one that the entry names already; the newest is chosen for time of transitional care."""
        offered = [(each.pk, each.discharged_on) for each in running_of(patient)]
        known = self.initial.get("transition")
        if isinstance(known, Transition) and known.pk not in [pk for pk, _day in offered]:
            offered.append((known.pk, known.discharged_on))
        elif offered and "transition" not in self.initial and self.initial.get("program") == Program.TRANSITIONAL_CARE:
            self.initial["transition"] = offered[0][0]
        says = _("the discharge of %(day)s")
        field = self.fields["transition"]
        field.queryset = choosable(patient)
        field.choices = [
            ("", _("none")),
            *((pk, says % {"day": date_format(day, "M j")}) for pk, day in offered),
        ]
        self.offers_discharges = bool(offered)

    def clean(self) -> dict[str, Any]:
        for number in SPLITS:
            program, minutes = (self.cleaned_data.get(f"{name}_{number}") for name in ("program", "minutes"))
            if minutes and not program and f"program_{number}" not in self.errors:
                self.add_error(f"program_{number}", _("Choose the program that these minutes are for."))
            if program and not minutes and f"minutes_{number}" not in self.errors:
                self.add_error(f"minutes_{number}", _("Enter how many of the minutes were for this program."))
        return self.cleaned_data

    @property
    def others(self) -> tuple[Part, ...]:
        """The parts of further programs that were typed in full."""
        typed = ((self.cleaned_data.get(f"program_{n}"), self.cleaned_data.get(f"minutes_{n}")) for n in SPLITS)
        return tuple(Part(program, minutes) for program, minutes in typed if program and minutes)

    def said(self) -> Said:
        """The valid form, as the service takes it."""
        typed = self.cleaned_data
        names = (
            "service_date", "activity", "program", "note", "spoken_to", "proxy", "mode", "direction", "outcome", "transition",
        )  # fmt: skip
        return Said(
            duration=typed["minutes"],
            others=self.others,
            is_beyond_scheduling=not typed["only_scheduling"],
            **{name: typed[name] for name in names},
        )

    def said_of_time(self) -> Said | None:
        """What an unfinished form says of the time and what it was for; None as long as it says less than that."""
        typed, names = self.cleaned_data, ("service_date", "activity", "program")
        if not {"minutes", *names} <= typed.keys():
            return None
        return Said(duration=typed["minutes"], others=self.others, note="", **{name: typed[name] for name in names})

    def refuse(self, refused: forms.ValidationError) -> None:
        """Show what the service refused at the field that mends it; an overlap brings its ways out."""
        if isinstance(refused, Overlap):
            self.overlap = refused
        if "others" in getattr(refused, "error_dict", {}):
            refused = forms.ValidationError({"minutes_2": refused.error_dict["others"]})
        add_refusal(self, refused)

    @property
    def is_split(self) -> bool:
        """Whether further programs are named, so that they have to be seen."""
        return any(self[f"{name}_{n}"].value() for n in SPLITS for name in ("program", "minutes"))

    @property
    def asks(self) -> dict[str, bool]:
        """What is only asked when it matters, and stays once it was."""
        return {name: name in self.errors or bool(self.data.get(name)) for name in ("confirmed", "reason", "way")}


class TimeLogForm(ContactForm):
    """A new entry: on one's own behalf or a colleague's, typed or from a timer. `back`: a discharge's page opened it, and
    saving leads there."""

    author = ColleagueField(None, label=_("Given by"), required=False, empty_label=_("me"))
    timer = forms.UUIDField(widget=forms.HiddenInput, required=False)
    form_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    back = forms.BooleanField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, actor: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["author"].queryset = colleagues(actor)

    @property
    def shows_more(self) -> bool:
        """Whether a colleague or a proxy was chosen, so that the choice has to be seen."""
        return self.is_bound and bool(self.data.get("author") or self.data.get("proxy"))


class EntryForm(ContactForm):
    """A stored entry, changed with a reason."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why it is changed"),
        max_length=200,
        error_messages={"required": _("Say why, in a few words: it stays beside the entry.")},
    )


class ReasonForm(forms.Form):
    """A reason and nothing else: for voiding an entry, closing and opening a month."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        error_messages={"required": _("Say why, in a few words: it stays on record.")},
    )


class VoidForm(ReasonForm):
    version = forms.IntegerField(widget=forms.HiddenInput)
