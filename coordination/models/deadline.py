"""What is due, when, and who was told. The table is the queue: a sweep reads it, nothing is scheduled anywhere else."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models.patient import Patient
from tenancy.models import Membership, SystemDoor, TenantForeignKey, TenantModel


class DeadlineKind(models.TextChoices):
    """What there is to do. Which of them escalate is in coordination/rules/deadlines.py."""

    CONTACT = "contact", _("Call after discharge")
    RETRY = "retry", _("Keep trying to reach")
    VISIT_FIRST = "visit_first", _("Visit after discharge, first window")
    VISIT_LAST = "visit_last", _("Visit after discharge")
    RECONCILIATION = "reconciliation", _("Reconcile medicines")
    COMPLEXITY = "complexity", _("Judge how complex")
    DECIDE = "decide", _("Decide: continue or start anew")
    PERIOD_END = "period_end", _("Close the thirty days")
    INITIATING_VISIT = "initiating_visit", _("Initiating visit")
    CONSENT_RENEWAL = "consent_renewal", _("Renew consent")
    CARE_PLAN_REVIEW = "care_plan_review", _("Review the care plan")
    RATING_SCALE = "rating_scale", _("Rating scale")
    LICENCE = "licence", _("Licence ends")
    CONTRACT = "contract", _("Contract ends")


class Settled(models.TextChoices):
    MET = "met", _("done")
    LATE = "late", _("done late")
    MISSED = "missed", _("can no longer be done")
    WITHDRAWN = "withdrawn", _("no longer asked for")


class Deadline(TenantModel):
    """One thing that is due for one subject: `about` is the id of what asks for it (a transition, an enrollment, a licence).

    `due_on` is the last day in time and `due_at` the first moment after it. `levels` are the moments at which somebody is told,
    `level` is how many of them have passed, and `next_at` is the next of them: what the sweep looks for. `said` holds the numbers
    of the sentence that says why, and no patient's data.
    """

    kind = models.CharField(max_length=20, choices=DeadlineKind)
    about = models.UUIDField()
    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, null=True, blank=True, related_name="deadlines")
    assignee = TenantForeignKey(
        Membership,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="empty: the patient's lead coordinator",
    )
    due_on = models.DateField()
    due_at = models.DateTimeField()
    levels = ArrayField(models.DateTimeField(), default=list)
    level = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    said = models.JSONField(default=dict)
    waits_on = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    waits_on_name = models.CharField(max_length=120, blank=True, help_text="somebody outside")
    waits_since = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    snooze_reason = models.CharField(max_length=200, blank=True)
    snoozed_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_as = models.CharField(max_length=10, choices=Settled, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "about", "kind"], name="one_deadline_of_a_kind"),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_as="") | (Q(settled_at__isnull=False) & ~Q(settled_as="")),
                name="deadline_is_settled_as_something",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None) | Q(next_at=None), name="nobody_is_told_of_what_is_settled"
            ),
            SystemDoor(
                name="coordination_deadline_sweep",
                select=("id", "agency_id", "due_at", "level", "levels", "next_at"),
                update=("level", "next_at"),
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="deadline_to_tell_of"),
            models.Index(fields=["agency", "due_at"], condition=Q(settled_at=None), name="deadline_open_by_due"),
            # The sweep writes a row into every index that has it: those of references that most rows leave empty have none of these.
            models.Index(
                fields=["agency", "assignee", "due_at"],
                condition=Q(assignee__isnull=False),
                name="deadline_of_person",
            ),
            models.Index(
                fields=["agency", "waits_on"], condition=Q(waits_on__isnull=False), name="deadline_that_waits"
            ),
            models.Index(
                fields=["agency", "snoozed_by"], condition=Q(snoozed_by__isnull=False), name="deadline_snoozed_by"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.due_on}"


class Level(models.IntegerChoices):
    """Who is told: the places of `Deadline.levels`, from 0."""

    WARNING = 0, _("soon due")
    TEAM = 1, _("care team")
    SUPERVISOR = 2, _("supervisor")
    OVERDUE = 3, _("overdue")


class Alert(TenantModel):
    """Somebody was told, once, at one level of one due moment. It stands as long as its deadline is open and due then."""

    id = models.BigAutoField(primary_key=True)
    deadline = TenantForeignKey(Deadline, on_delete=models.CASCADE, related_name="alerts")
    due_at = models.DateTimeField()
    level = models.PositiveSmallIntegerField(choices=Level)
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    told_at = models.DateTimeField(null=True, blank=True, help_text="when mail and calls about it were written")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "deadline", "due_at", "level"], name="one_alert_per_level"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by=None)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="alert_is_acknowledged_by_somebody",
            ),
            SystemDoor(
                name="coordination_alert_sweep",
                select=("agency_id", "deadline_id", "due_at", "level", "told_at"),
                insert=("agency_id", "deadline_id", "due_at", "level", "raised_at"),
            ),
        ]
        indexes = [
            models.Index(
                fields=["agency", "raised_at"], condition=Q(acknowledged_at=None), name="alert_open_by_moment"
            ),
            models.Index(fields=["agency", "id"], condition=Q(told_at=None), name="alert_to_tell_of"),
            models.Index(
                fields=["agency", "acknowledged_by"],
                condition=Q(acknowledged_by__isnull=False),
                name="alert_acknowledged_by",
            ),
        ]

    def __str__(self) -> str:
        return f"level {self.level}"


class Heartbeat(models.Model):
    """When a sweep last came to its end. Outside tenancy: the system role writes, probes read."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    found = models.PositiveIntegerField(default=0, help_text="alerts that it raised")

    def __str__(self) -> str:
        return self.name
