"""A patient's chart: everything on record beside time, in sections, each with what stands now first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coordination import access
from coordination.models import Enrollment, Patient
from coordination.selectors import records
from coordination.views.chart_rows import Row, words_of
from coordination.views.identity import identity
from coordination.views.kinds import CARE, FACTS, PAYS, REACH, Kind
from tenancy import clock
from tenancy.links import here
from tenancy.roles import may
from tenancy.views import needs


@dataclass(frozen=True, slots=True)
class SectionRows:
    """A section: `is_cut` says that there are more rows than it shows."""

    kind: Kind
    rows: list[Row]
    is_cut: bool = False


@require_safe
@needs("patient.read")
def chart(request: HttpRequest, patient: UUID) -> HttpResponse:
    """The chart, in as many queries as it has sections, however much is in it."""
    subject = access.patient_for(request.membership, patient)
    today = clock.today(request.membership.agency.zone)

    def sections(kinds: Iterable[Kind]) -> list[SectionRows]:
        found = [(kind, records.glance(kind.model, subject, today)) for kind in kinds]
        return [
            SectionRows(
                kind, rows_for(request, subject, kind, rows[: records.GLANCE]), is_cut=len(rows) > records.GLANCE
            )
            for kind, rows in found
        ]

    context = {
        **identity(request, subject),
        "reach": sections((*REACH, *PAYS)),
        "care": sections((*CARE, *FACTS)),
        "enrollments": records.glance(Enrollment, subject, today),
    }
    return render(request, "coordination/chart.html", context)


def rows_for(request: HttpRequest, patient: Patient, kind: Kind, found: Iterable[Any]) -> list[Row]:
    """Rows in words, with the addresses of what this person may do to them."""
    today = clock.today(request.membership.agency.zone)
    writes = may(request.membership.role, kind.capability)
    rows = []
    for record in found:
        row = words_of(record, today)
        if writes and not getattr(record, "retracted_at", None):
            ids = {"patient": patient.pk, kind.key: record.pk}
            row.edit = here(f"coordination:{kind.key}", **ids)
            row.withdraw = here(f"coordination:{kind.key}_withdraw", **ids)
        rows.append(row)
    return rows
