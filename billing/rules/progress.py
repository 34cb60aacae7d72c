"""The threshold meter of one program, "12 of 20", read from the decision's own ledger so that the two agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, takewhile

from .book import Plan, Rule, Track
from .checks import monthly_cap
from .criteria import holds
from .decision import Decision
from .facts import PatientMonth
from .rulebook import Rulebook
from .terms import Payer, Terms

UNCOUNTED = ("not_countable", "no_program")


@dataclass(frozen=True, slots=True)
class Step:
    """A threshold of the track: the minutes at which a unit of a code is complete."""

    minutes: int
    code: str
    unit: int  # from 1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a program's countable minutes have come. Minutes reach a threshold; `billed` is what is proposed."""

    program: str
    minutes: int  # countable so far, whatever bucket they are in
    steps: tuple[Step, ...]  # every threshold the month allows; of a code without a cap, up to the next one
    billed: Mapping[str, int]  # code -> units on the decision's lines
    instead: tuple[str, ...]  # those of another track that minutes earn until this one's first threshold is reached

    @property
    def reached(self) -> tuple[Step, ...]:
        """Thresholds that the minutes have come to."""
        return tuple(step for step in self.steps if step.minutes <= self.minutes)

    @property
    def next(self) -> Step | None:
        """The threshold ahead; None where no further unit can be earned this month."""
        return next((step for step in self.steps if step.minutes > self.minutes), None)

    @property
    def most(self) -> int:
        """The last threshold, beyond which minutes earn nothing; 0 where the month allows none."""
        return self.steps[-1].minutes if self.steps else 0

    @property
    def goal(self) -> int:
        """The threshold to show: one that is met exactly ("20 of 20"), else the next, else the last."""
        last = self.reached[-1].minutes if self.reached else 0
        if self.next is None or last == self.minutes > 0:
            return last
        return self.next.minutes


def progress(
    decision: Decision, month: PatientMonth, payer: Payer, rulebook: Rulebook, program: str = "chronic_care"
) -> Progress:
    """The meter of a program, in the first declared track against which nothing but minutes stands; else in the first declared."""
    plan = rulebook.on(month.last).plan(program)
    minutes = sum(
        entry.minutes for entry in decision.ledger if entry.program == program and entry.bucket not in UNCOUNTED
    )
    units: dict[str, int] = {}
    for line in decision.lines:
        if line.program == program:
            units[line.code] = units.get(line.code, 0) + line.units
    if plan.decided_by != "minutes":
        return Progress(program, minutes, (), units, ())
    track = _track(decision, month, plan)
    steps = _steps(track, plan, payer if isinstance(payer, Terms) else None, minutes)
    lines = [line for line in decision.lines if line.program == program]
    instead = tuple(line.code for line in lines if line.logs and line.code not in track.codes)
    return Progress(program, minutes, steps, units, instead)


def _track(decision: Decision, month: PatientMonth, plan: Plan) -> Track:
    refused = {
        each.code for each in decision.findings if each.program == plan.name and not each.id.startswith("minutes.")
    }
    declared = [
        track
        for name in plan.declared_tracks(month.tracks.get(plan.name))
        for track in plan.tracks
        if track.name == name
    ]
    is_for = [
        track for track in declared if track.base.minutes and all(holds(each, month, plan.name) for each in track.when)
    ]
    return next((each for each in is_for if each.base.code not in refused), (is_for or declared)[0])


def _steps(track: Track, plan: Plan, terms: Terms | None, minutes: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    begins = 0  # where the next unit's minutes begin
    full = terms is not None and plan.name in terms.full_time
    for rule in takewhile(lambda rule: _open(rule, terms), (track.base, *track.add_ons)):
        cap, _ = monthly_cap(rule, terms)
        at = rule.minutes if full else rule.earned_at
        for unit in count(1) if cap is None else range(1, cap + 1):
            if cap is None and begins > minutes:
                break
            steps.append(Step(begins + at, rule.code, unit))
            begins += rule.minutes
    return tuple(steps)


def _open(rule: Rule, terms: Terms | None) -> bool:
    return rule.minutes > 0 and rule.status is None and (terms is None or terms.covers(rule.code))
