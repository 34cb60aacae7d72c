"""The people of an agency: the list, one person's page, and what an administrator changes there."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenancy import access, clock
from tenancy.forms.people import InviteForm, LicenceForm, PersonForm, ProfileForm, RoleForm, StateForm
from tenancy.forms.refusals import add_conflict, add_refusal
from tenancy.links import here
from tenancy.models import Licence, Membership
from tenancy.paging import key_of
from tenancy.roles import Role
from tenancy.selectors.changes import changes_of
from tenancy.selectors.people import NOBODY_SIGNS_IN, ORDERS, STATES, people_page
from tenancy.services.invitations import invitation_send, invitation_withdraw, person_invite
from tenancy.services.people import (
    licence_save,
    person_add,
    person_disable,
    person_enable,
    person_profile_save,
    person_role_change,
)
from tenancy.views.door import needs
from tenancy.writes import VersionConflict


@require_safe
@needs("people.read")
def people(request: HttpRequest) -> HttpResponse:
    """Who works in this agency, a page at a time."""
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "role", "state", "order", "after")}
    role = asked["role"] if asked["role"] in (*Role.values, NOBODY_SIGNS_IN) else ""
    state = asked["state"] if asked["state"] in STATES else ""
    order = asked["order"] if asked["order"] in ORDERS else "name"
    after = key_of(asked["after"])
    page = people_page(now=clock.now(), query=asked["q"], role=role, state=state, order=order, after=after)
    context = {
        "page": page,
        "query": asked["q"],
        "role": role,
        "state": state,
        "order": order,
        "roles": Role.choices,
        "is_first": after is None,
    }
    return render(request, "tenancy/_people.html" if request.htmx else "tenancy/people.html", context)


@require_safe
@needs("people.read")
def person(request: HttpRequest, person: UUID) -> HttpResponse:
    """One person: profile, licences, sign-in, and what was changed by whom."""
    return _page(request, access.person_for(request.membership, person, clock.now()))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.write")
def person_new(request: HttpRequest) -> HttpResponse:
    """Bring somebody in: invited by mail, or only named."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        email = said.pop("email")
        try:
            if email:
                added, _link = person_invite(email=email, **said, **_occasion(request))
            else:
                added = person_add(actor=request.membership, **said)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _invited(email) if email else _("%(name)s added.") % {"name": added.name})
            return redirect(here("tenancy:person", person=added.pk))
    return render(request, "tenancy/person_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.write")
def profile(request: HttpRequest, person: UUID) -> HttpResponse:
    """Change what is known of a person."""
    subject = access.person_for(request.membership, person, clock.now())
    form = ProfileForm(request.POST or None, person=subject)
    status = _sent(form, lambda said: person_profile_save(actor=request.membership, person=subject, **said))
    if status == 302:
        messages.success(request, _("Profile saved."))
        return redirect(here("tenancy:person", person=subject.pk))
    return render(request, "tenancy/profile_form.html", {"form": form, "person": subject}, status=status)


@require_POST
@needs("people.write")
def role(request: HttpRequest, person: UUID) -> HttpResponse:
    """Give a person another role."""
    return _act(request, person, RoleForm, person_role_change, _("Role changed. It holds from the next click on."))


@require_POST
@needs("people.write")
def disable(request: HttpRequest, person: UUID) -> HttpResponse:
    """Shut a person out, at once."""
    said = _("Disabled. All their sessions have ended, and no invitation of theirs works any more.")
    return _act(request, person, StateForm, partial(person_disable, now=clock.now()), said)


@require_POST
@needs("people.write")
def enable(request: HttpRequest, person: UUID) -> HttpResponse:
    """Let a disabled person in again."""
    return _act(request, person, StateForm, person_enable, _("Enabled, with the role they had."))


