"""The history of contracts: what was covered, and at which rate, on any day past."""

from billing.models.contract import ContractTerm, ContractVersion
from tenancy.models.history import history_of

ContractVersionEvent = history_of(ContractVersion)
ContractTermEvent = history_of(ContractTerm)
