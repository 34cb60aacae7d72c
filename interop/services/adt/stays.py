"""A stay from its messages: folded anew whenever one comes, matched with its patient, told to coordination.

What is stored follows from the messages and from what people decided, not from the order in which they came.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import connection

from coordination.models import Destination, DischargeSource, Patient, TransitionState
from coordination.selectors.transitions import of_source
from coordination.services.readmissions import readmission_heard, readmission_withdrawn
from coordination.services.transitions import Discharge, discharge_cancelled, discharge_heard
from interop.codecs.adt import AdtFacts
from interop.codecs.adt_fold import ADMITS, State, StayFacts, fold
from interop.codecs.discharges import Outcome, Verdict, setting_of, verdict
from interop.codecs.hl7_time import Moment
from interop.models import AdtMessage, AdtSource, AdtStay, CodeKind, LocalCode, Question
from interop.services.adt.chart import chart_stay
from interop.services.adt.kept import as_json, message_facts
from interop.services.adt.patients import number_to_keep, patient_of, with_merged
from tenancy.context import current_agency

ABOUT_THE_KIND = ("class_unknown", "outpatient_overnight")


def stay_heard(source: AdtSource, message: AdtMessage, facts: AdtFacts, now: datetime) -> AdtStay:
    """A message about a stay came: make the stay what all its messages say."""
    stay = _held(source, stay_key(source, facts))
    message.stay = stay
    message.save(update_fields=["stay"])
    return stay_renew(stay, now)


def stay_renew(stay: AdtStay, now: datetime) -> AdtStay:
    """Fold the stay anew, and tell coordination what it comes to; the caller holds its row. Safe to repeat."""
    source = stay.source
    said = list(
        AdtMessage.objects.filter(stay=stay, facts__isnull=False).values_list("facts", "received_at").order_by("pk")
    )
    facts = fold(message_facts(each) for kept, _ in said for each in kept)
    numbers = with_merged(source, facts.identifiers)
    days = tuple(day_of(each, source.zone) for each in (facts.admitted, facts.discharged))
    classes, dispositions = local_codes(source)
    found = verdict(facts, facility=source.facility_kind, days=days, classes=classes, dispositions=dispositions)
    stay.facts = as_json(facts)
    stay.family_name, stay.given_name, stay.birth_date = facts.family, facts.given, facts.born
    stay.state, stay.outcome, stay.reason, stay.status = facts.state, found.outcome, found.reason, found.status
    stay.admitted_on, stay.discharged_on = days
    stay.heard_at = min((at for kept, at in said if _tells_of_discharge(kept)), default=None)
    if stay.linked_by_id is None:
        stay.patient = patient_of(source, numbers, facts.born)
    setting, _why = setting_of(facts, facility=source.facility_kind, days=days, classes=classes)
    _tell_discharge(stay, facts, found, now)
    _tell_admission(stay, facts, setting, now)
    chart_stay(stay, facts, stay.decided_setting or setting, now)
    stay.question = _question(stay, found)
    if stay.question and stay.heard_at is None:
        stay.heard_at = now
    stay.version += 1
    stay.save()
    return stay


def hold_source(source: AdtSource, *, alone: bool) -> None:
    """Until the transaction ends: a merge of numbers is `alone`, so that no message beside it is matched without knowing of it."""
    take = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {take}(%s)", [source.pk.int % 2**63])


def stay_key(source: AdtSource, facts: AdtFacts) -> str:
    """By which messages of one stay know each other: the visit number; without one, the patient's number and the day of admission.

    Without either, a message tells of a stay of that day alone.
    """
    if facts.visit:
        return f"visit {facts.visit}"
    value, assigner = number_to_keep(source, facts.identifiers) or ("", "")
    begins = facts.admitted or (facts.happened if facts.event in ADMITS else None)
    day = day_of(begins, source.zone) if begins else f"of {day_of(facts.happened, source.zone)}"
    return f"patient {value} of {assigner}, {day}"


def stays_of_number(source: AdtSource, value: str, assigner: str) -> list[AdtStay]:
    """The stays of a source in which this number stands, held in the order of their keys."""
    named = AdtStay.objects.select_for_update(of=("self",)).select_related("source").filter(source=source)
    inside = [{"value": value, **({"assigner": assigner} if assigner else {})}]
    return list(named.filter(facts__identifiers__contains=inside).order_by("pk"))


def local_codes(source: AdtSource) -> tuple[dict[str, str], dict[str, str]]:
    """What the source's own codes mean: of classes by the code in capitals, of dispositions without regard to case."""
    classes, dispositions = {}, {}
    for kind, code, means in LocalCode.objects.filter(source=source).values_list("kind", "code", "means"):
        if kind == CodeKind.PATIENT_CLASS:
            classes[code.upper()] = means
        else:
            dispositions[code] = means
    return classes, dispositions


