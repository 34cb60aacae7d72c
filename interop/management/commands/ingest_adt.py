"""Take hospitals' messages from files: `ingest_adt --agency riverbend FOLDER|FILE|GLOB ... [--source NAME] [--dry-run]`."""

import json
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from interop.management.report import FilesCommand
from interop.models import AdtSource
from interop.services.adt.intake import Answer, SourceClosed, messages_take
from interop.services.adt.sources import FILES, source_of_files
from tenancy import clock
from tenancy.models import Agency


class Command(FilesCommand):
    help = "HL7 v2 ADT: every message is taken or answered with what is wrong; exit code 1 only for a fault of ours."
    suffixes = (".hl7", ".txt", ".adt")

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--source", default="", metavar="NAME", help=f"the hospital (default: one named {FILES})")
        parser.add_argument("--dry-run", action="store_true", help="say what would become of each, and store nothing")

    def run(self, *, agency: Agency, paths: list[str], source: str, **options: Any) -> int:
        with transaction.atomic():
            found = source_of_files(source)
            if found is None:
                known = ", ".join(AdtSource.objects.order_by("name").values_list("name", flat=True)) or "none yet"
                raise CommandError(f"--source {source}: no hospital of this name (known: {known})")
            files = [self._file(each, agency, found) for each in self.files_at(paths)]
            transaction.set_rollback(options["dry_run"])
        report = _document(agency, found, files, options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self._tell(report)
        return 1 if report["reasons"].get("internal") else 0

    def _file(self, file: Path, agency: Agency, source: AdtSource) -> dict[str, Any]:
        try:
            answers = list(messages_take(file.read_bytes(), agency=agency, source=source, now=clock.now()))
        except SourceClosed:
            raise CommandError(
                f"{source.name} is closed: open it on the page Hospitals, or name another source"
            ) from None
        except OSError as broken:
            raise CommandError(f"{file}: {broken.strerror}") from None
        return {"file": file.name, "answers": [_told(each) for each in answers]}

    def _tell(self, report: dict[str, Any]) -> None:
        tried = ", tried out only: nothing is stored" if report["dry_run"] else ""
        self.stdout.write(f"{report['files']} files, {report['messages']} messages{tried}")
        for answer, count in report["answers"].items():
            self.stdout.write(f"  {answer}: {count}")
        for reason, count in report["reasons"].items():
            self.stdout.write(f"  refused {count}: {reason}")
        for file in report["by_file"]:
            for each in file["answers"]:
                if each["answer"] != "AA":
                    self.stderr.write(f"  {each['answer']} {file['file']}: {each['words']}")


def _told(answer: Answer) -> dict[str, Any]:
    return {"answer": answer.code, "reason": answer.reason, "known": answer.is_known, "words": answer.words}


def _document(agency: Agency, source: AdtSource, files: list[dict[str, Any]], dry_run: bool) -> dict[str, Any]:
    answers = [each for file in files for each in file["answers"]]
    return {
        "agency": agency.slug,
        "source": source.name,
        "dry_run": dry_run,
        "files": len(files),
        "messages": len(answers),
        "answers": dict(sorted(Counter(each["answer"] for each in answers).items())),
        "known": sum(each["known"] for each in answers),
        "reasons": dict(sorted(Counter(each["reason"] for each in answers if each["reason"]).items())),
        "by_file": files,
    }
