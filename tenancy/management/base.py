"""The base of commands that work for one agency."""

import sys
from argparse import ArgumentParser
from io import StringIO
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from tenancy.context import agency_context, reason
from tenancy.models import Agency


class AgencyCommand(BaseCommand):
    """`--agency SLUG` opens that agency around `run`, in one transaction."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--agency", required=True, metavar="SLUG", help="the agency to work for")

    def handle(self, *args: Any, agency: str, **options: Any) -> None:
        found = Agency.objects.filter(slug=agency).first()
        if found is None:
            known = ", ".join(Agency.objects.values_list("slug", flat=True).order_by("slug")) or "none yet"
            raise CommandError(f"--agency {agency}: there is no agency with this slug (known: {known})")
        held = StringIO()  # told after the commit: a reader that goes away undoes nothing
        out, self.stdout = self.stdout, OutputWrapper(held)
        with reason(command=type(self).__module__.rsplit(".", 1)[-1]), agency_context(found):
            code = self.run(agency=found, **options)
        out.write(held.getvalue(), ending="")
        if code:
            sys.exit(code)  # after the commit: what went well stays

    def run(self, *, agency: Agency, **options: Any) -> int | None:
        """The command's work, inside the agency's context; the exit code. A CommandError undoes everything."""
        raise TypeError(f"{type(self).__name__} defines no run()")
