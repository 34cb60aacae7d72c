from billing.models.contract import Contract, ContractTerm, ContractVersion, Renders, Rounds, Within
from billing.models.history import ContractTermEvent, ContractVersionEvent
from billing.models.run import Charge, ChargeRun, RunChunk, StoredDecision

__all__ = [
    "Charge",
    "ChargeRun",
    "Contract",
    "ContractTerm",
    "ContractTermEvent",
    "ContractVersion",
    "ContractVersionEvent",
    "Renders",
    "Rounds",
    "RunChunk",
    "StoredDecision",
    "Within",
]
