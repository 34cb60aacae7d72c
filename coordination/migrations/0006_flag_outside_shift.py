
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('coordination', '0005_histories_by_patient'),
    ]

    operations = [
        migrations.AlterField(
            model_name='contact',
            name='flag',
            field=models.CharField(blank=True, choices=[('over_60_minutes', 'more than 60 minutes'), ('outside_shift', 'outside the usual hours'), ('forgotten_timer', 'the timer had been forgotten'), ('after_lock', 'corrected after the month was closed')], max_length=20),
        ),
        migrations.AlterField(
            model_name='contactevent',
            name='flag',
            field=models.CharField(blank=True, choices=[('over_60_minutes', 'more than 60 minutes'), ('outside_shift', 'outside the usual hours'), ('forgotten_timer', 'the timer had been forgotten'), ('after_lock', 'corrected after the month was closed')], max_length=20),
        ),
    ]
