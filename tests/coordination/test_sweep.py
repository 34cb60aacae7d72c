"""The sweep: everybody is told of every moment once, whatever was missed, locked, or swept twice at a time."""

import re
import threading
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connections

from coordination.models import Alert, Deadline, Heartbeat, Settled
from coordination.rules.deadlines import Due
from coordination.selectors.sweep import swept_at, untold
from coordination.services.deadlines import deadlines_write
from coordination.services.sweep import TELL, deadlines_sweep
from tenancy.context import agency_context
from tests.factories import NOW, TODAY
from tests.tenancy.support import COMMITTED, another_session, in_a_thread, sql

pytestmark = COMMITTED
HOUR = timedelta(hours=1)
LEVELS = (NOW, NOW + HOUR, NOW + 2 * HOUR, NOW + 3 * HOUR)


def a_deadline(world, *, at=LEVELS[-1], levels=LEVELS, made=NOW - HOUR, about: UUID | None = None, **more) -> UUID:
    """The service writes it, as when a fact asks for it; returns what it is about."""
    about = about or uuid4()
    with agency_context(world.agency):
        deadlines_write({about: (world.patient.pk, [Due("contact", TODAY, at, levels, **more)])}, now=made)
    return about


def told(world) -> list[tuple]:
    """What each deadline was told of: (about, level, hours after NOW when it was raised), sorted."""
    with agency_context(world.agency):
        found = Alert.objects.values_list("deadline__about", "level", "raised_at")
        return sorted((about, level, (at - NOW) / HOUR) for about, level, at in found)


def stands(world, about) -> tuple:
    """How many levels of it have passed, and in how many hours after NOW comes the next."""
    with agency_context(world.agency):
        found = Deadline.objects.get(about=about)
        return found.level, found.next_at and (found.next_at - NOW) / HOUR


def test_each_level_is_told_when_its_moment_comes_in_every_agency_and_once(worlds):
    ours, theirs = a_deadline(worlds.riverbend), a_deadline(worlds.harbor, levels=LEVELS[1:])
    quiet = a_deadline(worlds.riverbend, levels=())
    done = a_deadline(worlds.riverbend, settled=Settled.MET)
    assert (untold(NOW), swept_at()) == (1, None)

    assert [deadlines_sweep(now=NOW - timedelta(seconds=1)), deadlines_sweep(now=NOW), deadlines_sweep(now=NOW)] == [
        0,
        1,
        0,
    ]
    assert (told(worlds.riverbend), told(worlds.harbor)) == ([(ours, 0, 0)], [])
    assert [stands(worlds.riverbend, each) for each in (ours, quiet, done)] == [(1, 1), (0, None), (0, None)]
    assert (untold(NOW), swept_at()) == (0, NOW)

    assert deadlines_sweep(now=NOW + HOUR) == 2
    assert (told(worlds.riverbend), told(worlds.harbor)) == ([(ours, 0, 0), (ours, 1, 1)], [(theirs, 0, 1)])
    beat = Heartbeat.objects.get()
    assert (beat.name, beat.at, beat.found) == ("sweep", NOW + HOUR, 2)
    assert deadlines_sweep(now=NOW) == 0  # one that comes late, from another clock
    assert swept_at() == NOW + HOUR


def test_after_an_outage_every_level_that_passed_is_told_once_and_what_was_made_late_is_told_once(worlds):
    missed, late = a_deadline(worlds.riverbend), a_deadline(worlds.riverbend, made=NOW + 2 * HOUR)
    moved = a_deadline(worlds.harbor)
    assert deadlines_sweep(now=NOW + 2.5 * HOUR, batch=1) == 7
    assert told(worlds.riverbend) == sorted([(missed, 0, 2.5), (missed, 1, 2.5), (missed, 2, 2.5), (late, 2, 2.5)])
    assert [stands(worlds.riverbend, each) for each in (missed, late)] == [(3, 3), (3, 3)]

    later = tuple(moment + 10 * HOUR for moment in LEVELS)
    a_deadline(worlds.harbor, about=moved, at=later[-1], levels=later, made=NOW + 3 * HOUR)
    assert deadlines_sweep(now=NOW + 10 * HOUR) == 3  # the last of the two, and the first of the new moment
    assert [level for _, level, _ in told(worlds.harbor)] == [0, 0, 1, 2]
    assert stands(worlds.harbor, moved) == (1, 11)
    assert stands(worlds.riverbend, missed) == (4, None)
    assert deadlines_sweep(now=NOW + 100 * HOUR) == 3
    assert deadlines_sweep(now=NOW + 1000 * HOUR) == 0


