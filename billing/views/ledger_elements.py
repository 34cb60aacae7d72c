"""The facts beside the minutes that a month was decided by, in words: what is on record, and what is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _

from billing.rules import PatientMonth
from billing.services.decisions import Decided
from coordination.models import Complexity, Enrollment, Program, Track
from coordination.models.patient import language_in_words


@dataclass(frozen=True, slots=True)
class Element:
    """A name and what is on record; `is_missing` where something is asked for and is not there."""

    name: str
    value: str
    is_missing: bool = False


def elements_of(decided: Decided, enrollment: Enrollment | None) -> tuple[Element, ...]:
    """All of a month, in the order in which a reader asks for them."""
    return tuple(_elements(decided, enrollment))


def _elements(decided: Decided, enrollment: Enrollment | None) -> Iterator[Element]:
    facts, program = decided.facts, Program.CHRONIC_CARE
    track = facts.tracks.get(program, "")
    yield Element(_("Payer"), decided.decision.terms or _("nobody can be billed"), not decided.decision.terms)
    if enrollment:
        yield _consent_text(enrollment)
    judged = facts.complexity.get(program, "")
    if judged or track == Track.COMPLEX:
        yield Element(
            _("Complexity"),
            Complexity(judged).label if judged else _("not judged for this month"),
            not judged,
        )
    yield _conditions(facts)
    held = sorted(facts.visits, key=lambda visit: visit.in_time)
    visits = [f"{each.code or _('visit')}, {_day(each.on)}" for each in held if _within(facts, each.on)]
    yield Element(_("Visits"), "; ".join(visits) or _("none recorded"))
    claims = [f"{each.code}, {_day(each.on)}" for each in sorted(facts.claims) if _within(facts, each.on)]
    yield Element(_("Other claims"), "; ".join(claims) or _("none known"))
    stays = [_stay(each.first, each.last) for each in sorted(facts.stays, key=lambda stay: stay.first)]
    yield Element(_("Part A stays"), "; ".join(stays) or _("none recorded"))


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
    return Element(_("Conditions"), _("%(n)s on record") % {"n": known}, not known)


def _within(facts: PatientMonth, day: date) -> bool:
    return facts.first <= day <= facts.last


def _stay(first: date, last: date | None) -> str:
    words = {"first": _day(first), "last": last and _day(last)}
    return (_("%(first)s to %(last)s") if last else _("since %(first)s")) % words


def _day(day: date) -> str:
    return format_date(day, "M j")
