"""What a FHIR R4 Encounter says, as far as it is taken: a visit, or a stay..

The class decides. A visit: ambulatory, virtual, at home, in the field, emergency department. A stay: inpatient (also acute and
non-acute) and observation. An emergency is a visit and never a stay; a short stay or a pre-admission is neither.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from interop.codecs.fhir_bundle import (
    IN_ERROR,
    LeftOut,
    Resource,
    TakenBack,
    agency_period,
    by_status,
    check_subject,
    source_id,
    words,
)
from interop.codecs.fhir_names import Named, Names

VISIT_CLASSES = {"AMB": True, "HH": True, "FLD": True, "EMER": True, "VR": False}
"""Each class that is a visit, and whether the two meet face to face."""
STAY_CLASSES = {"IMP": "hospital", "ACUTE": "hospital", "NONAC": "rehabilitation", "OBSENC": "observation"}
"""Each class that is a stay, and where, unless the location or the type says it better."""
FACILITIES = {
    "SNF": "snf",
    "NCCF": "nursing_facility",
    "RH": "rehabilitation",
    "RHU": "rehabilitation",
} | dict.fromkeys(("PSYCHF", "PHU"), "psychiatric")
"""HL7 v3 RoleCode of a location, and the kind of stay it makes of an inpatient encounter."""
SNF_ADMISSION = "449411000124106"  # SNOMED CT, US edition: admission to skilled nursing facility
_CODE_SYSTEMS = (
    "http://www.ama-assn.org/go/cpt",
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "urn:oid:2.16.840.1.113883.6.12",
    "urn:oid:2.16.840.1.113883.6.285",
)
_PROCEDURE = re.compile(r"[A-Z0-9]{5}")
_HAPPENED = ("finished", "in-progress", "arrived", "triaged", "onleave")
_LONGEST_NOTE = 500


@dataclass(frozen=True)
class VisitRead:
    """A visit on the agency's day; `code` is CPT or HCPCS if the type is so coded; `by` is whom the patient saw."""

    source_id: str
    on: date
    code: str
    is_face_to_face: bool
    by: Named
    note: str


@dataclass(frozen=True)
class StayRead:
    """A stay on the agency's days, the last included; `to_day` None while it lasts."""

    source_id: str
    kind: str
    facility: str
    from_day: date
    to_day: date | None
    note: str


def read_encounter(
    resource: Resource, subjects: Collection[str] | None, names: Names, zone: tzinfo, today: date
) -> VisitRead | StayRead | TakenBack | LeftOut | None:
    """The visit or stay, or that it was an error, or why it is left out, or None if refused."""
    if not resource.is_sound():
        return None
    body = resource.body
    check_subject(resource, "subject", subjects)
    source = source_id(resource)
    start, end = agency_period(resource, zone)
    if body["status"] == IN_ERROR:
        return TakenBack(source)
    if body["status"] not in _HAPPENED:
        return by_status(body["status"], ": it did not take place, or not yet")
    kind = body["class"].get("code", "")
    if kind not in VISIT_CLASSES and kind not in STAY_CLASSES:
        return LeftOut(f"class {kind[:20] or 'without a code'} is neither a visit nor a stay here")
    if start is None:
        return LeftOut("it names no day on which it began", "add period.start as a whole day")
    if start > today:
        return LeftOut("it begins in the future", "import it again once it has taken place")
    said = "; ".join(filter(None, (words(each) for each in body.get("type", ()))))
    if kind in VISIT_CLASSES:
        note = f"Emergency department. {said}" if kind == "EMER" else said
        by = _seen(body, names)
        return VisitRead(source, start, _procedure(body), VISIT_CLASSES[kind], by, note[:_LONGEST_NOTE])
    if end is None and body["status"] == "finished":
        return LeftOut("it is over, and the bundle does not say since when", "add period.end")
    where = [names.of(each["location"], body.get("contained", ())) for each in body.get("location", ())]
    provider = names.of(body.get("serviceProvider"), body.get("contained", ()))
    facility = next((place.name for place in [*where, provider] if place.name), "")
    stays_in = STAY_CLASSES[kind] if kind == "OBSENC" else _facility_kind(body, where) or STAY_CLASSES[kind]
    return StayRead(source, stays_in, facility, start, end, said[:_LONGEST_NOTE])


def _seen(body: dict[str, Any], names: Names) -> Named:
    """The practitioner, one with an NPI before others; the organization where none is named."""
    contained = body.get("contained", ())
    people = [names.of(each.get("individual"), contained) for each in body.get("participant", ())]
    named = [each for each in people if each.name and each.kind != "RelatedPerson"]
    return next(
        (each for each in named if each.npi), named[0] if named else names.of(body.get("serviceProvider"), contained)
    )


def _procedure(body: dict[str, Any]) -> str:
    for concept in body.get("type", ()):
        for coding in concept.get("coding", ()):
            code = coding.get("code") or ""
            if coding.get("system") in _CODE_SYSTEMS and _PROCEDURE.fullmatch(code):
                return str(code)
    return ""


def _facility_kind(body: dict[str, Any], where: list[Named]) -> str:
    for place in where:
        if known := sorted(place.type_codes & FACILITIES.keys()):
            return FACILITIES[known[0]]
    coded = [coding.get("code") for concept in body.get("type", ()) for coding in concept.get("coding", ())]
    return "snf" if SNF_ADMISSION in coded else ""
