"""Makes what tests need. Plain functions with defaults that read like sentences; they work in the agency in context."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

from billing.models import Contract, ContractTerm, ContractVersion
from billing.services.charge_run import run_begin
from coordination.models import (
    Activity,
    Condition,
    ConsentKind,
    Contact,
    Coverage,
    Deadline,
    DeadlineKind,
    Destination,
    Enrollment,
    MonthLock,
    NotePhrase,
    Patient,
    PatientMerge,
    Payer,
    PayerKind,
    PlanKind,
    Program,
    Setting,
    Sex,
    Step,
    TimeLog,
    Timer,
    Transition,
)
from coordination.rules.durations import Duration
from coordination.services.patients import patient_save
from coordination.services.time_logs import time_log_record
from coordination.services.transition_steps import step_record
from coordination.services.transitions import Discharge, discharge_record
from coordination.views.kinds import KINDS
from interop.models import ImportRun
from interop.services.uploads import upload_preview
from tenancy.context import agency_context
from tenancy.models import (
    Agency,
    AgencyType,
    Discipline,
    Holiday,
    Invitation,
    Licence,
    Membership,
    Site,
    Team,
    User,
    uuid7,
)
from tenancy.roles import Role
from tenancy.services.invitations import invitation_send
from tests import outbox
from tests.interop.hospital_factories import hospitals_of
from tests.tenancy.machines import a_token

NOW = datetime(2026, 11, 16, 22, 0, tzinfo=UTC)
TODAY = date(2026, 11, 16)
MONTH = date(2026, 11, 1)
TRAINED_AS = {Role.SUPERVISOR: Discipline.RN, Role.CLINICIAN: Discipline.NP}
RECORDS = {kind.key: kind for kind in KINDS}
"""Every noun of a chart, by the name that the address of one uses."""
ADDRESSED = (
    "patient", "enrollment", "run", "payer", "person", "licence", "invitation", "site", "team", "holiday", "token",
    "deadline", "endpoint", "message", "other", "merge", "contact", "timer", "phrase", "lock", "member", "import_run",
    "adt_source", "adt_stay", "local_code", "transition", "step", *RECORDS,
)  # fmt: skip
"""What has an id in an address: `one_of_each` gives a world one of every noun, under the name that the address uses."""
_numbers = count(1)


def agencies() -> list[Agency]:
    """The two agencies; written by the owner, as in production, and committed: they outlive a test."""
    if known := list(Agency.objects.order_by("pk")):
        return known
    for slug, name, zone in (
        ("riverbend", "Riverbend Health", "America/Denver"),
        ("harbor", "Harbor Partners", "America/New_York"),
    ):
        Agency.objects.using("owner").create(
            slug=slug, name=name, agency_type=AgencyType.PHYSICIAN_PRACTICE, time_zone=zone
        )
    return list(Agency.objects.order_by("pk"))


def a_member(
    role: str = Role.COORDINATOR,
    *,
    name: str = "Dana Reyes",
    discipline: str = Discipline.RN,
    signs_in: bool = True,
    user: User | None = None,
    **more: Any,
) -> Membership:
    if signs_in and user is None:
        user = User.objects.create_user(f"person{next(_numbers)}@example.org", "a long enough password")
    return Membership.objects.create(user=user, name=name, role=role if signs_in else "", discipline=discipline, **more)


def a_licence(person: Membership, number: str = "", **more: Any) -> Licence:
    facts = {"kind": Discipline.RN, "state": "CO", "valid_from": date(2024, 1, 1)} | more
    return Licence.objects.create(person=person, number=number or f"RN-{next(_numbers)}", **facts)


def an_invitation(
    *, by: Membership | None, email: str = "", role: str = Role.COORDINATOR, name: str = "Ivy", now: datetime = NOW
) -> tuple[Membership, Invitation, str]:
    """Somebody who is invited, the invitation, and the path of its link."""
    person = a_member(name=name, signs_in=False)
    link = invitation_send(
        actor=by,
        person=person,
        email=email or f"invited{next(_numbers)}@example.org",
        role=role,
        site_url="http://testserver/",
        now=now,
    )
    return person, Invitation.objects.get(person=person, withdrawn_at=None), link.removeprefix("http://testserver")


def a_patient(
    given: str = "Maria", family: str = "Lopez", *, mrn: str = "", born: date = date(1957, 3, 8), **more: Any
) -> Patient:
    return patient_save(
        Patient(
            given_name=given,
            family_name=family,
            mrn=mrn or f"MRN-{next(_numbers)}",
            birth_date=born,
            sex=Sex.FEMALE,
            **more,
        )
    )


def a_condition(
    patient: Patient, icd10cm: str = "E11.9", *, by: Membership | None, chronic: bool = True, **more: Any
) -> Condition:
    return Condition.objects.create(
        patient=patient,
        icd10cm=icd10cm,
        text=f"condition {icd10cm}",
        is_chronic=chronic,
        confirmed_by=by,
        confirmed_at=NOW if by else None,
        **more,
    )


def an_enrollment(
    patient: Patient, *, by: Membership, practitioner: Membership, consent: date = date(2026, 10, 1), **more: Any
) -> Enrollment:
    facts = {
        "initiating_visit_on": date(2026, 9, 20),
        "care_plan_on": date(2026, 10, 1),
        "risk_attested_on": date(2026, 10, 1),
        "program": Program.CHRONIC_CARE,
    } | more
    return Enrollment.objects.create(
        patient=patient,
        billing_practitioner=practitioner,
        consent_on=consent,
        consent_kind=ConsentKind.VERBAL,
        consent_taken_by=by,
        **facts,
    )


def a_payer(name: str = "Medicare Part B", kind: str = PayerKind.MEDICARE_FFS, **more: Any) -> Payer:
    return Payer.objects.get_or_create(name=name, defaults={"kind": kind, **more})[0]


def a_coverage(
    patient: Patient, *, payer: Payer | None = None, since: date = date(2024, 1, 1), **more: Any
) -> Coverage:
    facts = {"plan_kind": PlanKind.MEDICARE_B, "from_day": since} | more
    return Coverage.objects.create(patient=patient, payer=payer or a_payer(), **facts)


def an_enrolled_patient(world: SimpleNamespace, *args: Any, consent: date = date(2026, 10, 1), **more: Any) -> Patient:
    patient = a_patient(*args, **more)
    for code in ("E11.9", "I10"):
        a_condition(patient, code, by=world.coordinator)
    an_enrollment(patient, by=world.coordinator, practitioner=world.practitioner, consent=consent)
    a_coverage(patient)
    return patient


def a_discharge(
    patient: Patient, *, by: Membership, on: date = date(2026, 11, 13), now: datetime = NOW, **more: Any
) -> Transition:
    """A person heard of it: with all that is due after it."""
    said = {"setting": Setting.INPATIENT_ACUTE, "destination": Destination.HOME} | more
    return discharge_record(actor=by, patient=patient, said=Discharge(on, **said), learned_at=now, now=now)


def a_log(
    patient: Patient,
    minutes: int,
    *,
    by: Membership,
    on: date = TODAY,
    start: time | None = None,
    stop: time | None = None,
    activity: str = Activity.CARE_COORDINATION,
    program: str = Program.CHRONIC_CARE,
    note: str = "called about insulin",
    now: datetime = NOW,
) -> TimeLog:
    return time_log_record(
        actor=by,
        patient=patient,
        program=program,
        activity=activity,
        service_date=on,
        duration=Duration(minutes, start, stop),
        note=note,
        form_key=uuid7(),
        now=now,
    )


def a_contract(
    rate: str = "66.13",
    codes: tuple[str, ...] = ("99490", "99439", "99487", "99489", "99491", "99437", "G0506"),
    since: date = date(2026, 1, 1),
    until: date | None = None,
) -> ContractVersion:
    version = ContractVersion.objects.create(
        contract=Contract.objects.create(payer=a_payer()), number=1, effective_from=since, effective_to=until
    )
    ContractTerm.objects.bulk_create(ContractTerm(version=version, code=code, rate=rate) for code in codes)
    return version


def typed(world: SimpleNamespace, key: str) -> dict[str, Any]:
    """What a person types into the form of a new record: something true of every noun."""
    return {
        "identifier": {"kind": "medicaid", "value": f"M-{next(_numbers)}", "assigner": "Colorado"},
        "contact_point": {"kind": "phone", "value": "303-555-0101", "use": "mobile", "is_safe": "on", "rank": 1},
        "address": {"use": "home", "city": f"Denver {world.mark}", "from_day": "2020-01-01"},
        "proxy": {"name": f"Ana {world.mark}", "relation": "child", "may_be_told": "on"},
        "coverage": {
            "payer": world.contract.contract.payer_id, "plan_kind": "medicare_b", "from_day": "2026-01-01", "order": 2,
        },
        "condition": {"icd10cm": "J44.9", "text": "COPD", "is_chronic": "on"},
        "care_team_member": {"role": "lead", "member": world.coordinator.pk, "from_day": "2026-11-01"},
        "care_plan": {"title": f"Plan {world.mark}", "from_day": "2026-10-01"},
        "visit": {"on": "2026-11-02", "code": "99214", "practitioner": world.practitioner.pk, "is_face_to_face": "on"},
        "stay": {"kind": "hospital", "facility": f"General {world.mark}", "from_day": "2026-11-02"},
        "outside_claim": {"on": "2026-11-02", "code": "99490", "practice": f"Clinic {world.mark}"},
        "care_period": {"kind": "hospice", "provider": f"Hospice {world.mark}", "from_day": "2026-11-02"},
        "judgement": {
            "month": "2026-11", "program": "chronic_care", "complexity": "moderate", "judged_by": world.practitioner.pk,
            "judged_on": "2026-11-16",
        },
        "element": {
            "element": "collaborative_care.registry", "from_day": "2026-11-02", "documented_by": world.coordinator.pk,
        },
        "month_program": {"month": "2026-11", "program": "chronic_care", "note": f"As agreed with {world.mark}"},
    }[key]  # fmt: skip


def a_record(world: SimpleNamespace, key: str, patient: Patient | None = None, **said: Any) -> Any:
    """One row of a noun in a patient's chart, as its form and its service write it."""
    kind, record = RECORDS[key], RECORDS[key].model(patient=patient or world.patient)
    form = kind.form(typed(world, key) | said, record=record, today=TODAY)
    assert form.is_valid(), form.errors
    return kind.service(actor=world.coordinator, record=record, now=NOW, **form.cleaned_data)


