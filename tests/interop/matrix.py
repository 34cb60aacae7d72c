"""Who may bring files in, who answers what hospitals' messages ask, and who lets hospitals send."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tenancy.models import uuid7
from tenancy.roles import CARE, Role
from tests.matrix_row import Row

IMPORTERS = frozenset({Role.SUPERVISOR, Role.ADMIN})


def a_file(world: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("stays.csv", b"mrn,kind,from\nX-1,hospital,2026-10-01\n")
    return {"kind": "stays", "files": file, "form_key": str(uuid7())}


def a_look(world: Any) -> dict[str, Any]:
    return {"fingerprint": world.import_run.fingerprint}


ADMIN = frozenset({Role.ADMIN})
STAY = ("adt_stay",)


def a_version(world: Any) -> dict[str, Any]:
    return {"version": world.adt_stay.version}


def a_link(world: Any) -> dict[str, Any]:
    return a_version(world) | {"patient": str(world.patient.pk)}


def a_source(world: Any) -> dict[str, Any]:
    return {
        "name": "General",
        "facility_kind": "hospital",
        "time_zone": "America/Denver",
        "keep_days": 30,
        "version": 1,
    }


def a_code(world: Any) -> dict[str, Any]:
    return {"kind": "disposition", "code": "HOMEHC", "means": "06"}


ROWS: dict[str, list[Row]] = {
    "interop:hospitals": [Row("get", CARE | ADMIN, 200)],
    "interop:hospital_stay": [Row("get", CARE | ADMIN, 200, STAY)],
    "interop:hospital_stay_link": [Row("post", CARE, 302, STAY, a_link)],
    "interop:hospital_stay_add": [
        Row(
            "post",
            frozenset({Role.COORDINATOR, Role.SUPERVISOR}),
            302,
            STAY,
            lambda world: a_version(world) | {"mrn": "NEW-1"},
        )
    ],
    "interop:hospital_stay_decide": [
        Row("post", CARE, 302, STAY, lambda world: a_version(world) | {"destination": "home"})
    ],
    "interop:hospital_stay_aside": [
        Row("post", CARE, 302, STAY, lambda world: a_version(world) | {"because": "not ours"})
    ],
    "interop:hospital_stay_take_up": [Row("post", CARE, 302, STAY, a_version)],
    "interop:hospital_sources": [Row("get", ADMIN, 200)],
    "interop:hospital_source_new": [Row("get", ADMIN, 200), Row("post", ADMIN, 302, (), a_source)],
    "interop:hospital_source": [
        Row("get", ADMIN, 200, ("adt_source",)),
        Row("post", ADMIN, 302, ("adt_source",), a_source),
    ],
    "interop:hospital_code_new": [Row("post", ADMIN, 302, ("adt_source",), a_code)],
    "interop:hospital_code_remove": [Row("post", ADMIN, 302, ("adt_source", "local_code"))],
    "interop:imports": [Row("get", IMPORTERS, 200), Row("post", IMPORTERS, 302, (), a_file)],
    "interop:csv_template": [Row("get", IMPORTERS, 200)],
    "interop:import": [Row("get", IMPORTERS, 200, ("import_run",))],
    "interop:import_confirm": [Row("post", IMPORTERS, 302, ("import_run",), a_look)],
    "interop:import_discard": [Row("post", IMPORTERS, 302, ("import_run",))],
    "interop:import_faults": [Row("get", IMPORTERS, 200, ("import_run",))],
}
