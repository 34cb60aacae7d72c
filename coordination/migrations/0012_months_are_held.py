from django.db import migrations

# Who moves time (a merge) holds its months as who saves time does, before it locks any record.
HOLD_EACH = "PERFORM pg_advisory_xact_lock_shared(app_sec.agency()::integer, each - DATE '2000-01-01') FROM unnest(months) AS each;"
MONTHS = f"""
CREATE FUNCTION coordination_hold_months(months date[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$ BEGIN {HOLD_EACH} END $$
"""


def time_held_by(hold: str) -> str:
    """The function of migration 0007, holding its months so."""
    return f"""
CREATE OR REPLACE FUNCTION coordination_hold_time(subject uuid, months date[]) RETURNS TABLE (stands_at uuid, closed date[])
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  {hold}
  PERFORM FROM coordination_patient WHERE id = subject FOR KEY SHARE;
  RETURN QUERY
    SELECT coalesce(merged_into_id, id),
           ARRAY(SELECT month FROM coordination_monthlock WHERE month = ANY (months) AND unlocked_at IS NULL)
    FROM coordination_patient WHERE id = subject;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0011_patients_opened")]

    operations = [
        migrations.RunSQL(MONTHS, "DROP FUNCTION coordination_hold_months(date[])"),
        migrations.RunSQL(time_held_by("PERFORM coordination_hold_months(months);"), time_held_by(HOLD_EACH)),
    ]
