from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class TenancyConfig(AppConfig):
    name = "tenancy"

    def ready(self) -> None:
        from tenancy.deploy import after_migrate
        from tenancy.startup import refuse_strong_role

        connection_created.connect(refuse_strong_role)
        post_migrate.connect(after_migrate, sender=self)
