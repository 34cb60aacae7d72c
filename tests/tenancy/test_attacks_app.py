"""Ways in which ordinary Python loses track of whose work it does: pools, threads, coroutines, nesting, copies, prefetches, tokens.

What runs later (on_commit, streams, threads by themselves) is in test_later.py; pages are in test_attacks_web.py.
"""

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core import serializers
from django.core.exceptions import SynchronousOnlyOperation
from django.db import DatabaseError, OperationalError, ProgrammingError, connection, connections, transaction
from django.db.models import Prefetch, prefetch_related_objects

from coordination.models import Condition, Patient
from tenancy import tokens
from tenancy.context import (
    AgencyRequired,
    CrossAgency,
    agency_context,
    current_agency_id,
    in_agency,
    on_commit,
    person_context,
    stream,
)
from tests.tenancy import probes
from tests.tenancy.support import (
    COMMITTED,
    COUNT,
    FORGED,
    NO_AGENCY,
    another_session,
    half_a_piece_of_work,
    in_a_thread,
    names,
    refusal,
    sql,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("harbor_stays_as_it_was")]
PROBES = pytest.mark.urls("tests.tenancy.probes")
UNSETTLED = "SELECT current_setting('app.agency', true), current_setting('app.person', true)"


def seen_by(world: SimpleNamespace) -> list[str]:
    with agency_context(world.agency):
        return names()


# Pooled connections


def fail_in_python() -> None:
    raise ZeroDivisionError


def fail_in_postgresql() -> None:
    sql("SELECT 1 / 0")


def fail_and_swallow() -> None:
    try:
        sql("SELECT 1 / 0")
    except DatabaseError:
        names()  # refused: the transaction is broken


@COMMITTED
def test_a_pool_of_connections_carries_nothing_over_whatever_its_users_end_by(worlds):
    """Three connections, eight threads, two agencies; every other piece of work fails in one of three ways."""
    pool: SimpleQueue[Any] = SimpleQueue()
    for _ in range(3):
        wrapper = connections["default"].copy("default")
        wrapper.inc_thread_sharing()
        pool.put(wrapper)
    own = {world.slug: f"Lopez{world.mark}" for world in (worlds.riverbend, worlds.harbor)}
    failures = [fail_in_python, fail_in_postgresql, fail_and_swallow, lambda: None, lambda: None, lambda: None]
    chance = random.Random(7)
    work = [(chance.choice([worlds.riverbend, worlds.harbor]), chance.choice(failures)) for _ in range(600)]

    def one(piece: tuple[Any, Any]) -> tuple[Any, Any, Any]:
        world, ending = piece
        connections["default"] = wrapper = pool.get()
        try:
            refused = refusal(COUNT), sql(UNSETTLED)[0]
            try:
                with person_context(world.coordinator.user), agency_context(world.agency):
                    found = names()
                    ending()
            except (ZeroDivisionError, DatabaseError, transaction.TransactionManagementError):
                pass
            return refused, found, current_agency_id()
        finally:
            del connections["default"]
            pool.put(wrapper)

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(one, work))
    for _ in range(3):
        wrapper = pool.get()
        wrapper.dec_thread_sharing()
        wrapper.close()
    assert {refused[0] for refused, _, _ in results} == {NO_AGENCY}
    assert {setting or "" for refused, _, _ in results for setting in refused[1]} == {""}
    assert [found for _, found, _ in results] == [[own[world.slug]] for world, _ in work]
    assert {after for _, _, after in results} == {None}


@COMMITTED
def test_a_connection_that_was_cut_off_is_followed_by_one_without_a_token(worlds):
    def cut_off() -> None:
        with agency_context(worlds.riverbend.agency):
            [(pid,)] = sql("SELECT pg_backend_pid()")
            with another_session() as other:
                other.execute("SELECT pg_terminate_backend(%s)", [pid])
            names()

    with pytest.raises(OperationalError):
        cut_off()
    connection.close_if_unusable_or_obsolete()
    assert current_agency_id() is None
    assert refusal(COUNT) == NO_AGENCY
    assert seen_by(worlds.harbor) == ["LopezQZHARB"]


# Threads


@COMMITTED
def test_a_thread_that_is_used_again_has_forgotten_whom_it_worked_for(worlds):
    def work() -> list[str]:
        found = names()
        raise LookupError(found)

    with ThreadPoolExecutor(1) as one_thread:
        with agency_context(worlds.riverbend.agency):
            first = one_thread.submit(in_agency(work)).exception(30)
        second = one_thread.submit(names).exception(30)
        with agency_context(worlds.harbor.agency):
            third = one_thread.submit(in_agency(names)).result(30)
        one_thread.submit(connections.close_all).result(30)
    assert str(first) == "['LopezQRIV']"
    assert isinstance(second, AgencyRequired)
    assert third == ["LopezQZHARB"]


