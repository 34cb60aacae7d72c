"""A patient's part in a program, with the consent it rests on."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coordination.models.facts_version import marks_facts
from coordination.models.patient import Patient, language_in_words
from tenancy.models import Discipline, Membership, TenantForeignKey, TenantModel


class Program(models.TextChoices):
    """Programs under which minutes are logged. The values are the rulebook's names; one without rules there is kept apart."""

    CHRONIC_CARE = "chronic_care", _("Chronic care")
    PRINCIPAL_CARE = "principal_care", _("Principal care")
    BEHAVIORAL_HEALTH = "behavioral_health", _("Behavioral health")
    COLLABORATIVE_CARE = "collaborative_care", _("Collaborative care")
    TRANSITIONAL_CARE = "transitional_care", _("Transitional care")
    TARGETED_CASE_MANAGEMENT = "targeted_case_management", _("Targeted case management")
    ADVANCED_PRIMARY_CARE = "advanced_primary_care", _("Advanced primary care")
    COMMUNITY_HEALTH = "community_health", _("Community health integration")
    ILLNESS_NAVIGATION = "illness_navigation", _("Illness navigation")
    REHABILITATION = "rehabilitation", _("Rehabilitation")
    HEALTH_HOME = "health_home", _("Health home")


FOR_ONE_CONDITION = (Program.PRINCIPAL_CARE, Program.ILLNESS_NAVIGATION)
"""Programs that are for one condition, which the enrollment names."""
NO_PROGRAM = "none"
LOGGED_FOR = [*Program.choices, (NO_PROGRAM, _("Not for a program"))]
"""What a time log can be for: time is kept also where nobody is enrolled in anything."""


class ConsentKind(models.TextChoices):
    VERBAL = "verbal", _("verbal, documented here")
    WRITTEN = "written", _("written")


class Track(models.TextChoices):
    """How a program's months are billed, as people declare it; the engine never picks the dearest. Which of them a program has, the
    rules say (`ports.Billing.tracks`)."""

    CLINICAL_STAFF = "clinical_staff", _("clinical staff")
    PRACTITIONER = "practitioner", _("the practitioner personally")
    COMPLEX = "complex", _("complex care, by clinical staff")
    GENERAL = "general", _("staff time")
    OWN_TIME = "own_time", _("the psychologist or social worker personally")
    BESIDE_PRIMARY_CARE = "beside_primary_care", _("beside advanced primary care, without minutes")
    AUXILIARY_STAFF = "auxiliary_staff", _("community health workers")
    NAVIGATOR = "navigator", _("navigators")
    PEER = "peer", _("peer support specialists")
    BY_CONDITIONS = "by_conditions", _("at the level that the conditions make it")
    BY_MONTH = "by_month", _("first or later month of the episode, by minutes")
    BY_VISIT = "by_visit", _("by when the visit was and how complex")


class EndReason(models.TextChoices):
    PATIENT_STOPPED = "patient_stopped", _("the patient stopped")
    GOALS_MET = "goals_met", _("goals met")
    MOVED = "moved", _("moved or changed practice")
    NOT_ELIGIBLE = "not_eligible", _("no longer eligible")
    NOT_REACHED = "not_reached", _("could not be reached")
    DIED = "died", _("died")
    OTHER = "other", _("other")


class ConsentText(TenantModel):
    """The words that patients are told when they consent, by program, version and language. Never edited."""

    program = models.CharField(max_length=30, choices=Program)
    label = models.CharField(max_length=40, help_text="the version, as people know it: 2026-01")
    language = models.CharField(max_length=20, default="en", help_text="BCP 47")
    body = models.TextField(max_length=8000)
    from_day = models.DateField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "program", "label", "language"], name="one_consent_text_per_version_and_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.language_name})"

    @property
    def language_name(self) -> str:
        return language_in_words(self.language)


class Enrollment(TenantModel):
    """Consent, the facts a program requires once, and under whose name it is billed."""

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="enrollments")
    program = models.CharField(max_length=30, choices=Program)
    billing_practitioner = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    consent_on = models.DateField()
    consent_kind = models.CharField(max_length=10, choices=ConsentKind)
    consent_text = TenantForeignKey(ConsentText, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    consent_language = models.CharField(max_length=20, blank=True, help_text="BCP 47, in which it was explained")
    cost_share_told = models.BooleanField(default=False)
    supervising_practitioner = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="if another person"
    )
    billed_by = models.CharField(
        max_length=20,
        choices=Discipline,
        blank=True,
        help_text="the billing practitioner's discipline when this was written",
    )
    track = models.CharField(max_length=20, choices=Track, blank=True, help_text="empty: the program's first")
    episode_began = models.DateField(
        null=True, blank=True, help_text="first day of the month in which an episode began; empty: that of consent"
    )
    condition_code = models.CharField(
        "ICD-10-CM", max_length=8, blank=True, help_text="of the one condition that a program is for"
    )
    condition_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="that it is expected to last; empty: no end is expected"
    )
    condition_high_risk = models.BooleanField(
        default=False, help_text="a clinician judged: it puts the patient at high risk of hospital, death or decline"
    )
    end_reason = models.CharField(max_length=20, choices=EndReason, blank=True)
    consent_renewed_on = models.DateField(
        null=True, blank=True, help_text="the last day on which it was asked for anew; minutes count from `consent_on`"
    )
    consent_taken_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    revoked_on = models.DateField(null=True, blank=True)
    initiating_visit_on = models.DateField(null=True, blank=True)
    last_seen_on = models.DateField(null=True, blank=True)
    care_plan_on = models.DateField(null=True, blank=True)
    risk_attested_on = models.DateField(
        null=True,
        blank=True,
        help_text="a clinician judged: significant risk of death, acute exacerbation or functional decline",
    )
    risk_attested_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="the clinician"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "patient", "program"],
                condition=Q(revoked_on=None),
                name="one_open_enrollment_per_program",
                violation_error_message=_("This patient is already enrolled in this program."),
            ),
            models.CheckConstraint(
                condition=Q(revoked_on=None) | Q(revoked_on__gte=F("consent_on")),
                name="consent_revoked_after_it_was_given",
            ),
            models.CheckConstraint(
                condition=Q(episode_began=None) | Q(episode_began__day=1), name="episode_begins_with_a_month"
            ),
        ]
        triggers = marks_facts()

    def __str__(self) -> str:
        return self.program
