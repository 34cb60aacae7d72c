"""What commands that take files in share: finding the files, and telling what became of them."""

import json
from argparse import ArgumentParser
from glob import glob
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from interop.codecs.refusals import Refusal
from interop.services.intake import run_log, take, try_out
from interop.services.reports import FileReport, Occasion, totals
from tenancy import clock
from tenancy.management.base import AgencyCommand
from tenancy.models import Agency

EXISTS = ("new", "updated", "unchanged", "kept")


class FilesCommand(AgencyCommand):
    """Takes files, folders of them (those with `suffixes`) and globs."""

    suffixes: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        what = f"files ({', '.join(self.suffixes)}), folders of them, or globs"
        parser.add_argument("paths", nargs="+", metavar="PATH", help=what)
        parser.add_argument("--json", action="store_true", help="report as one JSON document")

    def files_at(self, paths: list[str]) -> list[Path]:
        found: list[Path] = []
        for text in paths:
            try:
                matches = self._matches(text)
            except OSError as broken:
                raise CommandError(f"{text}: {broken.strerror}") from None
            if not matches:
                raise CommandError(
                    f"{text}: no such file, no match, or a folder without {' or '.join(self.suffixes)} files"
                )
            found += matches
        return list(dict.fromkeys(found))

    def _matches(self, text: str) -> list[Path]:
        path = Path(text)
        if path.is_dir():
            return sorted(each for suffix in self.suffixes for each in path.glob(f"*{suffix}"))
        return [path] if path.is_file() else sorted(map(Path, glob(text)))


class ImportCommand(FilesCommand):
    """Takes the files of `paths` in, each whole or not at all; says what became of each; exit code 1 if one was refused."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would become of each file, and store nothing"
        )

    def take_files(self, agency: Agency, kind: str, paths: list[str], options: dict[str, Any]) -> int:
        on = Occasion(clock.now(), agency.zone)
        read, unread = [], []
        found = self.files_at(paths)
        for file in found:
            try:
                read.append((file.name, file.read_bytes()))
            except OSError as broken:
                unread.append((file.name, FileReport([_unreadable(file, broken)])))
        taken = (try_out if options["dry_run"] else take)(kind, read, on=on) + unread
        if not options["dry_run"]:
            run_log(kind, taken, on=on)
        files = [report.as_json(file=name) for name, report in taken]
        if options["json"]:
            self.stdout.write(json.dumps(_document(agency, files, dry_run=options["dry_run"]), ensure_ascii=False))
        else:
            self._tell(files, dry_run=options["dry_run"])
        return 1 if any(file["refused"] for file in files) else 0

    def _tell(self, files: list[dict[str, Any]], *, dry_run: bool) -> None:
        count = "1 file" if len(files) == 1 else f"{len(files)} files"
        self.stdout.write(f"{count}{', tried out only: nothing is stored' if dry_run else ''}")
        for kind, counts in totals(files).items():
            self.stdout.write(f"  {kind}: " + ", ".join(f"{n} {outcome}" for outcome, n in counts.items()))
        for (kind, outcome, reason, remedy), number in _notes(files).items():
            self.stdout.write(f"  {outcome} {number} {kind}: {reason}" + (f" ({remedy})" if remedy else ""))
        for file in files:
            for each in file["refused"]:
                place = f" at {each['place']}" if each["place"] else ""
                self.stderr.write(
                    f"  refused {file['file']}: {each['where']} {each['field']} “{each['value']}”: {each['remedy']}{place}"
                )


def _document(agency: Agency, files: list[dict[str, Any]], *, dry_run: bool) -> dict[str, Any]:
    taken = {
        kind: there
        for kind, counts in totals(files).items()
        if (there := {outcome: counts[outcome] for outcome in EXISTS if outcome in counts})
    }
    return {
        "agency": agency.slug,
        "files": len(files),
        "dry_run": dry_run,
        "taken": taken,
        "skipped": [
            {"type": kind, "outcome": outcome, "reason": reason, "remedy": remedy, "count": number}
            for (kind, outcome, reason, remedy), number in _notes(files).items()
        ],
        "refused": [{"file": file["file"], **each} for file in files for each in file["refused"]],
        "by_file": files,
    }


def _notes(files: list[dict[str, Any]]) -> dict[tuple[str, str, str, str], int]:
    """What was not taken as it stands, over all files."""
    found: dict[tuple[str, str, str, str], int] = {}
    for file in files:
        for each in file["notes"]:
            key = (each["type"], each["outcome"], each["reason"], each["remedy"])
            found[key] = found.get(key, 0) + each["count"]
    return dict(sorted(found.items()))


def _unreadable(file: Path, broken: OSError) -> Refusal:
    if isinstance(broken, IsADirectoryError):
        return Refusal("file", "path", "a folder", "name the folder itself: the files in it are taken")
    remedy = "make it a file that may be read, or leave it out"
    return Refusal("file", "path", broken.strerror or "not readable", remedy)
