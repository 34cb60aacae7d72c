"""The history of this app's mutable records."""

from coordination.models.care_team import CarePlan, CareTeamMember
from coordination.models.clinical_facts import CarePeriod, MonthJudgement, OutsideClaim, Stay, Visit
from coordination.models.condition import Condition
from coordination.models.contact import Contact, NotePhrase
from coordination.models.coverage import Coverage, Payer
from coordination.models.enrollment import ConsentText, Enrollment
from coordination.models.merge import PatientMerge
from coordination.models.patient import Patient
from coordination.models.reach import ContactPoint, PatientAddress, PatientIdentifier, Proxy
from coordination.models.time_log import MonthLock, TimeLog
from tenancy.models.history import history_of

PatientEvent = history_of(Patient)
PatientIdentifierEvent = history_of(PatientIdentifier)
PatientAddressEvent = history_of(PatientAddress)
PatientMergeEvent = history_of(PatientMerge)
ContactPointEvent = history_of(ContactPoint)
ProxyEvent = history_of(Proxy)
PayerEvent = history_of(Payer)
CoverageEvent = history_of(Coverage)
ConditionEvent = history_of(Condition)
CareTeamMemberEvent = history_of(CareTeamMember)
CarePlanEvent = history_of(CarePlan)
ConsentTextEvent = history_of(ConsentText)
EnrollmentEvent = history_of(Enrollment)
VisitEvent = history_of(Visit)
OutsideClaimEvent = history_of(OutsideClaim)
StayEvent = history_of(Stay)
CarePeriodEvent = history_of(CarePeriod)
MonthJudgementEvent = history_of(MonthJudgement)
ContactEvent = history_of(Contact)
NotePhraseEvent = history_of(NotePhrase)
TimeLogEvent = history_of(TimeLog)
MonthLockEvent = history_of(MonthLock)
