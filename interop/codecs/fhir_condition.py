"""What a FHIR R4 Condition says, as far as it is taken."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from interop.codecs.fhir_bundle import IN_ERROR, LeftOut, Resource, TakenBack, check_subject, codes, day, source_id

SNOMED = "http://snomed.info/sct"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"

_CLINICAL = ("active", "recurrence", "relapse", "inactive", "remission", "resolved")
_VERIFICATION = ("unconfirmed", "provisional", "differential", "confirmed", "refuted", IN_ERROR)
_UNCODED = LeftOut("no diagnosis code with its code system", "add a coding with system and code")


@dataclass(frozen=True)
class ConditionRead:
    """A condition nobody has withdrawn. `code` is SNOMED CT where sent, else ICD-10-CM, else the first with a system.

    `onset` and `abatement` are local days as written; a year or month alone, an age or a text names no day: None.
    """

    source_id: str
    system: str
    code: str
    text: str
    icd10cm: str | None
    clinical_status: str | None
    onset: date | None
    abatement: date | None


def read_condition(resource: Resource, subjects: Collection[str] | None) -> ConditionRead | TakenBack | LeftOut | None:
    """The condition, or that it was an error, or why it is left out, or None if refused. `subjects` None: any subject will do."""
    if not resource.is_sound():
        return None
    body = resource.body
    clinical_status = _status(resource, "clinicalStatus", _CLINICAL)
    verification = _status(resource, "verificationStatus", _VERIFICATION)
    if verification == "refuted":
        return LeftOut("verification status is refuted")
    check_subject(resource, "subject", subjects)
    source = source_id(resource)
    if verification == IN_ERROR:
        return TakenBack(source)
    onset = day(body.get("onsetDateTime") or body.get("onsetPeriod", {}).get("start"))
    abatement = day(body.get("abatementDateTime") or body.get("abatementPeriod", {}).get("end"))
    if onset and abatement and abatement < onset:
        resource.refuse("abatement", str(abatement), "correct it or the onset: it ends before it begins")

    concept = body.get("code", {})
    codings = [coding for coding in concept.get("coding", ()) if coding.get("system") and coding.get("code")]
    if not codings:
        return _UNCODED
    by_system = {coding["system"]: coding for coding in reversed(codings)}
    coding = by_system.get(SNOMED) or by_system.get(ICD10CM) or codings[0]
    return ConditionRead(
        source_id=source,
        system=coding["system"],
        code=coding["code"],
        text=concept.get("text") or coding.get("display") or coding["code"],
        icd10cm=by_system[ICD10CM]["code"] if ICD10CM in by_system else None,
        clinical_status=clinical_status,
        onset=onset,
        abatement=abatement,
    )


def _status(resource: Resource, field: str, known: tuple[str, ...]) -> str | None:
    code = next(iter(codes(resource.body.get(field, {}))), None)
    if code and code not in known:
        resource.refuse(field, code, f"write one of {', '.join(known)}")
    return code