@require_POST
@needs("people.write")
def invite(request: HttpRequest, person: UUID) -> HttpResponse:
    """Mail a link to somebody who is named and does not sign in yet; an earlier link stops working."""
    subject = access.person_for(request.membership, person, clock.now())
    form = InviteForm(request.POST)
    if form.is_valid():
        email = form.cleaned_data["email"]
        try:
            invitation_send(person=subject, **form.cleaned_data, **_occasion(request))
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _invited(email))
            return redirect(here("tenancy:person", person=subject.pk))
    return _page(request, subject, status=422, invite_form=form)


@require_POST
@needs("people.write")
def withdraw(request: HttpRequest, person: UUID, invitation: UUID) -> HttpResponse:
    """Make a link useless."""
    subject = access.person_for(request.membership, person, clock.now())
    invited = access.invitation_for(request.membership, subject, invitation)
    invitation_withdraw(actor=request.membership, invitation=invited, now=clock.now())
    messages.success(request, _("Invitation withdrawn. Its link no longer works."))
    return redirect(here("tenancy:person", person=subject.pk))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.write")
def licence_new(request: HttpRequest, person: UUID) -> HttpResponse:
    subject = access.person_for(request.membership, person, clock.now())
    return _licence(request, subject, None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("people.write")
def licence(request: HttpRequest, person: UUID, licence: UUID) -> HttpResponse:
    subject = access.person_for(request.membership, person, clock.now())
    return _licence(request, subject, access.licence_for(request.membership, subject, licence))


def _licence(request: HttpRequest, person: Membership, known: Licence | None) -> HttpResponse:
    form = LicenceForm(request.POST or None, licence=known)
    status = _sent(
        form, lambda said: licence_save(actor=request.membership, licence=known or Licence(person=person), **said)
    )
    if status == 302:
        messages.success(request, _("Licence saved."))
        return redirect(here("tenancy:person", person=person.pk))
    context = {"form": form, "person": person, "licence": known}
    return render(request, "tenancy/licence_form.html", context, status=status)


def _act(
    request: HttpRequest, pk: UUID, kind: type[forms.Form], service: Callable[..., Any], said: str
) -> HttpResponse:
    """A button of the person's page. What is refused is said on that page; so is a change that came in between."""
    subject = access.person_for(request.membership, pk, clock.now())
    form = kind(request.POST)
    status = _sent(form, lambda typed: service(actor=request.membership, person=subject, **typed))
    if status == 302:
        messages.success(request, said)
        return redirect(here("tenancy:person", person=subject.pk))
    return _page(request, access.person_for(request.membership, pk, clock.now()), status=status, refused=form)


def _sent(form: forms.Form, save: Callable[[dict[str, Any]], Any]) -> int:
    """The status after a form: 200 not sent, 302 saved, 409 somebody else was faster, 422 refused."""
    if not form.is_bound:
        return 200
    if form.is_valid():
        try:
            save(form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        except VersionConflict as conflict:
            add_conflict(form, conflict)
            return 409
        else:
            return 302
    return 422


def _page(request: HttpRequest, person: Membership, status: int = 200, **forms_sent: forms.Form) -> HttpResponse:
    now = clock.now()
    context: dict[str, Any] = {
        "person": person,
        "is_self": person.pk == request.membership.pk,
        "licences": person.licences.order_by("kind", "state", "valid_from"),
        "today": clock.local_day(now, request.membership.agency.zone),
        "invitations": person.invitations.select_related("invited_by", "withdrawn_by").order_by("-invited_at"),
        "now": now,
        "changes": changes_of(person),
        "role_form": RoleForm(initial={"role": person.role, "version": person.version}),
        "invite_form": InviteForm(initial={"role": person.role}),
        **forms_sent,
    }
    return render(request, "tenancy/person.html", context, status=status)


def _occasion(request: HttpRequest) -> dict[str, Any]:
    """Who invites, when, and where the link leads."""
    return {"actor": request.membership, "site_url": request.build_absolute_uri("/"), "now": clock.now()}


def _invited(email: str) -> str:
    return _("Invitation sent to %(email)s. Its link works once, for seven days.") % {"email": email}
