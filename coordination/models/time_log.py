"""Minutes of care coordination, as logged."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models.enrollment import Program
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
    """One entry: whole minutes of one person, for one patient, on one service day. They count for the month of that day."""

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="time_logs")
    author = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    discipline = models.CharField(max_length=20, choices=Discipline, help_text="the author's on the day of entry")
    program = models.CharField(max_length=30, choices=Program)
    activity = models.CharField(max_length=30, choices=Activity)
    service_date = models.DateField()
    minutes = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(max_length=4000)
    recorded_at = models.DateTimeField()
    form_key = models.UUIDField(help_text="made when the form was opened, so that sending it twice records once")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "author", "form_key"], name="one_time_log_per_form"),
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
        ]
        indexes = [models.Index(fields=["agency", "service_date", "patient"], name="time_log_by_day")]

    def __str__(self) -> str:
        return f"{self.minutes} min on {self.service_date}"
