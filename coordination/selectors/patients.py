"""Finding patients: filtered, ordered, and a page at a time by keyset."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Exists, FilteredRelation, Model, OuterRef, Q, QuerySet, Value

from coordination.models import (
    CareTeamMember,
    CareTeamRole,
    ContactPoint,
    ContactPointKind,
    Coverage,
    Enrollment,
    IdentifierKind,
    Opening,
    Patient,
    PatientIdentifier,
    PatientToken,
    Payer,
    language_in_words,
)
from coordination.rules.names import name_tokens, tokens
from coordination.selectors.facts_versions import facts_version
from tenancy.models import Membership, signed
from tenancy.paging import behind
from tenancy.queries import Given, kept
from tenancy.roles import CARE

M = TypeVar("M", bound=Model)
PAGE_SIZE = 25
MOST_WORDS = 10
"""Of a query: what is typed behind them narrows no further."""
US_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}(-[0-9]{0,2})?")
COUNTRY = re.compile(r"^\s*\+1[\s.(-]*")
ORDERS = {
    "name": ("family_name", "given_name", "id"),
    "birth_date": ("birth_date", "id"),
    "seen": ("-seen__at", "-seen__patient"),
}
"""`seen`: whose page the reader opened, the last one first; nobody else."""


def living(of: str = "") -> Q:
    """Patients who live, and whose record was not merged into another; `of` is the way to them."""
    return Q(**{f"{of}is_deceased": False, f"{of}merged_into": None})


SHOWN = {
    "": living(),
    "deceased": Q(is_deceased=True, merged_into=None),
    "merged": Q(merged_into__isnull=False),
    "all": Q(),
}
"""Whom a list is about: the living, the deceased, records that were merged into others, or everybody."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for, for the order `seen` by which reader. `program`: a program's name, or "none" for patients in none."""

    query: str = ""
    order: str = "name"
    reader: UUID | None = None
    program: str = ""
    lead: UUID | None = None
    payer: UUID | None = None
    interpreter: bool = False
    shown: str = ""
    after: UUID | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything but the order was asked for."""
        return self != Asked(order=self.order, reader=self.reader)

    @property
    def narrows_more(self) -> bool:
        """Whether a filter was asked for that is asked for less often."""
        return bool(self.lead or self.payer or self.interpreter or self.shown)


class Listed(NamedTuple):
    """A patient in a list."""

    pk: UUID
    family_name: str
    given_name: str
    preferred_name: str
    birth_date: date
    mrn: str
    language: str
    needs_interpreter: bool
    is_deceased: bool
    merged_into_id: UUID | None
    merged_into_mrn: str | None
    facts: str
    seen_at: datetime | None = None

    @property
    def language_name(self) -> str:
        """The language in words."""
        return language_in_words(self.language)


@dataclass(frozen=True, slots=True)
class Page:
    """Up to PAGE_SIZE patients; `next_after` is the key to ask for the next page with, or None on the last."""

    patients: list[Listed]
    next_after: UUID | None


def patients_page(asked: Asked, *, today: date) -> Page:
    """One page of the patients that were asked for."""
    words = asked_words(asked.query)[:MOST_WORDS]
    if asked.query.strip() and not words:
        return Page([], None)
    last = (_last(asked, asked.after) if asked.after else None) or ()
    found = _listed(
        len(words),
        asked.order,
        asked.program,
        asked.lead is not None,
        asked.payer is not None,
        asked.interpreter,
        asked.shown,
        bool(last),
        lead=asked.lead,
        payer=asked.payer,
        reader=asked.reader,
        today=today,
        **{f"word_{n}": word for n, word in enumerate(words)},
        **{f"last_{n}": value for n, value in enumerate(last)},
    )
    page = [Listed(*row) for row in found]
    return Page(page[:PAGE_SIZE], page[PAGE_SIZE - 1].pk if len(page) > PAGE_SIZE else None)


def _last(asked: Asked, after: UUID) -> tuple[Any, ...] | None:
    """The last row of the page before, as far as the order goes."""
    if asked.order == "seen":
        return Opening.objects.filter(member=asked.reader, patient=after).values_list("at", "patient").first()
    return Patient.objects.filter(pk=after).values_list(*ORDERS[asked.order]).first()


@kept
def _listed(
    words: int, order: str, program: str, of_lead: bool, of_payer: bool, interpreter: bool, shown: str, from_key: bool
) -> QuerySet:
    """Everybody from the page's key on, in order."""
    found = _with_words(Patient.objects.filter(SHOWN[shown]), (Given(f"word_{n}") for n in range(words)), "pk")
    if program:
        enrolled = Enrollment.objects.filter(patient=OuterRef("pk"), revoked_on=None)
        found = found.filter(~Exists(enrolled) if program == "none" else Exists(enrolled.filter(program=program)))
    if of_lead:
        leads = CareTeamMember.objects.filter(
            member=Given("lead"), role=CareTeamRole.LEAD, to_day=None, retracted_at=None
        )
        found = found.filter(Exists(leads.filter(patient=OuterRef("pk"))))
    if of_payer:
        covers = covering(Given("today")).filter(patient=OuterRef("pk"), payer=Given("payer"))
        found = found.filter(Exists(covers))
    if interpreter:
        found = found.filter(needs_interpreter=True)
    stands, more = Q(), ()
    if order == "seen":
        of_reader = FilteredRelation("openings", condition=Q(openings__member=Given("reader")))
        found, stands, more = found.annotate(seen=of_reader), Q(seen__at__isnull=False), ("seen__at",)
    if from_key:
        stands &= behind([Given(f"last_{n}") for n in range(len(ORDERS[order]))], ORDERS[order])
    return (
        found.filter(stands)
        .order_by(*ORDERS[order])
        .values_list(
            "pk",
            "family_name",
            "given_name",
            "preferred_name",
            "birth_date",
            "mrn",
            "language",
            "needs_interpreter",
            "is_deceased",
            "merged_into",
            "merged_into__mrn",
            facts_version(),
            *more,
        )[: PAGE_SIZE + 1]
    )


