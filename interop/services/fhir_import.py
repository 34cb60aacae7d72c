"""Taking a FHIR bundle in: the patient it is about, with the conditions it names."""

from collections import Counter
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction

from coordination.models import Condition, Patient
from coordination.services.patients import patient_save
from interop.codecs.fhir import BundleRead, ConditionRead, FhirRefused, PatientRead, Refusal, read_bundle
from interop.codecs.snomed_icd10cm import propose

SNOMED = "http://snomed.info/sct"
DEMOGRAPHICS = ("family_name", "given_name", "birth_date", "sex", "language", "is_deceased", "deceased_on")
NO_END = "it is over, and the bundle does not say since when"


@dataclass
class BundleReport:
    """What became of one bundle; `counts` has patients and conditions as new, updated or unchanged; `skipped` says why not."""

    counts: Counter[str] = field(default_factory=Counter)
    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)


@transaction.atomic
def bundle_import(text: str) -> BundleReport:
    """Store what the bundle says; all of it or, with FhirRefused, nothing. A second time nothing is doubled.

    A patient is recognised by the MRN. What a person here has confirmed is never overwritten. Imported conditions carry a
    proposed ICD-10-CM code at most, and count for nothing until somebody confirms them.
    """
    read = read_bundle(text)
    report = BundleReport(skipped=Counter({(each.resource_type, each.reason): each.count for each in read.skipped}))
    if read.patient is None:
        report.skipped["bundle", read.without_patient or ""] += 1
        return report
    _conditions(_patient(read.patient, report), read, report)
    return report


def _patient(read: PatientRead, report: BundleReport) -> Patient:
    known = Patient.objects.select_for_update().filter(mrn=read.mrn).first()
    if known and known.birth_date != read.birth_date:
        raise FhirRefused(
            [
                Refusal(
                    "Patient",
                    "birthDate",
                    read.birth_date.isoformat(),
                    "another birth date is on record for this medical record number: correct whichever is wrong, then import again",
                )
            ]
        )
    said = {
        "family_name": read.family,
        "given_name": read.given,
        "birth_date": read.birth_date,
        "sex": read.sex,
        "language": read.language or "",
        "is_deceased": read.deceased,
        "deceased_on": read.deceased_on,
    }
    if known and all(getattr(known, name) == said[name] for name in DEMOGRAPHICS):
        report.counts["patients unchanged"] += 1
        return known
    patient = known or Patient(mrn=read.mrn)
    for name, value in said.items():
        setattr(patient, name, value)
    try:
        patient_save(patient)
    except ValidationError as refused:
        raise FhirRefused(
            [Refusal("Patient", name, "", " ".join(messages)) for name, messages in refused.message_dict.items()]
        ) from None
    report.counts["patients updated" if known else "patients new"] += 1
    return patient


def _conditions(patient: Patient, read: BundleRead, report: BundleReport) -> None:
    rows = (
        Condition.objects.filter(patient=patient).exclude(source_id="").values_list("source_id", "source_code", "onset")
    )
    ids = {source_id for source_id, _, _ in rows}
    told = {(code, onset) for _, code, onset in rows}  # some systems give a condition a new id in every export
    new = []
    for each in read.conditions:
        if each.source_id in ids or (_source_code(each), each.onset) in told:
            report.counts["conditions unchanged"] += 1
        elif each.clinical_status in ("inactive", "remission", "resolved") and each.abatement is None:
            report.skipped["Condition", NO_END] += 1
        else:
            new.append(_condition(patient, each))
    Condition.objects.bulk_create(new)
    report.counts["conditions new"] += len(new)


def _condition(patient: Patient, read: ConditionRead) -> Condition:
    proposal = propose(read.code) if read.system == SNOMED and not read.icd10cm else None
    return Condition(
        patient=patient,
        icd10cm=read.icd10cm or (proposal.icd10cm if proposal else ""),
        text=read.text[:255],
        onset=read.onset,
        ended_on=read.abatement,
        is_chronic=bool(proposal and proposal.usually_chronic),
        source_id=read.source_id,
        source_code=_source_code(read),
    )


def _source_code(read: ConditionRead) -> str:
    return f"{read.system}|{read.code}"[:64]
