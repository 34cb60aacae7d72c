"""Patients of the demonstration in every program beside chronic care: each family shows a line, and a refusal with its reason."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from billing.models import ContractTerm, Rounds
from billing.services.contracts import contract_agree
from coordination.models import (
    Activity,
    CarePeriod,
    CarePeriodKind,
    Condition,
    Coverage,
    Patient,
    Payer,
    PayerKind,
    PlanKind,
    Program,
    ProgramElement,
    Sex,
    Visit,
)
from coordination.rules.durations import Duration
from coordination.rules.months import month_of
from coordination.services.conditions import condition_record
from coordination.services.enrollments import enrollment_start
from coordination.services.patients import patient_save
from coordination.services.records import record_save
from coordination.services.time_logs import time_log_record
from tenancy.models import Membership, uuid7

CONDITIONS = {
    "I50.9": "Heart failure",
    "C50.911": "Breast cancer, right",
    "F32.A": "Depression",
    "F41.1": "Anxiety",
    "F20.9": "Schizophrenia",
    "E11.9": "Type 2 diabetes",
    "I10": "High blood pressure",
}
RATES = {
    "99426": "62.00",
    "99427": "48.00",
    "99424": "82.00",
    "99425": "58.00",
    "99484": "54.00",
    "G0323": "54.00",
    "99492": "160.00",
    "99493": "145.00",
    "99494": "62.00",
    "G2214": "60.00",
    "G0556": "15.00",
    "G0557": "50.00",
    "G0558": "110.00",
    "G0568": "160.00",
    "G0569": "145.00",
    "G0570": "54.00",
    "G0019": "78.00",
    "G0022": "49.00",
    "G0023": "78.00",
    "G0024": "49.00",
    "G0140": "78.00",
    "G0146": "49.00",
    "90785": "15.00",
    "99495": "205.00",
    "99496": "278.00",
}
"""What Medicare pays in the demonstration: rates of an invented clinic, not a published fee schedule."""
EVERYTHING = {
    Program.COLLABORATIVE_CARE: ("registry", "psychiatric_review", "rating_scale"),
    Program.COMMUNITY_HEALTH: ("need_limits_treatment", "staff_trained"),
    Program.ILLNESS_NAVIGATION: ("staff_trained",),
    Program.ADVANCED_PRIMARY_CARE: ("elements_available",),
    Program.TARGETED_CASE_MANAGEMENT: ("target_group",),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A patient's part in one program; `logs` are (days before today, minutes). `lacks`: an element that nobody documented."""

    program: Program
    logs: tuple[tuple[int, int], ...] = ()
    lacks: str = ""
    track: str = ""
    for_condition: str = ""
    high_risk: bool = True
    activity: str = Activity.CARE_COORDINATION


@dataclass(frozen=True, slots=True)
class Story:
    """A patient with conditions and parts; `session`: factors of a session of psychotherapy, None where there was none."""

    given: str
    family: str
    born: date
    sex: str
    conditions: tuple[str, ...]
    parts: tuple[Part, ...]
    medicaid: bool = False
    home_health: bool = False
    session: tuple[str, ...] | None = None


