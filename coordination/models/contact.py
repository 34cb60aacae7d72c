"""A contact: whom somebody spoke to, how, and what came of it. Its minutes are time logs, one for each program."""

from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models.facts_version import marks_facts
from coordination.models.patient import Patient
from coordination.models.reach import Proxy
from tenancy.clock import local_day
from tenancy.models import Membership, TenantForeignKey, TenantModel


class SpokenTo(models.TextChoices):
    NOBODY = "nobody", _("nobody (work on the chart)")
    PATIENT = "patient", _("the patient")
    PROXY = "proxy", _("a proxy or caregiver")
    PROVIDER = "provider", _("another provider")
    COMMUNITY = "community", _("a community partner")
    COLLEAGUE = "colleague", _("a colleague")
    OTHER = "other", _("somebody else")


class Mode(models.TextChoices):
    NONE = "none", _("no conversation")
    PHONE = "phone", _("by phone")
    VIDEO = "video", _("by video")
    IN_PERSON = "in_person", _("in person")
    MESSAGE = "message", _("by message, two-way")
    LETTER = "letter", _("by letter or fax")


class Direction(models.TextChoices):
    OUT = "out", _("we reached out")
    IN = "in", _("they reached out")


class Outcome(models.TextChoices):
    """What came of it; whether an attempt counts is the rulebook's business."""

    DONE = "done", _("done")
    REACHED = "reached", _("reached")
    NO_ANSWER = "no_answer", _("no answer")
    VOICEMAIL = "voicemail", _("left a message")
    DECLINED = "declined", _("declined to talk")
    WRONG_NUMBER = "wrong_number", _("wrong number")


class Flag(models.TextChoices):
    """Why a supervisor looks at an entry that was saved all the same."""

    LONG = "over_60_minutes", _("more than 60 minutes")
    OUTSIDE_SHIFT = "outside_shift", _("outside the usual hours")
    FORGOTTEN = "forgotten_timer", _("the timer had been forgotten")
    AFTER_LOCK = "after_lock", _("corrected after the month was closed")


class Contact(TenantModel):
    """One entry as it was made. `author` gave the time; `recorded_by` wrote it down, for a colleague if they differ."""

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="contacts")
    author = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    recorded_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    form_key = models.UUIDField(help_text="made when the form was opened, so that sending it twice records once")
    service_date = models.DateField()
    started_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    spoken_to = models.CharField(max_length=10, choices=SpokenTo, default=SpokenTo.NOBODY)
    proxy = TenantForeignKey(Proxy, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.NONE)
    direction = models.CharField(max_length=5, choices=Direction, blank=True)
    outcome = models.CharField(max_length=15, choices=Outcome, default=Outcome.DONE)
    note = models.TextField(max_length=4000)
    flag = models.CharField(max_length=20, choices=Flag, blank=True)
    reviewed_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    corrects = TenantForeignKey(
        "coordination.Contact", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    transition = TenantForeignKey(
        "coordination.Transition",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        help_text="the discharge after which this was an attempt to reach the patient",
    )
    is_beyond_scheduling = models.BooleanField(default=True, help_text="more than making an appointment was spoken of")
    reason = models.CharField(max_length=200, blank=True, help_text="why it was changed or corrected, in words")
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "recorded_by", "form_key"], name="one_contact_per_form"),
            models.CheckConstraint(
                condition=Q(started_at=None, stopped_at=None) | Q(stopped_at__gt=F("started_at")),
                name="contact_stops_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by=None, reviewed_at=None)
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="contact_reviewed_by_somebody_at_some_time",
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "patient", "service_date"], name="contact_by_day"),
            models.Index(
                fields=["agency", "flag", "recorded_at"],
                condition=~Q(flag="") & Q(reviewed_at=None),
                name="contact_to_review",
            ),
        ]
        triggers = marks_facts()

    def is_late(self, zone: ZoneInfo) -> bool:
        """Made on another day than the time was given."""
        return local_day(self.recorded_at, zone) != self.service_date

    def __str__(self) -> str:
        return f"contact on {self.service_date}"


class NotePhrase(TenantModel):
    """A sentence that is often written: the agency's (`owner` empty) or a person's own."""

    owner = TenantForeignKey(Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    label = models.CharField(max_length=40)
    text = models.CharField(max_length=400)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "owner", "label"], nulls_distinct=False, name="one_phrase_per_label"
            )
        ]

    def __str__(self) -> str:
        return self.label
