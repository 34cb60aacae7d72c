"""Evaluate case files through the same engine that the product uses, and say which fail and how."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand

from billing.case_files import expand, load
from billing.cases import Outcome, run, select
from billing.rules import load_rulebook
from billing.rules.documents import DocumentError


def outcomes(names: Sequence[str], themes: Sequence[str] = (), ids: Sequence[str] = ()) -> list[Outcome]:
    """Every selected case of the files, folders and globs; DocumentError where a file cannot be used."""
    rulebook = load_rulebook()
    return [run(each, str(path), rulebook) for path in expand(names) for each in select(load(path), themes, ids)]


def report(results: Sequence[Outcome]) -> str:
    """One paragraph for each failure, then the count as the last line."""
    failed = [each for each in results if each.wrong]
    lines = [f"FAIL {each.id} ({each.file})" + "".join(f"\n     {wrong}" for wrong in each.wrong) for each in failed]
    return "\n".join([*lines, f"{len(results) - len(failed)} passed, {len(failed)} failed"])


def document(results: Sequence[Outcome]) -> dict[str, Any]:
    """The same as data."""
    failed = [{"id": each.id, "file": each.file, "wrong": list(each.wrong)} for each in results if each.wrong]
    return {"passed": len(results) - len(failed), "failed": len(failed), "failures": failed}


class Command(BaseCommand):
    help = "Evaluate case files; exit 1 if any fails or none is selected."
    requires_system_checks: list[str] = []  # reads files only: no database, no other app

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="case files, folders of them, or globs")
        parser.add_argument("--theme", action="append", default=[], help="only themes that begin so; may be repeated")
        parser.add_argument("--id", action="append", default=[], help="only this case; may be repeated")
        parser.add_argument("--json", action="store_true", help="report as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            results = outcomes(options["files"], options["theme"], options["id"])
        except DocumentError as error:
            if options["json"]:
                problems = [str(each) for each in error.problems]
                self.stdout.write(json.dumps({"passed": 0, "failed": 0, "problems": problems}, indent=2))
            else:
                self.stdout.write(f"{error}\n0 passed, 0 failed")
            raise SystemExit(1) from None
        self.stdout.write(json.dumps(document(results), indent=2) if options["json"] else report(results))
        if not results or any(each.wrong for each in results):
            raise SystemExit(1)
