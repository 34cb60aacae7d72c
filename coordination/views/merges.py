"""Merging two records of one person: choosing, seeing what moves, merging, and undoing it."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination import access, wording
from coordination.forms.merges import MergeForm
from coordination.models import Patient, PatientMerge
from coordination.selectors import changes, merges
from coordination.selectors.merges import COMPARED, Doubt, Plan, Staying, Why
from coordination.selectors.patients import Asked, alike, patients_page
from coordination.services.merges import FIELDS, LOOK_AGAIN, PreviewIsOld, merge_undo, patients_merge
from coordination.views.identity import identity
from tenancy import audit, clock
from tenancy.forms.refusals import add_refusal
from tenancy.links import here
from tenancy.views import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs("patient.merge")
def merge_choose(request: HttpRequest, patient: UUID) -> HttpResponse:
    """Which other record? Those that look alike are offered; any other is searched for (a POST, as on the list)."""
    subject = access.patient_for(request.membership, patient)
    query = request.POST.get("q", "").strip()
    found = alike(subject)
    if query:
        today = clock.today(request.membership.agency.zone)
        found = patients_page(Asked(query=query, shown="all"), today=today).patients
    found = [each for each in found if each.pk != subject.pk and not each.merged_into_id]
    audit.note_reads(each.pk for each in found)
    context = {**identity(request, subject), "found": found, "query": query}
    return render(request, "coordination/merge_choose.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("patient.merge")
def merge_preview(request: HttpRequest, patient: UUID, other: UUID) -> HttpResponse:
    """What would move from `other` into `patient`, and merging them as it was shown."""
    kept = access.record_for(request.membership, patient, "patient.read")
    merged = access.record_for(request.membership, other, "patient.read")
    form, status = MergeForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                merge = patients_merge(
                    actor=request.membership, kept=kept, merged=merged, now=clock.now(), **form.cleaned_data
                )
            except PreviewIsOld:
                form.add_error(None, LOOK_AGAIN)
                status = 409
            except ValidationError as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("The two records are one now. It can be undone here."))
                return redirect(here("coordination:merge", merge=merge.pk))
    elif kept.merged_into_id or merged.merged_into_id or kept.pk == merged.pk:
        messages.info(request, _("One of these records was merged already."))
        return redirect(here("coordination:patient", patient=kept.pk))
    plan = merges.plan(kept, merged)
    form.show(plan.fingerprint)
    context = {**identity(request, kept), "form": form, "other": merged, **_in_words(plan)}
    return render(request, "coordination/merge_preview.html", context, status=status)


@require_safe
@needs("patient.merge")
def merge(request: HttpRequest, merge: UUID) -> HttpResponse:
    """What a merge did, what stayed with the merged record, and whether it was undone."""
    return _merge_page(request, access.merge_for(request.membership, merge))


@require_POST
@needs("patient.merge")
def merge_undone(request: HttpRequest, merge: UUID) -> HttpResponse:
    """Take a merge back."""
    known = access.merge_for(request.membership, merge)
    try:
        merge_undo(actor=request.membership, merge=known, now=clock.now())
    except PreviewIsOld:
        return _merge_page(
            request, known, obstacles=[_("Somebody saved time here at this moment. Look again, then undo.")]
        )
    except ValidationError as refused:
        return _merge_page(request, known, obstacles=refused.messages)
    messages.success(request, _("The two records are two again, as they were."))
    return redirect(here("coordination:merge", merge=known.pk))


def _merge_page(request: HttpRequest, known: PatientMerge, obstacles: list[str] | None = None) -> HttpResponse:
    by_key = {each.key: each for each in merges.references()}
    moved = Counter({wording.noun(by_key[key].model): len(rows) for key, rows in known.moved.items() if key in by_key})
    context = {
        **identity(request, known.kept),
        "merge": known,
        "moved": sorted(moved.items()),
        "filled": [wording.label(Patient._meta.get_field(name)) for name in known.moved[FIELDS]],
        "since": [] if known.undone_at else [(wording.noun(each.model), n) for each, n in merges.since(known).items()],
        "obstacles": obstacles or [],
    }
    return render(request, "coordination/merge.html", context, status=422 if obstacles else 200)


DOUBTS = {
    Doubt.NAME: gettext_lazy("The names differ. Are these one person?"),
    Doubt.BIRTH_DATE: gettext_lazy("The birth dates differ. Are these one person?"),
    Doubt.DECEASED: gettext_lazy(
        "Only one record says that the patient has died, or they name different days. The kept record's word stands."
    ),
    Doubt.INTERPRETER: gettext_lazy(
        "Only one record says that an interpreter is needed. The kept record's word stands."
    ),
    Doubt.COVERAGE: gettext_lazy(
        "Coverages overlap with the same order of payment. Both are kept: set their order afterwards."
    ),
}


def _why(stays: Staying) -> str:
    """Why a row stays that is no clash."""
    if stays.why is Why.CLOSED:
        return _("%(month)s is closed") % {"month": date_format(stays.month, "F Y")}
    return _("it belongs to an entry that stays")


def _in_words(plan: Plan) -> dict[str, Any]:
    """The plan for the page: the two people side by side, what moves, what stays and why."""
    names = changes.names_of_people()
    fields = [Patient._meta.get_field(name) for name in (*COMPARED, *merges.FILLED)]
    clashes = [
        {
            "noun": wording.noun(type(each.row)),
            "kept": str(each.beside),
            "differences": wording.differences(each.beside, each.row, names),
        }
        for each in plan.stays
        if each.why is Why.CLASH
    ]
    others = Counter((wording.noun(type(each.row)), _why(each)) for each in plan.stays if each.why is not Why.CLASH)
    return {
        "moves": sorted(Counter({wording.noun(each.model): len(keys) for each, keys in plan.moves.items()}).items()),
        "clashes": clashes,
        "staying": [(what, why, n) for (what, why), n in sorted(others.items())],
        "closes": sorted({each.month for each in plan.stays if each.month}),
        "doubts": [DOUBTS[each] for each in plan.doubts],
        "people": [
            {
                "label": wording.label(each),
                "kept": wording.value(each, getattr(plan.kept, each.name), {}),
                "other": wording.value(each, getattr(plan.merged, each.name), {}),
                "fills": each.name in plan.fills,
            }
            for each in fields
            if getattr(plan.kept, each.name) or getattr(plan.merged, each.name)
        ],
    }
