"""What leaves the product by itself: mail, calls to other systems, calendar feeds. Nothing here holds a patient's data.

The table of messages is the queue: whoever has something to tell writes a row in its own transaction, and a worker sends it, at
least once.
"""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenancy.models import Membership, SystemDoor, TenantForeignKey, TenantModel

EARLIEST_HOUR, LATEST_HOUR = 5, 11


class WebhookEndpoint(TenantModel):
    """Another system that is told of alerts. Its secret signs what it is sent, and is stored sealed (tenancy/secrets.py)."""

    url = models.URLField(_("Address"), max_length=500)
    secret = models.BinaryField()
    paused_at = models.DateTimeField(null=True, blank=True)
    added_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"webhook {self.pk}"


class MessageKind(models.TextChoices):
    DIGEST = "digest", _("Mail of the morning")
    ALERTS = "alerts", _("Mail about alerts")
    EVENT = "event", _("Alert for another system")
    TRIAL = "trial", _("Trial")


class Fault(models.TextChoices):
    """Why a message could not be sent. What the other side said stands nowhere: it could hold anything."""

    CUT_OFF = "cut_off", _("the worker was stopped while it was sent")
    TIMEOUT = "timeout", _("no answer in time")
    UNREACHABLE = "unreachable", _("nothing answers there")
    NAME = "name", _("there is no such host")
    INSIDE = "inside", _("the host is inside a private network")
    INSECURE = "insecure", _("no trusted certificate")
    ANSWER = "answer", _("the answer was not one of success")
    REFUSED = "refused", _("the mail server refused the address")
    SEALED = "sealed", _("the secret cannot be opened with the keys of this installation")


class OutgoingMessage(TenantModel):
    """Something to send to one person or one endpoint. `id` is told to whoever receives it, the same at every try; `key` keeps a
    thing from being written twice. `next_try_at` is what workers look for; empty once it was sent or given up."""

    kind = models.CharField(max_length=10, choices=MessageKind)
    key = models.CharField(max_length=120)
    person = TenantForeignKey(Membership, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    endpoint = TenantForeignKey(
        WebhookEndpoint, on_delete=models.CASCADE, null=True, blank=True, related_name="messages"
    )
    payload = models.JSONField(default=dict, help_text="counts, kinds and ids of deadlines; no patient's data")
    written_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=12, choices=Fault, blank=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="what the other side answered last, of HTTP or SMTP")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "key"], name="one_message_per_key"),
            models.CheckConstraint(
                condition=Q(person__isnull=False, endpoint=None) | Q(person=None, endpoint__isnull=False),
                name="message_goes_to_a_person_or_an_endpoint",
            ),
            models.CheckConstraint(
                condition=Q(next_try_at__isnull=False, sent_at=None, given_up_at=None)
                | Q(next_try_at=None, sent_at__isnull=False, given_up_at=None)
                | Q(next_try_at=None, sent_at=None, given_up_at__isnull=False),
                name="message_waits_or_was_sent_or_given_up",
            ),
            SystemDoor(name="coordination_outgoingmessage_sweep", select=("agency_id", "next_try_at")),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="message_to_send"),
            models.Index(fields=["agency", "sent_at"], condition=Q(sent_at__isnull=False), name="message_sent"),
            models.Index(
                fields=["agency", "given_up_at"], condition=Q(given_up_at__isnull=False), name="message_given_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class MailSettings(TenantModel):
    """What a person wants to be mailed; without a row nothing is. `digest_next_at` is when the next digest is due."""

    person = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    digest_hour = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(EARLIEST_HOUR), MaxValueValidator(LATEST_HOUR)]
    )
    digest_next_at = models.DateTimeField(null=True, blank=True)
    alerts_at_once = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "person"], name="one_row_of_mail_settings_per_person"),
            models.CheckConstraint(
                condition=Q(digest_hour=None, digest_next_at=None)
                | Q(digest_hour__gte=EARLIEST_HOUR, digest_hour__lte=LATEST_HOUR, digest_next_at__isnull=False),
                name="digest_has_an_hour_of_the_morning",
            ),
            SystemDoor(name="coordination_mailsettings_sweep", select=("agency_id", "digest_next_at")),
        ]
        indexes = [
            models.Index(fields=["digest_next_at"], condition=Q(digest_next_at__isnull=False), name="digest_due"),
        ]


class CalendarFeed(TenantModel):
    """A secret address under which a person's calendar reads what is due for them. The secret is kept only as a hash."""

    person = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "token_hash"], name="one_calendar_feed_per_address"),
            models.UniqueConstraint(
                fields=["agency", "person"], condition=Q(revoked_at=None), name="one_open_calendar_feed_per_person"
            ),
        ]