def a_world(agency: Agency, mark: str) -> SimpleNamespace:
    """One agency at work. `mark` stands in every name of it, so that a leak is found by searching for it."""
    world = SimpleNamespace(agency=agency, slug=agency.slug, mark=mark)
    with agency_context(agency):
        world.coordinator = a_member(name=f"Dana {mark}")
        world.admin = a_member(Role.ADMIN, name=f"Ada {mark}", discipline=Discipline.NONE)
        world.members = {Role.COORDINATOR: world.coordinator, Role.ADMIN: world.admin} | {
            role: a_member(role, name=f"{role.label} {mark}", discipline=TRAINED_AS.get(role, Discipline.NONE))
            for role in Role
            if role not in (Role.COORDINATOR, Role.ADMIN)
        }
        world.front_desk = a_member(name=f"Fred {mark}", discipline=Discipline.FRONT_DESK)
        world.practitioner = a_member(name=f"Olu {mark}", discipline=Discipline.MD, signs_in=False)
        world.contract = a_contract()
        world.payer = world.contract.contract.payer
        world.patient = an_enrolled_patient(world, f"Maria{mark}", f"Lopez{mark}", mrn=f"{mark}-1")
        world.enrollment = Enrollment.objects.get(patient=world.patient)
        world.condition = Condition.objects.get(patient=world.patient, icd10cm="E11.9")
    return world


