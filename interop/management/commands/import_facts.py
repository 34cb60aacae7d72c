"""Bring clinical facts in from CSV: `import_facts --agency riverbend --kind stays stays.csv [--dry-run]`."""

from argparse import ArgumentParser
from typing import Any

from interop.codecs.facts_csv import COLUMNS
from interop.management.report import ImportCommand
from tenancy.models import Agency


class Command(ImportCommand):
    help = "Visits, claims of other practices, stays or periods of other care; every row of a file, or none of it."
    suffixes = (".csv",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--kind", required=True, choices=list(COLUMNS), help="what each row is")

    def run(self, *, agency: Agency, kind: str, paths: list[str], **options: Any) -> int:
        return self.take_files(agency, kind, paths, options)
