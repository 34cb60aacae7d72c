"""Finding patients: filtered, ordered, and a page at a time by keyset."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from coordination.models import Enrollment, Patient, PatientToken
from coordination.rules.names import tokens

PAGE_SIZE = 25
US_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}(-[0-9]{0,2})?")
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
    if query.strip() and not words:
        return patients.none()
    for word in words:
        patients = patients.filter(Exists(PatientToken.objects.filter(patient=OuterRef("pk"), token__prefix=word)))
    return patients


def _words(query: str) -> list[str]:
    """The words to look for; a birth date or the beginning of one, ISO (1956-08) or US (8/3/1956), stays one word."""
    words: list[str] = []
    for part in query.split():
        if us := US_DATE.fullmatch(part):
            month, day, year = us.groups()
            words.append(f"{year}-{int(month):02d}-{int(day):02d}")
        else:
            words += [part] if ISO_DATE.fullmatch(part) else tokens(part)
    return words


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