STORIES = (
    Story(
        "Nora", "Beck", date(1949, 6, 3), Sex.FEMALE, ("I50.9",),
        (
            Part(Program.PRINCIPAL_CARE, ((6, 20), (3, 12)), for_condition="I50.9"),
            Part(Program.COMMUNITY_HEALTH, ((5, 25),)),
        ),
    ),
    Story(
        "Irma", "Said", date(1958, 2, 17), Sex.FEMALE, ("C50.911",),
        (
            Part(Program.ILLNESS_NAVIGATION, ((7, 35), (2, 30)), for_condition="C50.911"),
            Part(Program.PRINCIPAL_CARE, ((4, 30),), for_condition="C50.911", high_risk=False),
        ),
    ),
    Story(
        "Hugo", "Brandt", date(1981, 9, 21), Sex.MALE, ("F32.A",),
        (Part(Program.BEHAVIORAL_HEALTH, ((6, 12), (2, 10))),), session=("sentinel_event",),
    ),
    Story(
        "Ida", "Moss", date(1990, 12, 5), Sex.FEMALE, ("F41.1",),
        (Part(Program.BEHAVIORAL_HEALTH, ((5, 25),), track="own_time"),), session=("interpreter",),
    ),
    Story(
        "Ken", "Abe", date(1975, 4, 11), Sex.MALE, ("F32.A",),
        (Part(Program.COLLABORATIVE_CARE, ((8, 40), (2, 32))),),
    ),
    Story(
        "Lily", "Tran", date(1969, 8, 30), Sex.FEMALE, ("F32.A",),
        (Part(Program.COLLABORATIVE_CARE, ((8, 40), (2, 32)), lacks="rating_scale"),),
    ),
    Story(
        "Rosa", "Vidal", date(1952, 3, 27), Sex.FEMALE, ("E11.9", "I10"),
        (
            Part(Program.ADVANCED_PRIMARY_CARE),
            Part(Program.COMMUNITY_HEALTH, ((9, 30), (3, 32))),
        ),
    ),
    Story(
        "Omar", "Quill", date(1947, 10, 9), Sex.MALE, ("I10",),
        (
            Part(Program.ADVANCED_PRIMARY_CARE, lacks="elements_available"),
            Part(Program.COMMUNITY_HEALTH, ((6, 60),)),
        ),
        home_health=True,
    ),
    Story(
        "Dee", "Fox", date(1986, 1, 14), Sex.FEMALE, ("F20.9",),
        (
            Part(Program.TARGETED_CASE_MANAGEMENT, ((6, 23), (2, 9), (3, 6))),
            Part(Program.REHABILITATION, ((4, 5),)),
        ),
        medicaid=True,
    ),
    Story(
        "Gus", "Lane", date(1993, 7, 2), Sex.MALE, ("F20.9",),
        (
            Part(Program.REHABILITATION, ((5, 30), (2, 16))),
            Part(Program.TARGETED_CASE_MANAGEMENT, ((3, 15),), lacks="target_group"),
            Part(Program.HEALTH_HOME, ((7, 10),)),
        ),
        medicaid=True,
    ),
    Story(
        "Eve", "Sunde", date(1978, 5, 25), Sex.FEMALE, ("F20.9", "E11.9"),
        (
            Part(Program.HEALTH_HOME, ((6, 12),)),
            Part(Program.TARGETED_CASE_MANAGEMENT, ((4, 20),), activity=Activity.CASE_CONFERENCE),
        ),
        medicaid=True,
    ),
)  # fmt: skip


def tell(*, by: Membership, practitioner: Membership, medicare: Payer, today: date, now: datetime) -> None:
    """Make them, in the agency in context."""
    medicaid = _medicaid()
    for number, story in enumerate(STORIES, start=1):
        patient = patient_save(
            Patient(
                mrn=f"4{number:04d}",
                family_name=story.family,
                given_name=story.given,
                birth_date=story.born,
                sex=story.sex,
                language="en",
            )
        )
        Coverage.objects.create(
            patient=patient,
            payer=medicaid if story.medicaid else medicare,
            plan_kind=PlanKind.MEDICAID_FFS if story.medicaid else PlanKind.MEDICARE_B,
            member_id=f"2RB7QK{number:05d}",
            from_day=date(2024, 1, 1),
        )
        Teller(by, practitioner, patient, today, now).tell(story)


