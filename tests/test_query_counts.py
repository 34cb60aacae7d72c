"""How many statements a page issues, pinned in query_counts.json and the same however much data there is.

Counted is what the view issues after the middleware; what every request costs before and after it is pinned once, as "overhead".
`make query-counts` writes the file anew; its change is reviewed as a diff.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.models import ChargeRun
from billing.port import kept_meters
from billing.services.charge_run import charge_run
from coordination.models import (
    Alert,
    CareTeamMember,
    CareTeamRole,
    Contact,
    Deadline,
    DeadlineKind,
    Mode,
    Outcome,
    Patient,
    SpokenTo,
    Transition,
)
from tenancy.context import agency_context
from tenancy.models import Team, uuid7
from tests import factories, outbox

PINNED = Path(__file__).with_name("query_counts.json")
LIMITS = {"patients": 6, "patient": 8, "time_log_record": 8}
"""Set by the product, whatever is pinned; one of each page is the running timer in the bar."""


def page(name: str, **kwargs: Any) -> Callable[[SimpleNamespace], str]:
    return lambda world: reverse(
        name,
        kwargs={"agency": world.slug, **kwargs, **({"patient": world.patient.pk} if name not in OF_AGENCY else {})},
    )


OF_AGENCY = (
    "coordination:today",
    "coordination:short_this_month",
    "coordination:alerts",
    "coordination:team",
    "coordination:team_tasks",
    "coordination:patients",
    "coordination:patients_more_filters",
    "coordination:patient_add",
    "coordination:agency_access",
    "coordination:transitions",
    "coordination:notices",
    "coordination:outbox",
    "tenancy:people",
    "tenancy:person",
    "tenancy:agency",
    "billing:runs",
    "interop:imports",
    "interop:import",
    "billing:run",
    "billing:payers",
    "billing:payer",
    "billing:rules",
    "billing:rule_code",
    "billing:rule_program",
    "billing:rule_changes",
    "billing:rule_sources",
    "billing:rule_values",
)
TIME = {
    "minutes": "8",
    "service_date": "2026-11-16",
    "activity": "care_coordination",
    "program": "chronic_care",
    "note": "called",
}
PAGES: dict[str, tuple[str, Callable, dict[str, str], str]] = {
    "patients": ("get", page("coordination:patients"), {}, "coordinator"),
    "today": ("get", page("coordination:today"), {}, "coordinator"),
    "short_this_month": ("get", page("coordination:short_this_month"), {}, "coordinator"),
    "alerts": ("get", page("coordination:alerts"), {}, "coordinator"),
    "team": ("get", page("coordination:team"), {}, "admin"),
    "team_tasks": ("get", page("coordination:team_tasks"), {}, "admin"),
    "patients, more filters": ("get", page("coordination:patients_more_filters"), {}, "coordinator"),
    "patients searched": ("post", page("coordination:patients"), {"q": "maria lopez"}, "coordinator"),
    "patient": ("get", page("coordination:patient"), {}, "coordinator"),
    "patients seen": ("post", page("coordination:patients"), {"q": "", "order": "seen"}, "coordinator"),
    "patient_add": ("get", page("coordination:patient_add"), {}, "coordinator"),
    "patient_details": ("get", page("coordination:patient_details"), {}, "coordinator"),
    "patient_edit": ("get", page("coordination:patient_edit"), {}, "coordinator"),
    "patient_access": ("get", page("coordination:patient_access"), {}, "admin"),
    "patient_history": ("get", page("coordination:patient_history"), {}, "admin"),
    "agency_access": ("get", page("coordination:agency_access"), {}, "admin"),
    "merge_choose": ("get", page("coordination:merge_choose"), {}, "admin"),
    "time_log_record": ("post", page("coordination:time_log_record"), TIME, "coordinator"),
    "time_log_preview": ("post", page("coordination:time_log_preview"), TIME, "coordinator"),
    "contact_change_preview": (
        "post",
        lambda world: page("coordination:contact_change_preview", contact=world.log.contact_id)(world),
        TIME,
        "coordinator",
    ),
    "ledger": ("get", page("billing:ledger", month="2026-11"), {}, "coordinator"),
    "other_sets": ("get", page("billing:other_sets", month="2026-11"), {}, "admin"),
    "chart": ("get", page("coordination:chart"), {}, "coordinator"),
    "transitions": ("get", page("coordination:transitions"), {}, "coordinator"),
    "transitions searched": ("post", page("coordination:transitions"), {"q": "maria"}, "coordinator"),
    "patient_transitions": ("get", page("coordination:patient_transitions"), {}, "coordinator"),
    "transition": (
        "get",
        lambda world: page("coordination:transition", transition=world.transition.pk)(world),
        {},
        "coordinator",
    ),
    "visit_list": ("get", page("coordination:visit_list"), {}, "coordinator"),
    "visit_list searched": ("post", page("coordination:visit_list"), {"q": "2026", "order": "standing"}, "coordinator"),
    "visit_add": ("get", page("coordination:visit_add"), {}, "coordinator"),
    "enroll": ("get", page("coordination:enroll"), {}, "coordinator"),
    "coverage_add": ("get", page("coordination:coverage_add"), {}, "coordinator"),
    "condition_add": ("get", page("coordination:condition_add"), {}, "coordinator"),
    "runs": ("get", page("billing:runs"), {}, "admin"),
    "run": ("get", lambda world: page("billing:run", run=world.run.pk)(world), {}, "admin"),
    "run searched": ("post", lambda world: page("billing:run", run=world.run.pk)(world), {"q": "lopez"}, "admin"),
    "payers": ("get", page("billing:payers"), {}, "admin"),
    "payer": ("get", lambda world: page("billing:payer", payer=world.payer.pk)(world), {}, "admin"),
    "rules": ("get", page("billing:rules"), {}, "admin"),
    "rule_code": ("get", page("billing:rule_code", code="99490"), {}, "admin"),
    "rule_program": ("get", page("billing:rule_program", program="chronic_care"), {}, "admin"),
    "rule_changes": ("get", page("billing:rule_changes"), {}, "admin"),
    "rule_sources": ("get", page("billing:rule_sources"), {}, "admin"),
    "rule_values": ("get", page("billing:rule_values"), {}, "admin"),
    "people": ("get", page("tenancy:people"), {}, "admin"),
    "person": ("get", lambda world: page("tenancy:person", person=world.admin.pk)(world), {}, "admin"),
    "agency": ("get", page("tenancy:agency"), {}, "admin"),
    "imports": ("get", page("interop:imports"), {}, "admin"),
    "import": ("get", lambda world: page("interop:import", import_run=world.import_run.pk)(world), {}, "admin"),
    "notices": ("get", page("coordination:notices"), {}, "coordinator"),
    "outbox": ("get", page("coordination:outbox"), {}, "admin"),
}


def counts(client: Any, method: str, url: str, data: dict[str, str]) -> tuple[int, int]:
    """(statements of the view, statements around it). The view's are between its own savepoint and the release of it."""
    sent = data | {"form_key": str(uuid7())} if data else data
    kept_meters.clear()  # pinned is the most that a page asks for
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = getattr(client, method)(url, sent, headers={"HX-Request": "true"} if "q" in data else {})
    assert response.status_code in (200, 302), response.status_code
    statements = [each["sql"] or "kept, and prepared" for each in captured]
    view = next(each.split()[-1] for each in reversed([s for s in statements if s.startswith("SAVEPOINT")][:2]))
    begin, end = statements.index(f"SAVEPOINT {view}"), statements.index(f"RELEASE SAVEPOINT {view}")
    return end - begin - 1, len(statements) - (end - begin - 1)


