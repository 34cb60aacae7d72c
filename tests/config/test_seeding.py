"""Invented agencies of a size: a fifth in one of them, 550 with one coordinator, and the same again for the same seed."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.models import Count, Sum

from billing.services.charge_run import charge_run
from config import seeding
from config.population import SIZES, Population, Size, places
from coordination.models import CareTeamMember, Patient, TimeLog
from coordination.rules.months import previous_month
from tenancy.context import agency_context
from tenancy.models import Agency
from tests.factories import MONTH, NOW

TINY = Size("T", 3, 90, 450)
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])


def empty():
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE tenancy_agency, tenancy_user CASCADE")


def made(seed=7, now=NOW):
    """Every row that was written, by table, without the keys that the database counts."""
    empty()
    rows = {}
    for agency in seeding.seed(TINY, seed, now, lambda line: None):
        with agency_context(agency):
            for model, columns in seeding.COLUMNS.items():
                rows[agency.slug, model.__name__] = list(model.objects.order_by(*columns[:2]).values_list(*columns))
    return rows


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_fifth_is_in_the_first_agency_and_550_with_one_coordinator(size):
    found = places(size, 1)
    patients = [place.patients for place in found]
    assert (len(found), sum(patients), len({place.slug for place in found})) == (
        size.agencies,
        size.patients,
        size.agencies,
    )
    assert patients[0] == (size.patients if size.agencies == 1 else size.patients // 5)
    assert max(patients[1:], default=0) < patients[0]
    first = Population(size, 1, found[0], NOW)
    panels = Counter(first.coordinator(number).id for number in range(patients[0]))
    assert sorted(panels.values())[-2:] == [150, 550]


def test_the_same_seed_and_day_write_the_same_rows_and_another_seed_others():
    first = made()
    assert made() == first
    other = made(seed=8)
    assert {key for key in first if first[key] == other.get((key[0].replace("t7", "t8"), key[1]))} == set()
    assert made(now=datetime(2026, 11, 15, 22, tzinfo=UTC)) != first


def test_every_kind_of_month_is_there_and_a_run_decides_it():
    made()
    agency = Agency.objects.get(slug="alder-t7")
    with agency_context(agency):
        assert Patient.objects.count() == 18
        assert CareTeamMember.objects.filter(role="lead").count() == 18
        assert TimeLog.objects.filter(service_date__gt=NOW).count() == 0
        logged = TimeLog.objects.filter(service_date__gte=MONTH, voided_at=None).aggregate(
            n=Count("pk"), minutes=Sum("minutes")
        )
        report = charge_run(month=MONTH, now=NOW)
        assert (report.minutes_logged, report.changed) == (logged["minutes"], report.patients)
        assert charge_run(month=previous_month(MONTH), now=NOW).units["99490"] > 0


def test_what_is_there_is_left_alone_and_what_was_begun_is_finished(monkeypatch):
    empty()
    calls = []
    monkeypatch.setattr(seeding, "fill", lambda place, population: calls.append(place.slug) or 1 / (len(calls) < 3))
    with pytest.raises(ZeroDivisionError):
        seeding.seed(TINY, 7, NOW, lambda line: None)
    monkeypatch.undo()
    told = []
    agencies = seeding.seed(TINY, 7, NOW, told.append)
    assert told == [f"{slug}: {patients} patients" for slug, patients in zip(calls, (18, 43, 29), strict=True)]
    seeding.seed(TINY, 7, NOW, told.append)
    assert len(told) == len(agencies) == 3


def test_sizes_refuse_production_and_seeds_that_are_no_seed(settings):
    with pytest.raises(CommandError, match="give a number from 0"):
        call_command("seed_demo", size="S", seed=-1)
    settings.SETTINGS_MODULE = "config.settings.prod"
    with pytest.raises(CommandError, match="never runs under production settings"):
        call_command("seed_demo", size="S")