def an_upload(world: SimpleNamespace) -> ImportRun:
    """A stay of the world's patient, as a file that waits to be confirmed."""
    content = f"mrn,kind,from,to\n{world.patient.mrn},hospital,2026-10-01,2026-10-04\n".encode()
    files = [(f"{world.mark}.csv", content)]
    return upload_preview(actor=world.admin, kind="stays", files=files, form_key=uuid7(), now=NOW)


def one_of_each(world: SimpleNamespace) -> None:
    """Add what an address names and `a_world` has not: for tests that try every address."""
    with agency_context(world.agency):
        world.run, _ = run_begin(month=MONTH, now=NOW)
        world.person = a_member(Role.READ_ONLY, name=f"Pat {world.mark}", discipline=Discipline.RN)
        world.licence = a_licence(world.person)
        world.invited, world.invitation, _ = an_invitation(by=world.admin, name=f"Ivy {world.mark}")
        world.site = Site.objects.create(name=f"Main street {world.mark}")
        world.team = Team.objects.create(name=f"North {world.mark}")
        world.token, world.token_text = a_token(world.admin, NOW, f"Engine {world.mark}")
        world.holiday = Holiday.objects.create(day=date(2026, 11, 26), name=f"Thanksgiving {world.mark}")
        world.import_run = an_upload(world)
        hospitals_of(world, NOW)
        for key in RECORDS.keys() - {"condition"}:
            setattr(world, key, a_record(world, key))
        world.newcomer = a_patient(f"Liz{world.mark}", f"Conn{world.mark}")  # in no program
        world.other = a_patient(f"Lis{world.mark}", f"Conn{world.mark}")  # to merge with
        kept, merged = (a_patient(f"Ana{world.mark}", f"{each}{world.mark}") for each in ("Kept", "Merged"))
        said = {"merged_by": world.admin, "merged_at": NOW, "reason": "one person", "moved": {"fields": {}}}
        world.merge = PatientMerge.objects.create(kept=kept, merged=merged, **said)
        Patient.objects.filter(pk=world.merge.merged_id).update(merged_into=world.merge.kept_id)
        world.transition = a_discharge(world.patient, by=world.coordinator, facility=f"St. Anne {world.mark}")
        world.deadline = Deadline.objects.get(about=world.transition.pk, kind=DeadlineKind.CONTACT)
        step = {"transition": world.transition, "kind": Step.EDUCATION, "on": TODAY, "note": "", "now": NOW}
        world.step = step_record(actor=world.coordinator, done_by=world.coordinator, **step)
        closed = {"month": date(2026, 8, 1), "locked_by": world.admin, "locked_at": NOW, "reason": "done"}
        world.lock = MonthLock.objects.create(**closed)
        world.endpoint, world.message = outbox.one_of_each(world)
        world.mine = {role: _of_ones_own(world, member) for role, member in world.members.items()}
    use_own(world, Role.COORDINATOR)


