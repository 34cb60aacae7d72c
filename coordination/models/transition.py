"""The way home after a discharge: what is known of it, what was done, and what a person decided."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models.clinical_facts import ClinicalFact, Complexity
from coordination.models.facts_version import marks_facts
from coordination.models.patient import Patient
from coordination.models.retractable import Retractable
from tenancy.models import Membership, TenantForeignKey, TenantModel


class Setting(models.TextChoices):
    """Where a patient was discharged from. The values are the rulebook's words; a visit to an emergency department is none of them."""

    INPATIENT_ACUTE = "inpatient_acute", _("hospital, inpatient")
    INPATIENT_PSYCHIATRIC = "inpatient_psychiatric", _("psychiatric hospital or unit")
    INPATIENT_REHABILITATION = "inpatient_rehabilitation", _("inpatient rehabilitation")
    LONG_TERM_CARE_HOSPITAL = "long_term_care_hospital", _("long-term care hospital")
    SKILLED_NURSING_FACILITY = "skilled_nursing_facility", _("skilled nursing facility")
    HOSPITAL_OBSERVATION = "hospital_observation", _("hospital, observation")
    PARTIAL_HOSPITALIZATION = "partial_hospitalization", _("partial hospitalization")
    CMHC_PARTIAL_HOSPITALIZATION = (
        "cmhc_partial_hospitalization",
        _("partial hospitalization, community mental health center"),
    )


class Destination(models.TextChoices):
    """Where a patient went. The values are the rulebook's words where it has one."""

    HOME = "home", _("home")
    DOMICILIARY = "domiciliary", _("domiciliary")
    REST_HOME = "rest_home", _("rest home")
    ASSISTED_LIVING = "assisted_living", _("assisted living")
    SKILLED_NURSING_FACILITY = "skilled_nursing_facility", _("skilled nursing facility")
    NURSING_FACILITY = "nursing_facility", _("nursing facility, long term")
    ANOTHER_HOSPITAL = "another_hospital", _("another hospital")
    HOSPICE_HOME = "hospice_home", _("hospice at home")
    HOSPICE_FACILITY = "hospice_facility", _("hospice in a facility")
    DETENTION = "detention", _("court or law enforcement")
    AGAINST_ADVICE = "against_advice", _("left against medical advice")
    UNKNOWN = "unknown", _("not known")


class TransitionState(models.TextChoices):
    """Where a transition stands as far as facts and people have said. That its thirty days are over is a matter of date."""

    OPEN = "open", _("open")
    UNDECIDED = "undecided", _("within thirty days of an earlier discharge: continue that one, or start anew?")
    WATCH = "watch", _("not home yet: watch for the discharge from there")
    CONTINUED = "continued", _("part of the earlier period")
    ENDED = "ended", _("ended")
    CANCELLED = "cancelled", _("the discharge was cancelled")


class TransitionEnd(models.TextChoices):
    """Why a transition ended before its day."""

    COMPLETED = "completed", _("the thirty days were completed")
    RESTARTED = "restarted", _("readmitted; a new period began with the later discharge")
    DIED = "died", _("the patient died")
    HOSPICE = "hospice", _("the patient chose hospice")
    DECLINED = "declined", _("the patient declined")
    ELSEWHERE = "elsewhere", _("another practice gives it")
    NOT_ELIGIBLE = "not_eligible", _("not a discharge that begins transitional care")


class DischargeSource(models.TextChoices):
    HAND = "hand", _("a person")
    ADT = "adt", _("the hospital's message")
    FILE = "file", _("a file")


class Transition(TenantModel):
    """One discharge, and the thirty days after it.

    `discharged_on` is the agency's day; the moment is kept where it is known. `learned_at` is when we heard of it: it moves no
    deadline. `owner` answers for it; empty: the patient's lead coordinator does.
    """

    patient = TenantForeignKey(Patient, on_delete=models.PROTECT, related_name="transitions")
    discharged_on = models.DateField()
    discharged_at = models.DateTimeField(null=True, blank=True, help_text="where the time of day is known")
    admitted_on = models.DateField(null=True, blank=True)
    setting = models.CharField(max_length=30, choices=Setting)
    destination = models.CharField(max_length=30, choices=Destination)
    facility = models.CharField(max_length=120, blank=True)
    diagnosis = models.CharField("ICD-10-CM", max_length=8, blank=True)
    diagnosis_text = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=10, choices=DischargeSource, default=DischargeSource.HAND)
    source_id = models.CharField(max_length=128, blank=True, help_text="the stay in the system that told of it")
    learned_at = models.DateTimeField()
    owner = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=12, choices=TransitionState, default=TransitionState.OPEN)
    follows = TenantForeignKey(
        "coordination.Transition",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="the open one within whose thirty days this discharge fell",
    )
    readmitted_on = models.DateField(null=True, blank=True)
    complexity = models.CharField(max_length=20, choices=Complexity, blank=True, help_text="over the service period")
    complexity_judged_by = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    complexity_judged_on = models.DateField(null=True, blank=True)
    complexity_asked_of = TenantForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    complexity_asked_at = models.DateTimeField(null=True, blank=True)
    visit_booked_at = models.DateTimeField(null=True, blank=True)
    visit_booked_with = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_continued = models.BooleanField(default=True, help_text="services went on as needed for the whole period")
    end_reason = models.CharField(max_length=12, choices=TransitionEnd, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="of the last change by a person, in words")
    changed_by_source_at = models.DateTimeField(
        null=True, blank=True, help_text="a correction came since a person last looked"
    )
    recorded_by = TenantForeignKey(Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "patient", "discharged_on"],
                condition=~Q(state="cancelled"),
                name="one_transition_per_discharge",
                violation_error_message=_("A discharge of this day is on record already."),
            ),
            models.UniqueConstraint(
                fields=["agency", "source", "source_id"],
                condition=~Q(source_id=""),
                name="one_transition_per_stay_of_a_source",
            ),
            models.CheckConstraint(
                condition=Q(complexity="", complexity_judged_by=None)
                | (~Q(complexity="") & Q(complexity_judged_by__isnull=False)),
                name="transition_complexity_has_a_judge",
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_on__isnull=False)
                | (~Q(state="ended") & Q(ended_on=None, end_reason="")),
                name="transition_that_ended_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "patient", "discharged_on"], name="transition_by_day"),
            models.Index(fields=["agency", "state", "discharged_on"], name="transition_by_state"),
        ]
        triggers = marks_facts()

    def __str__(self) -> str:
        return f"discharge of {self.discharged_on}"


class Step(models.TextChoices):
    """What is done after a discharge beside contact and visit."""

    SUMMARY_OBTAINED = "summary_obtained", _("Discharge summary obtained")
    SUMMARY_REVIEWED = "summary_reviewed", _("Discharge summary reviewed")
    RECONCILIATION = "reconciliation", _("Medicines reconciled")
    EDUCATION = "education", _("Patient and family taught")
    FOLLOW_UP = "follow_up", _("Follow-up and services arranged")


class TransitionStep(ClinicalFact):
    """One of them was done on a day, by somebody."""

    transition = TenantForeignKey(Transition, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=20, choices=Step)
    on = models.DateField()
    done_by = TenantForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta(Retractable.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "transition", "kind"],
                condition=Q(retracted_at=None),
                name="a_step_is_done_once",
                violation_error_message=_("This is on record already: change its day, or take it back first."),
            )
        ]
        triggers = marks_facts()

    def __str__(self) -> str:
        return f"{self.kind} on {self.on}"
