"""Rows of other records that change what a discharge comes to; each leads to the form that records it."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from coordination.models import (
    CarePeriodKind,
    Destination,
)
from coordination.selectors.transitions import (
    RUNNING,
)
from coordination.services.transitions import NOT_HOME
from coordination.views.thirty_days import day_words
from coordination.views.transition_case import Case, Way


@dataclass(frozen=True, slots=True)
class Matter:
    """A row of another record that changes what this discharge comes to."""

    tone: str
    words: str
    way: Way | None = None


def matters_of(case: Case) -> Iterator[Matter]:
    """Rows of other records, the gravest first; each leads to the form that records it."""
    known, patient, days = case.known, case.patient, case.days
    if patient.deceased_on and patient.deceased_on <= days.period_ends:
        words = _("The patient died on %(day)s, before the period ends.") % {"day": day_words(patient.deceased_on)}
        yield Matter("bad", words, _way(case, "patient.write", _("Details"), "patient_edit"))
    for claim in case.got.claims:
        if any(claim.code == window.code for window in case.clock.windows):
            said = {"who": claim.practice or _("Another practice"), "code": claim.code, "day": day_words(claim.on)}
            words = _("%(who)s claimed %(code)s on %(day)s: of one discharge it is paid once.") % said
            yield Matter("bad", words, _fact(case, "outside_claim", claim.pk))
    yield from _overlapping(case)
    yield from _stays(case)
    for period in case.got.periods:
        said = {
            "from": day_words(period.from_day),
            "who": period.practitioner.signature if period.practitioner else period.provider,
        }
        if period.kind == CarePeriodKind.HOSPICE:
            words = _("Hospice since %(from)s.") % said
        else:
            words = (
                _(
                    "Global surgical period of %(who)s since %(from)s: that practitioner bills no transitional care in it."
                )
                % said
            )
        yield Matter("warn", words, _fact(case, "care_period", period.pk))
    if known.destination in NOT_HOME:
        words = _("Went to: %(where)s. No thirty days run from there; the next discharge is the one to wait for.")
        yield Matter("warn", words % {"where": known.get_destination_display()}, _correct(case))
    if known.destination == Destination.UNKNOWN:
        yield Matter("warn", _("It is not known where the patient went: ask, and correct it."), _correct(case))


def _overlapping(case: Case) -> Iterator[Matter]:
    """Other discharges whose period meets this one's."""
    known = case.known
    for other in case.got.others:
        apart = abs((other.discharged_on - known.discharged_on).days)
        if apart >= case.clock.period_days:
            continue
        said = {"day": day_words(other.discharged_on), "state": other.get_state_display()}
        words = _("Another discharge on %(day)s: %(state)s.") % said
        way = Way(_("Open"), case.at("transition", transition=other.pk))
        yield Matter("warn" if other.state in RUNNING else "", words, way)


def _stays(case: Case) -> Iterator[Matter]:
    known = case.known
    for stay in case.got.stays:
        said = {
            "what": stay.get_kind_display(),
            "where": f" ({stay.facility})" if stay.facility else "",
            "from": day_words(stay.from_day),
            "to": day_words(stay.to_day) if stay.to_day else _("now"),
        }
        if stay.from_day > known.discharged_on:
            yield Matter(
                "warn", _("Readmitted: %(what)s%(where)s, %(from)s to %(to)s.") % said, _fact(case, "stay", stay.pk)
            )
        elif stay.to_day is None or stay.to_day > known.discharged_on:
            words = _(
                "The chart has the patient in: %(what)s%(where)s, %(from)s to %(to)s. The stay ended with the discharge."
            )
            yield Matter("warn", words % said, _fact(case, "stay", stay.pk))


def _fact(case: Case, kind: str, pk: UUID) -> Way | None:
    return Way(_("Change"), case.at(kind, **{kind: pk})) if case.may("clinical_fact.write") else None


def _way(case: Case, capability: str, label: str, route: str) -> Way | None:
    return Way(label, case.at(route)) if case.may(capability) else None


def _correct(case: Case) -> Way | None:
    return Way(_("Correct"), case.act("change")) if case.may("transition.write") else None
