"""Letting a person in by a link that works once. Its secret leaves by mail and is kept only as a hash."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from tenancy import ports
from tenancy.access import require
from tenancy.context import current_agency, on_commit, reason
from tenancy.models import Invitation, Membership, User
from tenancy.roles import Role
from tenancy.services.people import links_withdraw, person_add
from tenancy.writes import refusing

LASTS = timedelta(days=7)


@transaction.atomic
def invitation_send(
    *, actor: Membership | None, person: Membership, email: str, role: str, site_url: str, now: datetime
) -> str:
    """Mail `person` a link with which they take their place as `role`; earlier links of theirs stop working. The link.

    `actor` is empty for an operator's command. The mail names the agency and who invites, and nothing about patients.
    """
    if actor:
        require(actor, "people.write")
    email = email.lower()
    links_withdraw(person=person, by=actor, now=now)
    # After the links, as in `invitation_accept`: whoever takes the place by an earlier link meanwhile keeps it.
    person = Membership.objects.select_for_update().get(pk=person.pk)
    if person.user_id:
        raise ValidationError({"email": _("This person signs in already.")})
    if Membership.objects.filter(user__email=email).exists():
        raise ValidationError(
            {"email": _("Somebody here signs in with this address already: open their page instead.")}
        )
    # An old link to this address blocks no new one.
    Invitation.objects.filter(email=email, accepted_at=None, withdrawn_at=None, expires_at__lte=now).update(
        withdrawn_at=now, withdrawn_by=actor
    )
    person.role, person.is_active, person.version = Role(role), True, person.version + 1
    person.save()
    secret = secrets.token_urlsafe(32)
    with refusing({"email": _("An invitation to this address is open already: withdraw it first.")}):
        invitation = Invitation.objects.create(
            person=person,
            email=email,
            token_hash=hash_of(secret),
            invited_by=actor,
            invited_at=now,
            expires_at=now + LASTS,
        )
    link = site_url.rstrip("/") + reverse("account_invitation", args=[current_agency().slug, secret])
    text = render_to_string(
        "tenancy/mail/invitation.txt",
        {"invitation": invitation, "agency": current_agency(), "by": actor, "link": link, "days": LASTS.days},
    )
    subject = _("An invitation to %(agency)s") % {"agency": current_agency().name}
    on_commit(lambda: send_mail(subject, text, None, [email]))
    return link


@transaction.atomic
def person_invite(
    *,
    actor: Membership | None,
    name: str,
    discipline: str,
    npi: str,
    role: str,
    email: str,
    site_url: str,
    now: datetime,
) -> tuple[Membership, str]:
    """Bring a new person into the agency and mail them a link, both or neither. The person and the link."""
    person = person_add(actor=actor, name=name, discipline=discipline, npi=npi, role=role)
    return person, invitation_send(actor=actor, person=person, email=email, role=role, site_url=site_url, now=now)


@transaction.atomic
def invitation_withdraw(*, actor: Membership, invitation: Invitation, now: datetime) -> None:
    """Make a link useless. Nothing happens to one that was used."""
    require(actor, "people.write")
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None, withdrawn_at=None).update(
        withdrawn_at=now, withdrawn_by=actor
    )


@transaction.atomic
def invitation_accept(*, secret: str, user: User | None, password: str = "", now: datetime) -> Membership | None:
    """Take the place that a link offers, once; None when the link does not work (wrong, expired, used, withdrawn, not theirs).

    Without `user` a new sign-in is made for the invited address.
    """
    invitation = (
        Invitation.objects.select_for_update(of=("self",))
        .filter(
            token_hash=hash_of(secret),
            accepted_at=None,
            withdrawn_at=None,
            expires_at__gt=now,
            person__user=None,
            person__is_active=True,
        )
        .first()
    )
    if invitation is None or (user is not None and user.email != invitation.email):
        return None
    person = Membership.objects.select_for_update().get(pk=invitation.person_id)
    # Whoever holds the link is the person: what they do is told as theirs, and not as the system's.
    with reason(membership=str(person.pk)), refusing(_("This address signs in here already.")):
        person.user = user or User.objects.create_user(invitation.email, password)
        person.version += 1
        person.save()
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    ports.licences_changed()
    return person


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
