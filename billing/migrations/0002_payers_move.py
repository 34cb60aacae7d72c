"""Payers move to coordination, where a patient's coverage names them; contracts follow."""

import django.db.models.deletion
import pgtrigger.migrations
from django.db import migrations

import tenancy.models.base

ROWS = "INSERT INTO {1} (id, agency_id, name, kind) SELECT id, agency_id, name, kind FROM {0} ON CONFLICT DO NOTHING"
HISTORY = (
    "INSERT INTO {1}event (pgh_created_at, pgh_label, pgh_obj_id, pgh_context, pgh_context_id, id, agency_id, name, kind) "
    "SELECT pgh_created_at, pgh_label, pgh_obj_id, pgh_context, pgh_context_id, id, agency_id, name, kind FROM {0}event "
    "WHERE pgh_obj_id NOT IN (SELECT pgh_obj_id FROM {1}event)"
)
THERE = ("billing_payer", "coordination_payer")
BACK = THERE[::-1]
SAME_AGENCY = tenancy.models.base.CompositeForeignKey(field="payer", name="billing_contract_payer_same_agency")


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("coordination", "0002_chart")]

    operations = [
        # History first: a row that is copied writes an entry of its own.
        migrations.RunSQL(HISTORY.format(*THERE), migrations.RunSQL.noop),
        migrations.RunSQL(ROWS.format(*THERE), migrations.RunSQL.noop),
        migrations.RemoveConstraint("contract", SAME_AGENCY.name),
        migrations.AlterField(
            "contract",
            "payer",
            tenancy.models.base.TenantForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="contracts", to="coordination.payer"
            ),
        ),
        migrations.AddConstraint("contract", SAME_AGENCY),
        migrations.RunSQL(migrations.RunSQL.noop, ROWS.format(*BACK)),
        migrations.RunSQL(migrations.RunSQL.noop, HISTORY.format(*BACK)),
        pgtrigger.migrations.RemoveTrigger("payer", "insert_insert"),
        pgtrigger.migrations.RemoveTrigger("payer", "update_update"),
        pgtrigger.migrations.RemoveTrigger("payer", "delete_delete"),
        pgtrigger.migrations.RemoveTrigger("payerevent", "append_only"),
        migrations.DeleteModel("PayerEvent"),
        migrations.DeleteModel("Payer"),
    ]
