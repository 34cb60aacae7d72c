"""History against what is stored: who should have been told has been, once, in time; nothing is half written."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.nemesis.workload import LEVELS, History, Told


@dataclass(slots=True)
class Findings:
    """What came of it. All but the numbers of what was right must stay empty."""

    expected: int = 0
    raced: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    slowest: float = 0.0
    saved: int = 0

    def faults(self) -> list[str]:
        return [*self.lost, *self.duplicated, *self.unexpected, *self.late, *self.torn]


def alerts_so_far(session: psycopg.Connection[Any], told: list[Told], until: float) -> list[str]:
    """Of these deadlines, moments up to `until` of which nobody was told. Those that were being settled are looked at in the end."""
    stored = _stored(session, [each.about for each in told])
    return [
        f"level {level} of {each.about}, due {moment:.2f}"
        for each in told
        if each.written and each.written <= until and not each.settling
        for level, moment in enumerate(each.moments)
        if moment <= until and level not in stored.get(each.about, ({}, None))[0]
    ]


def everything(
    session: psycopg.Connection[Any],
    history: History,
    outages: list[tuple[float, float]],
    interval: float,
    others: Collection[Any],
) -> Findings:
    """At the end, when every moment is past and two intervals more. Of `others` the history knows nothing: they were there before."""
    found = Findings()
    stored = {about: rest for about, rest in _stored(session, None).items() if about not in others}
    for each in history.deadlines:
        alerts, row = stored.pop(each.about, ({}, None))
        if row is None:
            if each.written:
                found.lost.append(f"the deadline {each.about} itself")
            continue
        told, next_at, is_settled = row
        if (
            set(alerts) != set(range(told))
            or (is_settled and next_at)
            or (not is_settled and told < LEVELS and not next_at)
        ):
            found.torn.append(f"{each.about}: level {told}, next {next_at}, alerts {sorted(alerts)}")
        most = LEVELS if not each.settling else sum(moment <= (each.settled or moment) for moment in each.moments)
        if each.settling:
            found.raced += told
        else:
            found.expected += LEVELS
            found.lost += [f"level {level} of {each.about}" for level in range(LEVELS) if level not in alerts]
        found.unexpected += [f"level {level} of {each.about}, settled before" for level in alerts if level >= most]
        for level, at in alerts.items():
            since = max(each.moments[level], each.written or each.moments[level])
            found.slowest = max(found.slowest, at - _bound(since, outages, interval) + 2 * interval)
            if at < each.moments[level]:
                found.unexpected.append(f"level {level} of {each.about}, before its moment")
            if at > _bound(since, outages, interval):
                found.late.append(f"level {level} of {each.about}, {at - since:.2f} s after its moment")
    found.unexpected += [f"alerts of {about}, of which nobody asked" for about, (alerts, _) in stored.items() if alerts]
    found.duplicated = [
        f"{many} alerts of {deadline}, level {level}"
        for deadline, level, many in session.execute(
            "SELECT deadline_id, level, count(*) FROM coordination_alert GROUP BY 1, 2 HAVING count(*) > 1"
        )
    ]
    _contacts(session, history, found)
    return found


def _bound(since: float, outages: list[tuple[float, float]], interval: float) -> float:
    """Until when somebody must have been told: two intervals after the moment, or after the outage that came between."""
    bound = since + 2 * interval
    for began, ended in outages:
        if began <= bound and ended > since:
            bound = max(bound, ended + 2 * interval)
    return bound


def _stored(session: psycopg.Connection[Any], abouts: list[Any] | None) -> dict[Any, tuple[dict[int, float], Any]]:
    """About -> (level -> when it was raised, (levels told, next moment, whether settled))."""
    where = "" if abouts is None else "WHERE d.about = ANY (%s)"
    rows = session.execute(
        "SELECT d.about, d.level, d.next_at, d.settled_at IS NOT NULL, a.level, extract(epoch FROM a.raised_at)::float8"
        f" FROM coordination_deadline d LEFT JOIN coordination_alert a ON a.deadline_id = d.id {where}",
        [] if abouts is None else [abouts],
    )
    found: dict[Any, tuple[dict[int, float], Any]] = {}
    for about, told, next_at, is_settled, level, at in rows:
        alerts = found.setdefault(about, ({}, (told, next_at, is_settled)))[0]
        if level is not None:
            alerts[level] = at
    return found


def _contacts(session: psycopg.Connection[Any], history: History, found: Findings) -> None:
    """Each contact that was posted stands once, with its minutes, its history and the note of who wrote it; or not at all."""
    stored = {
        note: parts
        for note, *parts in session.execute(
            "SELECT c.note, count(DISTINCT c.id), count(DISTINCT l.id), count(DISTINCT e.pgh_id), count(DISTINCT le.pgh_id)"
            " FROM coordination_contact c LEFT JOIN coordination_timelog l ON l.contact_id = c.id"
            " LEFT JOIN coordination_contactevent e ON e.pgh_obj_id = c.id"
            " LEFT JOIN coordination_timelogevent le ON le.pgh_obj_id = l.id WHERE c.note LIKE 'nemesis %' GROUP BY 1"
        )
    }
    for mark, outcome in history.saved.items():
        parts = stored.pop(mark, None)
        if parts is None and outcome:
            found.lost.append(f"the contact {mark} which was said to be saved")
        elif parts is not None and parts != [1, 1, 1, 1]:
            found.torn.append(f"the contact {mark} has {parts} rows: contact, minutes, histories")
        found.saved += parts is not None
    found.unexpected += [f"a contact {mark} that nobody posted" for mark in stored]
