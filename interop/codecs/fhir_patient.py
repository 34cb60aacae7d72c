"""What a FHIR R4 Patient says, as far as it is taken."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast, get_args

from interop.codecs.fhir_bundle import LeftOut, Resource, codes, day
from interop.codecs.fhir_reach import ReachRead, read_reach

Sex = Literal["female", "male", "other", "unknown"]

_SEXES: tuple[Sex, ...] = get_args(Sex)
_SYNTHEA = "https://github.com/synthetichealth/synthea"
_BCP47 = "urn:ietf:bcp:47"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_INTERPRETER = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired"
_US_INTERPRETER = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-interpreter-needed"
_SNOMED_YES_NO = {"373066001": True, "373067005": False}
_NAME_ORDER = {"official": 0, "usual": 1, None: 2}
_LONGEST = {"name.family": 100, "name.given": 100, "identifier.value": 64, "communication.language": 20}


@dataclass(frozen=True)
class PatientRead:
    """The person, names as written; given names are joined by spaces.

    `source_id` recognises the person at the next import: the Synthea person number where there is one, because its
    older releases invent `Patient.id` anew on each export; else `Patient.id`; else the medical record number as `system|value`.
    `mrn` is the identifier of type MR, else `source_id`: never a social security, licence or passport number.
    `deceased` without `deceased_on` means that the source names no day; `needs_interpreter` None, that it does not say.
    `reach` has (field, place, what it says) of every telecom, address, contact and further identifier that is taken.
    """

    source_id: str
    mrn: str
    family: str
    given: str
    birth_date: date
    sex: Sex
    deceased: bool
    deceased_on: date | None
    language: str | None
    needs_interpreter: bool | None = None
    reach: tuple[tuple[str, str, ReachRead], ...] = ()


def read_patient(resource: Resource, today: date, left_out: Callable[[str, LeftOut, str], None]) -> PatientRead | None:
    """The patient; None if refused, each fault being told to the resource. What is not taken goes to `left_out`."""
    body = resource.body
    # These come before the structure, so that one reading names them together with its faults.
    if "birthDate" not in body:
        resource.refuse("birthDate", None, "add the day of birth as YYYY-MM-DD")
    if not body.get("name"):
        resource.refuse("name", None, "add a name with family and given")
    if body.get("gender") not in (None, *_SEXES):
        resource.refuse("gender", body["gender"], f"write one of {', '.join(_SEXES)}")
    if not resource.is_sound():
        return None

    birth_date = day(body.get("birthDate"))
    if "birthDate" in body and not birth_date:
        resource.refuse(
            "birthDate", body["birthDate"], "write the whole day, YYYY-MM-DD: a part does not tell people apart"
        )
    if birth_date and birth_date > today:
        resource.refuse("birthDate", str(birth_date), "correct it: it is in the future")
    names = [name for name in body.get("name", ()) if name.get("family", "").strip()]
    if body.get("name") and not names:
        resource.refuse("name", body["name"], "add the family name in name.family; name.text alone cannot be sorted")
    deceased_on = day(body.get("deceasedDateTime"))
    if birth_date and deceased_on and deceased_on < birth_date:
        resource.refuse("deceasedDateTime", str(deceased_on), "correct it or birthDate: nobody dies before birth")
    source_id, mrn = _identity(resource)
    if not source_id:
        resource.refuse(
            "id", None, "add Patient.id or an identifier of type MR, so that the next import knows the person"
        )
    language = _language(resource)
    if birth_date is None or not names:
        return None
    name = min(names, key=lambda name: _NAME_ORDER.get(name.get("use"), 3))
    given = " ".join(given for given in name.get("given", ()) if given and given.strip())
    if not given:
        resource.refuse("name.given", None, "add a given name; for a person with one name write it as both")
    _refuse_long(
        resource,
        {
            "name.family": name["family"],
            "name.given": given,
            "identifier.value": mrn,
            "communication.language": language or "",
        },
    )
    reach = []
    for field, found in read_reach(resource, mrn, today):
        kind, place = f"Patient.{field.partition('[')[0]}", resource.place_of(field)
        if isinstance(found, LeftOut):
            left_out(kind, found, place)
        else:
            reach.append((kind, place, found))
    return PatientRead(
        source_id=source_id,
        mrn=mrn,
        family=name["family"],
        given=given,
        birth_date=birth_date,
        sex=cast(Sex, body.get("gender") or "unknown"),
        deceased=bool(body.get("deceasedDateTime") or body.get("deceasedBoolean")),
        deceased_on=deceased_on,
        language=language,
        needs_interpreter=_interpreter(body),
        reach=tuple(reach),
    )


def _refuse_long(resource: Resource, written: dict[str, str]) -> None:
    for field, text in written.items():
        if len(text) > _LONGEST[field]:
            resource.refuse(field, text, f"shorten it to {_LONGEST[field]} characters")


def _identity(resource: Resource) -> tuple[str, str]:
    """`source_id` and `mrn`, as PatientRead promises; both empty if the resource names the person nowhere."""
    known = [held for held in resource.body.get("identifier", ()) if held.get("value", "").strip()]
    current = [held for held in known if held.get("use") != "old"]
    synthea = next((held["value"] for held in current if held.get("system") == _SYNTHEA), "")
    record = next((held for held in current if "MR" in codes(held.get("type", {}))), None)
    by_record = f"{record.get('system') or ''}|{record['value']}" if record else ""
    source_id = synthea or resource.id or by_record
    return source_id, record["value"] if record else source_id


def _language(resource: Resource) -> str | None:
    spoken = [
        said["language"]
        for said in sorted(resource.body.get("communication", ()), key=lambda said: not said.get("preferred"))
    ]
    codings = [coding for coding in spoken[0].get("coding", ()) if coding.get("code")] if spoken else []
    code: str | None = next(
        (coding["code"] for coding in codings if coding.get("system") == _BCP47),
        codings[0]["code"] if codings else None,
    )
    if code and not _LANGUAGE.fullmatch(code):
        resource.refuse("communication.language", code, "write a BCP 47 tag such as es or en-US")
    return code


def _interpreter(body: dict[str, Any]) -> bool | None:
    for extension in body.get("extension", ()):
        if extension.get("url") == _INTERPRETER and "valueBoolean" in extension:
            return bool(extension["valueBoolean"])
        if extension.get("url") == _US_INTERPRETER:
            return _SNOMED_YES_NO.get(extension.get("valueCoding", {}).get("code"))
    return None
