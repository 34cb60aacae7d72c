"""The billing engine: facts, rulebook and payer terms in; a decision with reasons and a minute ledger out."""

from .decision import (
    Bucket,
    Decision,
    Entry,
    Finding,
    FindingId,
    Line,
    Reason,
    Role,
    digest,
    from_json,
    outcome,
)
from .evaluate import evaluate
from .facts import Enrollment, Log, PatientMonth, Terms
from .progress import Progress, Step, progress
from .rulebook import Rulebook, load_rulebook
from .writing import to_json

__all__ = [
    "Bucket",
    "Decision",
    "Enrollment",
    "Entry",
    "Finding",
    "FindingId",
    "Line",
    "Log",
    "PatientMonth",
    "Progress",
    "Reason",
    "Role",
    "Rulebook",
    "Step",
    "Terms",
    "digest",
    "evaluate",
    "from_json",
    "load_rulebook",
    "outcome",
    "progress",
    "to_json",
]