def a_secret(world: SimpleNamespace) -> str:
    """What the notes of a world's contacts say."""
    return f"told in confidence at {world.mark}"


def _of_ones_own(world: SimpleNamespace, member: Membership) -> dict[str, Any]:
    """What a person has alone: a contact they gave, a timer that waits, a phrase, a day."""
    began = NOW - timedelta(minutes=20)
    contact = Contact.objects.create(
        patient=world.patient, author=member, recorded_by=member, recorded_at=NOW, form_key=uuid7(), service_date=TODAY,
        note=a_secret(world),
    )  # fmt: skip
    TimeLog.objects.create(
        contact=contact, patient=world.patient, author=member, discipline=member.discipline, program=Program.CHRONIC_CARE,
        activity=Activity.CARE_COORDINATION, service_date=TODAY, minutes=8,
    )  # fmt: skip
    return {
        "contact": contact,
        "timer": Timer.objects.create(member=member, patient=world.patient, started_at=began, stopped_at=NOW),
        "phrase": NotePhrase.objects.create(owner=member, label=f"refill {world.mark}", text="Refill asked for."),
        "member": member,
    }


def use_own(world: SimpleNamespace, role: str) -> None:
    """Let addresses name what belongs to this role's person."""
    for name, own in world.mine[role].items():
        setattr(world, name, own)


def ids_of(world: SimpleNamespace) -> dict[str, Any]:
    """A world's own id for each part of an address that names an object."""
    return {name: getattr(world, name).pk for name in ADDRESSED}


def worlds() -> SimpleNamespace:
    """Both agencies at work. The marks are no hexadecimal digits, so no id contains them."""
    riverbend, harbor = agencies()
    return SimpleNamespace(riverbend=a_world(riverbend, "QRIV"), harbor=a_world(harbor, "QZHARB"))
