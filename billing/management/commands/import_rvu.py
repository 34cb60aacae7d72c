"""Bring CMS's file of relative values in: `import_rvu PPRRVU2026_Jan_nonQPP.csv --from 2026-01-01`."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.rates.rvu import NotAnRvuFile, read_rvu
from billing.services.decisions import rulebook
from billing.services.rates import rates_take


class Command(BaseCommand):
    help = "National rates of the codes that the rulebook decides, from CMS's PPRRVU file (CSV or fixed width)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="as CMS publishes it, out of its zip")
        parser.add_argument(
            "--from",
            dest="starts",
            required=True,
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="the first day on which it holds: a year may have two files, as 2024 had",
        )
        parser.add_argument("--json", action="store_true", help="one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            file = read_rvu(path.read_bytes())
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except NotAnRvuFile as refused:
            raise CommandError(f"{path}: {refused}") from None
        taken = rates_take(file=file, starts=options["starts"], codes=rulebook().codes)
        if options["json"]:
            self.stdout.write(json.dumps({"file": file.title, **asdict(taken)}, indent=2))
        else:
            self.stdout.write(
                f"{file.title}: {taken.added} added, {taken.changed} changed, {taken.unchanged} as they were, "
                f"{taken.others} of other codes, {len(taken.faults)} refused"
            )
            for fault in taken.faults:
                self.stdout.write(f"{path}:{fault.line}: {fault.code}: {fault.message}")
        if taken.faults:
            raise SystemExit(1)
