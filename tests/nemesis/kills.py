"""Kills at moments when work is running, each with what shows that it was."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.nemesis.stack import Part, Stack, _sigkill
from tests.nemesis.workload import History

SWEEP = """
    SELECT a.pid, x.transactionid::text FROM pg_stat_activity a JOIN pg_locks x USING (pid)
    WHERE a.usename = 'careledger_system' AND x.locktype = 'transactionid' AND x.granted
      AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.relation = 'coordination_deadline'::regclass)
"""
"""The session and the transaction of a sweep that is raising alerts now. Locks are seen though its statements are not."""
PAGE = """
    SELECT a.pid, NULL FROM pg_stat_activity a WHERE a.usename = 'careledger_app'
      AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'relation') ORDER BY random() LIMIT 1
"""
"""A session in which a page is being answered, or a fact is being written."""
PATIENCE = 10


@dataclass(slots=True)
class Kill:
    """`part` with SIGKILL at a moment; the transaction or the work that it was to hit, and once it is known, how that ended."""

    part: str
    at: float
    xid: str = ""
    hit: str = ""


def kill(name: str, stack: Stack, history: History, chance: random.Random) -> Kill | None:
    """One kill of its kind, when there is work to hit; None when there was none for a while. What was killed is started again."""
    return KINDS[name](stack, history, chance)


def _part(name: str, with_data: bool = False) -> Callable[..., Kill | None]:
    """A whole part, in the middle of a sweep."""

    def kill(stack: Stack, history: History, chance: random.Random) -> Kill | None:
        part = stack.parts[name]
        family = _family(part, stack)
        if (seen := _seen(stack, SWEEP)) is None:
            return None
        time.sleep(chance.random() * 0.004)
        label = f"{name} with its data" if with_data else name
        return Kill(label, part.kill(family, with_data), seen[1])

    return kill


def _web(stack: Stack, history: History, chance: random.Random) -> Kill | None:
    part = stack.parts["web"]
    family = _family(part, stack)
    if not _running(history, "request"):
        return None
    time.sleep(chance.random() * 0.003)
    return Kill("web", part.kill(family))


def _postgres(stack: Stack, history: History, chance: random.Random) -> Kill | None:
    """In the middle of a sweep, or of a page."""
    part = stack.parts["postgres"]
    seen = None
    if chance.random() < 0.5:
        seen = _seen(stack, SWEEP)
    elif not _running(history, "request"):
        return None
    family = part.family()
    return Kill("postgres", part.kill(family), seen[1] if seen else "")


def _backend(stack: Stack, history: History, chance: random.Random) -> Kill | None:
    """The session of a sweep, or of a page. PostgreSQL then ends all others and recovers."""
    seen = _seen(stack, SWEEP if chance.random() < 0.4 else PAGE)
    if seen is None:
        return None
    at = time.time()
    _sigkill(seen[0])
    return Kill("postgres backend", at, seen[1] or "")


KINDS: dict[str, Callable[..., Kill | None]] = {
    "worker": _part("worker"),
    "beat": _part("beat"),
    "broker": _part("broker"),
    "broker with its data": _part("broker", with_data=True),
    "web": _web,
    "postgres": _postgres,
    "postgres backend": _backend,
}


def _family(part: Part, stack: Stack) -> list[int]:
    """Of a part that serves: one that is only starting has no work to hit."""
    deadline = time.monotonic() + 30
    while part.name in stack.red() and time.monotonic() < deadline:
        time.sleep(0.02)
    return part.family()


def _seen(stack: Stack, query: str) -> tuple[int, str] | None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        try:
            with stack.superuser() as session:
                session.prepare_threshold = 0
                while time.monotonic() < ends:
                    if found := session.execute(query).fetchone():
                        return found
                    time.sleep(0.001)
        except psycopg.Error:
            time.sleep(0.02)
    return None


def _running(history: History, prefix: str) -> bool:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if history.running(prefix):
            return True
        time.sleep(0.0005)
    return False


def find_out(kills: list[Kill], stack: Stack, history: History) -> None:
    """What each has hit: a transaction that was aborted, or committed after the kill; a request that never got its answer."""
    with stack.superuser() as session:
        for each in kills:
            each.hit = _transaction(session, each) or _asked(history, each)


def _transaction(session: psycopg.Connection[Any], kill: Kill) -> str:
    if not kill.xid:
        return ""
    status, at = session.execute(
        "SELECT pg_xact_status(%s::xid8), extract(epoch FROM CASE pg_xact_status(%s::xid8) WHEN 'committed'"
        " THEN pg_xact_commit_timestamp(%s::xid) END)",
        [kill.xid] * 3,
    ).fetchone()
    if status == "aborted":
        return f"a sweep, transaction {kill.xid}, which was aborted"
    if at is None or float(at) <= kill.at:
        return ""
    if kill.part.startswith("postgres"):  # nothing of it had reached the disk: another transaction has its number now
        return f"a sweep, transaction {kill.xid}, which was lost without a trace"
    return f"a sweep, transaction {kill.xid}, which committed {1000 * (float(at) - kill.at):.1f} ms later"


def _asked(history: History, kill: Kill) -> str:
    """Only of parts whose loss a request or a fact feels."""
    if kill.part not in ("web", "postgres", "postgres backend"):
        return ""
    felt = "request" if kill.part == "web" else ""
    for one in reversed(history.asked):
        if (
            one.what.startswith(felt)
            and one.began < kill.at < (one.ended or kill.at)
            and one.outcome in ("broken", "failed")
        ):
            return f"a {one.what}, {1000 * (kill.at - one.began):.1f} ms old, which {_fate(one.outcome)}"
    return ""


def _fate(outcome: str) -> str:
    return "got no answer" if outcome == "broken" else "was told that it failed"
