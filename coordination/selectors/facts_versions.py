"""Which version the facts of a patient are in, for whoever keeps what was made of them."""

from collections.abc import Collection
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Expression, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast

from coordination.models import FactsVersion, Patient
from coordination.models.facts_version import OF_ALL
from tenancy.queries import Given, kept


def facts_version() -> Expression:
    """For a list of patients: their own marks and those of what all share, as one text. An equal text: nothing has changed.

    What is made of facts may be kept under the version that was read before them. Then they are of that version or a later one, and
    nobody finds them any more once a later one is there.
    """
    marks = FactsVersion.objects.filter(patient__in=[OuterRef("pk"), OF_ALL]).values("mark")
    return Cast(ArraySubquery(marks), TextField())


def facts_versions(patients: Collection[UUID]) -> dict[UUID, str]:
    """The versions of these patients' facts."""
    return dict(_facts_versions(patients=list(patients)))


@kept
def _facts_versions() -> QuerySet:
    return Patient.objects.filter(pk__among=Given("patients")).order_by().values_list("pk", facts_version())
