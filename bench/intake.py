"""Hospitals' messages over HTTPS's door: how many a second are taken by one web process, and how long each waits at the goal's pace.

Stays of eight messages, sent out of order by four connections at once; of half of them the patient is one of ours, so that a
transition begins, is corrected, withdrawn and begun again.
"""

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from queue import Queue
from random import Random

from coordination.models import IdentifierKind, Patient, PatientIdentifier
from interop.access import ADT_WRITE
from interop.models import AdtSource
from interop.services.adt.sources import source_save
from tenancy import clock
from tenancy.context import agency_context
from tenancy.models import Agency, uuid7
from tenancy.services.service_tokens import service_token_make

GOAL = 50
"""Messages a second."""
CONNECTIONS = 4
STAY = (
    # event, hours after admission, class, disposition, whether it says the discharge
    ("A04", 0, "E", "", False),
    ("A06", 3, "I", "", False),
    ("A02", 20, "I", "", False),
    ("A08", 30, "I", "", False),
    ("A03", 60, "I", "03", True),
    ("A13", 61, "I", "", False),
    ("A03", 84, "I", "01", True),
    ("A08", 90, "I", "06", True),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """`a_second`: a round each, as fast as they are answered; the rest at the goal's pace, in milliseconds."""

    a_second: list[float]
    paced: int
    seconds: float
    median_ms: float
    p95_ms: float
    latest_ms: float


def token_for(mark: str) -> tuple[str, list[str]]:
    """A source of its own in the last agency, and the numbers by which it knows some of the patients there."""
    agency = Agency.objects.order_by("pk").last()
    assert agency
    now = clock.now()
    with agency_context(agency):
        last_day = (now + timedelta(days=7)).date()
        token, text = service_token_make(actor=None, name=mark, scopes=[ADT_WRITE], last_day=last_day, now=now)
        source_save(actor=None, source=AdtSource(name=mark), time_zone=agency.time_zone, token=token)
        patients = Patient.objects.filter(merged_into=None, is_deceased=False).order_by("pk")[:500]
        numbers = [
            PatientIdentifier(patient=each, kind=IdentifierKind.OTHER_MRN, value=f"{mark}{n}", assigner=mark)
            for n, each in enumerate(patients)
        ]
        PatientIdentifier.objects.bulk_create(numbers)
        born = [each.patient.birth_date.strftime("%Y%m%d") for each in numbers]
    return text, [f"{each.value}|{day}" for each, day in zip(numbers, born, strict=True)]


def messages(mark: str, known: list[str]) -> Iterator[bytes]:
    """Without end: the messages of a few stays at a time, shuffled."""
    chance, stays = Random(1), count(1)  # noqa: S311 - which order
    begin = clock.now() - timedelta(days=20)
    while True:
        together = []
        for _ in range(8):
            number = next(stays)
            ours = number % 2 == 0
            who, born = known[number // 2 % len(known)].split("|") if ours else (f"X{mark}{number}", "19400101")
            together += [_message(mark, number, who, born, begin, *each) for each in STAY]
        chance.shuffle(together)
        yield from together


def _message(
    mark: str, number: int, who: str, born: str, begin: object, event: str, hours: int, kind: str, went: str, ends: bool
) -> bytes:
    def at(later: int) -> str:
        return f"{begin + timedelta(minutes=number, hours=later):%Y%m%d%H%M%S}"  # type: ignore[operator]

    pv1 = ["PV1", "1", kind, f"3E^{number % 40}^1^{mark}", *[""] * 15, f"V{number}", *[""] * 16, went, *[""] * 7, at(0)]
    pv1.append(at(hours - 1) if ends else "")
    lines = (
        f"MSH|^~\\&|EPIC|{mark}|||{at(hours)}||ADT^{event}|{number}{hours}|P|2.5.1",
        f"EVN|{event}|{at(hours)}",
        f"PID|1||{who}^^^{mark}^MR||Person^{number}||{born}|F",
        "|".join(pv1),
        "DG1|1||I50.9^Heart failure^I10",
    )
    return "\r".join(lines).encode()


class Sender:
    """One connection of an interface engine."""

    def __init__(self, port: int, token: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/hl7-v2"}

    def send(self, message: bytes) -> float:
        """Seconds until it was answered."""
        began = time.perf_counter()
        self._line.request("POST", "/intake/hl7v2", message, self._headers)
        answer = self._line.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"answered {answer.status}: {text[:500]!r}")
        return time.perf_counter() - began


def measure(port: int, rounds: int, seconds: float) -> Taken:
    """As fast as answers come for `rounds` times `seconds`; then four times as long at the goal's pace."""
    mark = f"B{uuid7().hex[-10:].upper()}"
    token, known = token_for(mark)
    sent = messages(mark, known)
    senders = [Sender(port, token) for _ in range(CONNECTIONS)]
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        _burst(threads, senders, sent, min(seconds, 1))
        speeds = [_burst(threads, senders, sent, seconds) for _ in range(rounds)]
        waits = _paced(threads, senders, sent, 4 * seconds)
    ordered = sorted(waits)
    return Taken(
        speeds,
        len(waits),
        4 * seconds,
        1000 * ordered[len(ordered) // 2],
        1000 * ordered[int(len(ordered) * 0.95)],
        1000 * ordered[-1],
    )


def _burst(threads: ThreadPoolExecutor, senders: list[Sender], sent: Iterator[bytes], seconds: float) -> float:
    """Messages answered a second."""
    waiting: Queue[bytes] = Queue()
    for _ in range(int(seconds * 2_000) + 50):
        waiting.put(next(sent))
    ends = time.perf_counter() + seconds

    def work(sender: Sender) -> int:
        done = 0
        while time.perf_counter() < ends:
            sender.send(waiting.get())
            done += 1
        return done

    began = time.perf_counter()
    done = sum(threads.map(work, senders))
    return done / (time.perf_counter() - began)


def _paced(threads: ThreadPoolExecutor, senders: list[Sender], sent: Iterator[bytes], seconds: float) -> list[float]:
    """From the moment each was due until it was answered: one that waits for a free connection waits as well."""
    due: Queue[tuple[float, bytes] | None] = Queue()
    began = time.perf_counter()
    for number in range(int(seconds * GOAL)):
        due.put((began + number / GOAL, next(sent)))
    for _ in senders:
        due.put(None)

    def work(sender: Sender) -> list[float]:
        waits = []
        while (each := due.get()) is not None:
            moment, message = each
            time.sleep(max(0.0, moment - time.perf_counter()))
            sender.send(message)
            waits.append(time.perf_counter() - moment)
        return waits

    return [wait for waits in threads.map(work, senders) for wait in waits]
