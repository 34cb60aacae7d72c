from django.db import migrations

from tenancy.walls import VERIFY_IN_ONE


class Migration(migrations.Migration):

    dependencies = [
        ('tenancy', '0005_access_log_pages'),
    ]

    operations = [
        VERIFY_IN_ONE,
    ]
