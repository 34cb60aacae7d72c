"""What every page about one patient shows at its top."""

from typing import Any

from django.http import HttpRequest

from coordination.models import Patient
from coordination.selectors.transitions import running_of
from tenancy import clock


def identity(request: HttpRequest, patient: Patient) -> dict[str, Any]:
    """Context of `coordination/_identity.html`: the patient, the age, the present month for the way to the ledger, and the discharges
    that run, as far as they came with the patient."""
    today = clock.today(request.membership.agency.zone)
    running = running_of(patient) if hasattr(patient, "running") else []
    return {"patient": patient, "age": patient.age_on(today), "month_slug": f"{today:%Y-%m}", "running": running}
