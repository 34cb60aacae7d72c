"""Codes that a contract pays by the unit, from the rows of a contract to lines, charges and their page; and terms that are refused."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from billing.facts import rounding_of
from billing.models import Charge, ContractTerm, ContractVersion, Rounds
from billing.rules import PRESETS, Rounding
from billing.rules.terms import PRESETS as NAMED
from billing.selectors.contracts import TermRow
from billing.services.charge_run import charge_run
from billing.services.contracts import contract_agree
from billing.services.decisions import decide
from coordination.models import CarePeriod, Coverage, PayerKind, Program, Stay, StayKind, TimeLog
from tenancy.context import agency_context
from tests import factories

FIRST = date(2026, 11, 1)
TARGETED, REHAB, HOME = (
    Program.TARGETED_CASE_MANAGEMENT,
    Program.REHABILITATION,
    Program.HEALTH_HOME,
)


def a_term(code="T1017", **said):
    facts = {"program": TARGETED, "rounding": Rounds.MIDPOINT_8, "rate": Decimal("22.50")} | said
    return ContractTerm(code=code, **facts)


@pytest.fixture
def medicaid(riverbend):
    """A patient whom Medicaid covers, in case management with a plan of care and in its target group."""
    with agency_context(riverbend.agency):
        riverbend.payer = factories.a_payer("Colorado Medicaid", PayerKind.MEDICAID)
        riverbend.patient = factories.a_patient("Liz", "Conn", born=date(1980, 5, 1))
        factories.a_coverage(riverbend.patient, payer=riverbend.payer, plan_kind="medicaid_ffs")
        by = {"by": riverbend.coordinator, "practitioner": riverbend.practitioner}
        factories.an_enrollment(riverbend.patient, **by, program=TARGETED)
        element = {"element": f"{TARGETED}.target_group", "from_day": "2026-10-01"}
        factories.a_record(riverbend, "element", **element)
    return riverbend


def agree(world, *terms, **said):
    with agency_context(world.agency):
        return contract_agree(payer=world.payer, terms=terms, effective_from=date(2026, 1, 1), **said)


def minutes(world, many, day=4, program=TARGETED, **more):
    with agency_context(world.agency):
        log = factories.a_log(world.patient, many, by=world.coordinator, on=date(2026, 11, day), program=program)
        TimeLog.objects.filter(pk=log.pk).update(**more)


def decided(world):
    with agency_context(world.agency):
        return decide([world.patient.pk], FIRST)[world.patient.pk].decision


def lines(world):
    return [
        (line.code, line.units, line.earliest.day, line.latest.day, line.modifiers) for line in decided(world).lines
    ]


def said(world):
    return [each.id for each in decided(world).findings]


def test_each_day_is_a_line_and_each_line_a_charge_of_its_own(medicaid, signed_in):
    agree(medicaid, a_term())
    minutes(medicaid, 15, 4)
    minutes(medicaid, 8, 4)
    minutes(medicaid, 7, 5)
    minutes(medicaid, 8, 6)
    assert lines(medicaid) == [("T1017", 2, 4, 4, ()), ("T1017", 1, 6, 6, ())]
    with agency_context(medicaid.agency):
        charge_run(month=FIRST, now=factories.NOW)
        stored = list(
            Charge.objects.filter(program=TARGETED)
            .order_by("number")
            .values_list("number", "code", "units", "earliest", "amount")
        )
    assert stored == [
        (1, "T1017", 2, date(2026, 11, 4), Decimal("45.00")),
        (2, "T1017", 1, date(2026, 11, 6), Decimal("22.50")),
    ]
    client = signed_in(medicaid.members["biller"])
    ids = {"agency": medicaid.slug, "patient": medicaid.patient.pk, "month": "2026-11"}
    page = client.get(reverse("billing:ledger", kwargs=ids)).content.decode()
    assert page.count("<strong>T1017</strong>") >= 2
    # units of the month are numbered on, whatever day they are of
    assert "Counted toward T1017, unit 3: minutes 1 to 8" in page


def test_minutes_below_the_first_unit_are_refused_with_the_number(medicaid):
    agree(medicaid, a_term())
    minutes(medicaid, 7)
    assert (lines(medicaid), said(medicaid)) == ([], ["units.below_first"])


def test_a_month_is_one_unit_whatever_minutes_it_took_and_the_ledger_says_so(medicaid, signed_in):
    agree(medicaid, a_term("T2023", rounding=Rounds.MONTHLY_CASE_RATE, min_contacts=2))
    minutes(medicaid, 5, 4)
    assert (lines(medicaid), said(medicaid)) == ([], ["service.none_in_month"])
    minutes(medicaid, 9, 5)
    assert lines(medicaid) == [("T2023", 1, 1, 30, ())]
    client = signed_in(medicaid.coordinator)
    ids = {"agency": medicaid.slug, "patient": medicaid.patient.pk, "month": "2026-11"}
    ledger = client.get(reverse("billing:ledger", kwargs=ids)).context["ledger"]
    [bar] = ledger.bars
    assert [(item.kind, item.label, item.minutes) for item in bar.legend] == [("counted", "part of T2023", 14)]
    with agency_context(medicaid.agency):
        assert charge_run(month=FIRST, now=factories.NOW).minutes_counted == 14


def test_what_the_terms_say_of_people_caps_and_modifiers_reaches_the_engine(medicaid):
    agree(
        medicaid,
        a_term(
            disciplines=["RN"],
            max_units_day=2,
            modifier_by_mode={"phone": "UC"},
            modifier_by_discipline={"RN": "TD"},
        ),
    )
    minutes(medicaid, 45, 4, mode="phone")
    minutes(medicaid, 15, 5, discipline="CHW")
    assert lines(medicaid) == [("T1017", 2, 4, 4, ("UC", "TD"))]
    assert "units.over_daily_cap" in said(medicaid)
    [refused] = [entry for entry in decided(medicaid).ledger if entry.reason == "minutes.discipline_not_allowed"]
    assert refused.minutes == 15


def test_an_encounter_can_be_a_line_of_its_own(medicaid):
    agree(medicaid, a_term(within="encounter", line_per_encounter=True))
    minutes(medicaid, 8, 4)
    minutes(medicaid, 8, 4)
    assert [line[:2] for line in lines(medicaid)] == [("T1017", 1), ("T1017", 1)]


def test_a_message_that_was_left_is_left_out_unless_the_version_says_that_it_is_paid(medicaid, signed_in):
    """Few payers pay it: nobody bills it because a list was not looked at."""
    version = agree(medicaid, a_term())
    minutes(medicaid, 15, 4, activity="voicemail_left")
    assert (lines(medicaid), said(medicaid)) == ([], ["minutes.activity_excluded", "units.below_first"])
    told = "Not paid, whatever the code: Left a voicemail."
    address = reverse("billing:payer", kwargs={"agency": medicaid.slug, "payer": medicaid.payer.pk})
    client = signed_in(medicaid.admin)
    assert told in client.get(address).content.decode()
    with agency_context(medicaid.agency):
        ContractVersion.objects.filter(pk=version.pk).update(excluded_activities=[])
    assert (lines(medicaid), said(medicaid)) == ([("T1017", 1, 4, 4, ())], [])
    assert told not in client.get(address).content.decode()


def test_what_the_version_leaves_out_is_refused(medicaid):
    agree(medicaid, a_term(), excluded_activities=["case_conference"], excluded_programs=["health_home"])
    minutes(medicaid, 15, 4, activity="case_conference")
    with agency_context(medicaid.agency):
        CarePeriod.objects.create(
            patient=medicaid.patient,
            kind="health_home",
            from_day=date(2026, 11, 5),
            to_day=date(2026, 11, 5),
            recorded_at=factories.NOW,
        )
    minutes(medicaid, 15, 5)
    minutes(medicaid, 15, 6)
    assert [line[:3] for line in lines(medicaid)] == [("T1017", 1, 6)]
    assert {entry.reason for entry in decided(medicaid).ledger} == {
        "minutes.activity_excluded",
        "minutes.paid_elsewhere",
        None,
    }


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (StayKind.JAIL, "minutes.in_detention"),
        (StayKind.MENTAL_INSTITUTION, "minutes.in_institution"),
        (StayKind.PSYCHIATRIC, "minutes.in_facility"),
        (StayKind.ASSISTED_LIVING, None),
    ],
)
def test_stays_of_any_kind_are_known_to_medicaids_rules(medicaid, kind, reason):
    agree(medicaid, a_term())
    minutes(medicaid, 15, 4)
    with agency_context(medicaid.agency):
        Stay.objects.create(patient=medicaid.patient, kind=kind, from_day=date(2026, 11, 2), recorded_at=factories.NOW)
    assert [entry.reason for entry in decided(medicaid).ledger] == [reason]


def test_days_before_discharge_that_the_contract_pays_count(medicaid):
    agree(medicaid, a_term(), days_before_discharge=10)
    with agency_context(medicaid.agency):
        Stay.objects.create(
            patient=medicaid.patient,
            kind=StayKind.HOSPITAL,
            from_day=date(2026, 11, 1),
            to_day=date(2026, 11, 14),
            recorded_at=factories.NOW,
        )
    minutes(medicaid, 15, 3)
    minutes(medicaid, 15, 4)
    assert [line[2] for line in lines(medicaid)] == [4]


def test_only_whom_medicaid_pays_for_is_in_case_management(medicaid):
    agree(medicaid, a_term())
    minutes(medicaid, 15, 4)
    assert lines(medicaid)
    with agency_context(medicaid.agency):
        Coverage.objects.filter(patient=medicaid.patient).update(payer=factories.a_payer())
    assert "eligibility.not_medicaid" in said(medicaid)


def test_a_health_home_takes_two_conditions_and_rehabilitation_a_plan(medicaid):
    agree(
        medicaid,
        a_term("S0280", program=HOME, rounding=Rounds.MONTHLY_CASE_RATE),
        a_term("H2017", program=REHAB),
    )
    with agency_context(medicaid.agency):
        by = {"by": medicaid.coordinator, "practitioner": medicaid.practitioner}
        factories.an_enrollment(medicaid.patient, **by, program=HOME)
        factories.an_enrollment(medicaid.patient, **by, program=REHAB)
    minutes(medicaid, 5, 4, program=HOME)
    minutes(medicaid, 15, 5, program=REHAB)
    assert [line[0] for line in lines(medicaid)] == ["H2017"]
    assert "eligibility.health_home" in said(medicaid)
    with agency_context(medicaid.agency):
        for code in ("E11.9", "I10"):
            factories.a_condition(medicaid.patient, code, by=medicaid.coordinator)
    assert sorted(line[0] for line in lines(medicaid)) == ["H2017", "S0280"]


def test_a_bundled_code_is_part_of_something_else(riverbend):
    with agency_context(riverbend.agency):
        ContractTerm.objects.filter(code="99490").update(is_bundled=True)
        factories.a_log(riverbend.patient, 20, by=riverbend.coordinator)
    assert (lines(riverbend), said(riverbend)[0]) == ([], "terms.bundled")


def test_roundings_have_the_engines_names_and_can_have_numbers_of_their_own():
    assert set(Rounds.values) == {*PRESETS, "custom"} == {*NAMED, "custom"}

    def row(**more):
        said = dict.fromkeys(TermRow.__struct_fields__) | {"rounding": "midpoint_8", "within": "", "table": []}
        return TermRow(**said | more)

    assert rounding_of(row()) == PRESETS["midpoint_8"]
    assert rounding_of(row(within="month")).scope == "month"
    custom = row(
        rounding="custom", unit_minutes=10, first_minutes=6, next_minutes=5, within="encounter", table=[(6, 14, 1)]
    )
    assert rounding_of(custom) == Rounding(10, 6, 5, "encounter", ((6, 14, 1),))


def refused(world, *terms, **said):
    with agency_context(world.agency):
        before = ContractVersion.objects.count()
        with pytest.raises(ValidationError) as caught:
            contract_agree(payer=world.payer, terms=terms, effective_from=date(2026, 1, 1), **said)
        assert ContractVersion.objects.count() == before
    return set(caught.value.message_dict)


@pytest.mark.parametrize(
    ("facts", "column"),
    [
        ({"program": ""}, "program"),
        ({"program": "", "rounding": ""}, "program"),
        ({"program": Program.CHRONIC_CARE}, "program"),
        ({"rounding": ""}, "rounding"),
        ({"rounding": "nearest"}, "rounding"),
        ({"unit_minutes": 15}, "unit_minutes"),
        ({"rounding": "custom", "unit_minutes": 15, "within": "day"}, "first_minutes"),
        ({"rounding": "custom", "first_minutes": 8, "within": "day"}, "unit_minutes"),
        ({"rounding": "custom", "unit_minutes": 15, "first_minutes": 8}, "within"),
        (
            {"rounding": "custom", "unit_minutes": 15, "first_minutes": 8, "within": "day", "table": [[8, 23]]},
            "table",
        ),
        (
            {
                "rounding": "custom", "unit_minutes": 15, "first_minutes": 8, "within": "day",
                "table": [[8, 23, 1], [25, 38, 2]],
            },
            "table",
        ),
        ({"within": "day", "rounding": "monthly_case_rate"}, "within"),
        ({"max_units_day": 4, "rounding": "monthly_case_rate"}, "max_units_day"),
        ({"line_per_encounter": True, "rounding": "monthly_case_rate"}, "line_per_encounter"),
        ({"min_contacts": 2}, "min_contacts"),
        ({"disciplines": ["SHAMAN"]}, "disciplines"),
        ({"activities": ["dancing"]}, "activities"),
        ({"modifier_by_mode": {"pigeon": "UC"}}, "modifier_by_mode"),
        ({"modifier_by_mode": {"phone": "long"}}, "modifier_by_mode"),
        ({"modifier_by_discipline": {"RN": "td"}}, "modifier_by_discipline"),
        ({"facility_modifiers": ["U1"]}, "facility_modifiers"),
        ({"exclusive_with": ["T1017"]}, "exclusive_with"),
    ],
)  # fmt: skip
def test_a_term_that_does_not_hold_together_is_refused_by_name(medicaid, facts, column):
    assert refused(medicaid, a_term(**facts)) == {f"T1017.{column}"}


def test_two_terms_do_not_want_the_same_time(medicaid):
    assert refused(medicaid, a_term(), a_term("T2023")) == {"T2023.activities"}
    shared = {"activities": ["travel"]}
    assert refused(medicaid, a_term(**shared), a_term("T2023", **shared)) == {"T2023.activities"}
    assert refused(medicaid, a_term(), a_term()) == {"T1017.code", "T1017.activities"}
    agree(medicaid, a_term(), a_term("T2023", activities=["referral_linkage"]), rendering="facility")