@COMMITTED
def test_work_wrapped_for_one_agency_does_not_run_inside_another(worlds):
    with agency_context(worlds.harbor.agency):
        wrapped = in_agency(names)
    with agency_context(worlds.riverbend.agency):
        with pytest.raises(CrossAgency):
            wrapped()
        assert names() == ["LopezQRIV"]


# Coroutines


async def closing(work: Any) -> Any:
    """`work` in a worker thread of the event loop, whose connection is closed behind it."""

    def run() -> Any:
        try:
            return work()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    return await sync_to_async(run, thread_sensitive=False)()


def test_a_coroutine_opens_no_agency(worlds):
    async def open_it() -> None:
        with agency_context(worlds.riverbend.agency):
            pytest.fail("opened on the event loop")

    with pytest.raises(SynchronousOnlyOperation):
        asyncio.run(open_it())
    assert current_agency_id() is None


@COMMITTED
def test_a_coroutine_that_inherits_the_variable_is_refused_by_postgresql(worlds):
    async def look() -> Any:
        assert current_agency_id() == worlds.riverbend.agency.pk
        return await closing(names)

    with agency_context(worlds.riverbend.agency):
        assert str(asyncio.run(look())).splitlines()[0] == NO_AGENCY


@COMMITTED
def test_coroutines_of_two_agencies_side_by_side_each_see_their_own(worlds):
    async def both() -> list[Any]:
        turns = [worlds.riverbend, worlds.harbor] * 6
        return await asyncio.gather(*(closing(lambda world=world: seen_by(world)) for world in turns))

    assert asyncio.run(both()) == [["LopezQRIV"], ["LopezQZHARB"]] * 6


@PROBES
def test_an_asynchronous_view_is_refused_before_it_runs(at_riverbend):
    probes.COMMITTED.clear()
    with pytest.raises(RuntimeError, match="You cannot use ATOMIC_REQUESTS with async views"):
        at_riverbend.get("/a/riverbend/probe/asynchronous/")
    assert probes.COMMITTED == []


# Nesting


@COMMITTED
def test_what_runs_after_the_commit_opens_no_other_agency(worlds):
    with pytest.raises(CrossAgency), agency_context(worlds.riverbend.agency):
        on_commit(lambda: seen_by(worlds.harbor))
    assert current_agency_id() is None


@COMMITTED
def test_after_a_hook_that_failed_no_agency_is_open(worlds):
    with pytest.raises(ZeroDivisionError), agency_context(worlds.riverbend.agency):
        on_commit(fail_in_python)
    assert current_agency_id() is None
    assert refusal(COUNT) == NO_AGENCY
    assert seen_by(worlds.harbor) == ["LopezQZHARB"]


@COMMITTED
def test_a_hook_of_a_savepoint_that_was_rolled_back_does_not_run(worlds):
    ran: list[Any] = []
    with agency_context(worlds.riverbend.agency):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            half_a_piece_of_work(lambda: on_commit(lambda: ran.append(names())))
        on_commit(lambda: ran.append("kept"))
    assert ran == ["kept"]


def test_another_person_inside_a_person_is_refused(worlds):
    with person_context(worlds.riverbend.coordinator.user):
        with pytest.raises(CrossAgency), person_context(worlds.harbor.coordinator.user):
            pytest.fail("two people at once")
        assert sql("SELECT name FROM tenancy_membership") == [("Dana QRIV",)]


@COMMITTED
def test_a_body_of_one_agency_is_not_read_inside_another(worlds):
    with agency_context(worlds.harbor.agency):
        body = stream(lambda: (name.encode() for name in names()))
    with agency_context(worlds.riverbend.agency), pytest.raises(CrossAgency):
        b"".join(body)


@COMMITTED
def test_a_body_that_breaks_off_leaves_no_agency_open(worlds):
    def chunks() -> Any:
        yield from (name.encode() for name in names())
        fail_in_python()

    with agency_context(worlds.riverbend.agency):
        body = stream(chunks)
    with pytest.raises(ZeroDivisionError):
        b"".join(body)
    assert current_agency_id() is None
    assert refusal(COUNT) == NO_AGENCY


@COMMITTED
def test_a_body_read_by_another_thread_is_still_of_its_agency(worlds):
    with agency_context(worlds.riverbend.agency):
        body = stream(lambda: (name.encode() for name in names()))
    assert in_a_thread(lambda: b"".join(body)) == b"LopezQRIV"


# Copies


