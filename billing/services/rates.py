"""Bringing CMS's file of relative values in: by an operator, through the owner's connection, for every agency alike."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.forms.models import model_to_dict

from billing.models import NationalRate
from billing.rates.rvu import RvuFault, RvuFile, RvuRow

VALUES = ("status", "work", "practice_expense", "practice_expense_facility", "malpractice", "conversion_factor")


@dataclass(frozen=True, slots=True)
class RatesTaken:
    """What came of a file. `others`: rows of codes that no rule decides, or of a modifier."""

    added: int
    changed: int
    unchanged: int
    others: int
    faults: tuple[RvuFault, ...]


def rates_take(*, file: RvuFile, starts: date, codes: Collection[str]) -> RatesTaken:
    """Store what a file says of these codes from a day on; the same file again changes nothing. A faulty row is left out."""
    wanted = [row for row in file.rows if row.code in codes and not row.modifier]
    faults = [fault for fault in file.faults if fault.code in codes]
    once: dict[str, RvuRow] = {}
    for row in wanted:
        if row.code in once:
            faults.append(RvuFault(row.line, row.code, f"is in line {once[row.code].line} already"))
        else:
            once[row.code] = row
    with transaction.atomic(using="owner"):
        known = {rate.code: rate for rate in NationalRate.objects.using("owner").filter(starts=starts)}
        new, changed = [], []
        for code, row in once.items():
            said = {name: getattr(row, name) for name in VALUES} | {"source": file.title}
            if code not in known:
                new.append(NationalRate(code=code, starts=starts, **said))
            elif model_to_dict(known[code], said) != said:
                changed.append(NationalRate(pk=known[code].pk, code=code, starts=starts, **said))
        NationalRate.objects.using("owner").bulk_create(new)
        NationalRate.objects.using("owner").bulk_update(changed, [*VALUES, "source"])
    unchanged = len(once) - len(new) - len(changed)
    return RatesTaken(len(new), len(changed), unchanged, len(file.rows) - len(wanted), tuple(faults))
