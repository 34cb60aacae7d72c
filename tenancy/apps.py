from django.apps import AppConfig
from django.conf import settings
from django.db import connections, transaction
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class TenancyConfig(AppConfig):
    name = "tenancy"

    def ready(self) -> None:
        from tenancy.startup import refuse_strong_role

        connection_created.connect(refuse_strong_role)
        post_migrate.connect(write_token_keys, sender=self)


def write_token_keys(using: str, **kwargs: object) -> None:
    """Every deployment migrates, so this is where a new signing key reaches the database, and an old one leaves it."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:  # no moment without a key
        cursor.execute("DELETE FROM app_sec.key")
        cursor.executemany(
            "INSERT INTO app_sec.key (slot, k) VALUES (%s, %s)", list(enumerate(settings.TENANCY_TOKEN_KEYS))
        )