def copied(statement: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return b"".join(bytes(part) for part in copy)


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("COPY (SELECT mrn FROM coordination_patient WHERE agency_id = {there}) TO STDOUT", b""),
        ("COPY (SELECT mrn FROM coordination_patient WHERE id = '{patient}') TO STDOUT", b""),
        ("COPY (SELECT count(*) FROM coordination_condition WHERE patient_id = '{patient}') TO STDOUT", b"0\n"),
        ("COPY coordination_patientevent (mrn) TO STDOUT", b"QRIV-1\n"),
        ("COPY (TABLE coordination_patient) TO STDOUT (FORMAT csv, FORCE_QUOTE *)", None),
    ],
)
def test_copying_out_gives_rows_of_one_s_own_alone(statement, rows, worlds):
    names = {"there": worlds.harbor.agency.pk, "patient": worlds.harbor.patient.pk}
    with agency_context(worlds.riverbend.agency):
        out = copied(statement.format(**names))
    assert b"QZHARB" not in out
    assert (b"QRIV" in out) if rows is None else (out == rows)


@pytest.mark.parametrize("table", ["coordination_patient", "coordination_patientevent", "tenancy_membership"])
def test_copying_in_is_refused_even_for_one_s_own(table, worlds):
    with agency_context(worlds.riverbend.agency):
        assert refusal(f"COPY {table} FROM STDIN") == "COPY FROM not supported with row-level security"


# Prefetches


def test_an_instance_of_the_other_agency_leads_a_prefetch_to_nothing(worlds):
    foreign = Patient(pk=worlds.harbor.patient.pk, agency=worlds.harbor.agency)
    with agency_context(worlds.riverbend.agency):
        prefetch_related_objects([foreign], "conditions", Prefetch("conditions", to_attr="found"))
        assert (list(foreign.conditions.all()), foreign.found) == ([], [])


def test_a_prefetch_written_for_one_agency_fetches_for_the_one_that_reads(worlds):
    query = Patient.objects.prefetch_related(Prefetch("conditions", Condition.objects.filter(icd10cm="I10"), "found"))
    for world in (worlds.riverbend, worlds.harbor):
        with agency_context(world.agency):
            [patient] = query.all()
            assert [each.patient_id for each in patient.found] == [world.patient.pk]


def test_a_prefetch_over_a_raw_query_is_walled_twice(worlds):
    everybody = "SELECT * FROM coordination_patient WHERE true OR agency_id = %s"
    with agency_context(worlds.riverbend.agency):
        patients = Patient.objects.raw(everybody, [worlds.harbor.agency.pk]).prefetch_related("conditions")
        assert [(each.mrn, each.conditions.all().count()) for each in patients] == [("QRIV-1", 2)]


def test_a_prefetch_outside_any_agency_is_refused(worlds):
    with pytest.raises(AgencyRequired):
        prefetch_related_objects([worlds.riverbend.patient], "conditions")


# Tokens


def test_a_thousand_tokens_bent_at_random_are_refused(worlds):
    chance = random.Random(11)
    good = tokens.mint(tokens.AGENCY, worlds.harbor.agency.pk)
    with agency_context(worlds.riverbend.agency):
        for _ in range(1000):
            at = chance.randrange(len(good))
            bent = good[:at] + chance.choice("0123456789abcdefu:'-") + good[at + chance.choice((0, 1)) :]
            if bent == good:
                continue
            answer = refusal("SELECT set_config('app.agency', %s, true); SELECT app_sec.agency()", [bent])
            assert answer == FORGED, bent


def test_a_token_of_yesterday_is_refused_today_and_its_own_agency_told_so(worlds):
    old = tokens.mint(tokens.AGENCY, worlds.riverbend.agency.pk, lifetime=-24 * 3600)
    sql("SELECT set_config('app.agency', %s, true)", [old])
    assert refusal(COUNT) == FORGED


# Files of rows


def test_a_file_of_the_other_agency_s_rows_is_not_loaded(worlds):
    """Loading writes rows as they are, past the application's wall."""
    with agency_context(worlds.harbor.agency):
        file = serializers.serialize("json", Patient.objects.all())
    changed = file.replace(str(worlds.harbor.patient.pk), "0190b7a0-0000-7000-8000-000000000000")
    with agency_context(worlds.riverbend.agency):
        for rows in (file, changed):
            with pytest.raises(ProgrammingError, match="violates row-level security"), transaction.atomic():
                next(serializers.deserialize("json", rows)).save()


def test_nothing_is_dumped_without_an_agency_and_inside_one_that_one_alone(worlds):
    with pytest.raises(AgencyRequired):
        serializers.serialize("json", Patient.objects.all())
    with agency_context(worlds.riverbend.agency):
        assert "QZHARB" not in serializers.serialize("json", Patient._base_manager.all())
