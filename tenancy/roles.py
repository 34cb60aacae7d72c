"""Who may do what: one table from capability to roles. What is not in the table nobody may do.

A capability is `<noun>.<verb>`. Services and views ask `may(membership, capability)`; there is no other permission system.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    COORDINATOR = "coordinator", _("Care coordinator")
    SUPERVISOR = "supervisor", _("Supervisor")
    CLINICIAN = "clinician", _("Clinician")
    BILLER = "biller", _("Biller")
    ADMIN = "admin", _("Administrator")
    PRIVACY_OFFICER = "privacy_officer", _("Privacy officer")
    READ_ONLY = "read_only", _("Read-only")


CARE = frozenset({Role.COORDINATOR, Role.SUPERVISOR, Role.CLINICIAN})
"""Who gives care, or answers for those who do: they write in the chart and log time."""
CHART_READERS = CARE | {Role.BILLER, Role.ADMIN, Role.READ_ONLY}

CAPABILITIES: dict[str, frozenset[str]] = {
    "patient.read": CHART_READERS,
    "patient.write": frozenset({Role.COORDINATOR, Role.SUPERVISOR}),
    "patient.merge": frozenset({Role.SUPERVISOR, Role.ADMIN}),
    "access_log.read": frozenset({Role.PRIVACY_OFFICER, Role.ADMIN}),
    "history.read": frozenset({Role.PRIVACY_OFFICER, Role.SUPERVISOR, Role.ADMIN}),  # what was written; not who looked
    "condition.write": CARE,
    "enrollment.write": CARE,
    "chart.write": CARE,
    "consent_text.write": frozenset({Role.ADMIN}),
    "coverage.write": CARE | {Role.BILLER, Role.ADMIN},
    "payer.read": frozenset({Role.BILLER, Role.ADMIN}),
    "payer.write": frozenset({Role.ADMIN}),
    "clinical_fact.write": CARE | {Role.BILLER},
    "transition.write": CARE,
    "transition.judge": frozenset({Role.CLINICIAN}),
    "deadline.read": CHART_READERS,
    "deadline.work": CARE,  # acknowledge, snooze
    "outbox.write": frozenset({Role.ADMIN}),  # other systems that are told of alerts, and what could not be sent
    "deadline.team": frozenset({Role.SUPERVISOR, Role.ADMIN}),  # everybody's, by coordinator
    "month_program.write": CARE | {Role.BILLER, Role.ADMIN},
    "time_log.record": CARE,
    "time_log.review": frozenset({Role.SUPERVISOR, Role.ADMIN}),
    "phrase.write": CARE | {Role.ADMIN},
    "phrase.share": frozenset({Role.SUPERVISOR, Role.ADMIN}),
    "note.read": CHART_READERS - {Role.BILLER},  # the words of a contact; billing needs that they were written
    "month.read": CARE | {Role.BILLER, Role.ADMIN},
    "month.lock": frozenset({Role.BILLER, Role.ADMIN}),
    "ledger.read": CHART_READERS,
    "ledger.money": frozenset({Role.BILLER, Role.ADMIN}),  # who logs minutes sees what counts, never dollars
    "patient.import": frozenset({Role.SUPERVISOR, Role.ADMIN}),
    "rule.read": frozenset(Role),  # what is billed under which rule is no secret; what it pays is ledger.money
    "rule.sign_off": frozenset({Role.BILLER, Role.ADMIN}),
    "month.run": frozenset({Role.BILLER, Role.ADMIN}),
    "people.read": frozenset({Role.SUPERVISOR, Role.ADMIN}),
    "people.write": frozenset({Role.ADMIN}),
    "agency.read": frozenset({Role.SUPERVISOR, Role.ADMIN}),
    "agency.write": frozenset({Role.ADMIN}),
    "adt.read": CARE | {Role.ADMIN},  # what hospitals' messages come to
    "adt.review": CARE,  # whose stay it is, and where the patient went
    "adt.configure": frozenset({Role.ADMIN}),  # which hospitals, and what their own codes mean
    "service_token.write": frozenset({Role.ADMIN}),
}


def may(role: str, capability: str) -> bool:
    """Whether a role has a capability; an unknown capability is no."""
    return role in CAPABILITIES.get(capability, frozenset())


def roles_with(capability: str) -> list[Role]:
    """The roles that have a capability, for the page that says who to ask."""
    return [role for role in Role if may(role, capability)]
