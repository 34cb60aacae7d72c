"""Running a month: what is stored, what a second run adds, and what the ledger then says."""

import json
import shutil
from datetime import UTC, date, datetime, time
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from billing.models import (
    Charge,
    ChargeRun,
    ContractTerm,
    ContractVersion,
    StoredDecision,
)
from billing.rules import digest, from_json, load_rulebook, to_json
from billing.rules.rulebook import FOLDER
from billing.services.charge_run import charge_run
from billing.services.decisions import decide, rulebook
from billing.tasks import run_current_months
from billing.views.ledger_page import ledger_page
from coordination.models import Enrollment, Patient, TimeLog
from coordination.services.locks import month_lock
from tenancy.context import agency_context
from tests import factories
from tests.factories import MONTH, NOW


@pytest.fixture
def twenty(riverbend):
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 12, by=riverbend.coordinator)
        factories.a_log(riverbend.patient, 8, by=riverbend.coordinator)
    return riverbend


def ledger(client, world):
    ids = {"agency": world.slug, "patient": world.patient.pk, "month": "2026-11"}
    return client.get(reverse("billing:ledger", kwargs=ids)).context["ledger"]


def run(world, month=MONTH):
    with agency_context(world.agency):
        return charge_run(month=month, now=NOW)


def test_twenty_minutes_are_one_line_and_every_minute_is_stored_with_its_rule(twenty):
    report = run(twenty)
    assert (report.patients, report.changed, report.minutes_logged, report.minutes_counted, report.units) == (
        1,
        1,
        20,
        20,
        {"99490": 1},
    )
    with agency_context(twenty.agency):
        [stored] = StoredDecision.objects.all()
        [charge] = Charge.objects.all()
    decision = from_json(stored.document)
    assert to_json(decision) == stored.document
    assert digest(stored.document) == stored.sha256
    assert sum(entry.minutes for entry in decision.ledger) == 20
    assert {(entry.bucket, entry.code, entry.cite) for entry in decision.ledger} == {("counted", "99490", "MLN-CCM")}
    assert (charge.code, charge.units, charge.amount, charge.earliest, charge.latest) == (
        "99490",
        1,
        Decimal("66.13"),
        date(2026, 11, 16),
        date(2026, 11, 30),
    )


def test_nineteen_minutes_are_no_line_and_the_reason(riverbend):
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 19, by=riverbend.coordinator)
    assert run(riverbend).units == {}
    with agency_context(riverbend.agency):
        assert Charge.objects.count() == 0
        [stored] = StoredDecision.objects.all()
        assert (stored.findings, stored.finding_codes, stored.refused) == (
            ["minutes.below_threshold"],
            ["99490"],
            ["99490"],
        )


def test_a_second_run_adds_a_run_and_nothing_else(twenty):
    run(twenty)
    again = run(twenty)
    assert (again.changed, again.units) == (0, {"99490": 1})
    with agency_context(twenty.agency):
        assert (ChargeRun.objects.count(), StoredDecision.objects.count(), Charge.objects.count()) == (2, 1, 1)


def test_a_change_adds_a_version_beside_the_old_one(twenty):
    run(twenty)
    with agency_context(twenty.agency):
        factories.a_log(twenty.patient, 20, by=twenty.coordinator)
    assert (run(twenty).changed, run(twenty).changed) == (1, 0)
    with agency_context(twenty.agency):
        assert list(StoredDecision.objects.order_by("version").values_list("version", flat=True)) == [1, 2]
        assert sorted(Charge.objects.values_list("decision__version", "code")) == [
            (1, "99490"),
            (2, "99439"),
            (2, "99490"),
        ]


def test_a_patient_whose_minutes_and_consent_are_gone_is_decided_to_nothing(twenty):
    run(twenty)
    with agency_context(twenty.agency):
        TimeLog.objects.all().delete()
        Enrollment.objects.all().delete()
    assert (run(twenty).patients, run(twenty).changed) == (1, 0)
    with agency_context(twenty.agency):
        latest = StoredDecision.objects.order_by("-version").first()
        assert (latest.version, from_json(latest.document).lines) == (2, ())


