"""The history of this app's mutable records."""

from coordination.models.condition import Condition
from coordination.models.enrollment import Enrollment
from coordination.models.patient import Patient
from coordination.models.time_log import TimeLog
from tenancy.models.history import history_of

PatientEvent = history_of(Patient)
ConditionEvent = history_of(Condition)
EnrollmentEvent = history_of(Enrollment)
TimeLogEvent = history_of(TimeLog)
