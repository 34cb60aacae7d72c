"""Whose stay is it? Decided by numbers with their assigners, never by a name; a name and a birth date only suggest."""

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from coordination.models import IdentifierKind, Patient, PatientIdentifier
from coordination.rules.names import name_tokens
from coordination.selectors.patients import matching
from interop.codecs.adt import Identifier
from interop.models import AdtMerge, AdtSource

SUGGESTED_AT_MOST = 6


def assigner_of(source: AdtSource, identifier: Identifier) -> str:
    """Who assigns a number; the source itself where its message does not say."""
    return identifier.assigner or source.name


def with_merged(source: AdtSource, identifiers: Collection[Identifier]) -> tuple[Identifier, ...]:
    """These numbers, and all that the source said to be the same person's."""
    found = {(each.value, each.assigner): each for each in identifiers}
    ahead = set(found)
    while ahead:
        values = {value for value, _ in ahead}
        pairs = [
            *AdtMerge.objects.filter(source=source, ended__in=values),
            *AdtMerge.objects.filter(source=source, stays__in=values),
        ]
        ahead = set()
        for pair in pairs:
            ends, stays = (pair.ended, pair.ended_assigner), (pair.stays, pair.stays_assigner)
            if ends in found or stays in found:
                for key in (ends, stays):
                    if key not in found:
                        found[key] = Identifier(*key)
                        ahead.add(key)
    return tuple(found.values())


def patient_of(source: AdtSource, identifiers: Collection[Identifier], born: date | None) -> Patient | None:
    """The one patient here whom these numbers mean; None where it is nobody, or where they do not agree on one.

    A number that the hospital assigns means a patient where it stands on the chart with that assigner. One that is our MRN means
    the patient where the source says that its assigner's numbers are ours, or where the birth date is the same. Another birth date
    is another person.
    """
    if not identifiers:
        return None
    found: dict[UUID, Patient] = {}
    values = {each.value for each in identifiers}
    elsewhere = {(each.value, assigner_of(source, each).casefold()) for each in identifiers}
    for known in PatientIdentifier.objects.select_related("patient").filter(
        kind__in=IdentifierKind.values, value__in=values
    ):
        if (known.value, known.assigner.casefold()) in elsewhere:
            found[known.patient_id] = known.patient
    ours = source.our_assigner.casefold()
    certain = {each.value for each in identifiers if ours and each.assigner.casefold() == ours}
    for patient in Patient.objects.filter(mrn__in=values):
        if patient.mrn in certain or (not ours and born == patient.birth_date):
            found[patient.pk] = patient
    standing = {each.pk: each for each in map(_standing, found.values())}
    agreed = [each for each in standing.values() if born is None or each.birth_date == born]
    return agreed[0] if len(agreed) == 1 == len(standing) else None


def suggestions(
    source: AdtSource, identifiers: Collection[Identifier], family: str, given: str, born: date | None
) -> list[tuple[Patient, list[str]]]:
    """Patients who may be the one that is meant, the likeliest first, each with what agrees: number, name, birth_date."""
    values = {each.value for each in identifiers}
    numbered = {
        *PatientIdentifier.objects.filter(kind__in=IdentifierKind.values, value__in=values).values_list(
            "patient", flat=True
        ),
        *Patient.objects.filter(mrn__in=values).values_list("pk", flat=True),
    }
    named = set(name_tokens(family, given))
    likely = Patient.objects.filter(merged_into=None).order_by("family_name", "given_name", "pk")
    found: dict[UUID, Patient] = {each.pk: each for each in likely.filter(pk__in=numbered)}
    if born:
        found |= {each.pk: each for each in likely.filter(birth_date=born)[:50] if named & _names(each)}
    if named:
        found |= {each.pk: each for each in matching(likely, " ".join(sorted(named)))[:SUGGESTED_AT_MOST]}
    told = []
    for each in found.values():
        agrees = ["number"] if each.pk in numbered else []
        agrees += ["name"] if named and named == _names(each) else []
        agrees += ["birth_date"] if born == each.birth_date else []
        told.append((each, agrees))
    told.sort(key=lambda one: -len(one[1]))
    return told[:SUGGESTED_AT_MOST]


def _names(patient: Patient) -> set[str]:
    return set(name_tokens(patient.family_name, patient.given_name))


def _standing(patient: Patient) -> Patient:
    """The kept record of one that was merged."""
    while patient.merged_into_id:
        patient = Patient.objects.get(pk=patient.merged_into_id)
    return patient


def number_to_keep(source: AdtSource, identifiers: Iterable[Identifier]) -> tuple[str, str] | None:
    """Of a source's numbers the one by which its patient is known again, with its assigner."""
    ordered = sorted(identifiers, key=lambda each: each.kind != "MR")
    return next(((each.value, assigner_of(source, each)) for each in ordered), None)
