"""A tiny demonstration: two agencies at work, so that no page is empty on the first day. Everybody in it is invented."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.management.base import CommandError

from billing.models import Contract, ContractTerm, ContractVersion
from config import demo_programs, demo_transitions
from coordination.models import (
    Activity,
    CareTeamMember,
    CareTeamRole,
    Condition,
    Contact,
    Coverage,
    NotePhrase,
    Patient,
    Payer,
    PayerKind,
    PlanKind,
    Program,
    Sex,
    TimeLog,
)
from coordination.rules.durations import Duration
from coordination.rules.months import month_of
from coordination.services.conditions import condition_record
from coordination.services.enrollments import enrollment_start
from coordination.services.patients import patient_save
from coordination.services.time_logs import time_log_record
from tenancy.clock import local_day
from tenancy.context import agency_context, reason
from tenancy.models import LICENSED, Agency, AgencyType, Discipline, Licence, Membership, Site, Team, User, uuid7
from tenancy.roles import CARE as CARE_ROLES
from tenancy.roles import Role
from tenancy.services.places import holidays_fill

PASSWORD = "minutes-accounted-for"  # noqa: S105 - a demonstration's, printed at every start
CODES = {
    "E11.9": "Type 2 diabetes",
    "I10": "High blood pressure",
    "J44.9": "Chronic lung disease (COPD)",
    "E78.5": "High cholesterol",
    "M17.11": "Arthritis of the right knee",
}


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    role: str
    discipline: str
    npi: str = ""

    def email(self, agency: str) -> str:
        return f"{self.name.split()[0].lower()}@{agency}.example"

    @property
    def title(self) -> str:
        """The role in words; the front desk is named, because the product treats its minutes differently."""
        desk = f" ({Discipline.FRONT_DESK.label.lower()})" if self.discipline == Discipline.FRONT_DESK else ""
        return f"{Role(self.role).label}{desk}"


@dataclass(frozen=True, slots=True)
class Case:
    """A patient; `logs` are (days before today, minutes, who, activity). No conditions: not enrolled."""

    given: str
    family: str
    born: date
    sex: str
    conditions: tuple[str, ...] = ()
    logs: tuple[tuple[int, int, int, str], ...] = ()
    consent_days_ago: int = 60


@dataclass(frozen=True, slots=True)
class Place:
    slug: str
    name: str
    zone: str
    state: str
    sites: tuple[str, ...]
    teams: tuple[str, ...]
    people: tuple[Person, ...]
    cases: tuple[Case, ...]
    every_program: bool = False  # with the patients of demo_programs and demo_transitions as well
    twice: tuple[str, str] | None = None  # families of two patients to whom the first person gave the same minutes


TERMS = (
    ("99490", "65.00", 1),
    ("99439", "50.00", 2),
    ("99487", "135.00", 1),
    ("99489", "75.00", None),
    ("99491", "90.00", 1),
    ("99437", "65.00", None),
    ("G0506", "65.00", 1),
)
PHRASES = {
    "refill": "Refill requested; pharmacy and dose confirmed.",
    "teach-back": "Explained the plan; the patient said it back in their own words.",
    "no answer": "No answer; left a message without details. Will try again tomorrow.",
}
CARE, PHONE = Activity.CARE_COORDINATION, Activity.SCHEDULING
PLACES = (
    Place(
        "riverbend",
        "Riverbend Health",
        "America/Denver",
        "CO",
        ("Main street", "Westside"),
        ("Diabetes", "Heart and lung"),
        (
            Person("Dana Reyes", Role.COORDINATOR, Discipline.RN),
            Person("Noor Haddad", Role.ADMIN, Discipline.NONE),
            Person("Sam Whitfield", Role.COORDINATOR, Discipline.FRONT_DESK),
            Person("Ama Osei", "", Discipline.MD, "1234567893"),
            Person("Priya Nair", Role.SUPERVISOR, Discipline.RN),
            Person("Lena Fisk", Role.CLINICIAN, Discipline.NP, "1679576722"),
            Person("Bea Lind", Role.BILLER, Discipline.NONE),
            Person("Ray Moss", Role.PRIVACY_OFFICER, Discipline.NONE),
            Person("Vi Tran", Role.READ_ONLY, Discipline.NONE),
        ),
        (
            Case(
                "Maria",
                "Lopez",
                date(1957, 3, 8),
                Sex.FEMALE,
                ("E11.9", "I10"),
                ((9, 12, 0, CARE), (4, 7, 2, PHONE), (2, 11, 0, CARE)),
            ),
            Case(
                "Theo",
                "Park",
                date(1951, 4, 2),
                Sex.MALE,
                ("J44.9", "I10", "E78.5"),
                ((6, 12, 0, CARE), (1, 7, 0, CARE)),
            ),
            Case(
                "Ana",
                "Ruiz",
                date(1948, 11, 30),
                Sex.FEMALE,
                ("E11.9", "E78.5"),
                ((5, 15, 0, CARE),),
                consent_days_ago=3,
            ),
            Case(
                "Bill", "Okafor", date(1963, 7, 19), Sex.MALE, ("M17.11", "I10"), ((8, 25, 0, CARE), (3, 18, 0, CARE))
            ),
            Case("Sun-hee", "Kim", date(1990, 1, 12), Sex.FEMALE),
        ),
        every_program=True,
        twice=("Okafor", "Ruiz"),
    ),
    Place(
        "harbor",
        "Harbor Partners",
        "America/New_York",
        "NY",
        ("Pier 4",),
        ("Harbor team",),
        (
            Person("Jo Bell", Role.COORDINATOR, Discipline.LCSW),
            Person("Remy Cole", Role.ADMIN, Discipline.NONE),
            Person("Ines Varga", "", Discipline.NP, "1245319599"),
            Person("Sol Meyer", Role.SUPERVISOR, Discipline.LCSW),
            Person("Kai Ito", Role.CLINICIAN, Discipline.MD, "1366554875"),
            Person("Bo Lang", Role.BILLER, Discipline.NONE),
            Person("Pat Quinn", Role.PRIVACY_OFFICER, Discipline.NONE),
            Person("Lou Abel", Role.READ_ONLY, Discipline.NONE),
        ),
        (
            Case("Walter", "Finch", date(1944, 9, 14), Sex.MALE, ("J44.9", "E78.5"), ((3, 20, 0, CARE),)),
            Case("Grace", "Adeyemi", date(1969, 2, 27), Sex.FEMALE, ("E11.9", "I10"), ((4, 9, 0, CARE),)),
        ),
    ),
)


def logins() -> list[tuple[str, str, str]]:
    """(e-mail, what they are, agency) of everybody in the demonstration who signs in; all have PASSWORD."""
    return [
        (person.email(place.slug), person.title, place.name)
        for place in PLACES
        for person in place.people
        if person.role
    ]


def refuse_production() -> None:
    """The demonstration's people have a published password."""
    if settings.SETTINGS_MODULE.endswith(".prod"):
        raise CommandError(
            "the demonstration has people with a published password and never runs under production settings"
        )