def covering(today: date | Given) -> QuerySet[Coverage]:
    """Coverages in force on a day."""
    return Coverage.objects.filter(Q(to_day=None) | Q(to_day__gte=today), from_day__lte=today, retracted_at=None)


def anybody() -> bool:
    """Whether the agency has any record at all."""
    return Patient.objects.exists()


def narrowing(me: UUID) -> dict[str, list[tuple[UUID, str]]]:
    """Other colleagues who may lead care (`leads`, signed), and payers (`payers`), to choose from: one statement for both."""
    choices: dict[str, list[tuple[UUID, str]]] = {"leads": [], "payers": []}
    for pk, name, discipline, of in _choices():
        if pk != me:
            choices[of].append((pk, signed(name, discipline) if of == "leads" else name))
    return choices


@kept
def _choices() -> QuerySet:
    of_both = ("pk", "name", "discipline")
    return (
        Membership.objects.filter(role__in=CARE, is_active=True)
        .values_list(*of_both)
        .annotate(of=Value("leads"))
        .union(Payer.objects.values_list("pk", "name", "kind").annotate(of=Value("payers")), all=True)
        .order_by("name", "pk")
    )


def words_of(patient: Patient) -> set[str]:
    """The folded words by which a patient is found: of names and numbers, the birth date, phone numbers as digits.

    A record that others were merged into is found by their names and numbers as well.
    """
    words: set[str] = set()
    for each in (patient, *Patient.objects.filter(merged_into=patient)):
        words |= {
            *name_tokens(each.family_name, each.given_name, each.preferred_name),
            *tokens(each.mrn),
            each.birth_date.isoformat(),
        }
    words |= {*tokens(*PatientIdentifier.objects.filter(patient=patient).values_list("value", flat=True))}
    phones = ContactPoint.objects.filter(patient=patient, kind__in=(ContactPointKind.PHONE, ContactPointKind.SMS))
    for number in phones.values_list("value", flat=True):
        words |= _phone_words(number)
    return {word[:100] for word in words}


def _phone_words(number: str) -> set[str]:
    """A number is found by its digits, with or without the area code, and by the last four."""
    digits = "".join(char for char in COUNTRY.sub("", number) if char.isdigit())
    return {digits[-length:] for length in (len(digits), 7, 4) if len(digits) >= max(length, 4)}


def alike(patient: Patient) -> list[Patient]:
    """Other records that may be this person: the same names in any order and birth date, or the same number."""
    name = set(name_tokens(patient.family_name, patient.given_name))
    others = Patient.objects.exclude(pk=patient.pk).order_by("family_name", "given_name", "pk")
    found = {
        each.pk: each
        for each in others.filter(birth_date=patient.birth_date, merged_into=None)
        if set(name_tokens(each.family_name, each.given_name)) == name
    }
    elsewhere = PatientIdentifier.objects.filter(kind__in=IdentifierKind.values, value=patient.mrn).values("patient")
    for same_number in (others.filter(mrn=patient.mrn), others.filter(pk__in=elsewhere)):
        found |= {each.pk: each for each in same_number}
    return list(found.values())


def matching(rows: QuerySet[M], query: str, patient: str = "pk") -> QuerySet[M]:
    """Rows about a `patient` of whose words (names, numbers, birth date as 1956-08-03) every word of the query begins one."""
    words = asked_words(query)
    return rows.none() if query.strip() and not words else _with_words(rows, words, patient)


def _with_words(rows: QuerySet[M], words: Iterable[str | Given], patient: str) -> QuerySet[M]:
    for word in words:
        rows = rows.filter(Exists(PatientToken.objects.filter(patient=OuterRef(patient), token__prefix=word)))
    return rows


def asked_words(query: str) -> list[str]:
    """The words to look for; a birth date or the beginning of one, ISO (1956-08) or US (8/3/1956), stays one word."""
    words: list[str] = []
    for part in COUNTRY.sub("", query).split():
        if us := US_DATE.fullmatch(part):
            month, day, year = us.groups()
            words.append(f"{year}-{int(month):02d}-{int(day):02d}")
        else:
            words += [part] if ISO_DATE.fullmatch(part) else tokens(part)
    return words
