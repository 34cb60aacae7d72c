"""FHIR R4 bundle text in, frozen dataclasses out: one patient and the conditions of that patient.

All or nothing: either everything taken is sound, or `FhirRefused` lists every fault with its place and its remedy; what
is not taken is counted with a reason. Not here: finding the patient among ours, and whether a code is billable.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from interop.codecs.fhir_bundle import FhirRefused, Refusal, Resource, resources
from interop.codecs.fhir_condition import ConditionRead, read_condition
from interop.codecs.fhir_patient import PatientRead, read_patient

__all__ = ["BundleRead", "ConditionRead", "FhirRefused", "PatientRead", "Refusal", "Skipped", "read_bundle"]

_NOT_TAKEN = "this type is not taken yet"
_NOT_A_RECORD = "a request to look up or delete, not a record"


@dataclass(frozen=True, order=True)
class Skipped:
    """`count` resources of one type were left out for one reason."""

    resource_type: str
    reason: str
    count: int


@dataclass(frozen=True)
class BundleRead:
    """A sound bundle: conditions in the order of the file, all of `patient`; what was left out, sorted by type."""

    patient: PatientRead | None
    conditions: tuple[ConditionRead, ...]
    skipped: tuple[Skipped, ...]

    @property
    def without_patient(self) -> str | None:
        """Why there is no patient; None if there is one."""
        if self.patient:
            return None
        held = ", ".join(f"{skipped.count} {skipped.resource_type}" for skipped in self.skipped)
        return f"the bundle holds no Patient, only {held}" if held else "the bundle holds no entry"


def read_bundle(text: str, *, today: date) -> BundleRead:
    """Read the patient and the conditions of a transaction, collection, batch or searchset bundle.

    A bundle without any Patient or Condition is read as such, `patient` being None. Nobody is
    born after `today`, the agency's day. Raises FhirRefused, nothing else.
    """
    refusals: list[Refusal] = []
    skipped: Counter[tuple[str, str]] = Counter()
    patients: list[Resource] = []
    conditions: list[Resource] = []
    for resource in resources(text, refusals):
        if resource is None:
            skipped["entry", _NOT_A_RECORD] += 1
        elif resource.kind == "Patient":
            patients.append(resource)
        elif resource.kind == "Condition":
            conditions.append(resource)
        else:
            skipped[resource.kind, _NOT_TAKEN] += 1
    _refuse_repeated([*patients, *conditions])
    for other in patients[1:]:
        other.refuse("resourceType", "Patient", f"send one patient a bundle, {patients[0].where} is the first")

    patient = read_patient(patients[0], today) if patients else None
    # With two patients the fault is told once, not again at each condition of the second.
    subjects = _references(patients[0]) if len(patients) == 1 else None if patients else ()
    read: list[ConditionRead] = []
    for resource in conditions:
        taken = read_condition(resource, subjects)
        if isinstance(taken, ConditionRead):
            read.append(taken)
        elif taken:
            skipped["Condition", taken] += 1
    if refusals:
        raise FhirRefused(refusals)
    left_out = sorted(Skipped(kind, reason, count) for (kind, reason), count in skipped.items())
    return BundleRead(patient, tuple(read), tuple(left_out))


def _refuse_repeated(taken: Iterable[Resource]) -> None:
    first: dict[str, str] = {}
    for resource in taken:
        for field, name in (("id", resource.id and f"{resource.kind}/{resource.id}"), ("fullUrl", resource.full_url)):
            if name and first.setdefault(name, resource.where) != resource.where:
                resource.refuse(field, name.rpartition("/")[2], f"send each once, {first[name]} is the same")
                break


def _references(patient: Resource) -> tuple[str, ...]:
    """How a condition of the bundle may point at its patient."""
    by_id = (f"Patient/{patient.id}", f"urn:uuid:{patient.id}") if patient.id else ()
    return (*by_id, patient.full_url) if patient.full_url else by_id
