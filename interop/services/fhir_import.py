"""Taking a FHIR bundle in: the patient it is about, with the conditions it names; what else it says is in `fhir_chart`."""

import hashlib
from collections import defaultdict

from django.core.exceptions import ValidationError

from coordination.models import Condition, Patient
from coordination.rules.icd10cm import billable_code, group_example
from coordination.services.patients import patient_held, patient_index, patient_save
from interop.codecs.fhir import BundleRead, ConditionRead, FhirRefused, PatientRead, read_bundle
from interop.codecs.refusals import Refusal
from interop.codecs.snomed_icd10cm import propose
from interop.services.fhir_chart import chart_said
from interop.services.keeping import LOOK, REMOVED, Chart, Marks, keep, stays, take_back
from interop.services.reports import FileReport, Occasion

SNOMED = "http://snomed.info/sct"
PROPOSED = ("icd10cm", "text", "onset", "ended_on", "is_chronic", "source_code")
NO_END = "it is over, and the bundle does not say since when"
ENDS_EARLY = "it ends before the onset that is confirmed here"
CORRECT = "correct whichever is wrong, then import again"
MERGED = "merged here into another record, to which the rest of the file goes"


def bundle_import(text: str, *, on: Occasion) -> FileReport:
    """Store what the bundle says; all of it or, raising FhirRefused, nothing. The caller holds the transaction.

    A patient is recognised by the MRN, what else there is by its id in the source, and `keeping` says what may change. A
    condition that a person confirmed only ends, when the bundle says so; others carry a proposed ICD-10-CM code at most, and
    count for nothing until somebody confirms them.
    """
    read = read_bundle(text, today=on.today, zone=on.zone)
    report = FileReport()
    for each in read.skipped:
        report.leave(each.resource_type, "skipped", each.reason, each.remedy, each.place, each.count)
    if read.patient is None:
        report.note("file", "skipped", read.without_patient or "")
        return report
    patient, marks = _patient(read.patient, read.patient_place, report)
    report.about(patient)
    _conditions(patient, read, report)
    for said, faults in keep([Chart(patient, marks, chart_said(patient, read, report))], report, on):
        reason = f"the chart takes no such {', '.join(faults)}"
        report.leave(said.kind, "skipped", reason, " ".join(faults.values()), said.place)
    take_back(patient, read.taken_back, marks, report, on)
    Marks.write([marks])
    patient_index(patient)
    return report


def _patient(read: PatientRead, place: str, report: FileReport) -> tuple[Patient, Marks]:
    """The patient whose chart the rest of the file goes to, and what earlier imports made of the one it names."""
    known = Patient.objects.select_for_update().filter(mrn=read.mrn).first()
    if known and known.birth_date != read.birth_date:
        remedy = f"another birth date is on record for this medical record number: {CORRECT}"
        raise FhirRefused([Refusal("Patient", "birthDate", read.birth_date.isoformat(), remedy, f"{place}/birthDate")])
    said = {
        "family_name": read.family,
        "given_name": read.given,
        "birth_date": read.birth_date,
        "sex": read.sex,
        "language": read.language or "",
        "is_deceased": read.deceased,
        "deceased_on": read.deceased_on,
    } | ({} if read.needs_interpreter is None else {"needs_interpreter": read.needs_interpreter})
    patient = known or Patient(mrn=read.mrn, version=0)
    marks = Marks.of_subjects([patient.pk])[patient.pk]
    mark = marks.of(Patient, "")
    differ = [name for name, value in said.items() if getattr(patient, name) != value]
    if known and known.merged_into_id:
        report.leave("Patient", "kept", MERGED, place=place)
        return patient_held(known.merged_into_id), marks
    if known and not differ:
        report.count("Patient", "unchanged")
    elif known and (mark is None or mark.version != known.version):
        report.leave("Patient", "kept", stays(known, differ, came=mark is not None), LOOK, place)
    else:
        report.changes("Patient", read.mrn, patient.version, sorted(said.items()))
        for name, value in said.items():
            setattr(patient, name, value)
        patient.version += 1
        _save(patient, place)
        marks.set(patient, "")
        report.count("Patient", "updated" if known else "new")
    return patient, marks


def _save(patient: Patient, place: str) -> None:
    try:
        patient_save(patient)
    except ValidationError as refused:
        raise FhirRefused(
            [
                Refusal("Patient", name, "not valid", " ".join(told), place)
                for name, told in refused.message_dict.items()
            ]
        ) from None


def _conditions(patient: Patient, read: BundleRead, report: FileReport) -> None:
    known = _known(patient, read)
    new = []
    for each in read.conditions:
        row = known.get(each.source_id)
        if row and row.retracted_at:
            report.leave("Condition", "kept", REMOVED)
            continue
        is_over = each.clinical_status in ("inactive", "remission", "resolved")
        if is_over and each.abatement is None and (row is None or row.ended_on is None):
            report.leave("Condition", "skipped", NO_END, "add abatement")
        elif row is None:
            new.append(_condition(patient, each, report))
            report.changes("new", each)
        elif _took(row, each, report):
            report.changes("updated", row.pk, row.version, each)
            row.version += 1
            row.save()
            report.count("Condition", "updated")
        else:
            report.count("Condition", "unchanged")
    Condition.objects.bulk_create(new)
    if new:
        report.count("Condition", "new", len(new))


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


def _took(row: Condition, read: ConditionRead, report: FileReport) -> bool:
    """Whether the row changed: a confirmed one may only end, a proposal becomes what the bundle says now."""
    if row.confirmed_at:
        if read.abatement is None or row.ended_on is not None:
            return False
        if row.onset and read.abatement < row.onset:
            report.note("Condition", "kept", ENDS_EARLY, CORRECT)
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


def _condition(patient: Patient, read: ConditionRead, report: FileReport) -> Condition:
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


def _billable(sent: str, report: FileReport) -> str:
    """The code in the spelling of the code set; empty, with a note, where no claim could carry it."""
    if code := billable_code(sent):
        return code
    what = "is a group of codes" if group_example(sent) else "is not in ICD-10-CM"
    report.note("Condition", "skipped", f"code {sent[:20]} {what}: the condition is kept without a code")
    return ""


def _source_code(read: ConditionRead) -> str:
    """`system|code`; where that is too long to keep, a digest, so that two codes never look the same."""
    written = f"{read.system}|{read.code}"
    return written if len(written) <= 64 else hashlib.sha256(written.encode()).hexdigest()
