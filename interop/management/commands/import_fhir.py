"""Bring patients in from FHIR R4 bundles: `import_fhir --agency riverbend FOLDER|FILE|GLOB ...`."""

import json
from argparse import ArgumentParser
from collections import Counter
from glob import glob
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from interop.codecs.fhir import FhirRefused, Refusal
from interop.services.fhir_import import bundle_import
from tenancy.management.base import AgencyCommand
from tenancy.models import Agency


class Command(AgencyCommand):
    help = "Each file is taken whole or not at all; a file that breaks is named, with the place, and the others go in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("paths", nargs="+", metavar="PATH", help="bundles (.json), folders of them, or globs")
        parser.add_argument("--json", action="store_true", help="report as one JSON document")

    def run(self, *, agency: Agency, paths: list[str], **options: Any) -> int:
        files = _files(paths)
        counts: Counter[str] = Counter()
        skipped: Counter[tuple[str, str]] = Counter()
        refused: list[dict[str, str]] = []
        for file in files:
            try:
                report = bundle_import(_text(file))
            except FhirRefused as broken:
                refused += [
                    {
                        "file": file.name,
                        "where": each.where,
                        "field": each.field,
                        "value": each.value,
                        "remedy": each.remedy,
                    }
                    for each in broken.refusals
                ]
                continue
            counts += report.counts
            skipped += report.skipped
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "agency": agency.slug,
                        "files": len(files),
                        "taken": dict(counts),
                        "refused": refused,
                        "skipped": [
                            {"type": kind, "reason": reason, "count": count}
                            for (kind, reason), count in sorted(skipped.items())
                        ],
                    }
                )
            )
        else:
            self._tell(len(files), counts, skipped, refused)
        return 1 if refused else 0

    def _tell(
        self, files: int, counts: Counter[str], skipped: Counter[tuple[str, str]], refused: list[dict[str, str]]
    ) -> None:
        self.stdout.write(
            f"{files} files: " + (", ".join(f"{n} {what}" for what, n in sorted(counts.items())) or "nothing taken")
        )
        for (kind, reason), count in sorted(skipped.items()):
            self.stdout.write(f"  skipped {count} {kind}: {reason}")
        for each in refused:
            self.stderr.write(
                f"  refused {each['file']}: {each['where']} {each['field']} “{each['value']}”: {each['remedy']}"
            )


def _files(paths: list[str]) -> list[Path]:
    found: list[Path] = []
    for text in paths:
        path = Path(text)
        matches = (
            sorted(path.glob("*.json"))
            if path.is_dir()
            else [path]
            if path.is_file()
            else sorted(map(Path, glob(text)))
        )
        if not matches:
            raise CommandError(f"{text}: no such file, no match, or a folder without .json files")
        found += matches
    return list(dict.fromkeys(found))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as broken:
        raise FhirRefused(
            [Refusal("file", "encoding", f"byte {broken.start}", "save the file as UTF-8, which FHIR requires")]
        ) from None
