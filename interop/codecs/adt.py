"""One ADT message to facts: who, which stay, what happened and when it was said. What the facts come to is `adt_fold`'s.

A fault in something that decides nothing is noted (`notes`) and the message is taken: a discharge must not be lost for a birth date.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from interop.codecs import hl7v2
from interop.codecs.hl7_time import Moment, day, moment
from interop.codecs.hl7v2 import Fault, Hl7Refused, Message, Segment, part

STAY = frozenset(("A01", "A02", "A03", "A04", "A06", "A07", "A08", "A11", "A12", "A13", "A23"))
"""Events that say something of a stay."""
MERGES = frozenset(("A18", "A30", "A34", "A35", "A36", "A39", "A40", "A41", "A42", "A46", "A47", "A49"))
PERSON = frozenset(("A28", "A31"))
QUIET = frozenset(f"A{number:02}" for number in range(1, 63)) - STAY - MERGES - PERSON
"""No concern of care after a discharge: plans, beds, tracking, allergies. Answered AA, so that nobody sends them again."""
VERSIONS = ("2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "2.9")
NEVER_KEPT = frozenset(("SS", "SSN", "SB", "DL", "PPN", "TAX", "SSA", "USSSA"))
"""Kinds and assigners of numbers that are not read: social security, licence, passport and tax numbers."""
EMPTY = '""'
"""What HL7 writes for "there is none any more", as against nothing, which is "nothing said"."""

_EVER = Moment(datetime(1, 1, 1, tzinfo=UTC), "year")


@dataclass(frozen=True)
class Identifier:
    """A number of a person; `assigner` says whose numbers they are, `kind` as sent (MR, PI ...)."""

    value: str
    assigner: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """A diagnosis as the hospital names it."""

    code: str
    text: str
    system: str


@dataclass(frozen=True)
class AdtFacts:
    """What one message says. Times are UTC; "" and None mean "nothing said", a name in `cleared` means "none any more"."""

    event: str
    said: Moment
    """When the sending system recorded it (EVN-2, else MSH-7, else EVN-6): a later one corrects an earlier one."""
    sent: Moment
    """When the message was made (MSH-7, else `said`)."""
    happened: Moment
    """EVN-6, else EVN-2, else MSH-7; never the moment of receipt."""
    control_id: str = ""
    application: str = ""
    sender: str = ""
    identifiers: tuple[Identifier, ...] = ()
    prior: tuple[Identifier, ...] = ()
    """Of a merge: numbers that are no longer used, in favour of `identifiers`."""
    family: str = ""
    given: str = ""
    born: date | None = None
    sex: str = ""
    died: bool | None = None
    died_at: Moment | None = None
    visit: str = ""
    patient_class: str = ""
    facility: str = ""
    location: str = ""
    admitted: Moment | None = None
    discharged: Moment | None = None
    disposition: str = ""
    attending: str = ""
    attending_npi: str = ""
    diagnoses: tuple[Diagnosis, ...] = ()
    cleared: frozenset[str] = frozenset()
    has_visit: bool = False
    notes: tuple[Fault, ...] = ()

    @property
    def is_about_a_stay(self) -> bool:
        """An A08 without a visit is about the person alone."""
        return self.event in STAY and self.has_visit


def read_facts(message: Message, zone: tzinfo, *, takes_tests: bool = False) -> tuple[AdtFacts, ...]:
    """The facts of a message: one, or of a merge of several persons one each. Empty for an event that is no concern (QUIET).

    Raises Hl7Refused: AR for what is never taken, AE for what can be mended.
    """
    event = event_of(message)
    _check_header(message, event, takes_tests)
    notes: list[Fault] = []
    evn = message.first("EVN")
    if not message.header.text(10):
        notes.append(_fault("control_id", 101, "MSH", 10, "give each message an id: without one no answer is matched"))
    if evn and evn.text(1) and event != evn.text(1):
        notes.append(
            Fault(
                "event_differs", 103, "EVN", 1, f"MSH-9 says {event}, which is followed", hl7v2.code_shown(evn.text(1))
            )
        )
    if event in QUIET:
        return ()
    times = _times(message, evn, zone, notes, needed=event in STAY)
    if event in MERGES:
        return _merged(message, event, times, notes)
    pid, pv1 = message.first("PID"), message.first("PV1")
    if pid is None or not (identifiers := _identifiers(pid)):
        place = ("PID", 3) if pid else ("PID", 0)
        raise Hl7Refused("AE", _fault("no_patient", 101, *place, "say whose stay it is, by an id with its assigner"))
    if event in STAY and event != "A08" and pv1 is None:
        raise Hl7Refused("AE", _fault("no_visit", 101, "PV1", 0, f"an {event} is about a visit: send its PV1"))
    said = _person(pid, zone, notes) | (_visit(pv1, message, evn, zone, notes) if pv1 else {})
    return (AdtFacts(event=event, **_head(message), **times, identifiers=identifiers, **said, notes=tuple(notes)),)


def event_of(message: Message) -> str:
    """A01 ... of MSH-9, or of EVN-1 where MSH-9 names the type alone, as version 2.1 did. "" where none is named."""
    evn = message.first("EVN")
    return (message.header.text(9, 2) or (evn.text(1) if evn else "")).upper()


def _check_header(message: Message, event: str, takes_tests: bool) -> None:
    head = message.header
    kind, version, processing = head.text(9).upper(), head.text(12), head.text(11).upper()
    if not kind:
        raise Hl7Refused("AR", _fault("no_type", 101, "MSH", 9, "say what the message is, as ADT^A03"))
    if kind != "ADT":
        remedy = "send messages of type ADT to this address, and no others"
        raise Hl7Refused("AR", Fault("not_adt", 200, "MSH", 9, remedy, hl7v2.code_shown(kind)))
    if event not in STAY | MERGES | PERSON | QUIET:
        remedy = "send events of admission, transfer, discharge, correction, cancellation or merge (A01 to A62)"
        raise Hl7Refused("AR", Fault("event_unknown", 201, "MSH", 9, remedy, hl7v2.code_shown(event)))
    if version and not version.startswith(VERSIONS):
        raise Hl7Refused(
            "AR", Fault("version_unknown", 203, "MSH", 12, "send version 2.1 to 2.9", hl7v2.code_shown(version))
        )
    if processing not in ("", "P") and not (takes_tests and processing in ("T", "D")):
        remedy = "send P for production: this source takes no test messages (an admin can let it)"
        raise Hl7Refused("AR", Fault("not_production", 202, "MSH", 11, remedy, hl7v2.code_shown(processing)))


def _head(message: Message) -> dict[str, Any]:
    head = message.header
    return {"control_id": head.text(10)[:200], "application": head.text(3), "sender": head.text(4)}


def _times(message: Message, evn: Segment | None, zone: tzinfo, notes: list[Fault], *, needed: bool) -> dict[str, Any]:
    sent = _time(message.header, "MSH", 7, zone, notes)
    recorded = _time(evn, "EVN", 2, zone, notes) if evn else None
    occurred = _time(evn, "EVN", 6, zone, notes) if evn else None
    said = recorded or sent or occurred
    if said is None:
        if needed:
            remedy = "say when it happened (EVN-6), was recorded (EVN-2) or was sent (MSH-7): the moment of receipt is never taken"
            raise Hl7Refused("AE", Fault("no_time", 101, "MSH", 7, remedy, _wrong(notes)))
        said = _EVER
    return {"said": said, "sent": sent or said, "happened": occurred or recorded or sent or said}


def _wrong(notes: Iterable[Fault]) -> str:
    return next((each.value for each in notes if each.reason == "time_unreadable"), "")


def _time(segment: Segment, name: str, field: int, zone: tzinfo, notes: list[Fault]) -> Moment | None:
    text = segment.text(field)
    if not text or text == EMPTY:
        return None
    found = moment(text, zone)
    if found is None:
        remedy = "write YYYYMMDDHHMMSS, with an offset if it is not of the agreed zone"
        notes.append(Fault("time_unreadable", 102, name, field, remedy, hl7v2.shape(text)))
    return found


def _merged(message: Message, event: str, times: dict[str, Any], notes: list[Fault]) -> tuple[AdtFacts, ...]:
    """A merge names pairs: a PID, and after it the MRG whose numbers it takes over."""
    found, pid = [], None
    for name, segment in message.in_order:
        if name == "PID":
            pid = segment
        elif name == "MRG" and pid is not None:
            stays, prior = _identifiers(pid), _identifiers(segment, fields=(1, 4))
            if stays and prior:
                found.append(
                    AdtFacts(event, **_head(message), **times, identifiers=stays, prior=prior, notes=tuple(notes))
                )
    if not found:
        missing = ("MRG", 1) if message.first("MRG") else ("MRG", 0)
        remedy = "send a PID with the id that stays and an MRG with the id that ends"
        raise Hl7Refused("AE", _fault("no_merge", 101, *missing, remedy))
    return tuple(found)


def _identifiers(segment: Segment, fields: tuple[int, ...] = (3, 2, 4)) -> tuple[Identifier, ...]:
    """PID-3, and the older PID-2 and PID-4; MRG-1 and MRG-4. Each once, in that order."""
    found: dict[tuple[str, str], Identifier] = {}
    for field in fields:
        for repeat in segment.repeats(field):
            value, assigner = part(repeat, 1).replace(EMPTY, ""), part(repeat, 4) or part(repeat, 6)
            kind = part(repeat, 5).upper()
            if value and not NEVER_KEPT & {kind, assigner.upper()}:
                found.setdefault((value, assigner), Identifier(value[:64], assigner[:120], kind[:20]))
    return tuple(found.values())


def _person(pid: Segment, zone: tzinfo, notes: list[Fault]) -> dict[str, Any]:
    names = pid.repeats(5)
    name = next((each for each in names if part(each, 7) == "L"), next(iter(names), []))
    birth = pid.text(7)
    born = day(birth)
    if birth and not born:
        notes.append(Fault("birth_date", 102, "PID", 7, "write YYYYMMDD", hl7v2.shape(birth)))
    return {
        "family": part(name, 1),
        "given": part(name, 2),
        "born": born,
        "sex": {"F": "F", "M": "M"}.get(pid.text(8).upper()[:1], ""),
        "died": {"Y": True, "N": False}.get(pid.text(30).upper()[:1]),
        "died_at": _time(pid, "PID", 29, zone, notes),
    }


def _visit(pv1: Segment, message: Message, evn: Segment | None, zone: tzinfo, notes: list[Fault]) -> dict[str, Any]:
    cleared = {name for name, field in (("discharged", 45), ("disposition", 36)) if pv1.text(field) == EMPTY}
    doctor = next(iter(pv1.repeats(7)), [])
    id_of_doctor = part(doctor, 1)
    return {
        "has_visit": True,
        "visit": pv1.text(19).replace(EMPTY, "")[:120],
        "patient_class": pv1.text(2).upper()[:20],
        "facility": (pv1.text(3, 4) or (evn.text(7) if evn else "") or message.header.text(4))[:120],
        "location": " ".join(filter(None, (pv1.text(3, each) for each in (1, 2, 3))))[:120],
        "admitted": _time(pv1, "PV1", 44, zone, notes),
        "discharged": _time(pv1, "PV1", 45, zone, notes),
        "disposition": pv1.text(36).replace(EMPTY, "")[:60],
        "attending": " ".join(filter(None, (part(doctor, 3), part(doctor, 2))))[:120],
        "attending_npi": id_of_doctor if id_of_doctor.isdigit() and len(id_of_doctor) == 10 else "",
        "diagnoses": tuple(_diagnoses(message.all("DG1"))),
        "cleared": frozenset(cleared),
    }


def _diagnoses(segments: Iterable[Segment]) -> Iterable[Diagnosis]:
    for each in list(segments)[:20]:
        code, text = each.text(3), each.text(3, 2) or each.text(4)
        if code or text:
            yield Diagnosis(code[:20], text[:200], (each.text(3, 3) or each.text(2))[:20])


def _fault(reason: str, code: int, segment: str, field: int, remedy: str) -> Fault:
    return Fault(reason, code, segment, field, remedy)