def test_what_was_run_cannot_be_changed_or_deleted(twenty):
    run(twenty)
    with agency_context(twenty.agency):
        for table in ("billing_decision", "billing_charge", "billing_chargerun"):
            for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET month = month"):
                with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(statement)
        assert (StoredDecision.objects.count(), Charge.objects.count()) == (1, 1)


def test_a_run_touches_no_other_agency_and_no_other_month(twenty, harbor):
    run(twenty)
    with agency_context(harbor.agency):
        factories.a_log(harbor.patient, 20, by=harbor.coordinator)
        assert StoredDecision.objects.count() == 0
    assert run(twenty, date(2026, 10, 1)).units == {}
    with agency_context(harbor.agency):
        assert (ChargeRun.objects.count(), StoredDecision.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("terms", "finding"), [("no contract", "terms.no_contract"), ("not covered", "terms.not_covered")]
)
def test_without_terms_there_is_no_line_and_the_minutes_say_so(twenty, terms, finding):
    with agency_context(twenty.agency):
        if terms == "no contract":
            ContractVersion.objects.update(effective_to=date(2026, 10, 31))
        else:
            ContractTerm.objects.filter(code="99490").delete()
    assert run(twenty).units == {}
    with agency_context(twenty.agency):
        [stored] = StoredDecision.objects.all()
        assert (finding, "99490") in zip(stored.findings, stored.finding_codes, strict=True)


def test_the_contracts_cap_and_rate_are_applied(twenty):
    with agency_context(twenty.agency):
        ContractTerm.objects.filter(code="99439").update(max_units_month=1, rate="45.93")
        factories.a_log(twenty.patient, 60, by=twenty.coordinator)
    assert run(twenty).units == {"99439": 1, "99490": 1}
    with agency_context(twenty.agency):
        assert Charge.objects.get(code="99439").amount == Decimal("45.93")


def test_versions_of_a_contract_cannot_overlap(riverbend):
    with agency_context(riverbend.agency):
        first = riverbend.contract
        for begins in (date(2026, 1, 1), date(2027, 1, 1)):
            with pytest.raises(DatabaseError, match="contract_versions_never_overlap"), transaction.atomic():
                ContractVersion.objects.create(contract=first.contract, number=2, effective_from=begins)
        ContractVersion.objects.filter(pk=first.pk).update(effective_to=date(2026, 12, 31))
        ContractVersion.objects.create(contract=first.contract, number=2, effective_from=date(2027, 1, 1))


def test_the_ledger_says_whether_the_last_run_agrees(twenty, signed_in):
    client = signed_in(twenty.admin)
    url = reverse("billing:ledger", kwargs={"agency": twenty.slug, "patient": twenty.patient.pk, "month": "2026-11"})
    assert client.get(url).context["ledger"].run is None
    run(twenty)
    assert client.get(url).context["ledger"].run.is_same is True
    with agency_context(twenty.agency):
        factories.a_log(twenty.patient, 1, by=twenty.coordinator)
    ledger = client.get(url).context["ledger"]
    assert (ledger.run.is_same, ledger.logged, ledger.accounted) == (False, 21, 21)


def test_money_is_for_those_who_may_see_it(twenty, signed_in):
    url = reverse("billing:ledger", kwargs={"agency": twenty.slug, "patient": twenty.patient.pk, "month": "2026-11"})
    admin, coordinator = (signed_in(who).get(url) for who in (twenty.admin, twenty.coordinator))
    assert [line.amount for line in admin.context["ledger"].lines] == [Decimal("66.13")]
    assert [line.amount for line in coordinator.context["ledger"].lines] == [None]
    assert "66.13" in admin.content.decode()
    assert "66.13" not in coordinator.content.decode()


@pytest.mark.parametrize(
    ("died", "units"), [(date(2026, 11, 16), {"99490": 1}), (date(2026, 11, 15), {}), (None, {"99490": 1})]
)
def test_time_after_death_is_not_billed(twenty, died, units):
    with agency_context(twenty.agency):
        Patient.objects.filter(pk=twenty.patient.pk).update(is_deceased=True, deceased_on=died)
    assert run(twenty).units == units


