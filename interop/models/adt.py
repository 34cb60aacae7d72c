"""Hospitals' messages: from whom, what each said, and the stays they come to."""

from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models import Destination, Patient, Setting
from tenancy.models import Membership, ServiceToken, TenantForeignKey, TenantModel
from tenancy.models.agency import validate_time_zone


class FacilityKind(models.TextChoices):
    """What an inpatient of a source stayed in; the rulebook's setting follows from it (codecs/discharges.py)."""

    HOSPITAL = "hospital", _("Hospital")
    PSYCHIATRIC = "psychiatric", _("Psychiatric hospital")
    REHABILITATION = "rehabilitation", _("Inpatient rehabilitation")
    LONG_TERM_HOSPITAL = "long_term_hospital", _("Long-term care hospital")
    SNF = "snf", _("Skilled nursing facility")
    PARTIAL_HOSPITALIZATION = "partial_hospitalization", _("Partial hospitalization program")


class AdtSource(TenantModel):
    """A system that sends messages of admission, discharge and transfer."""

    name = models.CharField(max_length=80)
    time_zone = models.CharField(
        max_length=40, validators=[validate_time_zone], help_text="of times that name no offset"
    )
    facility_kind = models.CharField(max_length=30, choices=FacilityKind, default=FacilityKind.HOSPITAL)
    our_assigner = models.CharField(
        max_length=120, blank=True, help_text="who assigns, in its messages, the numbers that are MRNs here"
    )
    token = TenantForeignKey(ServiceToken, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    takes_tests = models.BooleanField(default=False, help_text="messages that are marked as training or debugging")
    keep_days = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(366)], help_text="the messages themselves"
    )
    is_open = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "name"],
                name="one_adt_source_per_name",
                violation_error_message=_("There is a source of this name already."),
            ),
            models.UniqueConstraint(
                fields=["agency", "token"],
                name="one_adt_source_per_token",
                violation_error_message=_("Another source has this token: each needs its own."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """In which its times without an offset are read."""
        return ZoneInfo(self.time_zone)


class Question(models.TextChoices):
    """What a person must say before a stay can come to something, or come to all it could."""

    PATIENT = "patient", _("Whose stay is it?")
    KIND = "kind", _("Was it a stay that counts?")
    DESTINATION = "destination", _("Where did the patient go?")
    REFUSED = "refused", _("It could not be recorded")


class AdtStay(TenantModel):
    """One stay as a source tells it, folded anew from its messages whenever one comes, so that their order says nothing.

    `told_as` is the id under which its discharge stands in coordination; empty: it does not.
    """

    source = TenantForeignKey(AdtSource, on_delete=models.PROTECT, related_name="stays")
    key = models.CharField(max_length=300)
    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="adt_stays")
    linked_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    facts = models.JSONField(default=dict, help_text="what its messages come to")
    family_name = models.CharField(max_length=500, blank=True)
    given_name = models.CharField(max_length=500, blank=True)
    birth_date = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=12, default="in")
    outcome = models.CharField(max_length=12, default="no")
    reason = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=2, blank=True, help_text="the UB-04 status that decided")
    admitted_on = models.DateField(null=True, blank=True)
    discharged_on = models.DateField(null=True, blank=True)
    heard_at = models.DateTimeField(null=True, blank=True, help_text="of the discharge, first")
    told_as = models.CharField(max_length=80, blank=True)
    told = models.JSONField(default=dict, help_text="what was told of it: the same is not told again")
    readmitted_as = models.DateField(null=True, blank=True, help_text="the day told as a readmission")
    charted_as = models.UUIDField(null=True, blank=True, help_text="the stay on the patient's chart")
    charted_version = models.PositiveIntegerField(null=True, blank=True, help_text="that was left there")
    question = models.CharField(max_length=12, choices=Question, blank=True)
    refusal = models.CharField(max_length=300, blank=True)
    decided_setting = models.CharField(max_length=30, choices=Setting, blank=True)
    decided_destination = models.CharField(max_length=30, choices=Destination, blank=True)
    set_aside_at = models.DateTimeField(null=True, blank=True)
    set_aside_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    set_aside_because = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "source", "key"], name="one_adt_stay_per_key"),
            models.CheckConstraint(
                condition=Q(set_aside_at=None) | ~Q(set_aside_because=""), name="adt_stay_set_aside_says_why"
            ),
        ]
        indexes = [
            models.Index(
                fields=["agency", "heard_at", "id"], condition=~Q(question=""), name="adt_stays_with_a_question"
            )
        ]

    def __str__(self) -> str:
        return f"stay {self.pk}"


class AdtMessage(TenantModel):
    """One message as it came, and what was answered. Its bytes are encrypted, and forgotten after the source's days; what was read
    from them is kept with the stay."""

    id = models.BigAutoField(primary_key=True)
    source = TenantForeignKey(AdtSource, on_delete=models.PROTECT, related_name="messages")
    digest = models.CharField(max_length=64, help_text="by which the same message is known again")
    received_at = models.DateTimeField()
    content = models.BinaryField(null=True)
    answer = models.CharField(max_length=2)
    reason = models.CharField(max_length=40, blank=True)
    event = models.CharField(max_length=3, blank=True)
    stay = TenantForeignKey(AdtStay, on_delete=models.PROTECT, null=True, blank=True, related_name="messages")
    facts = models.JSONField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "source", "digest"], name="one_adt_message_per_digest")
        ]
        indexes = [
            models.Index(
                fields=["agency", "source", "received_at"],
                condition=Q(content__isnull=False),
                name="adt_messages_to_forget",
            ),
            models.Index(fields=["agency", "source", "-received_at", "answer"], name="adt_messages_by_time"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class AdtMerge(TenantModel):
    """A source gave up a number of a patient in favour of another."""

    id = models.BigAutoField(primary_key=True)
    source = TenantForeignKey(AdtSource, on_delete=models.PROTECT, related_name="+")
    ended = models.CharField(max_length=64)
    ended_assigner = models.CharField(max_length=120, blank=True)
    stays = models.CharField(max_length=64)
    stays_assigner = models.CharField(max_length=120, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "source", "ended", "ended_assigner", "stays", "stays_assigner"],
                name="one_adt_merge_per_pair",
            )
        ]

    def __str__(self) -> str:
        return f"merge {self.pk}"


class CodeKind(models.TextChoices):
    DISPOSITION = "disposition", _("Where the patient went (PV1-36)")
    PATIENT_CLASS = "class", _("Kind of stay (PV1-2)")


class LocalCode(TenantModel):
    """What a code of a source's own means: a patient status of the UB-04 form, or a kind of stay (codecs/discharges.py)."""

    source = TenantForeignKey(AdtSource, on_delete=models.CASCADE, related_name="local_codes")
    kind = models.CharField(max_length=12, choices=CodeKind)
    code = models.CharField(max_length=60, help_text="without regard to case")
    means = models.CharField(max_length=20)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "source", "kind", "code"],
                name="one_meaning_per_local_code",
                violation_error_message=_("This code has a meaning already: remove it first."),
            )
        ]

    def __str__(self) -> str:
        return self.code
