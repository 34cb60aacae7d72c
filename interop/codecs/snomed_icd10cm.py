"""Proposals of an ICD-10-CM code for a SNOMED CT condition, from the table beside this module.

A help for the person who codes, never a code to report: nothing here has been confirmed against a record.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Proposal:
    """A code to put before a person. What that person should look at first stands in the table's column `note`."""

    snomed: str
    icd10cm: str
    usually_chronic: bool


def propose(snomed_code: str) -> Proposal | None:
    """The proposal for a condition; None where the table proposes nothing, which says nothing about the condition."""
    return proposals().get(snomed_code)


@cache
def proposals() -> Mapping[str, Proposal]:
    """Every proposal by SNOMED CT code."""
    table = files(__package__).joinpath("snomed_icd10cm.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in table.splitlines() if not line.startswith("#"))
    return {row["snomed"]: Proposal(row["snomed"], row["icd10cm"], row["usually_chronic"] == "yes") for row in rows}
