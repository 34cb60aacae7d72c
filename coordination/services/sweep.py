"""The sweep: tells of every deadline that has come to one of its moments. Nothing else raises alerts.

It works for all agencies at once, through the doors of two tables (docs/tenancy.md). The table is the queue, so a sweep that was
missed or killed loses nothing: the next finds what it left. Each statement is a transaction of its own: a sweep that dies leaves
none open. Two at once share the work, because neither waits for rows that the other holds.
"""

from datetime import datetime

from coordination.selectors.sweep import SWEEP
from tenancy.context import through_doors  # noqa: TID251 - see docs/tenancy.md

BATCH = 5_000
"""Deadlines in one transaction: after an outage nobody waits long for a row that is being told of."""

# Rows are found by the partial index over next_at and changed by their key: a join would be planned as a scan of the table. Those
# that somebody changes at this moment are left to the next sweep. Every level that has passed is told, each once: the moments stand in
# their order, and `width_bucket` counts those up to now.
TELL = """
    WITH due AS (
        SELECT id, agency_id, due_at, level, width_bucket(%(now)s, levels) AS passed FROM coordination_deadline
        WHERE next_at <= %(now)s ORDER BY next_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
    ), raised AS (
        INSERT INTO coordination_alert (agency_id, deadline_id, due_at, level, raised_at)
        SELECT agency_id, id, due_at, generate_series(level, passed - 1), %(now)s FROM due
        ON CONFLICT DO NOTHING RETURNING 1
    ), told AS (
        UPDATE coordination_deadline
        SET level = width_bucket(%(now)s, levels), next_at = levels[width_bucket(%(now)s, levels) + 1]
        WHERE id = ANY (ARRAY(SELECT id FROM due)) RETURNING 1
    )
    SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM raised)
"""
BEAT = """
    INSERT INTO coordination_heartbeat (name, at, found) VALUES (%(name)s, %(now)s, %(raised)s)
    ON CONFLICT (name) DO UPDATE SET at = greatest(coordination_heartbeat.at, excluded.at), found = excluded.found
"""


def deadlines_sweep(*, now: datetime, batch: int = BATCH) -> int:
    """Raise every alert whose moment has come by `now`, and say that the sweep came to its end; how many it raised."""
    found, raised = batch, 0
    with through_doors() as cursor:
        while found == batch:
            cursor.execute(TELL, {"now": now, "batch": batch})
            found, told = cursor.fetchone()
            raised += told
        cursor.execute(BEAT, {"name": SWEEP, "now": now, "raised": raised})
    return raised
