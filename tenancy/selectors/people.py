"""Finding the people of an agency, and what has become of one of them."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from psycopg.types.numeric import Int8

from tenancy.models import LICENSED, PRACTITIONERS, Invitation, Membership, User
from tenancy.paging import Page, page_behind, page_of
from tenancy.queries import Given, kept
from tenancy.roles import Role, roles_with
from tenancy.selectors.words import with_words

PAGE_SIZE = 25
STATES = ("active", "invited", "no_sign_in", "disabled")
NOBODY_SIGNS_IN = "none"
ORDERS = ("name", "newest")


def people_page(
    *, now: datetime, query: str = "", role: str = "", state: str = "", order: str = "name", after: UUID | None = None
) -> Page[Membership]:
    """One page of people. `role`: a role, "none" for those without one, "" for all; `state`: one of STATES, or "" for all."""
    found = with_words(people(now), query, "name", "user__email")
    if role:
        found = found.filter(role="" if role == NOBODY_SIGNS_IN else role)
    if state:
        found = found.filter(_in_state(state))
    if order == "newest":  # keys are in the order of time
        return page_of((found.filter(pk__lt=after) if after else found).order_by("-pk"), PAGE_SIZE)
    return page_behind(found, ("name", "pk"), after, PAGE_SIZE)


def people(now: datetime) -> QuerySet[Membership]:
    """Everybody, each with `is_invited`: a link that still works is on its way."""
    waiting = open_invitations(now).filter(person=OuterRef("pk"))
    return Membership.objects.select_related("user", "site", "team").annotate(is_invited=Exists(waiting))


def open_invitations(now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=now)


def active_admins() -> QuerySet[Membership]:
    """Those who can let others in: somebody must."""
    return Membership.objects.filter(role=Role.ADMIN, is_active=True).exclude(user=None)


def care_givers() -> QuerySet[Membership]:
    """Who can give care now: by their role; by a practitioner's training, whatever their role; or named for their training without
    signing in."""
    named = Q(role="", discipline__in=LICENSED)
    able = Q(role__in=roles_with("time_log.record")) | Q(discipline__in=PRACTITIONERS) | named
    return Membership.objects.filter(able, is_active=True).order_by("name", "pk")


def _in_state(state: str) -> Q:
    if state == "disabled":
        return Q(is_active=False)
    if state == "active":
        return Q(is_active=True, user__isnull=False) & ~Q(role="")
    return Q(is_active=True, user=None, is_invited=state == "invited")


def user_by_id(pk: int) -> User | None:
    return next(iter(_user_by_id(pk=Int8(pk))), None)


@kept
def _user_by_id() -> QuerySet[User]:
    return User.objects.filter(pk=Given("pk"))


def membership_at(slug: str) -> Membership | None:
    """The place that the person in context has at this agency, if it is active, with the agency."""
    return next(iter(_membership_at(slug=slug)), None)


@kept
def _membership_at() -> QuerySet[Membership]:
    own = Membership.objects.filter(agency__slug=Given("slug"), is_active=True).exclude(role="")
    return own.select_related("agency")
