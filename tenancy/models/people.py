"""People who sign in, and their place in an agency."""

from contextlib import nullcontext
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenancy.context import person_context
from tenancy.models.base import SelfWall, TenantForeignKey, TenantManager, TenantModel, Wall
from tenancy.models.places import Site, Team
from tenancy.roles import Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who can sign in. What they may do is in their memberships, one per agency; here is only who they are."""

    id = models.BigAutoField(primary_key=True)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [SelfWall(name="tenancy_user_wall")]

    def __str__(self) -> str:
        return f"user {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A person's row changes only in their own name: sign-in, a new password. PostgreSQL holds everybody to it."""
        with nullcontext() if self._state.adding else person_context(self):
            super().save(*args, **kwargs)


class Discipline(models.TextChoices):
    """What a person's training makes their minutes. The values are the rulebook's words."""

    RN = "RN", _("Registered nurse")
    LPN = "LPN", _("Licensed practical nurse")
    MA = "MA", _("Medical assistant")
    PHARMD = "PHARMD", _("Pharmacist")
    LCSW = "LCSW", _("Clinical social worker")
    PSYCHOLOGIST = "PSYCHOLOGIST", _("Clinical psychologist")
    MFT = "MFT", _("Marriage and family therapist")
    MHC = "MHC", _("Mental health counselor")
    BHCM = "BHCM", _("Behavioral health care manager")
    CHW = "CHW", _("Community health worker")
    NAVIGATOR = "NAVIGATOR", _("Patient navigator")
    PEER = "PEER", _("Peer support specialist")
    MD = "MD", _("Physician (MD)")
    DO = "DO", _("Physician (DO)")
    NP = "NP", _("Nurse practitioner")
    PA = "PA", _("Physician assistant")
    CNS = "CNS", _("Clinical nurse specialist")
    CNM = "CNM", _("Nurse midwife")
    FRONT_DESK = "FRONT_DESK", _("Front desk")
    NONE = "NONE", _("None")


PRACTITIONERS = frozenset({Discipline.MD, Discipline.DO, Discipline.NP, Discipline.PA, Discipline.CNS, Discipline.CNM})
"""Disciplines under whose name care management is billed."""
BEHAVIORAL = frozenset({Discipline.PSYCHOLOGIST, Discipline.LCSW, Discipline.MFT, Discipline.MHC})
"""Disciplines that give behavioral health care under their own name."""


def signed(name: str, discipline: str) -> str:
    """A name with its licence, as it stands behind an entry."""
    return name if discipline in (Discipline.NONE, Discipline.FRONT_DESK) else f"{name}, {discipline}"


class Membership(TenantModel):
    """A person's place in one agency: role, discipline, name as colleagues see it.

    `user` is empty for somebody who is named (a billing physician) but does not sign in.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role, blank=True)
    discipline = models.CharField(max_length=20, choices=Discipline, default=Discipline.NONE)
    npi = models.CharField("NPI", max_length=10, blank=True)
    site = TenantForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="people")
    team = TenantForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="people")
    weekly_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    works_from = models.TimeField(null=True, blank=True, help_text="the usual shift, in the agency's zone")
    works_until = models.TimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    shortcuts = models.BooleanField(default=True, help_text="single keys act; WCAG 2.1.4 asks for a switch")
    version = models.PositiveIntegerField(default=1)

    objects = TenantManager(person="user_id")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "user"], name="one_membership_per_person_and_agency"),
            models.CheckConstraint(
                condition=Q(weekly_hours=None) | Q(weekly_hours__gte=1, weekly_hours__lte=80),
                name="membership_weekly_hours_1_to_80",
            ),
            Wall(name="tenancy_membership_wall", person="user_id"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def signature(self) -> str:
        """Name with licence, as it stands behind an entry: `Dana Reyes, RN`."""
        return signed(self.name, self.discipline)
