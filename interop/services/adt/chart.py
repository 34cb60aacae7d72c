"""The stay on the patient's chart: days in a hospital count no minutes, whoever knows of them.

A row that a person changed or took back here stays as it is, as with imports (docs/import.md).
"""

from datetime import datetime

from django.core.exceptions import ValidationError

from coordination.models import Stay, StayKind
from coordination.services.records import record_save, record_withdraw
from interop.codecs.adt_fold import State, StayFacts
from interop.models import AdtStay
from tenancy.context import current_agency

KINDS = {
    "inpatient_acute": StayKind.HOSPITAL,
    "inpatient_psychiatric": StayKind.PSYCHIATRIC,
    "inpatient_rehabilitation": StayKind.REHABILITATION,
    "long_term_care_hospital": StayKind.REHABILITATION,
    "skilled_nursing_facility": StayKind.SNF,
    "hospital_observation": StayKind.OBSERVATION,
}
"""Of the settings in which a patient spends nights."""
TAKEN_BACK = "the hospital took it back"


def chart_stay(stay: AdtStay, facts: StayFacts, setting: str, now: datetime) -> None:
    """Make the chart's row what the hospital says of the stay; take it back where there was none."""
    kind, patient, zone = KINDS.get(setting), stay.patient, current_agency().zone
    row = Stay.objects.filter(pk=stay.charted_as, retracted_at=None).first() if stay.charted_as else None
    if stay.charted_as and (row is None or row.version != stay.charted_version):
        return
    stands = patient and kind and facts.admitted and facts.state != State.CANCELLED and not stay.set_aside_at
    if row and not (stands and row.patient_id == stay.patient_id):
        record_withdraw(actor=None, record=row, version=row.version, because=TAKEN_BACK, now=now)
        row, stay.charted_as, stay.charted_version = None, None, None
    if not (stands and patient and facts.admitted):
        return
    record = row or Stay(patient=patient, source_id=f"adt:{stay.pk}:{stay.version}")
    ends = facts.discharged.at.astimezone(zone).date() if facts.discharged else None
    said = {"kind": kind, "facility": facts.facility or stay.source.name, "to_day": ends}
    said["from_day"] = facts.admitted.at.astimezone(zone).date()
    try:
        saved = record_save(actor=None, record=record, version=record.version, now=now, **said)
    except ValidationError:
        return  # days that cannot be: the question about the discharge tells of them
    stay.charted_as, stay.charted_version = saved.pk, saved.version
