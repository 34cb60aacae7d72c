"""The facts beside the minutes that a month was decided by, in words: what is on record, and what is not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _

from billing.rules import OtherProgram, PatientMonth, Stay
from billing.services.decisions import Decided
from coordination.models import Complexity, Enrollment, Track
from coordination.models.patient import language_in_words
from coordination.ports import billing


@dataclass(frozen=True, slots=True)
class Element:
    """A name and what is on record; `is_missing` where something is asked for and is not there."""

    name: str
    value: str
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Rests:
    """A program's enrollment, and what else is on record for it."""

    label: str
    enrollment: Enrollment
    elements: tuple[Element, ...]


def rests_of(decided: Decided, enrollments: Iterable[Enrollment]) -> tuple[Rests, ...]:
    """What each program rests on, in the order of the enrollments."""
    return tuple(
        Rests(each.get_program_display(), each, tuple(_of_program(decided.facts, each))) for each in enrollments
    )


def _of_program(facts: PatientMonth, enrollment: Enrollment) -> Iterator[Element]:
    yield _consent_text(enrollment)
    program = enrollment.program
    judged = facts.complexity.get(program, "")
    if judged or facts.tracks.get(program) == Track.COMPLEX:
        yield Element(
            _("Complexity"),
            Complexity(judged).label if judged else _("not judged for this month"),
            not judged,
        )
    if program in facts.programs_for_month:
        yield Element(_("This month"), _("said to be this program's"))
    documented = facts.elements.get(program, frozenset())
    for asked in billing().elements():
        if asked.program == program:
            has = asked.element in documented
            yield Element(str(asked.label), _("documented") if has else _("not documented"), not has)


def elements_of(decided: Decided) -> tuple[Element, ...]:
    """All of a month that is of the patient and no program, in the order in which a reader asks for them."""
    return tuple(_elements(decided))


def _elements(decided: Decided) -> Iterator[Element]:
    facts = decided.facts
    yield Element(_("Payer"), decided.decision.terms or _("nobody can be billed"), not decided.decision.terms)
    yield _conditions(facts)
    held = sorted(facts.visits, key=lambda visit: visit.in_time)
    visits = [f"{each.code or _('visit')}, {_day(each.on)}" for each in held if _within(facts, each.on)]
    yield Element(_("Visits"), "; ".join(visits) or _("none recorded"))
    claims = [f"{each.code}, {_day(each.on)}" for each in sorted(facts.claims) if _within(facts, each.on)]
    yield Element(_("Other claims"), "; ".join(claims) or _("none known"))
    stays = sorted(facts.stays, key=lambda stay: (stay.first, stay.kind))
    yield Element(_("Part A stays"), _spans(each for each in stays if each.is_part_a) or _("none recorded"))
    if others := _spans(each for each in stays if not each.is_part_a):
        yield Element(_("Other stays"), others)
    if facts.has_home_health_plan:
        yield Element(_("Home-health plan"), _("in this month"))
    if programs := _spans(facts.other_programs):
        yield Element(_("Programs of others"), programs)


def _consent_text(enrollment: Enrollment) -> Element:
    """Which words the patient was told, in which language, and whether they heard about cost."""
    text = enrollment.consent_text
    said = [_("text %(label)s") % {"label": text.label} if text else _("text not recorded")]
    if enrollment.consent_language:
        said.append(language_in_words(enrollment.consent_language))
    said.append(_("cost share told") if enrollment.cost_share_told else _("cost share not noted"))
    return Element(_("Told at consent"), ", ".join(said), text is None or not enrollment.cost_share_told)


def _conditions(facts: PatientMonth) -> Element:
    known = len(facts.chronic_conditions)
    return Element(_("Chronic conditions"), _("%(n)s on record") % {"n": known}, not known)


def _within(facts: PatientMonth, day: date) -> bool:
    return facts.first <= day <= facts.last


def _spans(found: Iterable[Stay | OtherProgram]) -> str:
    return "; ".join(_stay(each.first, each.last) for each in found)


def _stay(first: date, last: date | None) -> str:
    words = {"first": _day(first), "last": last and _day(last)}
    return (_("%(first)s to %(last)s") if last else _("since %(first)s")) % words


def _day(day: date) -> str:
    return format_date(day, "M j")