def test_what_was_settled_and_opened_again_tells_nobody_twice_of_the_same_moment(worlds):
    about = a_deadline(worlds.riverbend)
    assert deadlines_sweep(now=NOW) == 1
    a_deadline(worlds.riverbend, about=about, settled=Settled.MET, made=NOW)
    assert deadlines_sweep(now=NOW + HOUR) == 0
    a_deadline(worlds.riverbend, about=about, made=NOW + HOUR / 2)
    assert stands(worlds.riverbend, about) == (0, 0)
    assert deadlines_sweep(now=NOW + HOUR) == 1
    assert told(worlds.riverbend) == [(about, 0, 0), (about, 1, 1)]


def test_a_deadline_that_somebody_changes_is_left_to_the_next_sweep_which_nobody_waits_for(worlds):
    changed, other = a_deadline(worlds.riverbend), a_deadline(worlds.harbor)
    with another_session("owner") as session, session.transaction():
        session.execute("SELECT FROM coordination_deadline WHERE about = %s FOR UPDATE", [changed])
        assert in_a_thread(lambda: deadlines_sweep(now=NOW)) == 1
        assert (told(worlds.riverbend), told(worlds.harbor)) == ([], [(other, 0, 0)])
    assert deadlines_sweep(now=NOW + timedelta(minutes=1)) == 1
    assert told(worlds.riverbend) == [(changed, 0, 1 / 60)]


def test_two_sweeps_at_once_tell_each_moment_once(worlds):
    """The first is held in the middle, its deadlines locked and its alerts not yet committed; the second goes past it."""
    for world in (worlds.riverbend, worlds.harbor):
        for _ in range(20):
            a_deadline(world)
    assert untold(NOW) == 40
    with another_session("system") as first, first.transaction():
        assert first.execute(TELL, {"now": NOW, "batch": 15}).fetchone() == (15, 15)
        assert in_a_thread(lambda: deadlines_sweep(now=NOW)) == 25
    assert len(told(worlds.riverbend)) == len(told(worlds.harbor)) == 20
    assert deadlines_sweep(now=NOW) == 0

    begun, raised = threading.Barrier(4), []

    def sweep() -> None:
        begun.wait(10)
        raised.append(deadlines_sweep(now=NOW + HOUR, batch=7))
        connections.close_all()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(raised), sum(raised)) == (4, 40)
    assert [level for _, level, _ in told(worlds.harbor)] == [0, 1] * 20


def test_one_that_dies_in_the_middle_has_told_nothing_and_the_next_tells_all(worlds):
    about = a_deadline(worlds.riverbend)
    assert untold(NOW) == 1
    with another_session("system") as dying:
        dying.execute("BEGIN")
        assert dying.execute(TELL, {"now": NOW, "batch": 10}).fetchone() == (1, 1)
        sql("SELECT pg_terminate_backend(%s)", [dying.info.backend_pid], using="system")  # a role may end its own
        with pytest.raises(psycopg.errors.AdminShutdown):
            dying.execute("COMMIT")
    assert (told(worlds.riverbend), stands(worlds.riverbend, about), swept_at()) == ([], (0, 0), None)
    assert deadlines_sweep(now=NOW) == 1
    assert told(worlds.riverbend) == [(about, 0, 0)]


def test_no_plan_of_the_sweep_reads_a_whole_table(worlds):
    sql(
        "INSERT INTO coordination_deadline (id, agency_id, kind, about, due_on, due_at, levels, level, next_at, said,"
        " waits_on_name, snooze_reason, settled_as, version) SELECT gen_random_uuid(), %s, 'contact', gen_random_uuid(),"
        " '2026-11-16', moment, ARRAY[moment], 0, moment, '{}', '', '', '', 1"
        " FROM generate_series(1, 20000) n, LATERAL (SELECT %s::timestamptz + n * interval '1 minute' AS moment) at",
        [worlds.riverbend.agency.pk, NOW],
        using="owner",
    )
    sql("ANALYZE coordination_deadline", using="owner")
    for hours, due in ((0, 0), (1, 60), (300, 5000)):
        asked = {"now": NOW + hours * HOUR, "batch": 5000}
        plan = "\n".join(line for (line,) in sql(f"EXPLAIN (COSTS OFF) {TELL}", asked, using="system"))
        assert "Seq Scan" not in plan, plan
        used = re.findall(r"Index Scan (?:using|on) (\w+)", plan)
        assert used == ["deadline_to_tell_of", "coordination_deadline_pkey"], plan
        assert sql(TELL, asked, using="system") == [(due, due)]
