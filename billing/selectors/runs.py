"""Runs of months, and what each of them decided."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, Exists, Func, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from billing.models import Charge, ChargeRun, StoredDecision
from coordination.selectors.patients import matching
from tenancy.paging import Page, page_behind, page_of

PAGE_SIZE = 25
STATES = {
    "open": Q(finished_at=None),
    "changed": Q(finished_at__isnull=False, changed__gt=0),
    "unchanged": Q(finished_at__isnull=False, changed=0),
}
"""Of a run: under way, or finished with or without new decisions."""
SHOWN = ("", "billed", "not_billed")
ORDERS = {
    "name": ("patient__family_name", "patient__given_name", "patient_id"),
    "birth_date": ("patient__birth_date", "patient_id"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which decisions of a run are asked for: those with lines or without (`shown`, of `code` where one is given), of patients who
    match `query`."""

    query: str = ""
    shown: str = ""
    code: str = ""
    order: str = "name"
    after: int | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything but the order was asked for."""
        return self != Asked(order=self.order)


def runs_page(*, month: date | None = None, state: str = "", after: UUID | None = None) -> Page:
    """Runs, newest first (their keys are in order of time), of one month or of all, in one of STATES or in any."""
    found = with_progress(ChargeRun.objects.order_by("-pk"))
    if month:
        found = found.filter(month=month)
    if state:
        found = found.filter(STATES[state])
    if after:
        found = found.filter(pk__lt=after)
    return page_of(found, PAGE_SIZE)


def run_by_id(pk: UUID) -> ChargeRun | None:
    return with_progress(ChargeRun.objects.filter(pk=pk)).first()


def with_progress(runs: QuerySet[ChargeRun]) -> QuerySet[ChargeRun]:
    """Each with `chunks_all` and `chunks_done`."""
    return runs.select_related("run_by").annotate(
        chunks_all=Count("chunks"), chunks_done=Count("chunks", filter=~Q(chunks__finished_at=None))
    )


def codes_of_run(run: ChargeRun) -> list[str]:
    """The codes that a run's decisions propose or refuse."""
    charged = Charge.objects.filter(decision__run=run).order_by().values_list("code", flat=True)
    each_code = Func("finding_codes", function="unnest", output_field=CharField())
    refused = StoredDecision.objects.filter(run=run).values_list(each_code, flat=True)
    return sorted({*charged.union(refused)} - {""})


def decisions_page(run: ChargeRun, asked: Asked) -> Page:
    """What a run decided anew, each with its patient and its `lines`. A run decides a patient once."""
    charges = Charge.objects.filter(decision=OuterRef("pk"))
    found = (
        StoredDecision.objects.filter(run=run)
        .select_related("patient")
        .defer("document")
        .annotate(
            lines=ArraySubquery(
                charges.order_by("number").values(
                    line=JSONObject(id="pk", code="code", modifiers="modifiers", units="units")
                )
            ),
        )
    )
    found = matching(found, asked.query, patient="patient")
    code = asked.code
    refused = Q(finding_codes__contains=[code])
    if code:
        charges = charges.filter(code=code)
        if not asked.shown:
            found = found.filter(Exists(charges) | refused)
    if asked.shown == "billed":
        found = found.filter(Exists(charges))
    elif asked.shown == "not_billed":
        found = found.filter(refused if code else ~Exists(charges))
    return page_behind(found, ORDERS[asked.order], asked.after, PAGE_SIZE)
