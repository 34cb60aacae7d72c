"""Finding patients: filtered, ordered, and a page at a time by keyset."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from coordination.models import Enrollment, Patient, PatientToken
from coordination.rules.names import tokens

PAGE_SIZE = 25
ORDERS = {"name": ("family_name", "given_name", "id"), "birth_date": ("birth_date", "id")}


@dataclass(frozen=True, slots=True)
class Page:
    """Up to PAGE_SIZE patients; `next_after` is the key to ask for the next page with, or None on the last."""

    patients: list[Patient]
    next_after: UUID | None


def patients_page(*, query: str = "", order: str = "name", program: str = "", after: UUID | None = None) -> Page:
    """One page of patients. `program`: a program's name, "none" for patients in no program, "" for all."""
    fields = ORDERS[order]
    found = _in_program(_matching(Patient.objects.all(), query), program).order_by(*fields)
    if after and (last := Patient.objects.filter(pk=after).first()):
        found = found.filter(_behind(last, fields))
    page = list(found[: PAGE_SIZE + 1])
    return Page(page[:PAGE_SIZE], page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else None)


def _matching(patients: QuerySet[Patient], query: str) -> QuerySet[Patient]:
    """Every word of the query begins one of the patient's words: names, MRN, or birth date as 1956-08-03."""
    words = _words(query)
    for word in words:
        patients = patients.filter(Exists(PatientToken.objects.filter(patient=OuterRef("pk"), token__prefix=word)))
    return patients


def _words(query: str) -> list[str]:
    """The words to look for; a birth date, in ISO or US form, stays one word."""
    words: list[str] = []
    for part in query.split():
        birth = _as_date(part)
        words += [birth.isoformat()] if birth else tokens(part)
    return words


def _as_date(text: str) -> date | None:
    """1956-08-03 or 8/3/1956."""
    try:
        if "/" in text:
            month, day, year = (int(piece) for piece in text.split("/"))
            return date(year, month, day)
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _in_program(patients: QuerySet[Patient], program: str) -> QuerySet[Patient]:
    enrolled = Enrollment.objects.filter(patient=OuterRef("pk"), revoked_on=None)
    if program == "none":
        return patients.filter(~Exists(enrolled))
    return patients.filter(Exists(enrolled.filter(program=program))) if program else patients


def _behind(last: Patient, fields: tuple[str, ...]) -> Q:
    """Rows that come after `last` in the order of `fields`."""
    condition = Q()
    for depth, field in enumerate(fields):
        equal = {name: getattr(last, name) for name in fields[:depth]}
        condition |= Q(**equal, **{f"{field}__gt": getattr(last, field)})
    return condition
