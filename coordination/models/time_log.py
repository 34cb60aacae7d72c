"""Minutes of care coordination, as logged."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models.contact import Contact, Mode
from coordination.models.enrollment import LOGGED_FOR
from coordination.models.facts_version import marks_facts
from coordination.models.patient import Patient
from coordination.rules.durations import LONGEST_MINUTES
from coordination.rules.months import EARLIEST_SERVICE_DAY
from tenancy.models import Discipline, Membership, TenantForeignKey, TenantModel


class Activity(models.TextChoices):
    """What the time was spent on. Which of them count is the rulebook's business."""

    CARE_COORDINATION = "care_coordination", _("Care coordination")
    CASE_CONFERENCE = "case_conference", _("Case conference")
    REFERRAL_LINKAGE = "referral_linkage", _("Referral and linkage")
    SCHEDULING = "scheduling", _("Scheduling")
    VOICEMAIL_LEFT = "voicemail_left", _("Left a voicemail")
    TRAVEL = "travel", _("Travel")


class TimeLog(TenantModel):
    """Whole minutes of one contact for one program. They count for the month of the service day.

    Patient, author, day and mode are the contact's; they stand here as well because a month's run reads this table and no other.
    """

    contact = TenantForeignKey(Contact, on_delete=models.PROTECT, related_name="logs")
    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="time_logs")
    author = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    discipline = models.CharField(max_length=20, choices=Discipline, help_text="the author's on the day of entry")
    program = models.CharField(max_length=30, choices=LOGGED_FOR)
    activity = models.CharField(max_length=30, choices=Activity)
    service_date = models.DateField()
    minutes = models.PositiveSmallIntegerField()
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.NONE)
    started_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "contact", "program"],
                condition=Q(voided_at=None),
                name="one_time_log_per_contact_and_program",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=LONGEST_MINUTES), name="time_log_minutes_1_to_600"
            ),
            models.CheckConstraint(
                condition=Q(service_date__gte=EARLIEST_SERVICE_DAY), name="time_log_within_the_rulebooks_years"
            ),
            models.CheckConstraint(
                condition=Q(started_at=None, stopped_at=None) | Q(stopped_at__gt=F("started_at")),
                name="time_log_stops_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                name="time_log_voided_by_somebody_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "patient", "service_date"], name="time_log_by_patient"),
            models.Index(fields=["agency", "service_date", "patient"], name="time_log_by_day"),
            models.Index(fields=["agency", "author", "service_date"], name="time_log_by_author"),
        ]
        triggers = marks_facts()

    def __str__(self) -> str:
        return f"{self.minutes} min on {self.service_date}"


class MonthLock(TenantModel):
    """A closed month: its time logs change only by corrections with a reason. Opened again, the row stays and says why."""

    month = models.DateField(help_text="first day of the month")
    locked_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    locked_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    unlocked_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    unlocked_at = models.DateTimeField(null=True, blank=True)
    unlock_reason = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "month"], condition=Q(unlocked_at=None), name="one_lock_in_force_per_month"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="locked_month_is_its_first_day"),
            models.CheckConstraint(
                condition=Q(unlocked_at=None, unlocked_by=None, unlock_reason="")
                | (Q(unlocked_at__isnull=False, unlocked_by__isnull=False) & ~Q(unlock_reason="")),
                name="month_unlocked_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class MonthEntered(TenantModel):
    """A person says that all their time of a month is entered: no entries then means no work, not "not yet"."""

    member = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    month = models.DateField(help_text="first day of the month")
    said_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "month", "member"], name="a_month_is_entered_once_per_person"),
            models.CheckConstraint(condition=Q(month__day=1), name="entered_month_is_its_first_day"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Timer(TenantModel):
    """A stopwatch on the server. It runs until it is stopped; stopped, it waits to become a contact or to be discarded."""

    member = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="timers")
    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    activity = models.CharField(max_length=30, choices=Activity, default=Activity.CARE_COORDINATION)
    started_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    contact = TenantForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    discarded_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "member"], condition=Q(stopped_at=None), name="one_running_timer_per_person"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | Q(stopped_at__gte=F("started_at")), name="timer_stops_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(contact=None) | Q(discarded_at=None), name="timer_is_saved_or_discarded"
            ),
        ]
        indexes = [
            models.Index(
                fields=["agency", "member", "started_at"],
                condition=Q(contact=None, discarded_at=None),
                name="timer_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"timer of {self.started_at:%Y-%m-%d}"
