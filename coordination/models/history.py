"""The history of this app's mutable records."""

from coordination.models.care_team import CarePlan, CareTeamMember
from coordination.models.clinical_facts import (
    CarePeriod,
    MonthJudgement,
    MonthProgram,
    OutsideClaim,
    ProgramElement,
    Stay,
    Visit,
)
from coordination.models.condition import Condition
from coordination.models.contact import Contact, NotePhrase
from coordination.models.coverage import Coverage, Payer
from coordination.models.enrollment import ConsentText, Enrollment
from coordination.models.merge import PatientMerge
from coordination.models.outbox import WebhookEndpoint
from coordination.models.patient import Patient
from coordination.models.reach import ContactPoint, PatientAddress, PatientIdentifier, Proxy
from coordination.models.time_log import MonthLock, TimeLog
from coordination.models.transition import Transition, TransitionStep
from tenancy.models.history import history_of

PatientEvent = history_of(Patient)
PatientIdentifierEvent = history_of(PatientIdentifier, about="patient")
PatientAddressEvent = history_of(PatientAddress, about="patient")
PatientMergeEvent = history_of(PatientMerge, about="kept")
ContactPointEvent = history_of(ContactPoint, about="patient")
ProxyEvent = history_of(Proxy, about="patient")
PayerEvent = history_of(Payer)
CoverageEvent = history_of(Coverage, about="patient")
ConditionEvent = history_of(Condition, about="patient")
CareTeamMemberEvent = history_of(CareTeamMember, about="patient")
CarePlanEvent = history_of(CarePlan, about="patient")
ConsentTextEvent = history_of(ConsentText)
EnrollmentEvent = history_of(Enrollment, about="patient")
VisitEvent = history_of(Visit, about="patient")
OutsideClaimEvent = history_of(OutsideClaim, about="patient")
StayEvent = history_of(Stay, about="patient")
CarePeriodEvent = history_of(CarePeriod, about="patient")
MonthJudgementEvent = history_of(MonthJudgement, about="patient")
ProgramElementEvent = history_of(ProgramElement, about="patient")
MonthProgramEvent = history_of(MonthProgram, about="patient")
ContactEvent = history_of(Contact, about="patient")
NotePhraseEvent = history_of(NotePhrase)
TimeLogEvent = history_of(TimeLog, about="patient")
MonthLockEvent = history_of(MonthLock)
TransitionEvent = history_of(Transition, about="patient")
TransitionStepEvent = history_of(TransitionStep, about="patient")
WebhookEndpointEvent = history_of(WebhookEndpoint, without=("secret",))
