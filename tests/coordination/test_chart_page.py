"""The chart's pages: sections, forms, refusals at their field, two people at one record, taking back, and what the overview offers."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.urls import reverse

from coordination.models import CareTeamMember, Coverage, Payer, Visit, VisitEvent
from coordination.services.records import record_withdraw
from tenancy.context import agency_context
from tenancy.roles import Role
from tests import factories

KEYS = list(factories.RECORDS)


@pytest.fixture
def chart(riverbend, signed_in):
    """Ask and send as the coordinator: `chart.get("visit_add")`, `chart.post("visit", record, on=...)`."""

    def url(name, record=None):
        ids = {} if record is None else {name.removesuffix("_withdraw"): record.pk}
        return reverse(f"coordination:{name}", kwargs={"agency": "riverbend", "patient": riverbend.patient.pk, **ids})

    client = signed_in(riverbend.coordinator)
    with agency_context(riverbend.agency):
        riverbend.patient = factories.a_patient("Liz", "Conn")
    riverbend.url = url
    riverbend.get = lambda name, record=None: client.get(url(name, record))
    riverbend.look = lambda name, **asked: client.post(url(name), asked, headers={"HX-Request": "true"})
    riverbend.post = lambda name, record=None, /, **said: client.post(url(name, record), said)

    def record(key, /, **said):
        with agency_context(riverbend.agency):
            return factories.a_record(riverbend, key, **said)

    riverbend.record = record
    return riverbend


def words(response):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def stored(chart, model):
    with agency_context(chart.agency):
        return list(model.objects.filter(patient=chart.patient).order_by("pk"))


def test_an_empty_chart_says_what_is_missing_in_every_section(chart):
    page = words(chart.get("chart"))
    for kind in factories.RECORDS.values():
        assert str(kind.title) in page
        assert str(kind.empty) in page
    assert "In no program." in page
    assert "needs an interpreter" not in page


def test_the_patients_own_words_stand_at_the_top(chart):
    with agency_context(chart.agency):
        chart.patient.needs, chart.patient.preferences = "somebody who carries groceries", "call after lunch"
        chart.patient.needs_interpreter, chart.patient.language = True, "es"
        chart.patient.save()
    page = words(chart.get("chart"))
    assert (
        page.index("somebody who carries groceries") < page.index("call after lunch") < page.index("Add contact point")
    )
    assert "Spanish needs an interpreter" in page


@pytest.mark.parametrize("key", KEYS)
def test_a_form_records_shows_and_changes_every_noun(chart, key):
    kind, said = factories.RECORDS[key], factories.typed(chart, key)
    assert chart.get(f"{key}_add").status_code == 200
    before = len(stored(chart, kind.model))
    assert chart.post(f"{key}_add", **said).status_code == 302
    assert chart.post(f"{key}_add", **said).status_code == 302  # a double click
    *others, record = stored(chart, kind.model)
    assert (len(others), record.version) == (before, 1)
    shown = chart.get(key, record)
    assert 'name="version" value="1"' in shown.content.decode()
    for page in (chart.get("chart"), chart.get(f"{key}_list")):
        assert chart.url(key, record) in page.content.decode()
    empty = chart.post(f"{key}_add")
    assert empty.status_code == 422
    assert empty.context["form"].errors
    assert len(stored(chart, kind.model)) == before + 1


@pytest.mark.parametrize("key", KEYS)
def test_a_mistake_is_taken_back_with_its_reason(chart, key):
    kind, record = factories.RECORDS[key], chart.record(key)
    assert chart.get(f"{key}_withdraw", record).status_code == 200
    refused = chart.post(f"{key}_withdraw", record, because="", version=1)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["because"])
    assert chart.post(f"{key}_withdraw", record, because="twice", version=1).status_code == 302
    left = [each for each in stored(chart, kind.model) if each.pk == record.pk]
    if kind.stays:
        assert left[0].retracted_reason == "twice"
        page = words(chart.get(f"{key}_list"))
        assert "taken back" in page
        assert "Taken back: twice" in page
        assert chart.url(key, record) not in chart.get("chart").content.decode()
    else:
        assert left == []


def test_two_people_at_one_visit_see_each_others_change(chart):
    visit = chart.record("visit")
    said = factories.typed(chart, "visit") | {"version": 1}
    assert chart.post("visit", visit, **said | {"code": "99215"}).status_code == 302
    late = chart.post("visit", visit, **said | {"code": "99213"})
    assert late.status_code == 409
    assert late.context["form"].errors["code"] == ["Now on record: 99215"]
    assert 'value="99213"' in late.content.decode()
    assert [each.code for each in stored(chart, Visit)] == ["99215"]
    assert chart.post("visit", visit, **said | {"code": "99213", "version": 2}).status_code == 302
    with agency_context(chart.agency):
        events = VisitEvent.objects.filter(pgh_obj_id=visit.pk).order_by("pgh_id")
        assert list(events.values_list("code", flat=True)) == ["99214", "99215", "99213"]
        assert {each["membership"] for each in events.exclude(version=1).values_list("pgh_context", flat=True)} == {
            str(chart.coordinator.pk)
        }


def test_a_code_is_taken_as_it_is_typed_and_a_refusal_stands_at_its_field(chart):
    said = factories.typed(chart, "visit")
    refused = chart.post("visit_add", **said | {"code": "9921"})
    assert refused.status_code == 422
    assert refused.context["form"].errors["code"] == [
        "“9921” is no CPT or HCPCS code: write its five characters, such as 99214 or G0506."
    ]
    assert 'value="9921"' in refused.content.decode()
    assert chart.post("visit_add", **said | {"code": "g0506"}).status_code == 302
    assert [each.code for each in stored(chart, Visit)] == ["G0506"]


def test_complexity_names_who_judged_it(chart):
    said = factories.typed(chart, "visit") | {"complexity": "high"}
    refused = chart.post("visit_add", **said)
    assert list(refused.context["form"].errors) == ["complexity_judged_by"]
    said["complexity_judged_by"] = chart.coordinator.pk  # a nurse is no choice
    assert list(chart.post("visit_add", **said).context["form"].errors) == ["complexity_judged_by"]
    said["complexity_judged_by"] = chart.practitioner.pk
    assert chart.post("visit_add", **said).status_code == 302
    assert "decision making high, judged by Olu QRIV, MD" in words(chart.get("chart"))


def test_safe_numbers_come_first_and_the_others_say_so(chart):
    chart.record("contact_point", value="303-555-0001", is_safe="", rank=1)
    chart.record(
        "contact_point", value="303-555-0002", may_leave_message="on", rank=3, best_from="09:00", best_to="11:30"
    )
    page = words(chart.get("chart"))
    assert page.index("303-555-0002") < page.index("303-555-0001")
    assert "303-555-0001 not safe: do not leave a message" in page
    assert "303-555-0002 a message may be left" in page
    assert "best between 9:00 and 11:30" in page


def test_a_coverage_by_a_payer_that_is_new(chart):
    new = {"payer": "", "new_payer": "Sun Health", "new_payer_kind": "medicaid", "order": 1}
    said = factories.typed(chart, "coverage") | new
    assert chart.post("coverage_add", **said).status_code == 302
    assert [each.payer_id for each in stored(chart, Coverage)] != [chart.contract.contract.payer_id]
    for wrong, field in (
        ({"new_payer": ""}, "payer"),
        ({"payer": chart.contract.contract.payer_id}, "new_payer"),
        ({"new_payer_kind": ""}, "new_payer_kind"),
        ({"new_payer_kind": "commercial"}, "new_payer_kind"),
        ({"order": 1}, "order"),
    ):
        refused = chart.post("coverage_add", **said | {"from_day": "2026-02-01"} | wrong)
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, [field])
    with agency_context(chart.agency):
        assert list(Payer.objects.order_by("name").values_list("name", "kind")) == [
            ("Medicare Part B", "medicare_ffs"),
            ("Sun Health", "medicaid"),
        ]


def test_the_lead_is_handed_over_and_never_held_by_two(chart):
    first = chart.record("care_team_member")
    said = factories.typed(chart, "care_team_member") | {"member": chart.front_desk.pk, "from_day": "2026-11-10"}
    refused = chart.post("care_team_member_add", **said)
    assert refused.status_code == 422
    assert refused.context["form"].errors["role"] == [
        "Dana QRIV, RN is lead coordinator since Nov 1, 2026. Tick “hand over”, or end that place first."
    ]
    too_early = chart.post("care_team_member_add", **said | {"from_day": "2026-11-01", "hand_over": "on"})
    assert list(too_early.context["form"].errors) == ["from_day"]
    assert chart.post("care_team_member_add", **said | {"hand_over": "on"}).status_code == 302
    places = stored(chart, CareTeamMember)
    assert [(each.member_id, each.from_day.day, each.to_day) for each in places] == [
        (first.member_id, 1, date(2026, 11, 9)),
        (chart.front_desk.pk, 10, None),
    ]


def test_stays_side_by_side_are_saved_with_a_word_of_caution(chart, signed_in):
    chart.record("stay")
    client = signed_in(chart.coordinator)
    page = client.post(chart.url("stay_add"), {"kind": "jail", "from_day": "2026-11-05"}, follow=True)
    assert "On record for the same days: Hospital, inpatient from Nov 2, 2026." in words(page)


def test_the_chart_shows_six_of_a_noun_and_leads_to_all_a_page_at_a_time(chart):
    for back in range(60):
        chart.record("visit", on=(factories.TODAY - timedelta(days=back)).isoformat())
    page = chart.get("chart").content.decode()
    assert len(re.findall(rf"{chart.url('visit_list')}[0-9a-f-]+/take-back/", page)) == 6
    assert "Show all" in page
    first = chart.get("visit_list")
    assert len(first.context["section"].rows) == 50
    for order in ("recorded", "standing"):
        first = chart.look("visit_list", order=order)
        second = chart.look("visit_list", order=order, after=first.context["next_after"])
        shown = [[row.edit for row in page.context["section"].rows] for page in (first, second)]
        assert [len(rows) for rows in shown] == [50, 10]
        assert len({*shown[0], *shown[1]}) == 60
        assert second.context["next_after"] is None


def test_a_noun_is_searched_by_all_that_its_rows_say(chart):
    chart.record("visit", on="2026-11-02", code="99214", note="The wound was looked at.")
    chart.record("visit", on="2026-10-05", code="99213", is_face_to_face="")
    gone = chart.record("visit", on="2026-09-07", code="99212")
    with agency_context(chart.agency):
        record_withdraw(actor=chart.coordinator, record=gone, version=1, because="another_patient", now=factories.NOW)

    def found(**asked):
        return [row.title.rsplit(" ", 1)[1] for row in chart.look("visit_list", **asked).context["section"].rows]

    assert found() == ["99212", "99213", "99214"]
    assert found(order="standing") == ["99214", "99213", "99212"]
    for query, codes in (
        ("99213", ["99213"]),
        ("not face", ["99213"]),
        ("2026-11-02", ["99214"]),
        ("11/2/2026", ["99214"]),
        ("2026-1", ["99213", "99214"]),
        ("Nov", ["99214"]),
        ("WOUND looked", ["99214"]),
        ("taken", ["99212"]),
        ("olu", ["99212", "99213", "99214"]),
        ("ound", []),
        ("-", []),
    ):
        assert found(q=query) == codes, query
    assert found(q="olu", order="standing") == ["99214", "99213", "99212"]
    assert "Nothing matches" in chart.look("visit_list", q="nobody").content.decode()


def test_a_number_is_found_by_its_digits_and_a_choice_by_its_words(chart):
    chart.record("contact_point", value="303-555-0101", note="ask for Ana")
    for query in ("3035550101", "303 555", "phone", "mobile", "ana"):
        assert len(chart.look("contact_point_list", q=query).context["section"].rows) == 1, query


def test_what_was_looked_for_stands_in_no_address_and_in_no_other_chart(chart):
    chart.record("proxy")
    answer = chart.post("proxy_list", q="zebra", order="standing")
    assert answer["Location"] == f"{chart.url('proxy_list')}?asked"
    page = answer.client.get(answer["Location"])
    assert (page.context["query"], page.context["order"]) == ("zebra", "standing")
    assert chart.get("proxy_list").context["query"] == ""
    with agency_context(chart.agency):
        chart.patient = factories.a_patient("Lou", "Conn")
    page = answer.client.get(f"{chart.url('proxy_list')}?asked")
    assert (page.context["query"], b"zebra" in page.content) == ("", False)


def test_what_stands_comes_before_what_is_over_and_what_was_taken_back(chart):
    gone = chart.record("stay", facility="Wrong")
    chart.record("stay", facility="Old", kind="snf", from_day="2026-10-01", to_day="2026-10-09")
    chart.record("stay", facility="Now", kind="community", from_day="2020-01-01")
    with agency_context(chart.agency):
        record_withdraw(actor=chart.coordinator, record=gone, version=1, because="not hers", now=factories.NOW)
    page = words(chart.get("chart"))
    assert page.index("Now") < page.index("Old") < page.index("Wrong") < page.index("Taken back: not hers")


@pytest.mark.parametrize("role", Role)
def test_the_overview_offers_to_record_a_fact_to_those_who_may(chart, signed_in, role):
    page = signed_in(chart.members[role]).get(chart.url("patient"))
    offered = "Record a fact" in page.content.decode()
    assert offered == (role in {Role.COORDINATOR, Role.SUPERVISOR, Role.CLINICIAN, Role.BILLER})
    if offered:
        for key in ("visit", "stay", "outside_claim", "care_period", "judgement"):
            assert f'hx-get="{chart.url(f"{key}_add")}"' in page.content.decode()
