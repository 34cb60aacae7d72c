from billing.models.contract import Contract, ContractTerm, ContractVersion, Payer, PayerKind
from billing.models.run import Charge, ChargeRun, DecisionFinding, StoredDecision

__all__ = [
    "Charge",
    "ChargeRun",
    "Contract",
    "ContractTerm",
    "ContractVersion",
    "DecisionFinding",
    "Payer",
    "PayerKind",
    "StoredDecision",
]
