"""Which hospitals send, how their messages fared, and what their own codes mean."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interop.access import local_code_for, source_for
from interop.codecs.discharges import statuses
from interop.forms.adt import MEANING_WORDS, LocalCodeForm, SourceForm
from interop.models import AdtSource, CodeKind
from interop.selectors.adt import local_codes_of, sources_with_use, stay_by_id, tokens_for
from interop.services.adt.sources import local_code_add, local_code_remove, source_save
from interop.views.hospital_words import REFUSALS
from tenancy import clock
from tenancy.forms.refusals import add_conflict, add_refusal
from tenancy.links import here
from tenancy.paging import key_of
from tenancy.views import needs
from tenancy.writes import VersionConflict

COUNTED = timedelta(days=7)


@require_safe
@needs("adt.configure")
def sources(request: HttpRequest) -> HttpResponse:
    """Every source with what became of its messages in the last seven days."""
    found = sources_with_use(clock.now() - COUNTED)
    for each in found:
        each.taken = sum(count for (answer, _reason), count in each.answers.items() if answer == "AA")
        each.refused = sorted(
            (str(REFUSALS.get(reason, reason)), count)
            for (answer, reason), count in each.answers.items()
            if answer != "AA"
        )
    return render(request, "interop/hospital_sources.html", {"sources": found})


@require_http_methods(["GET", "HEAD", "POST"])
@needs("adt.configure")
def source_new(request: HttpRequest) -> HttpResponse:
    """Let another hospital send."""
    return _source(request, AdtSource(time_zone=request.membership.agency.time_zone))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("adt.configure")
def source(request: HttpRequest, adt_source: UUID) -> HttpResponse:
    """Change a source, and say what its own codes mean."""
    return _source(request, source_for(request.membership, adt_source))


@require_POST
@needs("adt.configure")
def code_new(request: HttpRequest, adt_source: UUID) -> HttpResponse:
    """Say what a code of the hospital's own means."""
    known = source_for(request.membership, adt_source)
    form = LocalCodeForm(request.POST)
    if form.is_valid():
        try:
            local_code_add(actor=request.membership, source=known, now=clock.now(), **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Saved. Stays that waited for it were looked at again."))
            return redirect(here("interop:hospital_source", adt_source=known.pk))
    return _page(request, known, status=422, code_form=form)


@require_POST
@needs("adt.configure")
def code_remove(request: HttpRequest, adt_source: UUID, local_code: UUID) -> HttpResponse:
    """The code has no meaning of its own any more."""
    known = source_for(request.membership, adt_source)
    local_code_remove(
        actor=request.membership, code=local_code_for(request.membership, known, local_code), now=clock.now()
    )
    messages.success(request, _("Removed. Stays with this code were looked at again."))
    return redirect(here("interop:hospital_source", adt_source=known.pk))


def _source(request: HttpRequest, known: AdtSource) -> HttpResponse:
    form = SourceForm(request.POST or None, source=known, tokens=tokens_for(known, clock.now()))
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            saved = source_save(actor=request.membership, source=known, **form.cleaned_data)
        except ValidationError as refused:
            add_refusal(form, refused)
        except VersionConflict as conflict:
            add_conflict(form, conflict)
            status = 409
        else:
            messages.success(request, _("%(name)s saved.") % {"name": saved.name})
            return redirect(here("interop:hospital_sources"))
    return _page(request, known, status=status, form=form)


def _asked_from(request: HttpRequest) -> dict[str, str]:
    """The code of the stay from whose page this one was opened: no address holds what a message said."""
    pk = key_of(request.GET.get("stay", ""))
    stay = stay_by_id(pk) if pk else None
    if stay is None:
        return {}
    of_class = stay.reason == "class_unknown"
    kind, name = (CodeKind.PATIENT_CLASS, "patient_class") if of_class else (CodeKind.DISPOSITION, "disposition")
    return {"kind": kind, "code": stay.facts.get(name, "")}


def _page(
    request: HttpRequest,
    known: AdtSource,
    *,
    status: int,
    form: SourceForm | None = None,
    code_form: LocalCodeForm | None = None,
) -> HttpResponse:
    is_new = known._state.adding
    codes = [] if is_new else list(local_codes_of(known))
    for each in codes:
        going = each.kind == CodeKind.DISPOSITION
        each.words = f"{each.means} {statuses()[each.means].label}" if going else MEANING_WORDS[each.means]
    context = {
        "source": known,
        "is_new": is_new,
        "form": form or SourceForm(source=known, tokens=tokens_for(known, clock.now())),
        "codes": codes,
        "code_form": code_form or LocalCodeForm(initial=_asked_from(request)),
        "address": request.build_absolute_uri("/intake/hl7v2"),
    }
    return render(request, "interop/hospital_source.html", context, status=status)
