"""The rulebook as pages: codes as of a day, what changes between two, sources, and the way to them from a month's ledger."""

import re
from datetime import date

import pytest
from django.urls import reverse

from billing.rules import load_rulebook
from billing.views.rule_changes import changes_between
from billing.views.rules_page import address_of, code_rows, excluded_by, history_of, in_programs, show
from tenancy.context import agency_context
from tenancy.roles import Role
from tests import factories

BOOK = load_rulebook()
WORDS = re.compile(r"<[^>]+>")


def address(world, name, **ids):
    return reverse(f"billing:{name}", kwargs={"agency": world.slug, **ids})


def words_of(response) -> str:
    return " ".join(WORDS.sub(" ", response.content.decode()).split())


@pytest.fixture
def reading(riverbend, signed_in):
    """The words of a page, as a coordinator reads them, or another."""

    def read(name, query="", role=Role.COORDINATOR, **ids):
        page = signed_in(riverbend.members[role]).get(address(riverbend, name, **ids) + query)
        assert page.status_code == 200
        return words_of(page)

    return read


@pytest.fixture
def in_riverbend(riverbend):
    """Addresses are of an agency."""
    with agency_context(riverbend.agency):
        yield


def standing(code, day):
    rule = show(BOOK, BOOK.rules[code], day)
    return rule.status, rule.since, rule.next_on


@pytest.mark.parametrize(
    ("code", "day", "said"),
    [
        ("G0511", date(2017, 12, 31), ("not_yet", date(2018, 1, 1), date(2018, 1, 1))),
        ("G0511", date(2018, 1, 1), ("in_force", date(2018, 1, 1), date(2024, 1, 1))),
        ("G0511", date(2025, 9, 30), ("in_force", date(2024, 1, 1), date(2025, 10, 1))),
        ("G0511", date(2025, 10, 1), ("ended", date(2025, 10, 1), None)),
        ("99490", date(2026, 11, 16), ("in_force", date(2015, 1, 1), None)),
    ],
)
def test_a_code_is_in_force_not_yet_or_ended(code, day, said):
    assert standing(code, day) == said


def test_the_list_is_of_a_day_by_program_and_found_by_words(in_riverbend):
    def found(query="", program=""):
        return {g.name: [row.code for row in g.rows] for g in code_rows(BOOK, date(2026, 11, 16), query, program)}

    assert sum(len(codes) for codes in found().values()) == 92  # G0511 is in five programs
    assert found("99490") == {"chronic_care": ["99490"]}
    assert found("g0511").keys() == {g for g in found() if "G0511" in found()[g]}
    assert found("personally EACH") == {"chronic_care": ["99437"], "principal_care": ["99425"]}
    assert found("NOMINAL time") == {"collaborative_care": ["99494"]}
    assert found("initiating visit extra") == {"chronic_care": ["G0506"]}
    assert found("rehabilitation", "chronic_care") == {}
    assert list(found(program="risk_assessment")) == ["risk_assessment"]
    assert found("first coast")["risk_assessment"] == ["G0136"]  # by its source


def test_a_day_before_the_rulebook_and_no_day_are_said_in_words(reading):
    before = reading("rules", "?on=2012-12-31")
    assert "The rulebook says nothing about Dec 31, 2012: it begins on Jan 1, 2013." in before
    assert "99490" not in before and "No code matches" not in before
    assert "“soon” is no day" in reading("rules", "?on=soon")
    assert "checked through Dec 31, 2026. What is shown for a later day" in reading("rules", "?on=2027-01-01")
    assert "No code matches" in reading("rules", "?q=zebra")


def test_a_page_that_htmx_asks_for_is_the_list_alone(riverbend, signed_in):
    page = signed_in(riverbend.coordinator).get(
        address(riverbend, "rules") + "?q=99490&on=2014-12-31", headers={"HX-Request": "true"}
    )
    assert page.content.decode().count("<h1") == 0
    assert "99490 Chronic care, first 20 minutes" in words_of(page) and "not yet from Jan 1, 2015" in words_of(page)


