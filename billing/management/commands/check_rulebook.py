"""Load a rulebook and say, with file and line, everything that is wrong in it."""

import json
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from billing.rules import load_rulebook
from billing.rules.documents import DocumentError
from billing.rules.rulebook import FOLDER


@dataclass(frozen=True, slots=True)
class Report:
    """What a rulebook holds, or what is wrong with it."""

    counts: dict[str, int]
    fingerprint: str
    problems: tuple[str, ...]

    def text(self) -> str:
        if self.problems:
            return "\n".join([*self.problems, f"{len(self.problems)} problems"])
        held = ", ".join(f"{what}: {count}" for what, count in self.counts.items())
        return f"{held}\nfingerprint {self.fingerprint}"


def check(folder: Path) -> Report:
    """Everything wrong in the rulebook of a folder: missing cites, overlaps, gaps, references to nothing."""
    try:
        rulebook = load_rulebook(folder)
    except DocumentError as error:
        return Report({}, "", tuple(str(problem) for problem in error.problems))
    codes = list(rulebook.codes.values())
    counts = {
        "programs": len(rulebook.programs),
        "codes": len(codes),
        "versions of codes": sum(len(code.versions) for code in codes),
        "sources": len(rulebook.sources),
        "matters not modelled": sum(len(program.not_modelled) for program in rulebook.programs),
    }
    return Report(counts, rulebook.fingerprint, ())


class Command(BaseCommand):
    help = "Check that the rulebook's files are complete, dated, cited and fit together; exit 1 if not."
    requires_system_checks: list[str] = []  # reads files only: no database, no other app

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="a rulebook's folder; ours if absent")
        parser.add_argument("--json", action="store_true", help="report as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        report = check(options["folder"])
        if options["json"]:
            found = {"counts": report.counts, "fingerprint": report.fingerprint, "problems": list(report.problems)}
            self.stdout.write(json.dumps(found, indent=2))
        else:
            self.stdout.write(report.text())
        if report.problems:
            raise SystemExit(1)