def test_another_edition_that_decides_alike_is_no_change(twenty, signed_in, monkeypatch, tmp_path):
    run(twenty)
    folder = tmp_path / "rulebook"
    shutil.copytree(FOLDER, folder)
    for name, old, new in (("rulebook.yaml", "2026.11", "2026.12"), ("sources.yaml", "CMS MLN909188", "CMS booklet")):
        (folder / name).write_text((folder / name).read_text().replace(old, new))
    other = load_rulebook(folder)
    for place in ("billing.services.decisions", "billing.services.charge_run", "billing.views.ledger"):
        monkeypatch.setattr(f"{place}.rulebook", lambda: other)
    page = ledger(signed_in(twenty.admin), twenty)
    assert (page.rulebook_version, page.run.is_same, page.pieces[0].cite.short) == ("2026.12", True, "CMS booklet")
    assert run(twenty).changed == 0
    with agency_context(twenty.agency):
        assert StoredDecision.objects.count() == 1
        first, second = ChargeRun.objects.order_by("pk").values_list("rulebook", flat=True)
    assert first != second
    with agency_context(twenty.agency):
        factories.a_log(twenty.patient, 1, by=twenty.coordinator)
    assert run(twenty).changed == 1


@pytest.mark.parametrize(("today", "months"), [(1, [10, 11]), (10, [10, 11]), (11, [11]), (30, [11])])
def test_the_month_before_is_run_again_while_a_month_is_young(riverbend, at, today, months):
    at(datetime(2026, 11, today, 19, tzinfo=UTC))
    with agency_context(riverbend.agency):
        run_current_months.run()
        assert sorted(run.month.month for run in ChargeRun.objects.all()) == months


def test_a_month_is_run_in_batches_to_the_same_end(twenty, monkeypatch):
    with agency_context(twenty.agency):
        for number in range(4):
            patient = factories.an_enrolled_patient(twenty, f"Maria{number}", "Diaz")
            factories.a_log(patient, 20 + number, by=twenty.coordinator)
    monkeypatch.setattr("billing.services.charge_run.PATIENTS_AT_ONCE", 2)
    report = run(twenty)
    assert (report.patients, report.changed, report.minutes_logged, report.minutes_counted) == (5, 5, 106, 100)
    assert report.units == {"99490": 5}
    assert run(twenty).changed == 0
    with agency_context(twenty.agency):
        assert {row.run_id for row in StoredDecision.objects.all()} <= set(
            ChargeRun.objects.values_list("pk", flat=True)
        )


def test_a_log_saved_while_the_ledger_is_read_waits_for_the_next_reading(twenty, signed_in, monkeypatch):
    def decide_then_save(patients, month):
        decided = decide(patients, month)
        factories.a_log(twenty.patient, 7, by=twenty.coordinator)
        return decided

    monkeypatch.setattr("billing.views.ledger.decide", decide_then_save)
    page = ledger(signed_in(twenty.admin), twenty)
    assert (page.logged, page.accounted, len(page.rows)) == (20, 20, 2)


def test_months_before_the_rulebook_have_no_ledger_and_no_run(riverbend, signed_in):
    client = signed_in(riverbend.coordinator)
    ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk}
    assert client.get(reverse("billing:ledger", kwargs={**ids, "month": "2012-12"})).status_code == 404
    with pytest.raises(CommandError, match="2012-12 is before the rulebook: its first month is 2013-01"):
        call_command("charge_run", agency="riverbend", month="2012-12")
    call_command("charge_run", agency="riverbend", month="2013-01", stdout=StringIO())
    with agency_context(riverbend.agency):
        assert [page_of(riverbend, month).previous_slug for month in (date(2013, 1, 1), date(2013, 2, 1))] == [
            None,
            "2013-01",
        ]


def page_of(world, month):
    return ledger_page(
        decided=decide([world.patient.pk], month)[world.patient.pk],
        logs=[],
        stored=None,
        edits=(),
        enrollments=(),
        rulebook=rulebook(),
        labels={},
        today=factories.TODAY,
        is_closed=False,
        zone=world.agency.zone,
        with_money=False,
    )


