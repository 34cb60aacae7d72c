"""The envelope of a FHIR R4 bundle: its text to resources of sound structure, and the refusals on the way.

Knows JSON, bundles and the shape of resources; what a patient or a condition says is read in `fhir`.
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any, NoReturn

from fhir.resources.R4B.careplan import CarePlan
from fhir.resources.R4B.careteam import CareTeam
from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.coverage import Coverage
from fhir.resources.R4B.encounter import Encounter
from fhir.resources.R4B.patient import Patient
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from interop.codecs.refusals import Refusal, Refused, printable, shown

_MODELS: dict[str, type[BaseModel]] = {
    "Patient": Patient,
    "Condition": Condition,
    "Coverage": Coverage,
    "Encounter": Encounter,
    "CareTeam": CareTeam,
    "CarePlan": CarePlan,
}
_BUNDLE_TYPES = ("transaction", "collection", "batch", "searchset")
_LOOKUPS = ("GET", "HEAD", "DELETE")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_URL = re.compile(r"[!-~]{1,255}")
_TYPE = re.compile(r"[A-Za-z]{1,64}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # FHIR strings may hold none, and PostgreSQL stores no NUL
LONGEST_ID = 128  # characters of a source id that we store

_ANY_OF_R4 = "write it as FHIR R4 defines this field"
_A_DATE = "write a day that exists, as YYYY-MM-DD; a time after it needs its offset from UTC"
_REMEDIES = {
    "missing": "add this field, FHIR R4 requires it",
    "model_field_validation.missing": "add this field, FHIR R4 requires it",
    "extra_forbidden": "remove it, FHIR R4 has no such field here",
    "list_type": "write a list",
    "string_type": "write text in quotes",
    "string_pattern_mismatch": "write text without the characters FHIR R4 forbids here, and not empty",
    "string_unicode": "write text in valid Unicode",
    "json_invalid": "write an object",
    "model_validation_format": "write an object",
}


class FhirRefused(Refused):
    """The bundle was not read."""


@dataclass(frozen=True)
class LeftOut:
    """Why a sound resource is not taken, and what could be done about it; the file's other resources are."""

    reason: str
    remedy: str = ""


@dataclass(frozen=True)
class Resource:
    """One resource of the bundle, its place in the file, and the list its faults go to."""

    where: str
    kind: str
    full_url: str
    body: dict[str, Any]
    refusals: list[Refusal]
    place: str = ""

    @property
    def id(self) -> str:
        """The resource's id if well formed, else the empty string."""
        return _well_formed_id(self.body.get("id"))

    def refuse(self, field: str, value: Any, remedy: str) -> None:
        self.refusals.append(
            Refusal(self.where, printable(field, 80), shown(field, value), remedy, self.place_of(field))
        )

    def place_of(self, field: str) -> str:
        """A JSON pointer to `field` ("name[0].family"), or to the nearest thing around it that the body has."""
        return self.place + _pointer(self.body, field)

    def is_sound(self) -> bool:
        """Whether structure and JSON types are FHIR R4's, so that the body can be read without looking again."""
        try:
            kept, errors = _validated(self.kind, self.body)
        except Exception:  # bare errors: KeyError for a contained resource of unknown type, UnicodeEncodeError
            self.refuse("resource", self.body, "export it as FHIR R4; this one cannot be understood")
            return False
        for error in errors:
            kind = error["type"]
            remedy = _A_DATE if "date" in kind or "Date" in error["msg"] else _REMEDIES.get(kind, _ANY_OF_R4)
            self.refuse(_path(error["loc"]), None if kind.endswith("missing") else error["input"], remedy)
        if kept is None:
            return False
        faults = list(_misread(self.body, kept, ""))
        for field, value, remedy in faults:
            self.refuse(field, value, remedy)
        if "id" in self.body and not self.id:  # the models know the signs of an id, not its length
            self.refuse("id", self.body["id"], "write at most 64 letters, digits, hyphens and dots")
        for field in ("modifierExtension", "implicitRules"):
            # FHIR forbids reading a resource whose meaning is changed by something the reader does not know.
            if self.body.get(field):
                self.refuse(field, self.body[field], "export without it, it may change the meaning of the rest")
        return not faults