def test_a_code_page_tells_conditions_with_source_confidence_and_first_day(reading):
    said = reading("rule_code", "?on=2026-03-31", code="99494")
    for words in (
        "Each further 30 minutes beyond the nominal time of the month",
        "Minutes of a unit 30 A unit is earned by more than half its minutes Units a month at most 2",
        "Added to 99492, 99493",
        "Which agencies: collaborative codes",
        "The patient is followed in a registry.",
        "It is the first month of the episode. Allowed at most 1",
        "a convention",
        "from memory",
        "rule of Jan 1, 2018",
        "billed as: first month, later month",
    ):
        assert words in said, words


def test_alternatives_of_a_requirement_are_told(reading):
    said = reading("rule_code", code="G9001")
    assert "at least 2; or health home conditions at least 1 and elements has risk of second; or" in said


def test_a_code_that_programs_share_is_told_with_the_minutes_of_each(in_riverbend):
    asked = {each.name: (each.minutes, each.tracks) for each in in_programs(BOOK, "G0511", date(2025, 1, 1))}
    assert asked == {
        "chronic_care": (0, ("health center",)),
        "principal_care": (30, ("health center",)),
        "behavioral_health": (0, ("health center",)),
        "community_health": (60, ("health center",)),
        "illness_navigation": (60, ("health center",)),
    }


def test_a_code_of_an_event_is_not_told_rules_about_minutes(in_riverbend):
    (asked,) = in_programs(BOOK, "G0506", date(2025, 1, 1))
    assert [group.title for group in asked.groups] == ["The patient and the month", "Consent and first visit"]


def test_the_tracks_own_staff_stand_in_for_the_programs(in_riverbend):
    (asked,) = in_programs(BOOK, "99491", date(2025, 1, 1))
    staff = [rule.name for group in asked.groups for rule in group.rules if rule.name.startswith("staff.")]
    assert staff == ["staff.practitioners"]


def test_what_leaves_no_room_is_of_the_day(in_riverbend):
    def against(code, day):
        return {other for each in excluded_by(BOOK, code, day) for other, _ in each.codes}

    assert {"99495", "99496"} <= against("99490", date(2019, 12, 31))
    assert against("99490", date(2020, 1, 1)) & {"99495", "99496"} == set()


def test_history_tells_what_each_version_changed():
    newest, middle, first = history_of(BOOK, BOOK.rules["G0511"])
    assert (newest.since, newest.changed) == (date(2025, 10, 1), (("Payable", "—", "no longer"),))
    assert ("Units a month", "at most 1", "no cap") in middle.changed
    assert (first.since, first.changed) == (date(2018, 1, 1), ())


def test_what_changes_on_the_first_of_january_2026(in_riverbend):
    groups = {group.title: group.changes for group in changes_between(BOOK, date(2025, 12, 31), date(2026, 1, 1))}
    told = {title: [change.new.title for change in changes] for title, changes in groups.items()}
    assert told == {
        "Psychiatric collaborative care": [
            "Which agencies: collaborative codes", "G0512", "G0568", "G0569",
        ],
        "Behavioral health integration": ["Service furnished", "G0570"],
        "Risk assessment": ["G0136"],
    }  # fmt: skip
    (g0136,) = groups["Risk assessment"]
    assert g0136.values == (("An assessment of", "sdoh", "physical activity, nutrition"),)
    assert g0136.old.words.startswith("A standardized assessment of social risk")
    assert g0136.new.words.startswith("From 2026 an assessment of physical activity")
    g0512 = groups["Psychiatric collaborative care"][1]
    assert g0512.is_ended


def test_what_programs_share_is_told_once(in_riverbend):
    groups = changes_between(BOOK, date(2025, 9, 30), date(2025, 10, 1))
    assert [group.title for group in groups][-1] == "What programs share"
    assert [change.new.title for change in groups[-1].changes].count("G0511") == 1
    assert "Principal care management" in groups[-1].of
    assert changes_between(BOOK, date(2025, 10, 1), date(2025, 10, 1)) == []


def test_two_days_are_compared_in_either_order_and_from_the_first_day_of_the_rulebook(reading):
    said = reading("rule_changes", "?from=2026-01-01&to=2025-12-31")
    assert (
        "An assessment of: sdoh → physical activity, nutrition" in said and "from Dec 31, 2025 to Jan 1, 2026" in said
    )
    assert "The rulebook begins on Jan 1, 2013 and says nothing" in reading(
        "rule_changes", "?from=2001-01-01&to=2013-01-01"
    )
    assert "Nothing changes" in reading("rule_changes", "?from=2026-03-01&to=2026-03-02")
    assert "“x” is no day" in reading("rule_changes", "?from=x")


