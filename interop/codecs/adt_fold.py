"""What the messages of one stay come to, in whatever order and however often they arrived."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from interop.codecs.adt import MERGES, AdtFacts, Diagnosis, Identifier
from interop.codecs.hl7_time import Moment

ADMITS = ("A01", "A04", "A06", "A07")
CANCELS_ADMIT = ("A11", "A23")
_IN_ONE_MOMENT = ("A01", "A04", "A06", "A07", "A02", "A12", "A08", "A03", "A13", "A11", "A23")
"""What comes before what among messages recorded in the same minute that nothing else puts in order."""


class State(StrEnum):
    """Where a stay stands."""

    IN = "in"
    DISCHARGED = "discharged"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class StayFacts:
    """A stay as the hospital tells it now."""

    state: State = State.IN
    visit: str = ""
    identifiers: tuple[Identifier, ...] = ()
    family: str = ""
    given: str = ""
    born: date | None = None
    sex: str = ""
    died: bool = False
    admitted: Moment | None = None
    discharged: Moment | None = None
    disposition: str = ""
    patient_class: str = ""
    classes: tuple[str, ...] = ()
    """One after the other: from emergency to inpatient is ("E", "I")."""
    facility: str = ""
    location: str = ""
    attending: str = ""
    attending_npi: str = ""
    diagnoses: tuple[Diagnosis, ...] = ()
    was_withdrawn: bool = False
    """A discharge was said, and then that there was none."""
    said: Moment | None = None
    """When the last thing was said of it."""


def fold(facts: Iterable[AdtFacts]) -> StayFacts:
    """The stay that these messages, and merges of its patient, are about. The same for every order and repetition."""
    stay = StayFacts()
    by_pv1 = False
    for each in sorted(set(facts), key=_order):
        if each.event in MERGES:
            stay = replace(stay, identifiers=_joined(stay.identifiers, (*each.identifiers, *each.prior)))
            continue
        stay = _with_latest(stay, each)
        if each.admitted:
            stay, by_pv1 = replace(stay, admitted=each.admitted), True
        elif each.event in ADMITS and stay.admitted is None and not by_pv1:
            stay = replace(stay, admitted=each.happened)
        stay = _moved(stay, each)
    return stay


def _moved(stay: StayFacts, each: AdtFacts) -> StayFacts:
    """What the event does to where the stay stands."""
    if each.event in CANCELS_ADMIT:
        return replace(stay, state=State.CANCELLED, discharged=None, disposition="")
    if each.event == "A13":
        return replace(stay, state=State.IN, discharged=None, disposition="", was_withdrawn=True)
    if each.event == "A03":
        when = each.discharged or each.happened
        return replace(stay, state=State.DISCHARGED, discharged=when, was_withdrawn=False)
    if each.event == "A08":
        return _corrected(stay, each)
    if each.event in ADMITS:
        begins = each.admitted or each.happened
        if stay.state == State.CANCELLED or (stay.discharged and begins > stay.discharged):
            return replace(stay, state=State.IN, discharged=None)
    return stay


def _corrected(stay: StayFacts, each: AdtFacts) -> StayFacts:
    """A correction moves a discharge, or tells of one whose own message never came; it does not bring a withdrawn one back."""
    if "discharged" in each.cleared and stay.discharged:
        return replace(stay, state=State.IN, discharged=None, was_withdrawn=True)
    if each.discharged and stay.state != State.CANCELLED and not stay.was_withdrawn:
        return replace(stay, state=State.DISCHARGED, discharged=each.discharged)
    return stay


def _with_latest(stay: StayFacts, each: AdtFacts) -> StayFacts:
    """The last thing said of each matter holds; nothing said changes nothing."""
    latest = {
        name: value
        for name in ("visit", "family", "given", "born", "sex", "patient_class", "facility", "location")
        if (value := getattr(each, name))
    }
    if each.attending:
        latest |= {"attending": each.attending, "attending_npi": each.attending_npi}
    if each.diagnoses:
        latest["diagnoses"] = each.diagnoses
    if each.died is not None or each.died_at:
        latest["died"] = bool(each.died or each.died_at)
    if each.disposition or "disposition" in each.cleared:
        latest["disposition"] = each.disposition
    if each.patient_class and each.patient_class != stay.patient_class:
        latest["classes"] = (*stay.classes, each.patient_class)
    identifiers = _joined(each.identifiers, stay.identifiers)
    return replace(stay, **latest, identifiers=identifiers, said=each.said)


def _joined(first: tuple[Identifier, ...], then: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    return tuple(dict.fromkeys((*first, *then)))


def _order(each: AdtFacts) -> tuple[object, ...]:
    """When it was recorded, when it was sent, the number of the message, the nature of the event; then anything that is total."""
    number = int(each.control_id) if each.control_id.isdecimal() else -1
    rank = _IN_ONE_MOMENT.index(each.event) if each.event in _IN_ONE_MOMENT else -1
    rest = repr([(name, sorted(value) if name == "cleared" else value) for name, value in vars(each).items()])
    return (each.said, each.sent, number, rank, each.control_id, rest)
