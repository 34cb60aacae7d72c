from coordination.models.condition import Condition
from coordination.models.enrollment import ConsentKind, Enrollment, Program
from coordination.models.patient import Patient, PatientToken, Sex
from coordination.models.time_log import Activity, TimeLog

# isort: split
from coordination.models.history import ConditionEvent, EnrollmentEvent, PatientEvent, TimeLogEvent

__all__ = [
    "Activity",
    "Condition",
    "ConditionEvent",
    "ConsentKind",
    "Enrollment",
    "EnrollmentEvent",
    "Patient",
    "PatientEvent",
    "PatientToken",
    "Program",
    "Sex",
    "TimeLog",
    "TimeLogEvent",
]