def test_a_program_page_tells_what_is_not_modelled(reading):
    said = reading("rule_program", "?on=2026-11-16", program="transitional_care")
    assert "checked through Dec 31, 2026" in said
    assert "Who billed the discharge itself" in said
    assert "contact within two business days after discharge" in said


def test_sources_tell_who_where_when_and_what_rests_on_them(reading):
    said = reading("rule_sources", "?q=registry+of+nothing")
    assert "No source matches" in said
    said = reading("rule_sources", "?q=MLN909188%3A+Chronic")
    assert "Medicare Learning Network" in said and "read on Nov 23, 2026" in said
    assert re.search(r"\d+ rules rest on it", said) and "Consent Chronic care management" in said


def test_unknown_codes_and_programs_are_not_there(riverbend, signed_in):
    client = signed_in(riverbend.coordinator)
    assert client.get(address(riverbend, "rule_code", code="99999")).status_code == 404
    assert client.get(address(riverbend, "rule_program", program="knitting")).status_code == 404


def test_a_rule_leads_to_the_code_in_question_else_to_its_program(riverbend):
    day = date(2026, 11, 30)
    with agency_context(riverbend.agency):
        found = [
            address_of(BOOK, "99490", day),
            address_of(BOOK, "chronic_care.consent", day, "99490", "chronic_care"),
            address_of(BOOK, "staff.clinical_staff", day, "", "principal_care"),
            address_of(BOOK, "contract", day, "99490", "chronic_care"),
            address_of(BOOK, "chronic_care.consent", date(2012, 1, 1), "99490", "chronic_care"),
        ]
    assert found == [
        "/a/riverbend/rules/codes/99490/?on=2026-11-30#rule-99490",
        "/a/riverbend/rules/codes/99490/?on=2026-11-30#rule-chronic_care-consent",
        "/a/riverbend/rules/programs/principal_care/?on=2026-11-30#rule-staff-clinical_staff",
        "",
        "",
    ]


@pytest.mark.parametrize("day", [date(2026, 11, 30), date(2018, 3, 31)])
def test_every_rule_stands_on_the_page_that_it_leads_to(riverbend, signed_in, day):
    client = signed_in(riverbend.admin)
    with agency_context(riverbend.agency):
        addresses = {
            address_of(BOOK, rule, day, code)
            for code in BOOK.codes
            if standing(code, day)[0] != "not_yet"
            for rule in (code, *(each.name for p in in_programs(BOOK, code, day) for g in p.groups for each in g.rules))
        }
    wanted: dict[str, set[str]] = {}
    for each in addresses:
        page, _, anchor = each.partition("#")
        wanted.setdefault(page, set()).add(anchor)
    assert len(wanted) >= 20
    for page, anchors in list(wanted.items())[::6]:
        text = client.get(page).content.decode()
        assert [anchor for anchor in anchors if f'id="{anchor}"' not in text] == [], page
        ids = re.findall(r' id="([^"]+)"', text)
        assert len(ids) == len(set(ids)), page


def test_the_ledger_leads_to_the_rule_as_it_was_in_its_month(riverbend, signed_in):
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 8, by=riverbend.coordinator)
    kwargs = {"agency": riverbend.slug, "patient": riverbend.patient.pk, "month": "2026-11"}
    page = signed_in(riverbend.coordinator).get(reverse("billing:ledger", kwargs=kwargs)).content.decode()
    assert 'href="/a/riverbend/rules/codes/99490/?on=2026-11-30#rule-99490"' in page


def test_rates_are_shown_to_those_who_may_see_money_alone(reading):
    assert "$60.49" in reading("rule_code", role=Role.BILLER, code="99490")
    assert "for reference" in reading("rule_code", role=Role.ADMIN, code="99490")
    for role in (Role.COORDINATOR, Role.SUPERVISOR, Role.CLINICIAN, Role.PRIVACY_OFFICER, Role.READ_ONLY):
        assert "$" not in reading("rule_code", role=role, code="99490")
