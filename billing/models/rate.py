"""National rates of the Medicare physician fee schedule, as an operator brought them in from CMS's file. Reference for everybody;
never what a payer agreed to pay."""

from django.db import models
from django.db.models import Q


class NationalRate(models.Model):
    """What the file said of a code from a day on, without any locality's index. No agency's: written by the owner, read by all."""

    code = models.CharField(max_length=5)
    starts = models.DateField()
    status = models.CharField(max_length=1, help_text="CMS's status of the code; A is paid by the schedule")
    work = models.DecimalField(max_digits=7, decimal_places=2)
    practice_expense = models.DecimalField(max_digits=7, decimal_places=2, help_text="outside a facility")
    practice_expense_facility = models.DecimalField(max_digits=7, decimal_places=2)
    malpractice = models.DecimalField(max_digits=7, decimal_places=2)
    conversion_factor = models.DecimalField(max_digits=8, decimal_places=4)
    source = models.CharField(max_length=200, help_text="what the file calls itself")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "starts"], name="one_national_rate_per_code_and_day"),
            models.CheckConstraint(condition=Q(conversion_factor__gt=0), name="conversion_factor_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.code} from {self.starts}"
