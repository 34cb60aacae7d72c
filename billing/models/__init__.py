from billing.models.contract import Contract, ContractTerm, ContractVersion, Payer, PayerKind
from billing.models.history import ContractTermEvent, ContractVersionEvent, PayerEvent
from billing.models.run import Charge, ChargeRun, DecisionFinding, StoredDecision

__all__ = [
    "Charge",
    "ChargeRun",
    "Contract",
    "ContractTerm",
    "ContractTermEvent",
    "ContractVersion",
    "ContractVersionEvent",
    "DecisionFinding",
    "Payer",
    "PayerEvent",
    "PayerKind",
    "StoredDecision",
]
