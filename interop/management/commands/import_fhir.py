"""Bring patients in from FHIR R4 bundles: `import_fhir --agency riverbend FOLDER|FILE|GLOB ...`."""

from typing import Any

from interop.management.report import ImportCommand
from interop.models import ImportKind
from tenancy.models import Agency


class Command(ImportCommand):
    help = "Each file is taken whole or not at all; a file that breaks is named, with the place, and the others go in."
    suffixes = (".json",)

    def run(self, *, agency: Agency, paths: list[str], **options: Any) -> int:
        return self.take_files(agency, ImportKind.FHIR, paths, options)
