"""PostgreSQL backend for development without DATABASE_URL: the embedded server starts when the first connection is asked for."""

from typing import Any

from django.db.backends.postgresql import base

from config import devstack


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        self.settings_dict["HOST"] = devstack.postgres_socket()
        return super().get_connection_params()
