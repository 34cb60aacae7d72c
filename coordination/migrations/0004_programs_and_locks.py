
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import tenancy.context
import tenancy.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('coordination', '0003_contacts'),
        ('tenancy', '0003_shortcuts'),
    ]

    operations = [
        migrations.CreateModel(
            name='MonthEntered',
            fields=[
                ('id', models.UUIDField(default=tenancy.models.base.uuid7, editable=False, primary_key=True, serialize=False)),
                ('month', models.DateField(help_text='first day of the month')),
                ('said_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='monthlock',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='monthlock',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='monthlock',
            name='delete_delete',
        ),
        migrations.RemoveConstraint(
            model_name='monthlock',
            name='one_lock_per_month',
        ),
        migrations.AddField(
            model_name='monthlock',
            name='reason',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='monthlock',
            name='unlock_reason',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='monthlock',
            name='unlocked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='monthlock',
            name='unlocked_by',
            field=tenancy.models.base.TenantForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.membership'),
        ),
        migrations.AddField(
            model_name='monthlockevent',
            name='reason',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='monthlockevent',
            name='unlock_reason',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='monthlockevent',
            name='unlocked_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='monthlockevent',
            name='unlocked_by',
            field=tenancy.models.base.TenantForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='tenancy.membership'),
        ),
        migrations.AlterField(
            model_name='consenttext',
            name='program',
            field=models.CharField(choices=[('chronic_care', 'Chronic care'), ('principal_care', 'Principal care'), ('behavioral_health', 'Behavioral health'), ('collaborative_care', 'Collaborative care'), ('transitional_care', 'Transitional care'), ('targeted_case_management', 'Targeted case management')], max_length=30),
        ),
        migrations.AlterField(
            model_name='consenttextevent',
            name='program',
            field=models.CharField(choices=[('chronic_care', 'Chronic care'), ('principal_care', 'Principal care'), ('behavioral_health', 'Behavioral health'), ('collaborative_care', 'Collaborative care'), ('transitional_care', 'Transitional care'), ('targeted_case_management', 'Targeted case management')], max_length=30),
        ),
        migrations.AlterField(
            model_name='enrollment',
            name='program',
            field=models.CharField(choices=[('chronic_care', 'Chronic care'), ('principal_care', 'Principal care'), ('behavioral_health', 'Behavioral health'), ('collaborative_care', 'Collaborative care'), ('transitional_care', 'Transitional care'), ('targeted_case_management', 'Targeted case management')], max_length=30),
        ),
        migrations.AlterField(
            model_name='enrollmentevent',
            name='program',
            field=models.CharField(choices=[('chronic_care', 'Chronic care'), ('principal_care', 'Principal care'), ('behavioral_health', 'Behavioral health'), ('collaborative_care', 'Collaborative care'), ('transitional_care', 'Transitional care'), ('targeted_case_management', 'Targeted case management')], max_length=30),
        ),
        migrations.AlterField(
            model_name='monthjudgement',
            name='program',
            field=models.CharField(choices=[('chronic_care', 'Chronic care'), ('principal_care', 'Principal care'), ('behavioral_health', 'Behavioral health'), ('collaborative_care', 'Collaborative care'), ('transitional_care', 'Transitional care'), ('targeted_case_management', 'Targeted case management')], max_length=30),
        ),
        migrations.AlterField(
            model_name='monthjudgementevent',
            name='program',
            field=models.CharField(choices=[('chronic_care', 'Chronic care'), ('principal_care', 'Principal care'), ('behavioral_health', 'Behavioral health'), ('collaborative_care', 'Collaborative care'), ('transitional_care', 'Transitional care'), ('targeted_case_management', 'Targeted case management')], max_length=30),
        ),
        migrations.AlterField(
            model_name='timelog',
            name='program',
            field=models.CharField(choices=[('chronic_care', 'Chronic care'), ('principal_care', 'Principal care'), ('behavioral_health', 'Behavioral health'), ('collaborative_care', 'Collaborative care'), ('transitional_care', 'Transitional care'), ('targeted_case_management', 'Targeted case management'), ('none', 'Not for a program')], max_length=30),
        ),
        migrations.AlterField(
            model_name='timelogevent',
            name='program',
            field=models.CharField(choices=[('chronic_care', 'Chronic care'), ('principal_care', 'Principal care'), ('behavioral_health', 'Behavioral health'), ('collaborative_care', 'Collaborative care'), ('transitional_care', 'Transitional care'), ('targeted_case_management', 'Targeted case management'), ('none', 'Not for a program')], max_length=30),
        ),
        migrations.AddIndex(
            model_name='monthlock',
            index=models.Index(fields=['agency', 'unlocked_by'], name='unlocked_by_4c42ac10_idx'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='monthlock',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coordination_monthlockevent" ("agency_id", "id", "locked_at", "locked_by_id", "month", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "unlock_reason", "unlocked_at", "unlocked_by_id") VALUES (NEW."agency_id", NEW."id", NEW."locked_at", NEW."locked_by_id", NEW."month", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', NEW."id", NEW."reason", NEW."unlock_reason", NEW."unlocked_at", NEW."unlocked_by_id"); RETURN NULL;', hash='f3a59c4010101e42bb60f5166b7f3cea5063451d', operation='INSERT', pgid='pgtrigger_insert_insert_8614e', table='coordination_monthlock', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='monthlock',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "coordination_monthlockevent" ("agency_id", "id", "locked_at", "locked_by_id", "month", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "unlock_reason", "unlocked_at", "unlocked_by_id") VALUES (NEW."agency_id", NEW."id", NEW."locked_at", NEW."locked_by_id", NEW."month", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."reason", NEW."unlock_reason", NEW."unlocked_at", NEW."unlocked_by_id"); RETURN NULL;', hash='087b9a3f847bf5854d879c41dfd39e0957812f97', operation='UPDATE', pgid='pgtrigger_update_update_1324d', table='coordination_monthlock', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='monthlock',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "coordination_monthlockevent" ("agency_id", "id", "locked_at", "locked_by_id", "month", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "unlock_reason", "unlocked_at", "unlocked_by_id") VALUES (OLD."agency_id", OLD."id", OLD."locked_at", OLD."locked_by_id", OLD."month", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."reason", OLD."unlock_reason", OLD."unlocked_at", OLD."unlocked_by_id"); RETURN NULL;', hash='e7b6f960c6dad3a5280c43989205d94ac6f7b123', operation='DELETE', pgid='pgtrigger_delete_delete_17cf2', table='coordination_monthlock', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='monthlock',
            constraint=models.UniqueConstraint(condition=models.Q(('unlocked_at', None)), fields=('agency', 'month'), name='one_lock_in_force_per_month'),
        ),
        migrations.AddConstraint(
            model_name='monthlock',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('unlock_reason', ''), ('unlocked_at', None), ('unlocked_by', None)), models.Q(('unlocked_at__isnull', False), ('unlocked_by__isnull', False), models.Q(('unlock_reason', ''), _negated=True)), _connector='OR'), name='month_unlocked_by_somebody_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='monthlock',
            constraint=tenancy.models.base.CompositeForeignKey(field='unlocked_by', name='coordination_monthlock_unlocked_by_same_agency'),
        ),
        migrations.AddField(
            model_name='monthentered',
            name='agency',
            field=tenancy.models.base.AgencyField(db_index=False, default=tenancy.context.current_agency_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.agency'),
        ),
        migrations.AddField(
            model_name='monthentered',
            name='member',
            field=tenancy.models.base.TenantForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenancy.membership'),
        ),
        migrations.AddIndex(
            model_name='monthentered',
            index=models.Index(fields=['agency', 'member'], name='member_3b467b22_idx'),
        ),
        migrations.AddConstraint(
            model_name='monthentered',
            constraint=models.UniqueConstraint(fields=('agency', 'month', 'member'), name='a_month_is_entered_once_per_person'),
        ),
        migrations.AddConstraint(
            model_name='monthentered',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='entered_month_is_its_first_day'),
        ),
        migrations.AddConstraint(
            model_name='monthentered',
            constraint=tenancy.models.base.Wall(name='coordination_monthentered_wall'),
        ),
        migrations.AddConstraint(
            model_name='monthentered',
            constraint=tenancy.models.base.AgencyKey(fields=('agency', 'id'), name='coordination_monthentered_agency_id'),
        ),
        migrations.AddConstraint(
            model_name='monthentered',
            constraint=tenancy.models.base.CompositeForeignKey(field='member', name='coordination_monthentered_member_same_agency'),
        ),
    ]
