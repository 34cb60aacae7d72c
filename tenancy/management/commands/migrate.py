"""Django's migrate, on the owner's connection: the application's role may not change tables."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.commands.migrate import Command as MigrateCommand
from django.db.migrations.state import ProjectState

_reloaded = ProjectState._find_reload_model


def _itself_where_relations_stay(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set:
    """The models to build anew after a step. Django marks a step that touches no relation as delayed, yet builds all neighbours again:
    here, where every table refers to an agency and most to a patient, three quarters of the time of a migration. What runs Python
    later builds all models anew in any case (`clear_delayed_apps_cache`)."""
    return {(app_label, model_name)} if delay else _reloaded(state, app_label, model_name, delay)


class Command(MigrateCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        ProjectState._find_reload_model = _itself_where_relations_stay
        try:
            super().handle(*args, **options)
        finally:
            ProjectState._find_reload_model = _reloaded
