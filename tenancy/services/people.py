"""People come, change and go. Who lets others in cannot shut themselves out: nobody changes their own role or state, and one
active administrator always stays."""

from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from tenancy import ports, sessions
from tenancy.access import require
from tenancy.context import on_commit
from tenancy.models import Discipline, Invitation, Licence, Membership, Site, Team
from tenancy.roles import Role
from tenancy.selectors.people import active_admins
from tenancy.writes import for_change, refusing


@transaction.atomic
def person_add(*, actor: Membership | None, name: str, discipline: str, npi: str, role: str) -> Membership:
    """Bring a person into the agency; without a role they are named (a billing physician) and never sign in."""
    if actor:
        require(actor, "people.write")
    person = Membership(name=name, discipline=discipline, npi=npi, role=role)
    person.full_clean(exclude=["agency"])
    person.save()
    return person


@transaction.atomic
def person_profile_save(
    *,
    actor: Membership,
    person: Membership,
    version: int,
    name: str,
    discipline: Discipline,
    npi: str,
    site: Site | None,
    team: Team | None,
    weekly_hours: int | None,
    works_from: time | None,
    works_until: time | None,
) -> Membership:
    """Change what is known of a person; VersionConflict if somebody else changed it meanwhile."""
    require(actor, "people.write")
    current = for_change(person, version)
    current.name, current.discipline, current.npi = name, discipline, npi
    current.site, current.team, current.weekly_hours = site, team, weekly_hours
    current.works_from, current.works_until = works_from, works_until
    current.full_clean(exclude=["agency"])
    current.save()
    ports.licences_changed()
    return current


@transaction.atomic
def person_role_change(*, actor: Membership, person: Membership, version: int, role: Role) -> Membership:
    """Give a person another role, from their next request on."""
    require(actor, "people.write")
    _not_oneself(actor, person, _("Nobody changes their own role: ask another administrator."))
    _one_admin_stays(person, stays=role == Role.ADMIN)
    current = for_change(person, version)
    current.role = role
    current.save()
    return current


@transaction.atomic
def person_disable(*, actor: Membership, person: Membership, version: int, now: datetime) -> Membership:
    """Shut a person out of this agency from their next request on, and end their sessions; a link on its way to them stops working
    for good. What they wrote stays theirs."""
    require(actor, "people.write")
    _not_oneself(actor, person, _("Nobody disables themselves: ask another administrator."))
    links_withdraw(person=person, by=actor, now=now)  # before the person's row, in the order of whoever accepts one
    _one_admin_stays(person, stays=False)
    current = for_change(person, version)
    current.is_active = False
    current.save()
    ports.licences_changed()
    if current.user_id:
        on_commit(lambda: sessions.end_all(current.user_id))
    return current


@transaction.atomic
def person_enable(*, actor: Membership, person: Membership, version: int) -> Membership:
    """Let a disabled person in again, with the role they had."""
    require(actor, "people.write")
    current = for_change(person, version)
    current.is_active = True
    current.save()
    ports.licences_changed()
    return current


def links_withdraw(*, person: Membership, by: Membership | None, now: datetime) -> None:
    """Make every link on its way to a person useless; one that was used stays as it is."""
    Invitation.objects.filter(person=person, accepted_at=None, withdrawn_at=None).update(
        withdrawn_at=now, withdrawn_by=by
    )


@transaction.atomic
def licence_save(
    *,
    actor: Membership,
    licence: Licence,
    version: int,
    kind: str,
    state: str,
    number: str,
    valid_from: date,
    valid_to: date | None,
) -> Licence:
    """Record a licence, or change one that is on record."""
    require(actor, "people.write")
    current: Any = licence if licence._state.adding else for_change(licence, version)
    current.kind, current.state, current.number = kind, state, number
    current.valid_from, current.valid_to = valid_from, valid_to
    with refusing(_("This licence is on record already: the same kind, state, number and first day.")):
        current.save()
    ports.licences_changed()
    return current


def _not_oneself(actor: Membership, person: Membership, sentence: str) -> None:
    if actor.pk == person.pk:
        raise ValidationError(sentence)


def _one_admin_stays(person: Membership, *, stays: bool) -> None:
    """All administrators are locked, in the order of their keys: two who demote each other at once do not both succeed."""
    admins = [each.pk for each in active_admins().select_for_update(of=("self",)).order_by("pk")]
    if not stays and admins == [person.pk]:
        raise ValidationError(
            _("This is the last active administrator. Give somebody else the role first, then come back.")
        )