@dataclass(frozen=True, slots=True)
class Teller:
    """Writes one patient's chart as people would."""

    by: Membership
    practitioner: Membership
    patient: Patient
    today: date
    now: datetime

    def tell(self, story: Story) -> None:
        conditions = [
            condition_record(
                actor=self.by,
                record=Condition(patient=self.patient),
                icd10cm=code,
                text=CONDITIONS[code],
                is_chronic=True,
                now=self.now,
            )
            for code in story.conditions
        ]
        self._visit("99214", self._consent - timedelta(days=5))
        if story.session is not None:
            self._visit("90837", self._day(4), factors=list(story.session))
        if story.home_health:
            period = CarePeriod(patient=self.patient)
            facts = {"kind": CarePeriodKind.HOME_HEALTH_PLAN, "provider": "Plains Home Health"}
            record_save(actor=self.by, record=period, from_day=self._consent, now=self.now, **facts)
        for part in story.parts:
            self._part(part, conditions)

    @property
    def _consent(self) -> date:
        return self.today - timedelta(days=60)

    def _day(self, days_ago: int) -> date:
        return max(
            self.today - timedelta(days=days_ago), month_of(self.today)[0]
        )  # early in a month: not in the last one

    def _visit(self, code: str, on: date, **said: object) -> None:
        visit = Visit(patient=self.patient)
        record_save(actor=self.by, record=visit, on=on, code=code, practitioner=self.practitioner, now=self.now, **said)

    def _part(self, part: Part, conditions: list[Condition]) -> None:
        is_collaborative = part.program == Program.COLLABORATIVE_CARE
        said: dict[str, object] = {"track": part.track}
        if part.for_condition:
            said |= {"condition_code": part.for_condition, "condition_high_risk": part.high_risk}
        if is_collaborative:
            said["episode_began"] = month_of(self.today)[0]
        enrollment_start(
            actor=self.by,
            patient=self.patient,
            program=part.program,
            conditions=conditions,
            billing_practitioner=self.practitioner,
            consent_on=self._consent,
            consent_kind="verbal",
            initiating_visit_on=self._consent - timedelta(days=5),
            care_plan_on=self._consent,
            risk_attested_on=self._consent,
            risk_attested_by=self.practitioner,
            now=self.now,
            **said,
        )
        for element in EVERYTHING.get(part.program, ()):
            if element != part.lacks:
                record_save(
                    actor=self.by,
                    record=ProgramElement(patient=self.patient),
                    program=part.program,
                    element=element,
                    from_day=self._day(5),
                    documented_by=self.by,
                    now=self.now,
                )
        for days_ago, minutes in part.logs:
            self._log(part, self._day(days_ago), minutes)

    def _log(self, part: Part, day: date, minutes: int) -> None:
        time_log_record(
            actor=self.by,
            patient=self.patient,
            program=part.program,
            activity=part.activity,
            service_date=day,
            duration=Duration(minutes),
            note="Went through the next steps together.",
            form_key=uuid7(),
            now=min(self.now, datetime.combine(day, datetime.min.time().replace(hour=15), self.by.agency.zone)),
        )


def _medicaid() -> Payer:
    """A state's Medicaid with what it pays by the unit and the month."""
    payer = Payer.objects.create(name="Colorado Medicaid", kind=PayerKind.MEDICAID)
    targeted, by_month = Program.TARGETED_CASE_MANAGEMENT, Rounds.MONTHLY_CASE_RATE
    contract_agree(
        payer=payer,
        effective_from=date(2024, 1, 1),
        days_before_discharge=14,
        terms=[
            _term("T1017", targeted, Rounds.MIDPOINT_8, "21.50", max_units_day=16),
            _term("T2023", targeted, by_month, "210.00", activities=[Activity.CASE_CONFERENCE]),
            _term("H2017", Program.REHABILITATION, Rounds.MIDPOINT_8, "18.25", max_units_day=24),
            _term("S0280", Program.HEALTH_HOME, by_month, "165.00"),
        ],
    )
    return payer


def _term(code: str, program: str, rounding: str, rate: str, **more: object) -> ContractTerm:
    return ContractTerm(code=code, program=program, rounding=rounding, rate=Decimal(rate), **more)
