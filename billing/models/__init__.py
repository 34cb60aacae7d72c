from billing.models.contract import Contract, ContractTerm, ContractVersion, Renders, Rounds, Within
from billing.models.history import ContractTermEvent, ContractVersionEvent
from billing.models.rate import NationalRate
from billing.models.rule_sign_off import RuleSignOff
from billing.models.run import Charge, ChargeRun, RunChunk, StoredDecision

__all__ = [
    "Charge",
    "ChargeRun",
    "Contract",
    "ContractTerm",
    "ContractTermEvent",
    "ContractVersion",
    "ContractVersionEvent",
    "NationalRate",
    "Renders",
    "Rounds",
    "RuleSignOff",
    "RunChunk",
    "StoredDecision",
    "Within",
]
