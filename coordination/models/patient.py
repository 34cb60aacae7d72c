"""The person whose care is coordinated, and the words they are found by."""

from datetime import date

from django.db import models
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from coordination.models.facts_version import marks_facts
from tenancy.models import Membership, TenantForeignKey, TenantModel


class Sex(models.TextChoices):
    """Administrative sex, FHIR's four values."""

    FEMALE = "female", _("female")
    MALE = "male", _("male")
    OTHER = "other", _("other")
    UNKNOWN = "unknown", _("unknown")


SPOKEN = {
    "zh": _("Chinese"),
    "tl": _("Tagalog"),
    "ht": _("Haitian Creole"),
    "so": _("Somali"),
    "am": _("Amharic"),
}
"""Languages of patients that Django has no word for."""


def language_in_words(code: str) -> str:
    """The language of a BCP 47 code; the code itself where there is no word for it."""
    for known in (code.lower(), code.lower().split("-")[0]):
        if word := SPOKEN.get(known):
            return str(word)
        try:
            return str(get_language_info(known)["name_translated"])
        except KeyError:
            continue
    return code


class Patient(TenantModel):
    mrn = models.CharField("MRN", max_length=64)
    family_name = models.CharField(max_length=100)
    given_name = models.CharField(max_length=100)
    birth_date = models.DateField()
    sex = models.CharField(max_length=10, choices=Sex, default=Sex.UNKNOWN)
    language = models.CharField(max_length=20, blank=True, help_text="BCP 47, as the source gave it")
    is_former_foster_youth = models.BooleanField(default=False, help_text="was in foster care when turning 18")
    is_deceased = models.BooleanField(default=False)
    deceased_on = models.DateField(null=True, blank=True, help_text="empty also when the day is not known")
    preferred_name = models.CharField(max_length=100, blank=True)
    needs_interpreter = models.BooleanField(default=False)
    needs = models.TextField(max_length=4000, blank=True, help_text="what the patient needs, in their own words")
    preferences = models.TextField(
        max_length=4000, blank=True, help_text="what the patient prefers, in their own words"
    )
    merged_into = TenantForeignKey(
        "coordination.Patient", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "mrn"], name="one_patient_per_mrn_in_an_agency"),
            models.CheckConstraint(
                condition=models.Q(deceased_on=None) | models.Q(deceased_on__gte=models.F("birth_date")),
                name="patient_dies_after_birth",
            ),
            models.CheckConstraint(
                condition=models.Q(deceased_on=None) | models.Q(is_deceased=True), name="day_of_death_means_deceased"
            ),
            models.CheckConstraint(
                condition=~models.Q(merged_into=models.F("id")), name="patient_not_merged_into_itself"
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "family_name", "given_name", "id"], name="patient_by_name"),
            models.Index(fields=["agency", "birth_date", "id"], name="patient_by_birth_date"),
        ]
        triggers = marks_facts("id")

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def language_name(self) -> str:
        """The language in words."""
        return language_in_words(self.language)

    def age_on(self, day: date) -> int | None:
        """Completed years on a day, or at death; None when the day of death is not known."""
        if self.is_deceased:
            if self.deceased_on is None:
                return None
            day = self.deceased_on
        birth = self.birth_date
        return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


class PatientToken(TenantModel):
    """One folded word by which a patient is found: of the names, the MRN, or the birth date (1956-08-03)."""

    id = models.BigAutoField(primary_key=True)
    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="tokens")
    token = models.CharField(max_length=100, db_collation="C")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["agency", "token", "patient"], name="one_token_per_patient")]


class Opening(TenantModel):
    """When a person last opened a patient's page: one row for each pair. Who looked at what else, and when, the access log says."""

    id = models.BigAutoField(primary_key=True)
    member = TenantForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    patient = TenantForeignKey(Patient, on_delete=models.CASCADE, related_name="openings")
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "patient", "member"], name="one_opening_per_person_and_patient")
        ]
        indexes = [models.Index(fields=["agency", "member", "at", "patient"], name="opening_by_moment")]

    def __str__(self) -> str:
        return f"opened on {self.at:%Y-%m-%d}"
