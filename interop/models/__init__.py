from interop.models.adt import (
    AdtMerge,
    AdtMessage,
    AdtSource,
    AdtStay,
    CodeKind,
    FacilityKind,
    LocalCode,
    Question,
)
from interop.models.history import AdtSourceEvent, AdtStayEvent, LocalCodeEvent
from interop.models.imports import ImportedRow, ImportKind, ImportRun, ImportState, WaitingFile

__all__ = [
    "AdtMerge",
    "AdtMessage",
    "AdtSource",
    "AdtSourceEvent",
    "AdtStay",
    "AdtStayEvent",
    "CodeKind",
    "FacilityKind",
    "ImportKind",
    "ImportRun",
    "ImportState",
    "ImportedRow",
    "LocalCode",
    "LocalCodeEvent",
    "Question",
    "WaitingFile",
]