def resources(text: str, refusals: list[Refusal]) -> Iterator[Resource | None]:
    """The resources of the bundle in the order of the file; None for an entry that only looks up or deletes.

    An entry that is no resource goes to `refusals`; text that is no readable bundle raises `FhirRefused`.
    """
    for number, entry in enumerate(_entries(_parsed(text))):
        where, place = f"entry[{number}]", f"/entry/{number}"
        if not isinstance(entry, dict):
            refusals.append(Refusal(where, "entry", shown("", entry), "write an object that holds a resource", place))
            continue
        request, body, full_url = entry.get("request"), entry.get("resource"), entry.get("fullUrl")
        method = request.get("method") if isinstance(request, dict) else None
        if method == "DELETE" or (body is None and method in _LOOKUPS):
            yield None
            continue
        kind = body.get("resourceType") if isinstance(body, dict) else None
        if not isinstance(body, dict):
            refusals.append(Refusal(where, "resource", shown("", body), "write an object with its resourceType", place))
        elif not (isinstance(kind, str) and _TYPE.fullmatch(kind)):
            remedy = "name the FHIR R4 type"
            refusals.append(Refusal(f"{where}.resource", "resourceType", shown("", kind), remedy, f"{place}/resource"))
        elif full_url is not None and not (isinstance(full_url, str) and _URL.fullmatch(full_url)):
            remedy = "write an address such as urn:uuid:..."
            refusals.append(Refusal(where, "fullUrl", shown("", full_url), remedy, f"{place}/fullUrl"))
        else:
            named = f"{kind}/{_well_formed_id(body.get('id'))}".removesuffix("/")
            yield Resource(f"{where}.resource {named}", kind, full_url or "", body, refusals, f"{place}/resource")


def codes(concept: dict[str, Any]) -> list[str]:
    """The codes of a CodeableConcept of a sound resource."""
    return [coding["code"] for coding in concept.get("coding", ()) if coding.get("code")]


def day(written: str | None) -> date | None:
    """The local day as written in a sound resource, whatever the offset; None if only a year or month is given."""
    return date.fromisoformat(written[:10]) if written and len(written) >= len("YYYY-MM-DD") else None


def source_id(resource: Resource) -> str:
    """By what the next import recognises a sound resource; refused without."""
    found = resource.id or resource.full_url
    if not found:
        resource.refuse("id", None, f"add {resource.kind}.id, so that the next import knows it")
    if len(found) > LONGEST_ID:
        remedy = f"add {resource.kind}.id, or an address of at most {LONGEST_ID} characters"
        resource.refuse("fullUrl", found, remedy)
    return found


def check_subject(resource: Resource, field: str, subjects: Collection[str] | None) -> None:
    """Refuse a sound resource whose `field` names another patient than the bundle's. `subjects` None: any will do."""
    named = resource.body.get(field, {}).get("reference", "").partition("/_history/")[0]
    if subjects is not None and named not in subjects:
        remedy = f"point at the Patient of this bundle, or send this {resource.kind} with its own"
        resource.refuse(f"{field}.reference", named, remedy)


def agency_day(written: str | None, zone: tzinfo) -> date | None:
    """The day in `zone` of an instant, the day itself of a date; None if only a year or month is given."""
    if not written or len(written) < len("YYYY-MM-DD"):
        return None
    if len(written) == len("YYYY-MM-DD"):
        return date.fromisoformat(written)
    try:
        instant = datetime.fromisoformat(written)
        return instant.astimezone(zone).date() if instant.tzinfo else instant.date()
    except (ValueError, OverflowError):  # a leap second; an instant at the edge of the calendar
        return day(written)


def agency_period(resource: Resource, zone: tzinfo, since: str | None = None) -> tuple[date | None, date | None]:
    """First and last day of the resource's period (`since`, where it names no first); one that ends before it begins is refused."""
    period = resource.body.get("period", {})
    start, end = agency_day(period.get("start") or since, zone), agency_day(period.get("end"), zone)
    if start and end and end < start:
        resource.refuse("period.end", str(end), "correct it or the start: it ends before it begins")
    return start, end


IN_ERROR = "entered-in-error"


@dataclass(frozen=True)
class TakenBack:
    """The source says that this was entered in error."""

    source_id: str


def by_status(status: str, more: str = "") -> LeftOut:
    """Left out because of its status."""
    taken_back = "if an earlier file brought it, take it back on the patient's page"
    return LeftOut(f"status is {status}{more}", taken_back if status == IN_ERROR else "")


