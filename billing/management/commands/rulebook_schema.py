"""Write the form of the rulebook's files as JSON Schema, by which an editor completes and checks what is typed."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from billing.rules.rulebook import FOLDER, SHARED
from billing.rules.schema import ProgramData

SCHEMAS = FOLDER / "schema"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """The text of each schema by its file's name: one for each shared file, and one for all programs."""
    forms = {name.removesuffix(".yaml"): model for name, model in SHARED.items()} | {"program": ProgramData}
    return {
        f"{name}.json": json.dumps({"$schema": DIALECT, **model.model_json_schema()}, indent=1, sort_keys=True) + "\n"
        for name, model in forms.items()
    }


def named_in(file: str) -> str:
    """The first line by which a file of the rulebook names its schema."""
    name = file.removesuffix(".yaml") if file in SHARED else "program"
    return f"# yaml-language-server: $schema=schema/{name}.json"


class Command(BaseCommand):
    help = "Write the JSON Schemas of the rulebook's files; run it after the form of a file was changed."
    requires_system_checks: list[str] = []  # writes files only: no database, no other app

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=SCHEMAS, help="where to; beside ours if absent")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        changed = 0
        for name, text in schemas().items():
            if not (folder / name).exists() or (folder / name).read_text() != text:
                (folder / name).write_text(text)
                changed += 1
        self.stdout.write(f"{len(schemas())} schemas, {changed} written anew in {folder}")
