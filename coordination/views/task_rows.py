"""A task as a list shows it: when, of whom, what and why, and the one thing to do about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _

from coordination.models import Deadline, DeadlineKind
from coordination.rules.deadlines import ESCALATING
from coordination.selectors.deadlines import OVERDUE, Moments
from coordination.selectors.reaching import Reach, reach_of
from coordination.sentences import OF_TRANSITIONS, Why, end_words, relative_words, what_to_do, why
from tenancy.links import here
from tenancy.models import Membership
from tenancy.roles import may
from tenancy.selectors.places import named_days_off

Kind = DeadlineKind
CALLS = (Kind.CONTACT, Kind.RETRY)
"""What is done by calling, in the list itself."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do: where it is done, and what it is called."""

    label: str
    url: str
    icon: str = ""


@dataclass(slots=True)
class Task:
    """One row. `act`: its one filled button; `beside`: the second, quiet one. `form`: what is open in it, `attempt` or `put_off`."""

    deadline: Deadline
    what: str
    why: Why
    relative: str
    end: str
    reach: Reach
    act: Action | None = None
    beside: Action | None = None
    is_call: bool = False
    can_put_off: bool = False
    opened: str = ""
    form: forms.Form | None = None
    discharge: str = ""

    @property
    def is_overdue(self) -> bool:
        return bool(self.deadline.bucket == OVERDUE)

    @property
    def is_regulatory(self) -> bool:
        return self.deadline.kind in ESCALATING


def tasks_of(deadlines: Sequence[Deadline], reader: Membership, at: Moments) -> list[Task]:
    """The rows, in the order in which the deadlines come. Three statements however many there are."""
    zone = reader.agency.zone
    reach = reach_of({each.patient_id for each in deadlines if each.patient_id})
    names = named_days_off(min(skipped), max(skipped)) if (skipped := _skipped(deadlines)) else {}
    return [_task(each, reader, at.now, at.today, zone, reach, names) for each in deadlines]


def _skipped(deadlines: Collection[Deadline]) -> set[date]:
    return {date.fromisoformat(day) for each in deadlines for day in each.said.get("holidays", ())}


def _task(
    deadline: Deadline,
    reader: Membership,
    now: datetime,
    today: date,
    zone: ZoneInfo,
    reach: Mapping[UUID | None, Reach],
    names: Mapping[date, str],
) -> Task:
    task = Task(
        deadline,
        what_to_do(deadline.kind),
        why(deadline, now=now, today=today, holidays=names, last_window=deadline.last_window),  # type: ignore[attr-defined]
        relative_words(deadline.due_at, now),
        end_words(deadline, zone, today),
        reach.get(deadline.patient_id) or Reach(),
        discharge=discharge_address(deadline),
    )
    if may(reader.role, "deadline.work"):
        waits = deadline.waits_on_id not in (None, reader.pk) or bool(deadline.waits_on_name)
        task.is_call = deadline.kind in CALLS
        task.act, task.beside = (None, None) if waits or task.is_call else _actions(deadline, reader)
        task.can_put_off = not task.is_overdue or not task.is_regulatory
    return task


def _actions(deadline: Deadline, reader: Membership) -> tuple[Action | None, Action | None]:
    """The page on which the fact is recorded that closes this, and a second way; nothing is marked as done by hand."""
    kind, patient = deadline.kind, deadline.patient_id
    if kind in (Kind.VISIT_FIRST, Kind.VISIT_LAST):
        record = Action(_("Record visit"), here("coordination:visit_add", patient=patient), "stethoscope")
        return record, _of_discharge(deadline, _("Book visit"), "arrange")
    if kind == Kind.RECONCILIATION:
        return _of_discharge(deadline, _("Record step"), "step", done="reconciliation"), None
    if kind == Kind.COMPLEXITY:
        if may(reader.role, "transition.judge"):
            return _of_discharge(deadline, _("Judge"), "judge"), None
        return _of_discharge(deadline, _("Ask a clinician"), "ask"), None
    if kind == Kind.DECIDE:
        return _of_discharge(deadline, _("Decide"), ""), None
    if kind == Kind.PERIOD_END:
        return _of_discharge(deadline, _("Close the period"), "end"), None
    return _of_others(deadline, reader), None


def _of_others(deadline: Deadline, reader: Membership) -> Action | None:
    kind, patient = deadline.kind, deadline.patient_id
    if kind == Kind.INITIATING_VISIT:
        address = here("coordination:enrollment", patient=patient, enrollment=deadline.about)
        return Action(_("Say which visit"), f"{address}#id_initiating_visit_on", "stethoscope")
    if kind == Kind.CONSENT_RENEWAL:
        address = here("coordination:enrollment", patient=patient, enrollment=deadline.about)
        return Action(_("Renew consent"), f"{address}#id_consent_renewed_on")
    if kind == Kind.CARE_PLAN_REVIEW:
        return Action(_("Review the plan"), here("coordination:care_plan_list", patient=patient))
    if kind == Kind.RATING_SCALE:
        return Action(_("Record the scale"), here("coordination:element_add", patient=patient))
    if kind == Kind.LICENCE and may(reader.role, "people.read") and deadline.assignee_id:
        return Action(_("Open the person"), here("tenancy:person", person=deadline.assignee_id))
    return None


def _of_discharge(deadline: Deadline, label: str, way: str, **more: str) -> Action:
    name = f"coordination:transition_{way}" if way else "coordination:transition"
    return Action(label, here(name, patient=deadline.patient_id, transition=deadline.about, **more))


def discharge_address(deadline: Deadline) -> str:
    """The page of the discharge that asks for this; "" where none does."""
    if deadline.kind not in OF_TRANSITIONS:
        return ""
    return here("coordination:transition", patient=deadline.patient_id, transition=deadline.about)
