"""Django's shell; with `--agency SLUG` inside that agency's context."""

from argparse import ArgumentParser
from contextlib import nullcontext
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.shell import Command as ShellCommand

from tenancy.context import agency_context, reason
from tenancy.models import Agency


class Command(ShellCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--agency", metavar="SLUG", help="open this agency; everything typed is one transaction")

    def handle(self, **options: Any) -> None:
        slug = options.pop("agency")
        agency = Agency.objects.filter(slug=slug).first() if slug else None
        if slug and agency is None:
            raise CommandError(f"--agency {slug}: there is no agency with this slug")
        with reason(command="shell"), agency_context(agency) if agency else nullcontext():
            super().handle(**options)
