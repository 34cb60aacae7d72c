"""Whether a discharge begins care after it: from which kind of stay, and where to."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

from interop.codecs.adt_fold import State, StayFacts


class Outcome(StrEnum):
    """What becomes of a stay."""

    CANDIDATE = "candidate"
    WATCH = "watch"
    REVIEW = "review"
    NO = "no"


@dataclass(frozen=True)
class Status:
    """One patient status of the UB-04 form."""

    code: str
    outcome: Outcome
    destination: str
    valid_from: date | None
    label: str


@dataclass(frozen=True)
class Verdict:
    """What becomes of a stay, and why (`reason` is an id). `status` is the UB-04 code that decided, "" where none did."""

    outcome: Outcome
    reason: str
    setting: str = ""
    destination: str = ""
    status: str = ""


Days = tuple[date | None, date | None]
"""Of admission and discharge, on the source's clock."""

SETTINGS = {
    "hospital": "inpatient_acute",
    "psychiatric": "inpatient_psychiatric",
    "rehabilitation": "inpatient_rehabilitation",
    "long_term_hospital": "long_term_care_hospital",
    "snf": "skilled_nursing_facility",
    "partial_hospitalization": "partial_hospitalization",
}
"""What an inpatient of each kind of facility stayed in, in the rulebook's words."""

CLASSES = {
    **dict.fromkeys(("I", "IMP", "ACUTE", "NONAC", "B"), "inpatient"),
    **dict.fromkeys(("OBS", "OBSENC", "OV", "V"), "observation"),
    **dict.fromkeys(("E", "EMER"), "emergency"),
    **dict.fromkeys(("O", "AMB"), "outpatient"),
    **dict.fromkeys(("R",), "recurring"),
    **dict.fromkeys(("P", "PRENC", "N", "C"), "none"),
}
"""PV1-2 (HL7 table 0004 and the codes of version 3) to what it means here. An agency can say otherwise of its sources."""

MEANINGS = ("inpatient", "observation", "emergency", "outpatient", "recurring", "none")


def verdict(
    stay: StayFacts,
    *,
    facility: str,
    days: Days,
    classes: Mapping[str, str],
    dispositions: Mapping[str, str],
) -> Verdict:
    """`facility` is a kind of SETTINGS; `days` those of admission and discharge on the source's clock; the maps say what
    the source's own codes mean: a class of MEANINGS, a disposition of `statuses()`."""
    if stay.state == State.CANCELLED:
        return Verdict(Outcome.NO, "admission_cancelled")
    if stay.state == State.IN:
        return Verdict(Outcome.NO, "discharge_withdrawn" if stay.was_withdrawn else "not_discharged")
    setting, why = setting_of(stay, facility=facility, days=days, classes=classes)
    if not setting:
        return Verdict(Outcome.REVIEW if why in ("class_unknown", "outpatient_overnight") else Outcome.NO, why)
    if stay.died:
        return Verdict(Outcome.NO, "died", setting)
    code = dispositions.get(stay.disposition.casefold()) or _padded(stay.disposition)
    status = statuses().get(code)
    if not stay.disposition:
        return Verdict(Outcome.REVIEW, "disposition_missing", setting)
    if status is None:
        return Verdict(Outcome.REVIEW, "disposition_unknown", setting)
    return Verdict(status.outcome, f"status_{status.outcome}", setting, status.destination, status.code)


@cache
def statuses() -> Mapping[str, Status]:
    """Every patient status by its code, from the table beside this module."""
    table = files(__package__).joinpath("discharge_status.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in table.splitlines() if not line.startswith("#"))
    return {
        row["code"]: Status(
            row["code"],
            Outcome(row["outcome"]),
            row["destination"],
            date.fromisoformat(row["from"]) if row["from"] else None,
            row["label"],
        )
        for row in rows
    }


def setting_of(stay: StayFacts, *, facility: str, days: Days, classes: Mapping[str, str]) -> tuple[str, str]:
    """The rulebook's word for where the patient stays, or "" and why there is none."""
    meaning = classes.get(stay.patient_class) or CLASSES.get(stay.patient_class, "")
    if meaning == "inpatient":
        return SETTINGS[facility], ""
    if meaning == "observation":
        return "hospital_observation", ""
    if meaning in ("outpatient", "recurring"):
        if facility == "partial_hospitalization":
            return SETTINGS[facility], ""
        admitted, discharged = days
        if meaning == "outpatient" and admitted and discharged and admitted < discharged:
            # Many hospitals register observation as outpatient: a night says that somebody should look.
            return "", "outpatient_overnight"
        return "", "outpatient"
    return "", {"emergency": "emergency", "none": "no_stay"}.get(meaning, "class_unknown")


def _padded(code: str) -> str:
    return code.zfill(2) if code.isdecimal() else code
