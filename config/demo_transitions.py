"""Discharges of the demonstration, one in each state, so that somebody has something to do today. Everybody in them is invented."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from coordination.models import (
    Activity,
    CareTeamMember,
    CareTeamRole,
    ContactPoint,
    ContactPointUse,
    Coverage,
    Destination,
    Direction,
    DischargeSource,
    Mode,
    Outcome,
    Patient,
    Payer,
    PlanKind,
    Program,
    Proxy,
    ProxyRelation,
    Setting,
    Sex,
    SpokenTo,
    Step,
    Transition,
    TransitionEnd,
    Visit,
)
from coordination.rules.calendars import business_days_after
from coordination.rules.durations import Duration
from coordination.selectors.transitions import clock_on, customs
from coordination.services.contacts import contact_record
from coordination.services.measuring import Said
from coordination.services.patients import patient_save
from coordination.services.records import record_save
from coordination.services.transition_steps import complexity_ask, complexity_judge, step_record
from coordination.services.transitions import (
    Discharge,
    discharge_cancelled,
    discharge_heard,
    discharge_record,
    transition_end,
)
from tenancy.clock import local_day
from tenancy.models import Membership, uuid7

FACILITY = "Plains General Hospital"


@dataclass(frozen=True, slots=True)
class Home:
    """A patient who came home; `phone` is tried first, `message`: one may be left there."""

    given: str
    family: str
    born: date
    sex: str
    phone: str
    diagnosis: tuple[str, str]
    message: bool = False
    language: str = "en"
    interpreter: bool = False
    proxy: tuple[str, str, str] | None = None  # name, relation, phone


OVERDUE = Home("Walt", "Emery", date(1946, 5, 20), Sex.MALE, "303-555-0131", ("I50.9", "Heart failure"))
DUE_TODAY = Home(
    "Luz", "Ortega", date(1951, 8, 14), Sex.FEMALE, "303-555-0142", ("J18.9", "Pneumonia"),
    message=True, language="es", interpreter=True, proxy=("Marta Ortega", ProxyRelation.CHILD, "303-555-0143"),
)  # fmt: skip
THIS_WEEK = Home("Ned", "Farrow", date(1955, 1, 9), Sex.MALE, "303-555-0151", ("J44.1", "COPD, flare"), message=True)
WAITING = Home("Gail", "Munro", date(1949, 12, 2), Sex.FEMALE, "303-555-0162", ("I21.4", "Heart attack"))
UNDECIDED = Home("Saul", "Berg", date(1943, 3, 30), Sex.MALE, "303-555-0173", ("N17.9", "Kidney injury"))
WATCHED = Home("Edith", "Crane", date(1938, 7, 11), Sex.FEMALE, "303-555-0184", ("S72.001A", "Hip fracture"))
COMPLETED = Home("Otto", "Lind", date(1960, 10, 5), Sex.MALE, "303-555-0195", ("K85.90", "Pancreatitis"))
CANCELLED = Home("June", "Holt", date(1972, 2, 18), Sex.FEMALE, "303-555-0106", ("R07.9", "Chest pain"))


def tell(*, by: Membership, clinician: Membership, medicare: Payer, now: datetime) -> None:
    """Make them, in the agency in context; `by` leads the care of all."""
    Teller(by, clinician, medicare, now).tell()


@dataclass(frozen=True, slots=True)
class Teller:
    """Writes what people would have written, each at the moment at which they would have."""

    by: Membership
    clinician: Membership
    medicare: Payer
    now: datetime

    def tell(self) -> None:
        self._discharged(self._patient(OVERDUE, 1), self._latest(lambda due: due < self._today))
        due = self._discharged(self._patient(DUE_TODAY, 2), self._latest(lambda due: due <= self._business_day))
        self._call(due, due.discharged_on + timedelta(days=1), Outcome.NO_ANSWER, "No answer on the mobile.")
        soon = self._reached(self._discharged(self._patient(THIS_WEEK, 3), self._today - timedelta(days=4)))
        self._step(soon, Step.SUMMARY_OBTAINED, 2)
        self._waiting()
        first = self._reached(self._discharged(self._patient(UNDECIDED, 5), self._today - timedelta(days=18)))
        self._visit(first, first.discharged_on + timedelta(days=5), complexity="moderate")
        self._step(first, Step.RECONCILIATION, 5)
        self._discharged(first.patient, self._today - timedelta(days=1), admitted=self._today - timedelta(days=5))
        facility = Destination.SKILLED_NURSING_FACILITY
        self._discharged(self._patient(WATCHED, 6), self._today - timedelta(days=3), destination=facility)
        self._completed()
        self._cancelled()

    def _waiting(self) -> None:
        """Seen and reconciled; how complex it was, a clinician has been asked."""
        seen = self._reached(self._discharged(self._patient(WAITING, 4), self._today - timedelta(days=9)))
        self._visit(seen, self._today - timedelta(days=3))
        self._step(seen, Step.RECONCILIATION, 6)
        at = self._at(self._today - timedelta(days=2))
        complexity_ask(actor=self.by, transition=seen, version=seen.version, of=self.clinician, now=at)

    def _completed(self) -> None:
        done = self._reached(self._discharged(self._patient(COMPLETED, 7), self._today - timedelta(days=33)))
        self._visit(done, done.discharged_on + timedelta(days=6))
        for kind, days in ((Step.SUMMARY_OBTAINED, 1), (Step.SUMMARY_REVIEWED, 2), (Step.RECONCILIATION, 6)):
            self._step(done, kind, days)
        at = self._at(done.discharged_on + timedelta(days=30))
        done = complexity_judge(
            actor=self.clinician,
            transition=done,
            version=done.version,
            complexity="high",
            judged_on=self._day(at),
            now=at,
        )
        transition_end(
            actor=self.by, transition=done, version=done.version, end_reason=TransitionEnd.COMPLETED, is_continued=True,
            ended_on=self._day(at), reason="", now=at,
        )  # fmt: skip

    def _cancelled(self) -> None:
        """The hospital told of a discharge, and took it back."""
        source = {"source": DischargeSource.ADT, "source_id": "V-2231"}
        on = self._today - timedelta(days=2)
        said = Discharge(
            on, Setting.INPATIENT_ACUTE, Destination.HOME, facility=FACILITY, diagnosis=CANCELLED.diagnosis[0]
        )
        patient, at = self._patient(CANCELLED, 8), self._at(on)
        discharge_heard(patient=patient, said=said, learned_at=at, now=at, **source)
        discharge_cancelled(now=min(self.now, at + timedelta(hours=2)), **source)

    @property
    def _zone(self) -> ZoneInfo:
        return self.by.agency.zone

    @property
    def _today(self) -> date:
        return self._day(self.now)

    @property
    def _business_day(self) -> date:
        """Today, on a weekend or holiday the next day on which somebody works."""
        holidays, day = customs(self._today, self._today).holidays, self._today
        while day.weekday() > 4 or day in holidays:
            day += timedelta(days=1)
        return day

    def _day(self, moment: datetime) -> date:
        return local_day(moment, self._zone)

    def _at(self, day: date) -> datetime:
        """In the afternoon of a day, and never later than now."""
        return min(self.now, datetime.combine(day, time(14), self._zone))

    def _latest(self, wanted: Callable[[date], bool]) -> date:
        """The last day whose discharge asks for a call by a wanted day."""
        holidays = customs(self._today - timedelta(days=20), self._today).holidays
        days = (self._today - timedelta(days=back) for back in range(20))
        return next(
            day for day in days if wanted(business_days_after(day, clock_on(day).contact_business_days, holidays)[-1])
        )

    def _patient(self, home: Home, number: int) -> Patient:
        patient = patient_save(
            Patient(
                mrn=f"5{number:04d}", family_name=home.family, given_name=home.given, birth_date=home.born, sex=home.sex,
                language=home.language, needs_interpreter=home.interpreter,
            )
        )  # fmt: skip
        Coverage.objects.create(
            patient=patient, payer=self.medicare, plan_kind=PlanKind.MEDICARE_B, member_id=f"3TT6MV{number:05d}",
            from_day=date(2024, 1, 1),
        )  # fmt: skip
        self._save(ContactPoint(patient=patient), kind="phone", use=ContactPointUse.MOBILE, value=home.phone,
                   may_leave_message=home.message)  # fmt: skip
        if home.proxy:
            name, relation, phone = home.proxy
            self._save(Proxy(patient=patient), name=name, relation=relation, phone=phone, may_be_told=True)
        since = self._today - timedelta(days=90)
        self._save(CareTeamMember(patient=patient), member=self.by, role=CareTeamRole.LEAD, from_day=since)
        self._save(
            CareTeamMember(patient=patient), member=self.clinician, role=CareTeamRole.PRIMARY_CARE, from_day=since
        )
        return patient

    def _save(self, record: ContactPoint | Proxy | CareTeamMember | Visit, **said: object) -> None:
        record_save(actor=self.by, record=record, now=self.now, **said)

    def _discharged(
        self, patient: Patient, on: date, *, destination: str = Destination.HOME, admitted: date | None = None
    ) -> Transition:
        home = next(each for each in HOMES if each.family == patient.family_name)
        said = Discharge(
            discharged_on=on,
            discharged_at=min(self.now, datetime.combine(on, time(11, 20), self._zone)),
            setting=Setting.INPATIENT_ACUTE,
            destination=destination,
            admitted_on=admitted or on - timedelta(days=4),
            facility=FACILITY,
            diagnosis=home.diagnosis[0],
            diagnosis_text=home.diagnosis[1],
        )
        at = self._at(on)
        return discharge_record(actor=self.by, patient=patient, said=said, learned_at=at, now=at)

    def _reached(self, transition: Transition) -> Transition:
        """Called and reached on the day after the discharge."""
        self._call(
            transition, transition.discharged_on + timedelta(days=1), Outcome.REACHED,
            "Feels better, has the new medicines at home; went through warning signs.",
        )  # fmt: skip
        return Transition.objects.select_related("patient").get(pk=transition.pk)

    def _call(self, transition: Transition, on: date, outcome: str, note: str) -> None:
        on = min(on, self._today)
        said = Said(
            service_date=on, duration=Duration(9 if outcome == Outcome.REACHED else 2),
            activity=Activity.CARE_COORDINATION, program=Program.TRANSITIONAL_CARE, note=note, spoken_to=SpokenTo.PATIENT,
            mode=Mode.PHONE, direction=Direction.OUT, outcome=outcome, transition=transition,
        )  # fmt: skip
        contact_record(actor=self.by, patient=transition.patient, said=said, form_key=uuid7(), now=self._at(on))

    def _visit(self, transition: Transition, on: date, complexity: str = "") -> None:
        judged = {"complexity": complexity, "complexity_judged_by": self.clinician} if complexity else {}
        self._save(Visit(patient=transition.patient), on=on, practitioner=self.clinician, **judged)

    def _step(self, transition: Transition, kind: str, days: int) -> None:
        on = transition.discharged_on + timedelta(days=days)
        step_record(
            actor=self.by, transition=transition, kind=kind, on=on, done_by=self.by, note="", now=self._at(on)
        )  # fmt: skip


HOMES = (OVERDUE, DUE_TODAY, THIS_WEEK, WAITING, UNDECIDED, WATCHED, COMPLETED, CANCELLED)
