from django.apps import AppConfig


class CoordinationConfig(AppConfig):
    name = "coordination"

    def ready(self) -> None:
        from coordination.models import lookups  # noqa: F401 - registers the lookup
        from coordination.port import fill

        fill()
