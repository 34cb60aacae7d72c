from django.db import migrations

# One statement for who saves time: it waits for a closing of these months and for a merge of this patient, and then says what came of
# them. A function, because each of its statements sees what was committed while the one before waited.
HOLD = """
CREATE FUNCTION coordination_hold_time(subject uuid, months date[]) RETURNS TABLE (stands_at uuid, closed date[])
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(app_sec.agency()::integer, each - DATE '2000-01-01') FROM unnest(months) AS each;
  PERFORM FROM coordination_patient WHERE id = subject FOR KEY SHARE;
  RETURN QUERY
    SELECT coalesce(merged_into_id, id),
           ARRAY(SELECT month FROM coordination_monthlock WHERE month = ANY (months) AND unlocked_at IS NULL)
    FROM coordination_patient WHERE id = subject;
END $$
"""
CLOSE = """
CREATE FUNCTION coordination_hold_closing(closing date) RETURNS void
LANGUAGE sql VOLATILE AS $$ SELECT pg_advisory_xact_lock(app_sec.agency()::integer, closing - DATE '2000-01-01') $$
"""


class Migration(migrations.Migration):
    dependencies = [("coordination", "0006_flag_outside_shift")]

    operations = [
        migrations.RunSQL(HOLD, "DROP FUNCTION coordination_hold_time(uuid, date[])"),
        migrations.RunSQL(CLOSE, "DROP FUNCTION coordination_hold_closing(date)"),
    ]