def test_the_ledger_prints_the_rules_own_words(twenty, signed_in):
    cite = ledger(signed_in(twenty.admin), twenty).pieces[0].cite
    assert (cite.short, cite.words) == (
        "CMS MLN909188",
        "The first 20 minutes of staff time in a month are billed once; fewer are not billed at all.",
    )
    assert "public copies" not in cite.where


def test_a_month_that_has_not_begun_has_no_ledger_and_no_run(riverbend, signed_in):
    url = reverse(
        "billing:ledger", kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk, "month": "2026-12"}
    )
    assert signed_in(riverbend.coordinator).get(url).status_code == 404
    with pytest.raises(CommandError, match="2026-12 has not begun"):
        call_command("charge_run", agency="riverbend", month="2026-12")


def test_the_command_reports_in_words_and_as_json(twenty):
    words, data = StringIO(), StringIO()
    call_command("charge_run", agency="riverbend", month="2026-11", stdout=words)
    call_command("charge_run", agency="riverbend", month="2026-11", json=True, stdout=data)
    assert (
        words.getvalue()
        == "riverbend 2026-11: 1 patients, 1 new or changed; 20 minutes logged, 20 counted; 99490 × 1\n"
    )
    assert json.loads(data.getvalue()) == {
        "agency": "riverbend",
        "month": "2026-11",
        "patients": 1,
        "changed": 0,
        "minutes_logged": 20,
        "minutes_counted": 20,
        "units": {"99490": 1},
    }
    with pytest.raises(CommandError, match="--month: '2026-13' is no month|--month"):
        call_command("charge_run", agency="riverbend", month="november")


def test_the_ledgers_pieces_say_which_minutes_of_the_unit_they_are(riverbend, signed_in):
    """An entry with a clock time and one without, on one day: the page keeps the engine's order."""
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 12, by=riverbend.coordinator, start=time(9), stop=time(9, 12))
        factories.a_log(riverbend.patient, 11, by=riverbend.coordinator)
    url = reverse(
        "billing:ledger", kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk, "month": "2026-11"}
    )
    rows = signed_in(riverbend.coordinator).get(url).context["ledger"].rows
    assert [(row.log.minutes, [piece.sentence for piece in row.pieces]) for row in rows] == [
        (11, ["Counted toward 99490, unit 1: minutes 1 to 11 of 20."]),
        (
            12,
            [
                "Counted toward 99490, unit 1: minutes 12 to 20 of 20.",
                "Above the last full unit: the next 99439 takes 20 minutes.",
            ],
        ),
    ]


def test_a_month_that_is_over_says_what_it_fell_short_by_and_what_could_change_that(riverbend, signed_in):
    october = date(2026, 10, 1)
    ids = {"agency": riverbend.slug, "patient": riverbend.patient.pk, "month": "2026-10"}

    def said():
        page = signed_in(riverbend.coordinator).get(reverse("billing:ledger", kwargs=ids)).context["ledger"]
        return next(each.sentence for each in page.refusals if each.code == "99490")

    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 8, by=riverbend.coordinator, on=date(2026, 10, 20))
    assert said().startswith("8 of 20 minutes: 12 short of 99490. Oct 31 is over: only what was given by then")
    with agency_context(riverbend.agency):
        month_lock(actor=riverbend.admin, month=october, reason="all in", now=factories.NOW)
    assert said().startswith("8 of 20 minutes: 12 short of 99490. The month is closed: only what was given by Oct 31")


def test_a_month_past_the_checked_rules_says_so(riverbend, signed_in, at):
    url = reverse(
        "billing:ledger", kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk, "month": "2027-01"}
    )
    at(datetime(2027, 1, 20, 18, tzinfo=UTC))
    with agency_context(riverbend.agency):
        factories.a_log(
            riverbend.patient,
            8,
            by=riverbend.coordinator,
            on=date(2027, 1, 5),
            now=datetime(2027, 1, 20, 18, tzinfo=UTC),
        )
    page = signed_in(riverbend.coordinator).get(url)
    assert page.context["ledger"].is_checked is False
    assert "checked through December 31, 2026" in page.content.decode()
    november = signed_in(riverbend.coordinator).get(url.replace("2027-01", "2026-11"))
    assert november.context["ledger"].is_checked is True
