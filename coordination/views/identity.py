"""What every page about one patient shows at its top."""

from typing import Any

from django.http import HttpRequest

from coordination.models import Patient
from tenancy import clock


def identity(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    """Context of `coordination/_identity.html`: the patient, the age, and the present month for the way to the ledger."""
    today = clock.today(request.membership.agency.zone)
    return {"patient": patient, "age": patient.age_on(today), "month_slug": f"{today:%Y-%m}"}
