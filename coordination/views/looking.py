"""Who looked at a patient and what was changed: for those who watch over access, without the chart."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coordination import access, wording
from coordination.forms.looking import AccessForm, HistoryForm
from coordination.models import Patient
from coordination.selectors import access_log, changes
from coordination.selectors.changes import histories
from coordination.selectors.patients import Asked, patients_page
from coordination.views.identity import identity
from coordination.views.telling import tell
from tenancy import audit, clock
from tenancy.downloads import csv_download
from tenancy.models import AccessAction, AccessLog
from tenancy.routes import route_in_words
from tenancy.views import needs


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the access log in words; `patient` where it is about one."""

    at: datetime
    who: str
    did: str
    where: str
    is_refusal: bool
    patient: Patient | None


@require_safe
@needs("access_log.read")
def patient_access(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Who opened, exported or was refused this patient's record."""
    subject = access.record_for(request.membership, patient, "access_log.read")
    form = _form(request, AccessForm)
    page = access_log.access_page(form.asked, subject)
    context = {
        **identity(request, subject),
        "form": form,
        "lines": _lines(page.rows, {}),
        **_ways(request, page.next_after),
    }
    return render(request, "coordination/patient_access.html", context)


@require_safe
@needs("access_log.read")
def patient_access_export(request: HttpRequest, patient: UUID) -> StreamingHttpResponse:
    """The same as a file; taking it away stands in the log as well."""
    subject = access.record_for(request.membership, patient, "access_log.read")
    audit.note_export(subject.pk)
    asked = _form(request, AccessForm).asked
    return _as_file("access.csv", request, lambda: access_log.accesses(asked, subject))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("access_log.read")
def agency_access(request: HttpRequest) -> HttpResponse:
    """Everybody's access, refusals first; a patient is looked for by a POST and opened by their own page."""
    query, found = request.POST.get("q", "").strip(), []
    if query:
        today = clock.today(request.membership.agency.zone)
        found = patients_page(Asked(query=query, shown="all"), today=today).patients
    form = _form(request, AccessForm, {"action": AccessAction.REFUSED})
    page = access_log.access_page(form.asked)
    about = access_log.subjects(page.rows)
    audit.note_reads([*about, *(each.pk for each in found)])
    context = {
        "form": form,
        "lines": _lines(page.rows, about),
        "query": query,
        "found": found,
        **_ways(request, page.next_after),
    }
    return render(request, "coordination/agency_access.html", context)


@require_safe
@needs("access_log.read")
def agency_access_export(request: HttpRequest) -> StreamingHttpResponse:
    """Everybody's access as a file, with patients by their record's id."""
    audit.note_export(None)
    asked = _form(request, AccessForm, {"action": AccessAction.REFUSED}).asked
    return _as_file("access.csv", request, lambda: access_log.accesses(asked))


@require_safe
@needs("history.read")
def patient_history(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Every change of every record of this patient: who, when, what it said before and after."""
    subject = access.record_for(request.membership, patient, "history.read")
    kinds = [(name, wording.noun(event.pgh_tracked_model)) for name, (event, _column) in histories().items()]
    form = _form(request, HistoryForm, kinds=sorted(kinds, key=lambda kind: kind[1]))
    page = changes.changes_page(subject, form.asked)
    records = changes.same_person(subject)
    audit.note_reads(each.pk for each in records)
    names = changes.names([each.pk for each in records]) | {
        str(each.pk): f"{each} (MRN {each.mrn})" for each in records
    }
    context = {
        **identity(request, subject),
        "form": form,
        "told": [tell(change, names) for change in page.rows],
        **_ways(request, page.next_after),
    }
    return render(request, "coordination/patient_history.html", context)


def _form(request: HttpRequest, kind: Any, first: dict[str, str] | None = None, **more: Any) -> Any:
    """The form of what is asked, read; asked nothing yet, it asks for `first`."""
    zone = request.membership.agency.zone
    form = kind(request.GET or first or {}, zone=zone, today=clock.today(zone), **more)
    form.is_valid()  # a day that cannot be read is said at its field, and narrows nothing
    return form


def _ways(request: HttpRequest, next_after: Any) -> dict[str, Any]:
    """Where the page leads with what was asked: the next page, the first, the file."""
    asked = request.GET.copy()
    asked.pop("after", None)
    on = QueryDict(mutable=True)
    on.update(asked)
    if next_after:
        on["after"] = str(next_after)
    return {
        "asked": asked.urlencode(),
        "next_page": on.urlencode() if next_after else "",
        "is_first": "after" not in request.GET,
    }


def _lines(rows: list[AccessLog], about: dict[UUID, Patient]) -> list[Line]:
    return [
        Line(
            row.at,
            row.membership.signature,
            row.get_action_display(),
            route_in_words(row.route),
            row.action == AccessAction.REFUSED,
            about.get(row.subject) if row.subject else None,
        )
        for row in rows
    ]


def _as_file(name: str, request: HttpRequest, rows: Any) -> StreamingHttpResponse:
    zone = request.membership.agency.zone

    def cells() -> Iterator[list[Any]]:
        for row in rows().iterator(2000):
            yield [
                localtime(row.at, zone).isoformat(timespec="seconds"),
                row.membership.signature,
                row.get_action_display(),
                route_in_words(row.route),
                row.subject or "",
            ]

    return csv_download(name, [_("When"), _("Who"), _("What"), _("Where"), _("Record id")], cells)
