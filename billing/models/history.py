"""The history of contracts: what was covered, and at which rate, on any day past."""

from billing.models.contract import ContractTerm, ContractVersion, Payer
from tenancy.models.history import history_of

PayerEvent = history_of(Payer)
ContractVersionEvent = history_of(ContractVersion)
ContractTermEvent = history_of(ContractTerm)
