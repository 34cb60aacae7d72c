"""Every version of every mutable record, written by triggers: who and why stand in the row's context."""

from typing import Any

import pghistory
from django.db import models

from coordination.models.condition import Condition
from coordination.models.enrollment import Enrollment
from coordination.models.patient import Patient
from coordination.models.time_log import TimeLog
from tenancy.models import TenantManager


def _history_of(model: type[models.Model]) -> Any:
    return pghistory.create_event_model(
        model,
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        abstract=False,
        append_only=True,
        attrs={"objects": TenantManager(), "append_only": True},
        meta={"base_manager_name": "objects"},
    )


PatientEvent = _history_of(Patient)
ConditionEvent = _history_of(Condition)
EnrollmentEvent = _history_of(Enrollment)
TimeLogEvent = _history_of(TimeLog)