def words(concept: dict[str, Any]) -> str:
    """What a CodeableConcept of a sound resource says in words."""
    shown = [coding.get("display") or "" for coding in concept.get("coding", ())]
    return next((text.strip() for text in (concept.get("text") or "", *shown) if text.strip()), "")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_unrepeated, parse_constant=_no_constant)
    except json.JSONDecodeError as fault:
        remedy = "send one bundle as FHIR JSON, neither XML nor one resource a line"
        _refuse(f"line {fault.lineno}, column {fault.colno}", "JSON", f"not readable ({fault.msg})", remedy)
    except (ValueError, RecursionError):  # a number of thousands of digits, NaN, lists nested without end
        _refuse("file", "JSON", "beyond what FHIR allows", "export again: numbers and nesting must be ordinary")


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object without its nulls, which say nothing in FHIR; refused if a name comes twice, not the last one kept."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            _refuse("file", printable(name, 80), "written twice in one object", "keep the right one of the two")
        found[name] = value
    return {name: value for name, value in found.items() if value is not None}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _entries(bundle: Any) -> list[Any]:
    kind = bundle.get("resourceType") if isinstance(bundle, dict) else None
    if not isinstance(bundle, dict) or kind != "Bundle":
        remedy = 'wrap the resources: {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": ...}]}'
        _refuse("file", "resourceType", shown("", kind), remedy)
    if bundle.get("type") not in _BUNDLE_TYPES:
        _refuse("Bundle", "type", shown("", bundle.get("type")), f"send one of {', '.join(_BUNDLE_TYPES)}")
    links = bundle.get("link")
    if isinstance(links, list) and any(isinstance(link, dict) and link.get("relation") == "next" for link in links):
        _refuse("Bundle", "link", '"next"', "this is one page of several: put the entries of all pages in one bundle")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        _refuse("Bundle", "entry", shown("", entries), "write a list of entries")
    return entries


def _validated(kind: str, body: dict[str, Any]) -> tuple[BaseModel | None, list[ErrorDetails]]:
    """The body as the models understand it, or what they object to."""
    try:
        return _MODELS[kind].model_validate(body), []
    except ValidationError as failure:
        return None, failure.errors(include_url=False, include_context=False)


def _misread(raw: Any, kept: Any, field: str) -> Iterator[tuple[str, Any, str]]:
    """Field, value and remedy of what the models accept though FHIR does not.

    They read the number 0 as 1970-01-01, "yes" as true and text holding JSON as an object.
    """
    if isinstance(kept, BaseModel) and isinstance(raw, dict):
        for name, value in raw.items():
            read = getattr(kept, name, getattr(kept, f"{name}_fhir", None))  # Python's own words: class, for
            yield from _misread(value, read, f"{field}.{name}".lstrip("."))
    elif isinstance(kept, list) and isinstance(raw, list):
        for number, (value, item) in enumerate(zip(raw, kept, strict=True)):
            yield from _misread(value, item, f"{field}[{number}]")
    elif isinstance(kept, bool):
        if not isinstance(raw, bool):
            yield field, raw, "write true or false without quotes"
    elif isinstance(kept, (BaseModel, list)):
        yield field, raw, "write an object or a list, not text"
    elif isinstance(kept, (str, bytes, date, time)):
        if not isinstance(raw, str):
            yield field, raw, "write text in quotes"
        elif _CONTROL.search(raw):
            yield field, raw, "remove the control characters"
    elif isinstance(kept, (int, float, Decimal)) and not isinstance(raw, (int, float)):
        yield field, raw, "write a number without quotes"


def _refuse(where: str, field: str, value: str, remedy: str) -> NoReturn:
    raise FhirRefused([Refusal(where, field, value, remedy)]) from None


def _well_formed_id(value: Any) -> str:
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def _pointer(body: Any, field: str) -> str:
    """The steps of `field` ("name[0].family") that the body has, as a JSON pointer below it."""
    found = ""
    for step in re.findall(r"[^.\[\]]+", field):
        if isinstance(body, dict) and step in body:
            body = body[step]
        elif isinstance(body, list) and step.isascii() and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        else:
            break
        found += "/" + step.replace("~", "~0").replace("/", "~1")
    return found


def _path(loc: tuple[int | str, ...]) -> str:
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc if step != "root")
    return steps.lstrip(".") or "resource"
