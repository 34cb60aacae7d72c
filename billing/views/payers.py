"""Who pays: the list of payers, one of them with the contracts in force and the patients it covers, and its form."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from billing.selectors.contracts import in_force
from coordination.access import payer_for
from coordination.forms.payers import PayerForm
from coordination.models import Payer, PayerKind
from coordination.selectors import changes
from coordination.selectors.payers import ORDERS, payers_page
from coordination.services.payers import payer_save
from coordination.views.telling import tell
from tenancy import clock
from tenancy.forms.refusals import add_conflict, add_refusal
from tenancy.links import here
from tenancy.paging import key_of
from tenancy.views import needs
from tenancy.writes import VersionConflict


@require_safe
@needs("payer.read")
def payers(request: HttpRequest) -> HttpResponse:
    """Every payer of the agency, a page at a time."""
    today = clock.today(request.membership.agency.zone)
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "kind", "state", "order", "after")}
    kind = asked["kind"] if asked["kind"] in PayerKind.values else ""
    order = asked["order"] if asked["order"] in ORDERS else "name"
    closed = asked["state"] == "closed"
    after = key_of(asked["after"])
    page = payers_page(today=today, query=asked["q"], kind=kind, closed=closed, order=order, after=after)
    versions = in_force([payer.pk for payer in page.rows], today)
    context = {
        "page": page,
        "rows": [(payer, versions.get(payer.pk, [])) for payer in page.rows],
        "query": asked["q"],
        "kind": kind,
        "kinds": PayerKind.choices,
        "closed": closed,
        "order": order,
        "is_first": after is None,
    }
    return render(request, "billing/_payers.html" if request.htmx else "billing/payers.html", context)


@require_safe
@needs("payer.read")
def payer(request: HttpRequest, payer: UUID) -> HttpResponse:
    """One payer: what is known of it, what it agreed to pay now, whom it covers, and what was changed."""
    today = clock.today(request.membership.agency.zone)
    subject = payer_for(request.membership, payer, today)
    names = changes.names_of_people()
    context = {
        "payer": subject,
        "versions": in_force([subject.pk], today).get(subject.pk, []),
        "told": [tell(change, names) for change in changes.changes_of(subject)],
    }
    return render(request, "billing/payer.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("payer.write")
def payer_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, Payer())


@require_http_methods(["GET", "HEAD", "POST"])
@needs("payer.write")
def payer_edit(request: HttpRequest, payer: UUID) -> HttpResponse:
    return _edit(request, payer_for(request.membership, payer, clock.today(request.membership.agency.zone)))


def _edit(request: HttpRequest, payer: Payer) -> HttpResponse:
    """The form of a payer; 409, with what it says now, if somebody else changed it."""
    form = PayerForm(request.POST or None, payer=payer)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            saved = payer_save(actor=request.membership, payer=payer, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        except VersionConflict as conflict:
            add_conflict(form, conflict)
            status = 409
        else:
            messages.success(request, _("%(name)s saved.") % {"name": saved.name})
            return redirect(here("billing:payer", payer=saved.pk))
    context = {"form": form, "payer": payer, "is_new": payer._state.adding}
    return render(request, "billing/payer_form.html", context, status=status)
