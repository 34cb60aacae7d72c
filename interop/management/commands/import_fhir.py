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
from tenancy import clock
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
        today = clock.today(agency.zone)
        counts: Counter[str] = Counter()
        skipped: Counter[tuple[str, str]] = Counter()
        refused: list[dict[str, str]] = []
        for file in files:
            try:
                report = bundle_import(_text(file), today=today)
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
            f"{_counted(files, 'files')}: "
            + (", ".join(_counted(n, what) for what, n in sorted(counts.items())) or "nothing taken")
        )
        for (kind, reason), count in sorted(skipped.items()):
            self.stdout.write(f"  skipped {count} {kind}: {reason}")
        for each in refused:
            self.stderr.write(
                f"  refused {each['file']}: {each['where']} {each['field']} “{each['value']}”: {each['remedy']}"
            )


def _counted(number: int, what: str) -> str:
    """`1 patient new`, `2 patients new`."""
    noun, _, rest = what.partition(" ")
    return f"{number} {noun.removesuffix('s') if number == 1 else noun} {rest}".rstrip()


def _files(paths: list[str]) -> list[Path]:
    found: list[Path] = []
    for text in paths:
        try:
            matches = _matches(text)
        except OSError as broken:
            raise CommandError(f"{text}: {broken.strerror}") from None
        if not matches:
            raise CommandError(f"{text}: no such file, no match, or a folder without .json files")
        found += matches
    return list(dict.fromkeys(found))


def _matches(text: str) -> list[Path]:
    path = Path(text)
    if path.is_dir():
        return sorted(path.glob("*.json"))
    return [path] if path.is_file() else sorted(map(Path, glob(text)))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as broken:
        refusal = Refusal("file", "encoding", f"byte {broken.start}", "save the file as UTF-8, which FHIR requires")
    except IsADirectoryError:
        refusal = Refusal("file", "path", "a folder", "name the folder itself: the .json files in it are taken")
    except OSError as broken:
        remedy = "make it a file that may be read, or leave it out"
        refusal = Refusal("file", "path", broken.strerror or "not readable", remedy)
    raise FhirRefused([refusal])
