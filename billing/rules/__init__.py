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
    to_json,
)
from .evaluate import evaluate
from .facts import FOR_LIFE, Claim, Enrollment, Log, PatientMonth, Payer, Stay, Terms, Unpaid, Visit
from .payers import Coverage, payer_of_month
from .progress import Progress, Step, progress
from .rulebook import Rulebook, load_rulebook

__all__ = [
    "FOR_LIFE",
    "Bucket",
    "Claim",
    "Coverage",
    "Decision",
    "Enrollment",
    "Entry",
    "Finding",
    "FindingId",
    "Line",
    "Log",
    "PatientMonth",
    "Payer",
    "Progress",
    "Reason",
    "Role",
    "Rulebook",
    "Stay",
    "Step",
    "Terms",
    "Unpaid",
    "Visit",
    "digest",
    "evaluate",
    "from_json",
    "load_rulebook",
    "outcome",
    "payer_of_month",
    "progress",
    "to_json",
]
