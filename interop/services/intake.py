"""Taking files in, each whole or not at all: what the page, its preview and the commands share."""

from collections.abc import Callable, Iterable

from django.db import DataError, IntegrityError, transaction

from interop.codecs.fhir import FhirRefused
from interop.codecs.refusals import Refusal, Refused
from interop.models import ImportKind, ImportRun, ImportState
from interop.services.facts_import import facts_import
from interop.services.fhir_import import bundle_import
from interop.services.reports import FileReport, Occasion, fingerprint_of, name_digest, totals, without_values


class Tried(Exception):
    """Leaves the transaction that is to be undone."""


def take(kind: str, files: Iterable[tuple[str, bytes]], *, on: Occasion) -> list[tuple[str, FileReport]]:
    """Bring (name, content) in, one after the other; a file that is refused changes nothing and the others go in."""
    return [(name, _taken(kind, content, on)) for name, content in files]


def try_out(kind: str, files: Iterable[tuple[str, bytes]], *, on: Occasion) -> list[tuple[str, FileReport]]:
    """What `take` would say and do now. It is done, and undone: nothing stays stored."""
    found: list[tuple[str, FileReport]] = []
    try:
        with transaction.atomic():
            found = take(kind, files, on=on)
            raise Tried
    except Tried:
        return found


def run_log(kind: str, taken: list[tuple[str, FileReport]], *, on: Occasion) -> ImportRun:
    """Write down an import that is done."""
    files = [report.as_json(file=name) for name, report in taken]
    return ImportRun.objects.create(
        kind=kind,
        state=ImportState.DONE,
        begun_at=on.now,
        begun_by=on.actor,
        ended_at=on.now,
        ended_by=on.actor,
        fingerprint=fingerprint_of(report for _, report in taken),
        totals=totals(files),
        files=kept_reports(files),
    )


def kept_reports(files: list[dict]) -> list[dict]:
    """The reports as the log keeps them: numbered, each with the digest of its file's name."""
    return [
        {"number": number, "name_digest": name_digest(file["file"]), **without_values(file)}
        for number, file in enumerate(files, 1)
    ]


def _taken(kind: str, content: bytes, on: Occasion) -> FileReport:
    try:
        with transaction.atomic():
            return READERS[kind](content, on)
    except Refused as broken:
        return FileReport(broken.refusals)
    except (DataError, IntegrityError) as broken:
        told = getattr(broken.__cause__, "diag", None)
        rule = (told and (told.constraint_name or told.message_primary)) or type(broken).__name__
        remedy = "it breaks a rule of the database: report this file and this line to who runs the product"
        return FileReport([Refusal("file", "content", rule, remedy)])


def _bundle(content: bytes, on: Occasion) -> FileReport:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        remedy = "save the file as UTF-8, which FHIR requires"
        raise FhirRefused([Refusal("file", "encoding", f"byte {broken.start}", remedy)]) from None
    return bundle_import(text, on=on)


def _facts(kind: str) -> Callable[[bytes, Occasion], FileReport]:
    return lambda content, on: facts_import(kind, content, on=on)


READERS: dict[str, Callable[[bytes, Occasion], FileReport]] = {ImportKind.FHIR: _bundle} | {
    kind: _facts(kind) for kind in ImportKind if kind != ImportKind.FHIR
}