def seed(now: datetime) -> bool:
    """Make the demonstration once; False when agencies exist already. Refuses production."""
    refuse_production()
    if Agency.objects.exists():
        return False
    for place in PLACES:
        agency = Agency.objects.using("owner").create(
            slug=place.slug, name=place.name, time_zone=place.zone, agency_type=AgencyType.PHYSICIAN_PRACTICE
        )
        with reason(command="seed_demo"), agency_context(agency):
            _fill(place, local_day(now, agency.zone), now)
    return True


def _fill(place: Place, today: date, now: datetime) -> None:
    holidays_fill(years=(today.year, today.year + 1))
    sites = [Site.objects.create(name=name) for name in place.sites]
    teams = [Team.objects.create(name=name) for name in place.teams]
    people = [
        _member(place, person, sites[n % len(sites)], teams[n % len(teams)]) for n, person in enumerate(place.people)
    ]
    NotePhrase.objects.bulk_create(NotePhrase(label=label, text=text) for label, text in PHRASES.items())
    practitioner = next(each for each in people if not each.role)
    payer = _contract()
    for number, case in enumerate(place.cases, start=1):
        patient = patient_save(
            Patient(
                mrn=f"3{number:04d}",
                family_name=case.family,
                given_name=case.given,
                birth_date=case.born,
                sex=case.sex,
                language="en",
            )
        )
        Coverage.objects.create(
            patient=patient,
            payer=payer,
            plan_kind=PlanKind.MEDICARE_B,
            member_id=f"1EG4TE{number:05d}",
            from_day=date(2024, 1, 1),
        )
        if not case.conditions:
            continue
        consent = today - timedelta(days=case.consent_days_ago)
        CareTeamMember.objects.create(patient=patient, member=people[0], role=CareTeamRole.LEAD, from_day=consent)
        conditions = [
            condition_record(
                actor=people[0],
                record=Condition(patient=patient),
                icd10cm=code,
                text=CODES[code],
                is_chronic=True,
                now=now,
            )
            for code in case.conditions
        ]
        enrollment_start(
            actor=people[0],
            patient=patient,
            program=Program.CHRONIC_CARE,
            conditions=conditions,
            billing_practitioner=practitioner,
            consent_on=consent,
            consent_kind="verbal",
            initiating_visit_on=consent - timedelta(days=5),
            care_plan_on=consent,
            risk_attested_on=consent,
            risk_attested_by=practitioner,
            now=now,
        )
        for days_ago, minutes, who, activity in case.logs:
            day = max(today - timedelta(days=days_ago), month_of(today)[0])  # early in a month: not in the last one
            _log(people[who], patient, day, Duration(minutes), activity, now)
    if place.every_program:
        demo_programs.tell(by=people[0], practitioner=practitioner, medicare=payer, today=today, now=now)
        clinician = next(each for each in people if each.role == Role.CLINICIAN)
        demo_transitions.tell(by=people[0], clinician=clinician, medicare=payer, now=now)
    if place.twice:
        _twice(people[0], *place.twice, today - timedelta(days=1), now)


