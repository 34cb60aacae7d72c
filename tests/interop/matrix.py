"""Who may bring files in."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tenancy.models import uuid7
from tenancy.roles import Role
from tests.matrix_row import Row

IMPORTERS = frozenset({Role.SUPERVISOR, Role.ADMIN})


def a_file(world: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("stays.csv", b"mrn,kind,from\nX-1,hospital,2026-10-01\n")
    return {"kind": "stays", "files": file, "form_key": str(uuid7())}


def a_look(world: Any) -> dict[str, Any]:
    return {"fingerprint": world.import_run.fingerprint}


ROWS: dict[str, list[Row]] = {
    "interop:imports": [Row("get", IMPORTERS, 200), Row("post", IMPORTERS, 302, (), a_file)],
    "interop:csv_template": [Row("get", IMPORTERS, 200)],
    "interop:import": [Row("get", IMPORTERS, 200, ("import_run",))],
    "interop:import_confirm": [Row("post", IMPORTERS, 302, ("import_run",), a_look)],
    "interop:import_discard": [Row("post", IMPORTERS, 302, ("import_run",))],
    "interop:import_faults": [Row("get", IMPORTERS, 200, ("import_run",))],
}