def more_of_everything(world: SimpleNamespace) -> None:
    with agency_context(world.agency):
        for number in range(12):
            patient = factories.an_enrolled_patient(world, f"Maria{number}", f"Lopez{number}")
            came_home(world, patient)
            for minutes in (5, 9, 30):
                factories.a_log(patient, minutes, by=world.coordinator)
                factories.a_log(world.patient, minutes, by=world.coordinator)
            a_call_after(world)
            factories.a_member(name=f"colleague {number}")
            factories.an_upload(world)
            Team.objects.create(name=f"Team {number}")
            factories.a_licence(world.admin)
            outbox.one_of_each(world)
        charge_run(month=factories.MONTH, now=factories.NOW)
        world.run = ChargeRun.objects.order_by("-pk").first()
        records_of_every_noun(world)
        for code in ("J44.9", "E78.5", "M17.11"):
            factories.a_condition(world.patient, code, by=world.coordinator)


def came_home(world: SimpleNamespace, patient: Patient) -> Transition:
    """To be called by the coordinator, who leads the care and was told that it is soon due."""
    lead = {"member": world.coordinator, "role": CareTeamRole.LEAD, "from_day": factories.MONTH}
    CareTeamMember.objects.create(patient=patient, **lead)
    home = factories.a_discharge(patient, by=world.coordinator)
    call = Deadline.objects.get(about=home.pk, kind=DeadlineKind.CONTACT)
    Alert.objects.create(deadline=call, due_at=call.due_at, level=0, raised_at=factories.NOW)
    return home