def _twice(by: Membership, one: str, other: str, day: date, now: datetime) -> None:
    """Six minutes that stand in two entries, as rows from elsewhere may have them: who logs time here is asked what gives way."""
    first, second = (
        _log(by, Patient.objects.get(family_name=family), day, duration, PHONE, now)
        for family, duration in ((one, Duration(18, time(10), time(10, 18))), (other, Duration(12)))
    )
    begins = first.started_at + timedelta(minutes=12)
    times = {"started_at": begins, "stopped_at": begins + timedelta(minutes=12)}
    Contact.objects.filter(pk=second.contact_id).update(**times)
    TimeLog.objects.filter(pk=second.pk).update(**times)


def _member(place: Place, person: Person, site: Site, team: Team) -> Membership:
    user = User.objects.create_user(person.email(place.slug), PASSWORD) if person.role else None
    member = Membership.objects.create(
        user=user,
        name=person.name,
        role=person.role,
        discipline=person.discipline,
        npi=person.npi,
        site=site,
        team=team if person.role in CARE_ROLES else None,
        weekly_hours=40,
        works_from=time(8),
        works_until=time(17),
    )
    if person.discipline in LICENSED:
        number = f"{person.discipline}-{member.pk.hex[-6:]}"
        Licence.objects.create(
            person=member, kind=person.discipline, state=place.state, number=number, valid_from=date(2023, 1, 1)
        )
    return member


def _log(by: Membership, patient: Patient, day: date, duration: Duration, activity: str, now: datetime) -> TimeLog:
    """Entered in the afternoon of its day."""
    entered = min(now, datetime.combine(day, time(15), by.agency.zone))
    return time_log_record(
        actor=by,
        patient=patient,
        program=Program.CHRONIC_CARE,
        activity=activity,
        service_date=day,
        duration=duration,
        note="Booked the next call." if activity == PHONE else "Went through the care plan by phone.",
        form_key=uuid7(),
        now=entered,
    )


def _contract() -> Payer:
    """A payer and its contract with demonstration rates: charges of an invented clinic, not a published fee schedule."""
    payer = Payer.objects.create(name="Medicare Part B", kind=PayerKind.MEDICARE_FFS)
    version = ContractVersion.objects.create(
        contract=Contract.objects.create(payer=payer), number=1, effective_from=date(2024, 1, 1)
    )
    ContractTerm.objects.bulk_create(
        ContractTerm(version=version, code=code, rate=rate, max_units_month=cap) for code, rate, cap in TERMS
    )
    ContractTerm.objects.bulk_create(
        ContractTerm(version=version, code=code, rate=rate) for code, rate in demo_programs.RATES.items()
    )
    return payer
