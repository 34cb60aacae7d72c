"""What FHIR R4 CareTeam and CarePlan say, as far as they are taken."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from interop.codecs.fhir_bundle import (
    IN_ERROR,
    LONGEST_ID,
    LeftOut,
    Resource,
    TakenBack,
    agency_day,
    agency_period,
    by_status,
    check_subject,
    source_id,
    words,
)
from interop.codecs.fhir_names import Names

ROLES = {
    "446050000": "primary_care",  # primary care provider
    "453231000124104": "primary_care",  # primary care provider, US edition
    "62247001": "primary_care",  # general practitioner
    "17561000": "specialist",  # cardiologist
    "80584001": "behavioral_health",  # psychiatrist
    "59944000": "behavioral_health",  # psychologist
    "46255001": "pharmacist",
    "768820003": "coordinator",  # care coordinator
    "133932002": "family",  # caregiver
    "125677006": "family",  # relative
}
"""SNOMED CT code of a role, and our word. Nobody becomes a lead coordinator by an import."""
_PERSON_ENDS = "its place is over, and the bundle does not say since when"
_PLAN_STATUS = ("active", "on-hold", "completed", "revoked")
_LONGEST_TITLE, _LONGEST_TEXT = 200, 8000


@dataclass(frozen=True)
class PlaceRead:
    """Somebody's place in the care team, by name; outside the agency as far as the file knows."""

    source_id: str
    name: str
    organization: str
    role: str
    from_day: date
    to_day: date | None
    note: str


@dataclass(frozen=True)
class PlanRead:
    """A plan of care; `text` says what it is about and what it plans, a line each."""

    source_id: str
    title: str
    text: str
    from_day: date
    to_day: date | None


def read_care_team(
    resource: Resource, subjects: Collection[str] | None, names: Names, zone: tzinfo
) -> list[PlaceRead | LeftOut] | TakenBack | LeftOut | None:
    """Its places in order, each taken or not, or that the whole was an error, or why it is left out, or None if refused."""
    if not resource.is_sound():
        return None
    body = resource.body
    check_subject(resource, "subject", subjects)
    source = source_id(resource)
    status = body.get("status", "active")
    if status == IN_ERROR:
        return TakenBack(source)
    if status not in ("active", "inactive", "suspended"):
        return by_status(status)
    if not body.get("participant"):
        return LeftOut("it names nobody")
    return list(_places(resource, source, status, names, zone))


def _places(resource: Resource, source: str, status: str, names: Names, zone: tzinfo) -> Iterator[PlaceRead | LeftOut]:
    body = resource.body
    used: set[str] = set()
    for number, each in enumerate(body["participant"]):
        who = names.of(each.get("member"), body.get("contained", ()))
        period = {**body.get("period", {}), **each.get("period", {})}
        start, end = agency_day(period.get("start"), zone), agency_day(period.get("end"), zone)
        if start and end and end < start:
            resource.refuse(f"participant[{number}].period", str(end), "correct it: it ends before it begins")
            continue
        concepts = each.get("role", ())
        role = next((ROLES[code] for code in _coded(concepts) if code in ROLES), "")
        said = next(filter(None, map(words, concepts)), "")
        if who.kind == "Patient":
            yield LeftOut("the patient, who is no place in their own care team")
        elif not who.name:
            yield LeftOut("it names nobody", "add member.display, or the person with their name")
        elif start is None:
            yield LeftOut("it does not say since when", "add a period with its start as a whole day")
        elif status != "active" and end is None:
            yield LeftOut(_PERSON_ENDS, "add a period with its end")
        else:
            key = _key(source, each.get("member", {}).get("reference") or who.name, said, used)
            role = role or ("family" if who.kind == "RelatedPerson" else "other")
            organization = names.of(each.get("onBehalfOf"), body.get("contained", ())).name
            note = f"the role is kept as Other: “{said[:60]}” is none of ours" if role == "other" and said else ""
            yield PlaceRead(key, who.name, organization, role, start, end, note)


def _coded(concepts: Any) -> Iterator[str]:
    for concept in concepts:
        for coding in concept.get("coding", ()):
            yield coding.get("code") or ""


def _key(source: str, who: str, role: str, used: set[str]) -> str:
    """Participants have no id: who it is, and as what, tells them; twice the same, the order in the file does."""
    written = key = f"{source}/{hashlib.sha256(f'{who}|{role}'.encode()).hexdigest()[:16]}"
    while key in used:
        key = f"{written}.{len(used)}"
    used.add(key)
    return key if len(key) <= LONGEST_ID else hashlib.sha256(key.encode()).hexdigest()


def read_care_plan(resource: Resource, subjects: Collection[str] | None, zone: tzinfo) -> PlanRead | LeftOut | None:
    """The plan, or why it is left out, or None if refused."""
    if not resource.is_sound():
        return None
    body = resource.body
    check_subject(resource, "subject", subjects)
    source = source_id(resource)
    start, end = agency_period(resource, zone, since=body.get("created"))
    if body["status"] not in _PLAN_STATUS:
        return by_status(body["status"])
    if body["intent"] not in ("plan", "order"):
        return LeftOut(f"intent is {body['intent']}: nobody has agreed to it yet")
    if start is None:
        return LeftOut("it does not say since when", "add period.start as a whole day")
    if body["status"] in ("completed", "revoked") and end is None:
        return LeftOut("it is over, and the bundle does not say since when", "add period.end")
    title = body.get("title", "").strip() or next(filter(None, map(words, body.get("category", ()))), "") or "Care plan"
    return PlanRead(source, title[:_LONGEST_TITLE], _text(body)[:_LONGEST_TEXT], start, end)


def _text(body: dict[str, Any]) -> str:
    lines = [body.get("description", "").strip()]
    about = [each["display"].strip() for each in body.get("addresses", ()) if each.get("display")]
    lines += [f"About: {', '.join(about)}"] if about else []
    for activity in body.get("activity", ()):
        detail = activity.get("detail", {})
        said = detail.get("description", "").strip() or words(detail.get("code", {}))
        said = said or activity.get("reference", {}).get("display", "").strip()
        lines += [f"- {said} ({detail['status']})" if detail.get("status") else f"- {said}"] if said else []
    return "\n".join(filter(None, lines))
