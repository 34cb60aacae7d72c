"""Writing what a payer agreed to pay: a version of a contract with its terms, each held to what must be true of it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import Contract, ContractTerm, ContractVersion, Rounds
from billing.services.decisions import rulebook
from coordination.models import Activity, Mode, Payer
from coordination.rules.procedure_codes import is_code
from coordination.services.deadlines import contracts_renew
from coordination.services.faults import Faults
from tenancy import clock
from tenancy.models import Discipline
from tenancy.writes import refusing

NUMBERS = ("unit_minutes", "first_minutes", "next_minutes")
MODIFIER = re.compile(r"[A-Z0-9]{2}")


@transaction.atomic
def contract_agree(*, payer: Payer, terms: Sequence[ContractTerm], **said: object) -> ContractVersion:
    """The first version of a contract with a payer; `said` are columns of ContractVersion.

    Raises ValidationError with every fault: of a term under its code and the name of the column.
    """
    version = ContractVersion(number=1, **said)
    refuse_terms(version, terms)
    version.contract = Contract.objects.create(payer=payer)
    with refusing(_("Another version of this contract holds on some of these days.")):
        version.save()
    for term in terms:
        term.version = version
    ContractTerm.objects.bulk_create(terms)
    contracts_renew(now=clock.now())
    return version


def refuse_terms(version: ContractVersion, terms: Sequence[ContractTerm]) -> None:
    """ValidationError where terms do not hold together, each fault under `code.column`."""
    faults: dict[str, list[str]] = defaultdict(list)
    for term in terms:
        try:
            term.clean_fields(exclude=["agency", "version"])
        except ValidationError as refused:
            for name, told in refused.message_dict.items():
                faults[f"{term.code}.{name}"] += told
            continue
        for name, sentence in term_faults(term, version):
            faults[f"{term.code}.{name}"].append(sentence)
    for code, name, sentence in _between(terms):
        faults[f"{code}.{name}"].append(sentence)
    if faults:
        raise ValidationError(dict(faults))


def term_faults(term: ContractTerm, version: ContractVersion) -> Faults:
    """What is wrong with one term, as (column, sentence)."""
    if not is_code(term.code):
        yield "code", _("“%(code)s” is no CPT or HCPCS code: write its five characters.") % {"code": term.code}
    if not term.program:
        yield from _plain_faults(term)
        return
    if term.program not in {each.program for each in rulebook().programs if each.decided_by == "contract"}:
        yield (
            "program",
            _("%(program)s is billed by its own rules, not by the contract's units: leave this empty.")
            % {"program": term.get_program_display()},
        )
    yield from _rounding_faults(term)
    yield from _modifier_faults(term, version)
    if term.max_units_day is not None and term.rounding == Rounds.MONTHLY_CASE_RATE:
        yield "max_units_day", _("A code by the month has no units of a day: leave this empty.")
    if term.min_contacts != 1 and term.rounding != Rounds.MONTHLY_CASE_RATE:
        yield "min_contacts", _("Only a code by the month asks for a number of contacts: write 1.")
    if term.line_per_encounter and term.rounding == Rounds.MONTHLY_CASE_RATE:
        yield "line_per_encounter", _("A code by the month has one line: untick this.")
    for code in term.exclusive_with:
        if code == term.code or not is_code(code):
            yield "exclusive_with", _("“%(code)s” is no other CPT or HCPCS code.") % {"code": code}


def _plain_faults(term: ContractTerm) -> Faults:
    if term.rounding:
        yield "program", _("Say for which program's time a unit of %(code)s is.") % {"code": term.code}
    data = rulebook().codes.get(term.code)
    if data is None or data.shape == "contract":
        yield (
            "program",
            _("The rules do not say what a unit of %(code)s is: say for which program's time it is, and its rounding.")
            % {"code": term.code},
        )


def _rounding_faults(term: ContractTerm) -> Faults:
    if not term.rounding:
        yield "rounding", _("Say how minutes become units of %(code)s.") % {"code": term.code}
    elif term.rounding == Rounds.CUSTOM:
        for name in ("unit_minutes", "first_minutes", "within"):
            if not getattr(term, name):
                yield name, _("A rounding of its own says this.")
        yield from _table_faults(term.table)
    else:
        for name in (*NUMBERS, "table"):
            if getattr(term, name):
                yield (
                    name,
                    _("“%(rounding)s” says this already: leave it empty, or choose a rounding of its own.")
                    % {"rounding": term.get_rounding_display()},
                )
        if term.within and term.rounding in (Rounds.MONTHLY_CASE_RATE, Rounds.DAY_MIN_60):
            yield "within", _("“%(rounding)s” says this already.") % {"rounding": term.get_rounding_display()}


def _table_faults(table: object) -> Faults:
    if not isinstance(table, list) or not all(
        isinstance(row, list) and len(row) == 3 and all(type(each) is int and each >= 0 for each in row)
        for row in table
    ):
        yield "table", _("A row of the table is three whole numbers: minutes from, minutes to, units.")
        return
    if any(first > last for first, last, _units in table) or any(
        before[1] + 1 != after[0] or before[2] >= after[2] for before, after in pairwise(table)
    ):
        yield "table", _("Rows follow each other without a gap, and each earns more units than the one before.")


def _modifier_faults(term: ContractTerm, version: ContractVersion) -> Faults:
    for name, words in (("modifier_by_mode", Mode), ("modifier_by_discipline", Discipline)):
        stated = getattr(term, name)
        if not isinstance(stated, dict) or not stated.keys() <= set(words.values):
            yield name, _("Choose from: %(words)s.") % {"words": ", ".join(words.values)}
        else:
            yield from _no_modifiers(name, stated.values())
    yield from _no_modifiers("facility_modifiers", term.facility_modifiers)
    if term.facility_modifiers and not version.rendering:
        yield "facility_modifiers", _("Say in the version whose NPI renders, the person's or the facility's.")


def _no_modifiers(name: str, stated: object) -> Faults:
    for each in stated:  # type: ignore[attr-defined]
        if not isinstance(each, str) or not MODIFIER.fullmatch(each):
            yield name, _("“%(value)s” is no modifier: two capital letters or digits.") % {"value": each}


def _between(terms: Sequence[ContractTerm]) -> Iterator[tuple[str, str, str]]:
    """Two terms that want the same time, or stand for one code."""
    taken: dict[tuple[str, str], str] = {}
    seen: set[str] = set()
    for term in terms:
        if term.code in seen:
            yield term.code, "code", _("%(code)s stands here twice.") % {"code": term.code}
        seen.add(term.code)
        if not term.program:
            continue
        for activity in term.activities if term.activities is not None else ("",):
            if other := taken.get((term.program, activity)):
                what = Activity(activity).label if activity else _("all other activities")
                yield (
                    term.code,
                    "activities",
                    _("“%(what)s” is paid by %(other)s already: name the activities of each code.")
                    % {"what": what, "other": other},
                )
            taken[term.program, activity] = term.code