def day_of(moment: Moment | None, zone: ZoneInfo) -> date | None:
    return moment.at.astimezone(zone).date() if moment else None


def _held(source: AdtSource, key: str) -> AdtStay:
    AdtStay.objects.bulk_create([AdtStay(source=source, key=key)], ignore_conflicts=True)
    return AdtStay.objects.select_for_update(of=("self",)).select_related("source").get(source=source, key=key)


def _tells_of_discharge(kept: list[dict]) -> bool:
    return any(each["event"] == "A03" or (each["event"] == "A08" and each.get("discharged")) for each in kept)


def _tell_discharge(stay: AdtStay, facts: StayFacts, found: Verdict, now: datetime) -> None:
    """One transition for a discharge of a patient of ours that may begin care; none where there is none any more."""
    setting = stay.decided_setting or found.setting
    destination = stay.decided_destination or found.destination or Destination.UNKNOWN
    stands = (
        stay.patient is not None
        and stay.set_aside_at is None
        and facts.discharged is not None
        and facts.state == State.DISCHARGED
        and bool(setting)
        and (found.outcome != Outcome.NO or bool(stay.decided_setting))
    )
    told_as = f"{stay.pk}:{stay.patient_id}" if stands else ""
    if stay.told_as and stay.told_as != told_as:
        discharge_cancelled(source=DischargeSource.ADT, source_id=stay.told_as, now=now)
        stay.told_as, stay.told = "", {}
    stay.refusal = ""
    if not stands:
        return
    assert facts.discharged is not None and stay.patient is not None  # noqa: PT018 - what `stands` says
    zone = stay.source.zone if facts.discharged.is_day else current_agency().zone
    diagnosis = next((each for each in facts.diagnoses if each.code), None)
    said = Discharge(
        discharged_on=facts.discharged.at.astimezone(zone).date(),
        setting=setting,
        destination=destination,
        discharged_at=None if facts.discharged.is_day else facts.discharged.at,
        admitted_on=day_of(facts.admitted, zone),
        facility=facts.facility or stay.source.name,
        diagnosis=diagnosis.code if diagnosis and len(diagnosis.code) <= 8 else "",
        diagnosis_text=diagnosis.text if diagnosis else "",
    )
    told = {name: str(getattr(said, name)) for name in Discharge.__slots__}
    if stay.told_as == told_as and (
        stay.told == told or (_same_discharge(stay.told, told) and _cancelled_here(told_as))
    ):
        return
    try:
        discharge_heard(
            patient=stay.patient,
            said=said,
            source=DischargeSource.ADT,
            source_id=told_as,
            learned_at=stay.heard_at or now,
            now=now,
        )
    except ValidationError as refused:
        stay.refusal = " ".join(refused.messages)[:300]
    else:
        stay.told_as, stay.told = told_as, told


def _same_discharge(before: dict[str, str], after: dict[str, str]) -> bool:
    return all(before.get(name) == after[name] for name in ("discharged_on", "setting", "destination"))


def _cancelled_here(told_as: str) -> bool:
    """Whether a person cancelled what the source still says: another diagnosis does not bring it back, another day does."""
    found = of_source(DischargeSource.ADT, told_as)
    return found is not None and found.state == TransitionState.CANCELLED


def _tell_admission(stay: AdtStay, facts: StayFacts, setting: str, now: datetime) -> None:
    """A patient of ours who is within the days after an earlier discharge is in a hospital again, or is not after all."""
    counts = stay.patient is not None and stay.set_aside_at is None and bool(setting) and facts.state != State.CANCELLED
    day = day_of(facts.admitted, current_agency().zone) if counts and facts.admitted else None
    before = (
        Patient.objects.filter(adt_stays=stay.pk).first() if stay.readmitted_as else None
    )  # as stored: whom it was told of
    if before and stay.readmitted_as and (stay.readmitted_as != day or before != stay.patient):
        readmission_withdrawn(patient=before, admitted_on=stay.readmitted_as, now=now)
        stay.readmitted_as = None
    if day and stay.patient and stay.readmitted_as is None:
        is_one = readmission_heard(patient=stay.patient, admitted_on=day, but_of=stay.told_as, now=now)
        stay.readmitted_as = day if is_one else None


def _question(stay: AdtStay, found: Verdict) -> str:
    """What a person is asked, most urgent first; of a stay that comes to nothing nobody is asked."""
    if stay.set_aside_at or found.outcome == Outcome.NO:
        return ""
    if stay.patient is None:
        return Question.PATIENT
    if stay.refusal:
        return Question.REFUSED
    if found.reason in ABOUT_THE_KIND:
        return "" if stay.decided_setting else Question.KIND
    return Question.DESTINATION if found.outcome == Outcome.REVIEW and not stay.decided_destination else ""
