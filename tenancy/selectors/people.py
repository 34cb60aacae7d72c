"""Finding the people of an agency, and what has become of one of them."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import CharField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, StrIndex
from psycopg.types.numeric import Int8

from tenancy.models import Agency, Invitation, Membership, User
from tenancy.queries import Given, kept
from tenancy.roles import Role

PAGE_SIZE = 25
STATES = ("active", "invited", "no_sign_in", "disabled")
NOBODY_SIGNS_IN = "none"
ORDERS = {"name": ("name", "pk"), "newest": ("-pk",)}
USER, MEMBERSHIP, AGENCY = (
    [field.attname for field in model._meta.concrete_fields] for model in (User, Membership, Agency)
)


@dataclass(frozen=True, slots=True)
class Page:
    """Up to PAGE_SIZE people; `next_after` is the key to ask for the next page with, or None on the last."""

    rows: list[Membership]
    next_after: UUID | None


class Folded(Func):
    """Lower case and without accents, by PostgreSQL itself."""

    function = "regexp_replace"
    template = "regexp_replace(normalize(lower(%(expressions)s), NFKD), '[\u0300-\u036f]', '', 'g')"
    output_field = CharField()


def people_page(
    *, now: datetime, query: str = "", role: str = "", state: str = "", order: str = "name", after: UUID | None = None
) -> Page:
    """One page of people. `role`: a role, "none" for those without one, "" for all; `state`: one of STATES, or "" for all."""
    found = people(now)
    for word in query.replace("\x00", " ").split():  # PostgreSQL takes no NUL
        # An agency's people are hundreds, read through the agency's index; every word begins a word of the name or the address.
        known = Concat(
            Value(" "), F("name"), Value(" "), Coalesce(F("user__email"), Value("")), output_field=CharField()
        )
        found = found.alias(at=StrIndex(Folded(known), Value(f" {_folded(word)}"))).filter(at__gt=0)
    if role:
        found = found.filter(role="" if role == NOBODY_SIGNS_IN else role)
    if state:
        found = found.filter(_in_state(state))
    fields = ORDERS[order]
    if after and (last := Membership.objects.filter(pk=after).first()):
        found = found.filter(
            Q(pk__lt=last.pk) if order == "newest" else Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk)
        )
    rows = list(found.order_by(*fields)[: PAGE_SIZE + 1])
    return Page(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None)


def people(now: datetime) -> QuerySet[Membership]:
    """Everybody, each with `is_invited`: a link that still works is on its way."""
    waiting = open_invitations(now).filter(person=OuterRef("pk"))
    return Membership.objects.select_related("user", "site", "team").annotate(is_invited=Exists(waiting))


def open_invitations(now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=now)


def active_admins() -> QuerySet[Membership]:
    """Those who can let others in: somebody must."""
    return Membership.objects.filter(role=Role.ADMIN, is_active=True).exclude(user=None)


def _in_state(state: str) -> Q:
    if state == "disabled":
        return Q(is_active=False)
    if state == "active":
        return Q(is_active=True, user__isnull=False) & ~Q(role="")
    return Q(is_active=True, user=None, is_invited=state == "invited")


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(each for each in apart if not "\u0300" <= each <= "\u036f")


def user_by_id(pk: int) -> User | None:
    found = _user_by_id(pk=Int8(pk))
    return User.from_db(DEFAULT_DB_ALIAS, USER, found[0]) if found else None


@kept
def _user_by_id() -> QuerySet:
    return User.objects.filter(pk=Given("pk")).values_list(*USER)


def membership_at(slug: str) -> Membership | None:
    """The place that the person in context has at this agency, if it is active, with the agency."""
    found = _membership_at(slug=slug)
    if not found:
        return None
    membership = Membership.from_db(DEFAULT_DB_ALIAS, MEMBERSHIP, found[0][: len(MEMBERSHIP)])
    membership.agency = Agency.from_db(DEFAULT_DB_ALIAS, AGENCY, found[0][len(MEMBERSHIP) :])
    return membership


@kept
def _membership_at() -> QuerySet:
    own = Membership.objects.filter(agency__slug=Given("slug"), is_active=True).exclude(role="")
    return own.values_list(*MEMBERSHIP, *(f"agency__{name}" for name in AGENCY))