def a_call_after(world: SimpleNamespace) -> None:
    """A call after the world's discharge, by somebody who made none before."""
    log = factories.a_log(world.patient, 4, by=factories.a_member(name="caller"))
    Contact.objects.filter(pk=log.contact_id).update(
        transition=world.transition, mode=Mode.PHONE, spoken_to=SpokenTo.PATIENT, outcome=Outcome.NO_ANSWER
    )


def records_of_every_noun(world: SimpleNamespace) -> None:
    """More rows than the chart shows of a noun, and payers and colleagues to choose from."""
    for number in range(8):
        ends = {"from_day": f"20{10 + number}-01-01", "to_day": f"20{10 + number}-12-31"}
        day = {"on": f"2026-10-{number + 1:02d}"}
        for key, said in {
            "contact_point": {"value": f"303-555-01{number:02d}"},
            "identifier": {"value": f"M-{number}"},
            "proxy": {"name": f"Ana {number}"},
            "address": {"city": f"Denver {number}"},
            "coverage": ends | {"payer": "", "new_payer": f"Payer {number}", "new_payer_kind": "other"},
            "care_team_member": ends,
            "care_plan": {"title": f"Plan {number}"},
            "visit": day,
            "outside_claim": day,
            "stay": ends,
            "care_period": ends,
            "judgement": {"month": f"2026-{number + 1:02d}"},
        }.items():
            factories.a_record(world, key, **said)


@pytest.fixture
def measured(riverbend, signed_in) -> dict[str, int]:
    """Every page's count, first with little data and then with a lot; the two must agree."""
    with agency_context(riverbend.agency):
        charge_run(month=factories.MONTH, now=factories.NOW)
        riverbend.run = ChargeRun.objects.get()
        riverbend.import_run = factories.an_upload(riverbend)
        riverbend.transition = came_home(riverbend, riverbend.patient)
        riverbend.log = factories.a_log(riverbend.patient, 8, by=riverbend.coordinator)
        a_call_after(riverbend)
    few = measure(riverbend, signed_in)
    more_of_everything(riverbend)
    many = measure(riverbend, signed_in)
    assert few == many
    return few


def measure(world: SimpleNamespace, signed_in: Any) -> dict[str, int]:
    result: dict[str, int] = {}
    overheads = set()
    for name, (method, url, data, who) in PAGES.items():
        result[name], around = counts(signed_in(getattr(world, who)), method, url(world), data)
        if name not in (
            "people",
            "person",
            "agency",
            "payers",
            "payer",
            "runs",
            "imports",
            "patient_add",
            "agency_access",
            "team",
            "notices",
            "outbox",
            *(name for name in PAGES if name.startswith("rule")),
        ):  # read no patient, so write no access log
            overheads.add(around)
    assert len(overheads) == 1, overheads
    return result | {"overhead": overheads.pop()}


def test_counts_are_as_pinned(measured):
    if os.environ.get("WRITE_QUERY_COUNTS"):
        PINNED.write_text(json.dumps(measured, indent=2) + "\n")
    assert measured == json.loads(PINNED.read_text())


def test_counts_are_within_the_products_limits():
    pinned = json.loads(PINNED.read_text())
    assert {name: pinned[name] for name, limit in LIMITS.items() if pinned[name] > limit} == {}
