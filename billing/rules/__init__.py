"""The billing engine: facts, rulebook and payer terms in; a decision with reasons and a minute ledger out."""

from .alternatives import Alternative, Instead, OtherTrack, alternatives
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
from .facts import (
    FOR_LIFE,
    Assessment,
    Claim,
    Contact,
    Enrollment,
    Log,
    OtherProgram,
    PatientMonth,
    Report,
    Stay,
    Transition,
    Visit,
)
from .payers import Coverage, payer_of_month
from .progress import Progress, Step, progress
from .rulebook import Rulebook, load_rulebook
from .terms import PRESETS, Payer, Rounding, Terms, UnitCode, Unpaid
from .transitional import clock_of

__all__ = [
    "FOR_LIFE",
    "PRESETS",
    "Alternative",
    "Assessment",
    "Bucket",
    "Claim",
    "Contact",
    "Coverage",
    "Decision",
    "Enrollment",
    "Entry",
    "Finding",
    "FindingId",
    "Instead",
    "Line",
    "Log",
    "OtherProgram",
    "OtherTrack",
    "PatientMonth",
    "Payer",
    "Progress",
    "Reason",
    "Report",
    "Role",
    "Rounding",
    "Rulebook",
    "Stay",
    "Step",
    "Terms",
    "Transition",
    "UnitCode",
    "Unpaid",
    "Visit",
    "alternatives",
    "clock_of",
    "digest",
    "evaluate",
    "from_json",
    "load_rulebook",
    "outcome",
    "payer_of_month",
    "progress",
    "to_json",
]
