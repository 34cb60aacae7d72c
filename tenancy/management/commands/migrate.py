"""Django's migrate, on the owner's connection: the application's role may not change tables."""

from argparse import ArgumentParser

from django.core.management.commands.migrate import Command as MigrateCommand


class Command(MigrateCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")
