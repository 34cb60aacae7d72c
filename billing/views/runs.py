"""Runs of months: ask for one, watch it, see what it decided."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms import RunForm
from billing.models import ChargeRun
from billing.selectors.runs import (
    ORDERS,
    SHOWN,
    STATES,
    Asked,
    codes_of_run,
    decisions_page,
    run_by_id,
    runs_page,
)
from billing.services.charge_run import run_begin
from billing.tasks import run_in_background
from coordination.models import Patient
from coordination.rules.months import parse_month
from coordination.selectors import patients
from coordination.selectors.patients import patients_page
from tenancy import audit, clock
from tenancy.access import NotFound
from tenancy.links import here
from tenancy.paging import key_of
from tenancy.views import needs
from tenancy.views.asking import answer_posted

QUESTIONS = ("q", "shown", "code", "order", "after")
MOST_ELSEWHERE = 5
"""Whom a search finds beside a run's decisions, a handful is named of."""


@require_http_methods(["GET", "HEAD", "POST"])
@needs("month.run")
def runs(request: HttpRequest) -> HttpResponse:
    """All runs, newest first, and the form that asks for one."""
    form = RunForm(request.POST or None, today=clock.today(request.membership.agency.zone))
    if request.method == "POST" and form.is_valid():
        run, is_new = run_begin(month=form.cleaned_data["month"], now=clock.now(), run_by=request.membership)
        run_in_background(run)
        if not is_new:
            messages.info(request, _("This month is being run already. This is that run."))
        return redirect(here("billing:run", run=run.pk))
    month, state = _month(request.GET.get("of", "")), request.GET.get("state", "")
    state = state if state in STATES else ""
    after = key_of(request.GET.get("after", ""))
    context = {
        "form": form,
        "page": runs_page(month=month, state=state, after=after),
        "is_first": after is None,
        "of": f"{month:%Y-%m}" if month else "",
        "state": state,
    }
    return render(request, "billing/runs.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("month.run")
def run(request: HttpRequest, run: UUID) -> HttpResponse:
    """One run: how far it is, and what it decided, a page at a time."""
    found = _run(run)
    return answer_posted(request, "run", QUESTIONS, lambda asked: _run_page(request, found, asked))


def _run_page(request: HttpRequest, run: ChargeRun, said: dict[str, str]) -> HttpResponse:
    codes = codes_of_run(run)
    asked = _read(said, codes)
    page = decisions_page(run, asked)
    elsewhere: list[Patient] = []
    if asked.query and not page.rows:
        today = clock.today(request.membership.agency.zone)
        elsewhere = patients_page(patients.Asked(query=asked.query, shown="all"), today=today).patients[:MOST_ELSEWHERE]
    audit.note_reads([row.patient_id for row in page.rows] + [each.pk for each in elsewhere])
    context = {
        "run": run,
        "page": page,
        "asked": asked,
        "codes": codes,
        "elsewhere": elsewhere,
        "month_slug": f"{run.month:%Y-%m}",
    }
    return render(request, "billing/_decisions.html" if request.htmx else "billing/run.html", context)


def _read(said: dict[str, str], codes: Collection[str]) -> Asked:
    """What was asked, with what nobody can ask left out."""

    def one_of(name: str, known: Collection[str], otherwise: str = "") -> str:
        return word if (word := said.get(name, "")) in known else otherwise

    after = said.get("after", "")
    return Asked(
        query=said.get("q", "").strip(),
        shown=one_of("shown", SHOWN),
        code=one_of("code", codes),
        order=one_of("order", ORDERS, "name"),
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None,
    )


@require_safe
@needs("month.run")
def run_progress(request: HttpRequest, run: UUID) -> HttpResponse:
    """How far a run is, asked for again and again by its page; when it is finished, the page is loaded anew."""
    found = _run(run)
    response = render(request, "billing/_progress.html", {"run": found})
    if found.finished_at:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@needs("month.run")
def run_resume(request: HttpRequest, run: UUID) -> HttpResponse:
    """Hand out again what is left of a run whose workers were lost."""
    found = _run(run)
    if not found.finished_at:
        run_in_background(found)
        messages.info(request, _("What is left of this run was handed out again."))
    return redirect(here("billing:run", run=found.pk))


def _run(pk: UUID) -> ChargeRun:
    found = run_by_id(pk)
    if found is None:
        raise NotFound
    return found


def _month(text: str) -> date | None:
    try:
        return parse_month(text)
    except ValueError:
        return None
