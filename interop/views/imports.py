"""Sending files, looking at what they would bring, confirming it; and the log of all imports."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interop.access import import_run_for
from interop.codecs.facts_csv import COLUMNS, MOST_ROWS, faults_csv, template
from interop.forms.imports import LARGEST_UPLOAD, UploadForm
from interop.models import ImportKind, ImportRun, ImportState
from interop.selectors.imports import import_runs_page
from interop.services.uploads import upload_confirm, upload_discard, upload_preview
from interop.views.report_page import OUTCOME_WORDS, FilePage, file_pages, only_skipped, totals_table
from tenancy import audit, clock
from tenancy.access import NotFound
from tenancy.links import here
from tenancy.paging import key_of
from tenancy.views import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("patient.import")
def import_list(request: HttpRequest) -> HttpResponse:
    """The form that sends files, and every import so far, newest first."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_bound:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if form.is_valid():
            run = upload_preview(
                actor=request.membership,
                kind=form.cleaned_data["kind"],
                files=[(each.name, each.read()) for each in form.cleaned_data["files"]],
                form_key=form.cleaned_data["form_key"],
                now=clock.now(),
            )
            return redirect(here("interop:import", import_run=run.pk))
        if length > LARGEST_UPLOAD:
            form.refuse_size(length)
    kind = request.GET.get("kind", "")
    kind = kind if kind in ImportKind.values else ""
    context = {
        "form": form,
        "page": import_runs_page(kind=kind, after=key_of(request.GET.get("after", ""))),
        "kind": kind,
        "kinds": ImportKind.choices,
        "is_first": "after" not in request.GET,
        "columns": [(ImportKind(name), columns) for name, columns in COLUMNS.items()],
        "most_rows": f"{MOST_ROWS:,}",
        "now": clock.now(),
    }
    return render(request, "interop/imports.html", context, status=422 if form.is_bound else 200)


@require_safe
@needs("patient.import")
def import_detail(request: HttpRequest, import_run: UUID) -> HttpResponse:
    """What an import would bring, while it waits; afterwards what came of it."""
    return _page(request, import_run_for(request.membership, import_run))


@require_POST
@needs("patient.import")
def import_confirm(request: HttpRequest, import_run: UUID) -> HttpResponse:
    """Do what was shown; where that would now be something else, show it anew."""
    run, now = import_run_for(request.membership, import_run), clock.now()
    was_waiting = _waits(run)
    fingerprint = request.POST.get("fingerprint", "")
    if not upload_confirm(actor=request.membership, run=run, fingerprint=fingerprint, now=now):
        return _page(request, import_run_for(request.membership, import_run), has_changed=True)
    if was_waiting:
        said = _("All but the refused files were brought in.") if run.has_refused else _("The files were brought in.")
        messages.success(request, said)
    return redirect(here("interop:import", import_run=run.pk))


@require_POST
@needs("patient.import")
def import_discard(request: HttpRequest, import_run: UUID) -> HttpResponse:
    """Forget the files that wait."""
    run = import_run_for(request.membership, import_run)
    upload_discard(actor=request.membership, run=run, now=clock.now())
    messages.success(request, _("Nothing was brought in, and the files are forgotten."))
    return redirect(here("interop:imports"))


@require_safe
@needs("patient.import")
def import_faults(request: HttpRequest, import_run: UUID) -> HttpResponse:
    """Every fault of every refused file, for a spreadsheet; values and remedies while the files wait."""
    run = import_run_for(request.membership, import_run)
    faults = [{"file": page.name, "value": "", "remedy": "", **each} for page in _files(run) for each in page.refused]
    return _download(faults_csv(faults), "faults.csv")


@require_safe
@needs("patient.import")
def csv_template(request: HttpRequest, kind: str) -> HttpResponse:
    """The first line of a file of this kind, to begin one with."""
    if kind not in COLUMNS:
        raise NotFound
    return _download(template(kind), f"{kind}.csv")


def _page(request: HttpRequest, run: ImportRun, *, has_changed: bool = False) -> HttpResponse:
    files = _files(run)
    audit.note_reads({patient for each in files for patient in each.known})
    context = {
        "run": run,
        "waits": _waits(run),
        "files": files,
        "takes_any": any(each.changes for each in files),
        "totals": totals_table(run.totals),
        "only_skipped": only_skipped(run.totals),
        "refused_files": sum(1 for each in files if each.refused),
        "has_changed": has_changed,
        "outcomes": OUTCOME_WORDS.values(),
        "now": clock.now(),
    }
    return render(request, "interop/import.html", context, status=409 if has_changed else 200)


def _files(run: ImportRun) -> list[FilePage]:
    return file_pages(run, waits=_waits(run))


def _waits(run: ImportRun) -> bool:
    return run.state == ImportState.WAITING and run.expires_at > clock.now()


def _download(text: str, name: str) -> HttpResponse:
    # The mark at the beginning is how spreadsheets know UTF-8.
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
