"""FHIR R4 bundle text in, frozen dataclasses out: one patient, and what the bundle says of that patient's care.

All or nothing: either everything taken is sound, or `FhirRefused` lists every fault with its place and its remedy; what
is not taken is counted with a reason. Not here: finding the patient among ours, and whether a code is billable.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo

from interop.codecs.fhir_bundle import FhirRefused, LeftOut, Resource, TakenBack, resources
from interop.codecs.fhir_care import PlaceRead, PlanRead, read_care_plan, read_care_team
from interop.codecs.fhir_condition import ConditionRead, read_condition
from interop.codecs.fhir_coverage import CoverageRead, read_coverage
from interop.codecs.fhir_encounter import StayRead, VisitRead, read_encounter
from interop.codecs.fhir_names import KINDS as NAMED
from interop.codecs.fhir_names import Names
from interop.codecs.fhir_patient import PatientRead, read_patient
from interop.codecs.refusals import Refusal

__all__ = [
    "BundleRead",
    "ConditionRead",
    "CoverageRead",
    "Fact",
    "FhirRefused",
    "PatientRead",
    "PlaceRead",
    "PlanRead",
    "Refusal",
    "Skipped",
    "StayRead",
    "TakenBack",
    "VisitRead",
    "read_bundle",
]

Fact = CoverageRead | VisitRead | StayRead | PlaceRead | PlanRead
TAKEN = ("Patient", "Condition", "Coverage", "Encounter", "CareTeam", "CarePlan")
_NOT_TAKEN = LeftOut("this type is not taken yet")
_ONLY_NAMES = LeftOut("only names are read from it, where another resource points at it")
_NOT_A_RECORD = LeftOut("a request to look up or delete, not a record")


@dataclass(frozen=True, order=True)
class Skipped:
    """`count` resources of one type were left out for one reason; `place` points at the first of them."""

    resource_type: str
    reason: str
    count: int
    remedy: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True)
class BundleRead:
    """A sound bundle: everything in the order of the file, all of `patient`; what was left out, sorted by type.

    `facts` has (resource type, place, what it says), `taken_back` what the source says was an error. `patient_place` points at the
    patient.
    """

    patient: PatientRead | None
    conditions: tuple[ConditionRead, ...]
    skipped: tuple[Skipped, ...]
    facts: tuple[tuple[str, str, Fact], ...] = ()
    patient_place: str = ""
    taken_back: tuple[tuple[str, str, TakenBack], ...] = ()

    @property
    def without_patient(self) -> str | None:
        """Why there is no patient; None if there is one."""
        if self.patient:
            return None
        held = ", ".join(f"{skipped.count} {skipped.resource_type}" for skipped in self.skipped)
        return f"the bundle holds no Patient, only {held}" if held else "the bundle holds no entry"


class _LeftOver:
    """Counts what is left out, and remembers where the first of each kind stands."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, LeftOut]] = Counter()
        self.first: dict[tuple[str, LeftOut], str] = {}

    def __call__(self, kind: str, why: LeftOut, place: str) -> None:
        self.counts[kind, why] += 1
        self.first.setdefault((kind, why), place)

    def told(self) -> tuple[Skipped, ...]:
        return tuple(
            sorted(
                Skipped(kind, why.reason, count, why.remedy, self.first[kind, why])
                for (kind, why), count in self.counts.items()
            )
        )


def read_bundle(text: str, *, today: date, zone: tzinfo = UTC) -> BundleRead:
    """Read a transaction, collection, batch or searchset bundle of one patient.

    A bundle without any Patient is read as such, `patient` being None. Nobody is born after `today`, the agency's day;
    instants become days in `zone`, the agency's. Raises FhirRefused, nothing else.
    """
    refusals: list[Refusal] = []
    left_out = _LeftOver()
    taken: list[Resource] = []
    named: list[Resource] = []
    for resource in resources(text, refusals):
        if resource is None:
            left_out("entry", _NOT_A_RECORD, "")
        elif resource.kind in TAKEN:
            taken.append(resource)
        else:
            if resource.kind in NAMED:
                named.append(resource)
            left_out(resource.kind, _ONLY_NAMES if resource.kind in NAMED else _NOT_TAKEN, resource.place)
    _refuse_repeated(taken)
    patients = [each for each in taken if each.kind == "Patient"]
    for other in patients[1:]:
        other.refuse("resourceType", "Patient", f"send one patient a bundle, {patients[0].where} is the first")

    patient = read_patient(patients[0], today, left_out) if patients else None
    # With two patients the fault is told once, not again at each resource of the second.
    subjects = _references(patients[0]) if len(patients) == 1 else None if patients else ()
    conditions: list[ConditionRead] = []
    facts: list[tuple[str, str, Fact]] = []
    taken_back: list[tuple[str, str, TakenBack]] = []
    read = _readers(subjects, Names(named), zone, today)
    for resource in taken:
        if resource.kind == "Patient":
            continue
        found = read[resource.kind](resource)
        for each in found if isinstance(found, list) else [found]:
            if isinstance(each, LeftOut):
                left_out(resource.kind, each, resource.place)
            elif isinstance(each, ConditionRead):
                conditions.append(each)
            elif isinstance(each, TakenBack):
                taken_back.append((resource.kind, resource.place, each))
            elif each is not None:
                facts.append((resource.kind, resource.place, each))
    if refusals:
        raise FhirRefused(refusals)
    place = patients[0].place if patients else ""
    return BundleRead(patient, tuple(conditions), left_out.told(), tuple(facts), place, tuple(taken_back))


Found = ConditionRead | Fact | TakenBack | LeftOut | None


def _readers(
    subjects: Collection[str] | None, names: Names, zone: tzinfo, today: date
) -> dict[str, Callable[[Resource], Found | list[PlaceRead | LeftOut]]]:
    return {
        "Condition": lambda resource: read_condition(resource, subjects),
        "Coverage": lambda resource: read_coverage(resource, subjects, names, zone),
        "Encounter": lambda resource: read_encounter(resource, subjects, names, zone, today),
        "CareTeam": lambda resource: read_care_team(resource, subjects, names, zone),
        "CarePlan": lambda resource: read_care_plan(resource, subjects, zone),
    }


def _refuse_repeated(taken: Iterable[Resource]) -> None:
    first: dict[str, str] = {}
    for resource in taken:
        for told, name in (("id", resource.id and f"{resource.kind}/{resource.id}"), ("fullUrl", resource.full_url)):
            if name and first.setdefault(name, resource.where) != resource.where:
                resource.refuse(told, name.rpartition("/")[2], f"send each once, {first[name]} is the same")
                break


def _references(patient: Resource) -> tuple[str, ...]:
    """How a resource of the bundle may point at its patient."""
    by_id = (f"Patient/{patient.id}", f"urn:uuid:{patient.id}") if patient.id else ()
    return (*by_id, patient.full_url) if patient.full_url else by_id
