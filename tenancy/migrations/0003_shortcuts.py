
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenancy', '0002_roles'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='membership',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='membership',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='membership',
            name='delete_delete',
        ),
        migrations.AddField(
            model_name='membership',
            name='shortcuts',
            field=models.BooleanField(default=True, help_text='single keys act; WCAG 2.1.4 asks for a switch'),
        ),
        migrations.AddField(
            model_name='membershipevent',
            name='shortcuts',
            field=models.BooleanField(default=True, help_text='single keys act; WCAG 2.1.4 asks for a switch'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "tenancy_membershipevent" ("agency_id", "discipline", "id", "is_active", "name", "npi", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "shortcuts", "user_id") VALUES (NEW."agency_id", NEW."discipline", NEW."id", NEW."is_active", NEW."name", NEW."npi", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."role", NEW."shortcuts", NEW."user_id"); RETURN NULL;', hash='9b425024a522980e3405488289e37d6bff0d996d', operation='INSERT', pgid='pgtrigger_insert_insert_bd4d0', table='tenancy_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "tenancy_membershipevent" ("agency_id", "discipline", "id", "is_active", "name", "npi", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "shortcuts", "user_id") VALUES (NEW."agency_id", NEW."discipline", NEW."id", NEW."is_active", NEW."name", NEW."npi", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."role", NEW."shortcuts", NEW."user_id"); RETURN NULL;', hash='5c94082da5cae16bf0d18f97e5101d82bc11a01a', operation='UPDATE', pgid='pgtrigger_update_update_c9fda', table='tenancy_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "tenancy_membershipevent" ("agency_id", "discipline", "id", "is_active", "name", "npi", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "shortcuts", "user_id") VALUES (OLD."agency_id", OLD."discipline", OLD."id", OLD."is_active", OLD."name", OLD."npi", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."role", OLD."shortcuts", OLD."user_id"); RETURN NULL;', hash='edb08478e1e479aec0845c937546cf611feac785', operation='DELETE', pgid='pgtrigger_delete_delete_d2ec3', table='tenancy_membership', when='AFTER')),
        ),
    ]
