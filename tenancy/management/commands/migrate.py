"""Django's migrate, on the owner's connection: the application's role may not change tables."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.commands.migrate import Command as MigrateCommand
from django.db.migrations.state import ProjectState

_reloaded = ProjectState._find_reload_model


def _itself_where_relations_stay(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set:
    """The models to build anew after a step. Django builds all neighbours again, also for a step that touches no relation (which it
    marks as delayed) or only adds one: here, where every table refers to an agency and most to a patient, nine tenths of the time of
    a migration. Who must see all models as they are is told by `is_delayed`: what runs Python builds them anew."""
    if not delay and not _only_relates_to_more(state, app_label, model_name):
        return _reloaded(state, app_label, model_name, delay)
    state.is_delayed = True
    return {(app_label, model_name)}


def _only_relates_to_more(state: ProjectState, app_label: str, model_name: str) -> bool:
    """Whether the model is new, or has another relation beside those that it had."""
    fields = state.models[app_label, model_name].fields
    wanted = {name for name, field in fields.items() if field.is_relation}
    try:
        known = state.apps.get_model(app_label, model_name)
    except LookupError:
        return True
    return {field.name for field in known._meta.local_fields if field.is_relation} < wanted


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
