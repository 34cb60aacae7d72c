"""What a payer agreed to pay, as dated versions."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from coordination.models import Payer, marks_facts_of_all
from tenancy.models import TenantForeignKey, TenantModel


class Contract(TenantModel):
    """An agreement with a payer through its life: the lineage of its versions. A bigint key, because versions exclude by it."""

    id = models.BigAutoField(primary_key=True)
    payer = TenantForeignKey(Payer, on_delete=models.PROTECT, related_name="contracts")

    class Meta(TenantModel.Meta):
        triggers = marks_facts_of_all()

    def __str__(self) -> str:
        return f"contract {self.pk}"


def _range(function: str, *bounds: object) -> Func:
    return Func(*bounds, Value("[]"), function=function)


class ContractVersion(TenantModel):
    """The terms of a contract from a first to a last day, both included; no last day means until further notice."""

    contract = TenantForeignKey(Contract, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "contract", "number"], name="one_version_per_number"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
                name="contract_version_ends_after_it_begins",
            ),
            # Ranges over bigint keys stand for equality: the plain server has no btree_gist.
            ExclusionConstraint(
                name="contract_versions_never_overlap",
                expressions=[
                    (_range("int8range", F("agency_id"), F("agency_id")), RangeOperators.OVERLAPS),
                    (_range("int8range", F("contract_id"), F("contract_id")), RangeOperators.OVERLAPS),
                    (_range("daterange", F("effective_from"), F("effective_to")), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = marks_facts_of_all()

    def __str__(self) -> str:
        return f"version {self.number}"


class ContractTerm(TenantModel):
    """What a version says about one code. A code without a term is not covered."""

    version = TenantForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="terms")
    code = models.CharField(max_length=8)
    rate = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True, help_text="dollars a unit")
    max_units_month = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["agency", "version", "code"], name="one_term_per_code"),
            models.CheckConstraint(condition=Q(rate=None) | Q(rate__gte=0), name="rate_is_not_negative"),
        ]
        triggers = marks_facts_of_all()

    def __str__(self) -> str:
        return self.code
