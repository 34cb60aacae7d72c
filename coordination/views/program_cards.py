"""The cards of a patient's programs: how far the month has come in each, and what it rests on."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from coordination.models import Enrollment, Program, TimeLog
from coordination.ports import Meter


@dataclass(frozen=True, slots=True)
class ProgramCard:
    """A program the patient is enrolled in, or has time for; `logged` are all its minutes of the month."""

    program: Program
    enrollment: Enrollment | None
    meter: Meter | None
    logged: int


def program_cards(
    enrollments: Iterable[Enrollment], meters: Iterable[Meter], logs: Iterable[TimeLog]
) -> list[ProgramCard]:
    """In the order in which programs are named everywhere; chronic care where there is none, to enroll in."""
    enrolled = {each.program: each for each in enrollments}
    measured = {each.program: each for each in meters}
    logged: Counter[str] = Counter()
    for log in logs:
        if not log.voided_at:
            logged[log.program] += log.minutes
    shown = [each for each in Program if each in enrolled or each in measured] or [Program.CHRONIC_CARE]
    return [ProgramCard(each, enrolled.get(each), measured.get(each), logged[each]) for each in shown]


def meter_of(meters: Iterable[Meter]) -> Meter | None:
    """The one that stands in a list: chronic care's, else that of the first program the month is about."""
    known = {each.program: each for each in meters}
    return next((known[each] for each in Program if each in known), None)
