"""What is wrong with days and periods of any record, as (field, sentence with the value and the remedy)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from tenancy.models import BEHAVIORAL, PRACTITIONERS, Membership

Faults = Iterator[tuple[str, str]]
FARTHEST = timedelta(days=3660)


def period_faults(record: Any, today: date, *, dies: bool = True) -> Faults:
    """`from_day` to `to_day`: in order, within a life (with `dies`, not begun after it) and no slip of the keyboard."""
    begins, ends = record.from_day, record.to_day
    if begins and ends and ends < begins:
        yield (
            "to_day",
            _("%(day)s is before %(begins)s, the first day. Enter a later day, or leave it empty while it lasts.")
            % {"day": ends.isoformat(), "begins": begins.isoformat()},
        )
    yield from life_faults(record, "from_day", dies=dies)
    for name, day in (("from_day", begins), ("to_day", ends)):
        if day and day > today + FARTHEST:
            yield name, _("%(day)s is more than ten years ahead. Check the year.") % {"day": day.isoformat()}


def life_faults(record: Any, name: str, *, dies: bool = True) -> Faults:
    """A day of the patient's life: not before birth, and with `dies` not after death."""
    day, patient = getattr(record, name), record.patient
    if day and day < patient.birth_date:
        yield (
            name,
            _("%(day)s is before the patient was born (%(born)s). Check the year.")
            % {"day": day.isoformat(), "born": patient.birth_date.isoformat()},
        )
    if dies and day and patient.deceased_on and day > patient.deceased_on:
        yield (
            name,
            _("%(day)s is after the patient died (%(died)s). Check the day, or the day of death.")
            % {"day": day.isoformat(), "died": patient.deceased_on.isoformat()},
        )


def future_faults(record: Any, name: str, today: date) -> Faults:
    """What has happened has happened by today."""
    day = getattr(record, name)
    if day and day > today:
        yield name, _("%(day)s is in the future. Record it once it has happened.") % {"day": day.isoformat()}


def judge_faults(name: str, judge: Membership | None, *, behavioral: bool = False) -> Faults:
    """Who judges, or sees the patient as the practice's practitioner, is one; in behavioral health a psychologist, clinical social
    worker or counselor as well."""
    if judge and judge.discipline not in PRACTITIONERS and not (behavioral and judge.discipline in BEHAVIORAL):
        yield (
            name,
            _("%(who)s is no practitioner: choose a physician, nurse practitioner or physician assistant.")
            % {"who": judge.signature},
        )
