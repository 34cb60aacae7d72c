"""How a FHIR R4 Patient is reached and who speaks for them: telecom, address, contact, further identifiers.

What the patient allows (messages, whether a number is safe, whether a relative may be told anything or decides) no file says.
Social security, licence and passport numbers are never taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from interop.codecs.fhir_bundle import LeftOut, Resource, codes, day

_SYSTEMS = {"phone": "phone", "sms": "sms", "email": "email"}
_USES = {"home": "home", "mobile": "mobile", "work": "work"}
_RELATIONS = {  # HL7 v3 RoleCode and v2-0131, and our word
    "SPS": "spouse",
    "HUSB": "spouse",
    "WIFE": "spouse",
    "DOMPART": "spouse",
    "SIGOTHR": "spouse",
    "PRN": "parent",
    "MTH": "parent",
    "FTH": "parent",
    "CHILD": "child",
    "SON": "child",
    "DAU": "child",
    "SIB": "sibling",
    "BRO": "sibling",
    "SIS": "sibling",
    "GUARD": "guardian",
    "HPOWATT": "power_of_attorney",
}
_OFFICES = {"E", "F", "I", "S", "O"}  # v2-0131: an employer, an agency, an insurance company, not a person
_KINDS = {"MR": "mrn", "MA": "medicaid", "MC": "other"}  # v2-0203; MC is Medicare's number
_NEVER = {"SS", "DL", "PPN", "SB", "TAX"}
_NEVER_SYSTEMS = ("http://hl7.org/fhir/sid/us-ssn",)


@dataclass(frozen=True)
class PointRead:
    kind: str
    use: str
    value: str
    rank: int


@dataclass(frozen=True)
class AddressRead:
    use: str
    lines: str
    city: str
    state: str
    postal_code: str
    from_day: date | None
    to_day: date | None


@dataclass(frozen=True)
class ProxyRead:
    name: str
    relation: str
    phone: str
    from_day: date | None
    to_day: date | None


@dataclass(frozen=True)
class IdentifierRead:
    kind: str
    value: str
    assigner: str


ReachRead = PointRead | AddressRead | ProxyRead | IdentifierRead


def read_reach(resource: Resource, mrn: str, today: date) -> Iterator[tuple[str, ReachRead | LeftOut]]:
    """(field, what it says or why it is left out) of each part of a sound Patient, in order; no part twice."""
    seen: set[ReachRead] = set()
    for field, read in (("telecom", _point), ("address", _address), ("contact", _proxy)):
        for number, each in enumerate(resource.body.get(field, ())):
            found = read(resource, f"{field}[{number}]", each, number, today)
            if isinstance(found, LeftOut) or found not in seen:
                yield f"{field}[{number}]", found
            if not isinstance(found, LeftOut):
                seen.add(found)
    for number, each in enumerate(resource.body.get("identifier", ())):
        identifier = _identifier(each, mrn)
        if isinstance(identifier, LeftOut) or (identifier and identifier not in seen):
            yield f"identifier[{number}]", identifier
        if isinstance(identifier, IdentifierRead):
            seen.add(identifier)


def _point(resource: Resource, field: str, each: dict[str, Any], number: int, today: date) -> PointRead | LeftOut:
    system, value = each.get("system", ""), _line(each.get("value"))
    if system not in _SYSTEMS:
        return LeftOut(f"{system or 'an unnamed system'} is no way to reach a patient here")
    if not value:
        return LeftOut("it has no value")
    if each.get("use") == "old" or _is_over(each, today):
        return LeftOut("it is no longer in use")
    kind = _SYSTEMS[system]
    use = "mobile" if kind == "sms" else _USES.get(each.get("use", ""), "other")
    return PointRead(kind, use, value, min(each.get("rank", number + 1), 99))


def _address(resource: Resource, field: str, each: dict[str, Any], number: int, today: date) -> AddressRead | LeftOut:
    since, until = _period(resource, field, each)
    lines = _line(", ".join(line for line in each.get("line", ()) if line)) or (
        "" if each.get("city") else _line(each.get("text"))
    )
    found = AddressRead(
        use=_USES.get(each.get("use", "home"), "other"),
        lines=lines,
        city=_line(each.get("city")),
        state=_line(each.get("state")),
        postal_code=_line(each.get("postalCode")),
        from_day=since,
        to_day=until,
    )
    if not (found.lines or found.city or found.postal_code):
        return LeftOut("it names no street, city or postal code")
    if each.get("use") == "old" and until is None:
        return LeftOut("it is no longer in use, and the bundle does not say since when", "add period.end")
    return found


def _proxy(resource: Resource, field: str, each: dict[str, Any], number: int, today: date) -> ProxyRead | LeftOut:
    since, until = _period(resource, field, each)
    held = [code for concept in each.get("relationship", ()) for code in codes(concept)]
    name = each.get("name", {})
    said = _line(" ".join(filter(None, [*name.get("given", ()), name.get("family")])) or name.get("text"))
    if not said:
        return LeftOut("it names no person", "add name with given and family")
    if _OFFICES & set(held):
        return LeftOut("an employer, agency or insurer, not a person who speaks for the patient")
    phones = [_line(way.get("value")) for way in each.get("telecom", ()) if way.get("system") in ("phone", "sms")]
    relation = next((_RELATIONS[code] for code in held if code in _RELATIONS), "other")
    return ProxyRead(said, relation, next(filter(None, phones), ""), since, until)


def _identifier(each: dict[str, Any], mrn: str) -> IdentifierRead | LeftOut | None:
    """None for the MRN itself, which is not said twice."""
    value, types = _line(each.get("value")), codes(each.get("type", {}))
    if not value or value == mrn:
        return None
    if _NEVER & set(types) or each.get("system") in _NEVER_SYSTEMS:
        return LeftOut("a social security, licence, passport or tax number: these are never taken")
    if each.get("use") == "old" or not (each.get("system") or types):
        return LeftOut("an old number, or one that nobody is named for")
    assigner = _line(each.get("assigner", {}).get("display")) or each.get("system", "")
    return IdentifierRead(next((_KINDS[code] for code in types if code in _KINDS), "other"), value, assigner[:120])


def _period(resource: Resource, field: str, each: dict[str, Any]) -> tuple[date | None, date | None]:
    since, until = day(each.get("period", {}).get("start")), day(each.get("period", {}).get("end"))
    if since and until and until < since:
        resource.refuse(f"{field}.period", str(until), "correct it: it ends before it begins")
    return since, until


def _is_over(each: dict[str, Any], today: date) -> bool:
    until = day(each.get("period", {}).get("end"))
    return until is not None and until < today


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
