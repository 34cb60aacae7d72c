"""Taking a FHIR bundle in: the patient it is about, with the conditions it names."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction

from coordination.models import Condition, Patient
from coordination.rules.icd10cm import billable_code, group_example
from coordination.services.patients import patient_save
from interop.codecs.fhir import BundleRead, ConditionRead, FhirRefused, PatientRead, Refusal, read_bundle
from interop.codecs.snomed_icd10cm import propose

SNOMED = "http://snomed.info/sct"
DEMOGRAPHICS = ("family_name", "given_name", "birth_date", "sex", "language", "is_deceased", "deceased_on")
PROPOSED = ("icd10cm", "text", "onset", "ended_on", "is_chronic", "source_code")
NO_END = "it is over, and the bundle does not say since when"
ENDS_EARLY = "it ends before the onset that is confirmed here: correct whichever is wrong, then import again"


@dataclass
class BundleReport:
    """What became of one bundle; `counts` has patients and conditions as new, updated or unchanged; `skipped` says why not."""

    counts: Counter[str] = field(default_factory=Counter)
    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)


def bundle_import(text: str, *, today: date) -> BundleReport:
    """Store what the bundle says; all of it or, with FhirRefused, nothing. A second time nothing is doubled.

    A patient is recognised by the MRN. What a person here has confirmed is never overwritten, save that a condition ends
    when the bundle says so. Imported conditions carry a proposed ICD-10-CM code at most, and count for nothing until
    somebody confirms them.
    """
    read = read_bundle(text, today=today)
    try:
        with transaction.atomic():
            return _store(read)
    except (DataError, IntegrityError) as broken:
        told = getattr(broken.__cause__, "diag", None)
        rule = (told and (told.constraint_name or told.message_primary)) or type(broken).__name__
        remedy = "it breaks a rule of the database: report this file and this line to who runs the product"
        raise FhirRefused([Refusal("file", "content", rule, remedy)]) from None


def _store(read: BundleRead) -> BundleReport:
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
            [Refusal("Patient", name, "not valid", " ".join(told)) for name, told in refused.message_dict.items()]
        ) from None
    report.counts["patients updated" if known else "patients new"] += 1
    return patient


def _conditions(patient: Patient, read: BundleRead, report: BundleReport) -> None:
    known = _known(patient, read)
    new = []
    for each in read.conditions:
        row = known.get(each.source_id)
        is_over = each.clinical_status in ("inactive", "remission", "resolved")
        if is_over and each.abatement is None and (row is None or row.ended_on is None):
            report.skipped["Condition", NO_END] += 1
        elif row is None:
            new.append(_condition(patient, each, report))
        elif _took(row, each, report):
            row.save()
            report.counts["conditions updated"] += 1
        else:
            report.counts["conditions unchanged"] += 1
    Condition.objects.bulk_create(new)
    if new:
        report.counts["conditions new"] += len(new)


def _known(patient: Patient, read: BundleRead) -> dict[str, Condition]:
    """The row of each condition of the bundle that is on record, by the id in the bundle.

    Some systems give a condition a new id in every export: where the id is unknown, code and onset tell it.
    """
    rows = Condition.objects.select_for_update().filter(patient=patient).exclude(source_id="").order_by("pk")
    sent = {each.source_id for each in read.conditions}
    known = {row.source_id: row for row in rows if row.source_id in sent}
    others = defaultdict(list)
    for row in rows:
        if row.source_id not in sent:
            others[row.source_code, row.onset].append(row)
    for each in read.conditions:
        if each.source_id not in known and (same := others[_source_code(each), each.onset]):
            known[each.source_id] = same.pop(0)
    return known


def _took(row: Condition, read: ConditionRead, report: BundleReport) -> bool:
    """Whether the row changed: a confirmed one may only end, a proposal becomes what the bundle says now."""
    if row.confirmed_at:
        if read.abatement is None or row.ended_on is not None:
            return False
        if row.onset and read.abatement < row.onset:
            report.skipped["Condition", ENDS_EARLY] += 1
            return False
        row.ended_on = read.abatement
        return True
    proposed = _condition(row.patient, read, report)
    if read.abatement is None and read.clinical_status in ("inactive", "remission", "resolved"):
        proposed.ended_on = row.ended_on
    if all(getattr(row, name) == getattr(proposed, name) for name in PROPOSED):
        return False
    for name in PROPOSED:
        setattr(row, name, getattr(proposed, name))
    return True


def _condition(patient: Patient, read: ConditionRead, report: BundleReport) -> Condition:
    proposal = propose(read.code) if read.system == SNOMED and not read.icd10cm else None
    return Condition(
        patient=patient,
        icd10cm=_billable(read.icd10cm, report) if read.icd10cm else proposal.icd10cm if proposal else "",
        text=read.text[:255],
        onset=read.onset,
        ended_on=read.abatement,
        is_chronic=bool(proposal and proposal.usually_chronic),
        source_id=read.source_id,
        source_code=_source_code(read),
    )


def _billable(sent: str, report: BundleReport) -> str:
    """The code in the spelling of the code set; empty, with a note, where no claim could carry it."""
    if code := billable_code(sent):
        return code
    what = "is a group of codes" if group_example(sent) else "is not in ICD-10-CM"
    report.skipped["ICD-10-CM code", f"{sent[:20]} {what}: the condition is kept without a code"] += 1
    return ""


def _source_code(read: ConditionRead) -> str:
    """`system|code`; where that is too long to keep, a digest, so that two codes never look the same."""
    written = f"{read.system}|{read.code}"
    return written if len(written) <= 64 else hashlib.sha256(written.encode()).hexdigest()
