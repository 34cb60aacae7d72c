"""Invented agencies with patients and minutes, at the sizes the product is measured at. The same size, seed and day: the same rows.

Proportions are chosen for what they exercise, not taken from any clinic: a fifth of all patients in the first agency, 550 of them
with one coordinator, consents of every kind, coverages that end, entries that come late or are void.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from coordination.rules.months import month_of, previous_month
from coordination.rules.names import name_tokens, tokens


@dataclass(frozen=True, slots=True)
class Size:
    """How many of what; `logs` a month."""

    name: str
    agencies: int
    patients: int
    logs: int


SIZES = {
    size.name: size
    for size in (Size("S", 1, 1_000, 5_000), Size("M", 27, 58_000, 290_000), Size("L", 100, 175_000, 875_000))
}
BUSIEST = 550
"""Patients of the first agency's first coordinator."""
PANEL = 150
"""Patients of every other coordinator."""

Row = tuple[Any, ...]

_PLACES = """
Alder Birch Cedar Dogwood Elm Fir Granite Hazel Iris Juniper Keystone Laurel Maple Nettle Orchard Pine Quarry Rowan
Spruce Teasel
"""
KINDS = ("Family Practice", "Health Center", "Clinic", "Physicians", "Care Partners")
ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix")
TYPES = ("physician_practice", "physician_practice", "physician_practice", "fqhc", "rhc")
_GIVEN = """
Ada Amos Bea Boris Cleo Cyrus Dalia Dov Edith Emil Faye Felix Greta Gus Hana Hugo Ines Ivo Jun Juno Kaya Kirk Lena
Luis Mara Milo Nia Noel Opal Otis Petra Quinn Rosa Rufus Sana Silas Tess Theo Uma Vera Wade Willa Yara Yusuf Zelda
Zeke
"""
_FAMILY = """
Abbot Amaro Barlow Bequai Cardoso Chu Delmar Duarte Eklund Falk Farouk Gately Gupta Haas Hollis Ibarra Iyer Jansen
Kato Kerr Lamb Leduc Marsh Mbeki Nagy Norris Obi Okada Pardo Penn Quist Rana Reyes Sato Slade Tamm Tolan Ueda Vance
Vega Wirth Woods Yates Young Zane Zimmer
"""
PLACES, GIVEN, FAMILY = _PLACES.split(), _GIVEN.split(), _FAMILY.split()
CODES = ("E11.9", "I10", "J44.9", "E78.5", "M17.11", "I50.9", "N18.30", "F32.A")
WORDS = (
    "Diabetes",
    "High blood pressure",
    "COPD",
    "High cholesterol",
    "Arthritis",
    "Heart failure",
    "Kidney disease",
    "Depression",
)
NOTES = (
    "Went through the care plan by phone.",
    "Asked after the new medicine; no side effects.",
    "Sent records to the specialist.",
    "Talked with the daughter about transport.",
    "Reviewed the glucose readings.",
    "Arranged a refill with the pharmacy.",
)
DISCIPLINES = ("RN", "LPN", "RN", "LCSW", "MA", "RN", "CHW")


@dataclass(frozen=True, slots=True)
class Place:
    """An agency to be: `number` from 1."""

    number: int
    slug: str
    name: str
    zone: str
    agency_type: str
    patients: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at work there; `email` is empty for who does not sign in."""

    id: UUID
    name: str
    email: str
    role: str
    discipline: str
    npi: str = ""


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer, its kind, the plans it covers people with, and what it pays for a code; nothing: no contract."""

    name: str
    kind: str
    plan_kind: str
    rates: dict[str, str]


FULL = {
    "99490": "65.00", "99439": "50.00", "99487": "140.00", "99489": "75.00", "99491": "88.00", "99437": "63.00", "G0506": "64.00",
}  # fmt: skip
PAYERS = (
    Payer("Medicare Part B", "medicare_ffs", "medicare_b", FULL),
    Payer("Golden Meadow Advantage", "medicare_advantage", "medicare_advantage", {"99490": "61.00", "99439": "46.50"}),
    Payer("State Medicaid", "medicaid", "medicaid_ffs", {}),
)
"""Invented rates, not a published fee schedule."""


def places(size: Size, seed: int) -> list[Place]:
    """The agencies: the first with a fifth of the patients (alone: with all), the others with less, unevenly."""
    sizes = [size.patients]
    if size.agencies > 1:
        sizes = [size.patients // 5]
        shares = [1 + (number * 7 % 11) / 5 for number in range(1, size.agencies)]
        edges = [round(each / sum(shares) * (size.patients - sizes[0])) for each in accumulate(shares)]
        sizes += [edge - before for before, edge in zip([0, *edges], edges, strict=False)]
    return [
        Place(
            number=number,
            slug=f"{PLACES[index % 20].lower()}{index // 20 or ''}-{size.name.lower()}{seed}",
            name=f"{PLACES[index % 20]} {KINDS[index // 20 % 5]}",
            zone=ZONES[index % 5],
            agency_type=TYPES[index % 5],
            patients=patients,
        )
        for index, (number, patients) in enumerate(enumerate(sizes, start=1))
    ]


class Population:
    """The people, patients and minutes of one agency. Ask in the order of the methods: each draws from one stream of chance."""

    def __init__(self, size: Size, seed: int, place: Place, now: datetime) -> None:
        self.place, self.now = place, now
        self.zone = ZoneInfo(place.zone)
        self.today = now.astimezone(self.zone).date()
        self.first = previous_month(month_of(self.today)[0])
        self._chance = Random(f"{size.name} {seed} {place.number} {self.today}")  # noqa: S311 - chance that can be repeated
        self._logs_each = size.logs / size.patients
        self.people = self._people()
        self._coordinators = [
            each for each in self.people if each.role == "coordinator" and each.discipline != "FRONT_DESK"
        ]
        self._front_desk = next(each for each in self.people if each.discipline == "FRONT_DESK")
        self._practitioners = [each for each in self.people if each.npi]
        self._consents: dict[UUID, date] = {}

    def _people(self) -> list[Person]:
        coordinators = 1 + max(0, -(-(self.place.patients - BUSIEST) // PANEL))
        staff = [
            ("admin", "NONE", ""),
            ("biller", "NONE", ""),
            ("supervisor", "RN", ""),
            ("coordinator", "FRONT_DESK", ""),
        ]
        staff += [("coordinator", DISCIPLINES[number % len(DISCIPLINES)], "") for number in range(coordinators)]
        staff += [
            ("", "MD", _npi(100_000_000 + self.place.number * 100 + number))
            for number in range(1 + self.place.patients // 1000)
        ]
        return [
            Person(
                id=self._id(self.first),
                name=f"{self._pick(GIVEN)} {self._pick(FAMILY)}",
                email=f"{role}{number}@{self.place.slug}.example" if role else "",
                role=role,
                discipline=discipline,
                npi=npi,
            )
            for number, (role, discipline, npi) in enumerate(staff, start=1)
        ]

    def patients(self) -> Iterator[tuple[UUID, Row]]:
        """(id, (id, mrn, family, given, born, sex, language, is_deceased, deceased_on)) of everybody."""
        for number in range(1, self.place.patients + 1):
            pk = self._id(self.first - timedelta(days=self._upto(900)))
            died = self.today - timedelta(days=self._upto(50)) if self._happens(0.004) else None
            yield (
                pk,
                (
                    pk,
                    f"{self.place.number:03d}-{number:06d}",
                    self._pick(FAMILY),
                    self._pick(GIVEN),
                    date(1928 + self._upto(40), 1 + self._upto(12), 1 + self._upto(28)),
                    self._pick(("female", "male")),
                    "es" if self._happens(0.12) else "en",
                    died is not None,
                    died,
                ),
            )

    def words(self, patient: Row) -> list[str]:
        """By which a patient is found."""
        _, mrn, family, given, born, *_ = patient
        return sorted({*name_tokens(family, given), *tokens(mrn), born.isoformat()})

    def coordinator(self, number: int) -> Person:
        """Of the patient with this number, from 0."""
        return self._coordinators[0 if number < BUSIEST else 1 + (number - BUSIEST) // PANEL]

    def conditions(self, patient: UUID) -> Iterator[Row]:
        """(id, patient, code, text, onset, chronic, confirmed by, confirmed at)."""
        many = 1 if self._happens(0.05) else 2 + self._upto(3)
        begin = self._upto(len(CODES))
        for which in (number % len(CODES) for number in range(begin, begin + many)):
            onset = self.first - timedelta(days=400 + self._upto(2000))
            confirmed = not self._happens(0.06)
            yield (
                self._id(onset),
                patient,
                CODES[which],
                WORDS[which],
                onset,
                True,
                self._coordinators[0].id if confirmed else None,
                datetime.combine(self.first, time(12), UTC) if confirmed else None,
            )

    def coverages(self, patient: UUID, payers: list[UUID]) -> Iterator[Row]:
        """(id, patient, payer, plan kind, member id, first day, last day, order, QMB)."""
        which = self._weighted((0.7, 0.2, 0.1))
        from_day = date(self.first.year - 1 - self._upto(4), 1, 1)
        to_day = self.first + timedelta(days=self._upto(55)) if self._happens(0.02) else None
        member = f"{self._chance.getrandbits(40):010X}"
        is_qmb = which == 0 and self._happens(0.1)
        yield self._id(from_day), patient, payers[which], PAYERS[which].plan_kind, member, from_day, to_day, 1, is_qmb
        if is_qmb:
            yield self._id(from_day), patient, payers[2], PAYERS[2].plan_kind, member[:9], from_day, to_day, 2, False

    def enrollment(self, patient: UUID, coordinator: Person) -> Row | None:
        """(id, patient, program, practitioner, consent, its kind, taken by, cost share told, track, revoked, end reason, visit,
        care plan, risk attested); None for who takes part in nothing."""
        if self._happens(0.06):
            return None
        consent = self.today - timedelta(days=self._upto(500) if self._happens(0.9) else self._upto(40))
        revoked = self.today - timedelta(days=self._upto(50)) if self._happens(0.03) else None
        self._consents[patient] = consent
        return (
            self._id(consent),
            patient,
            "chronic_care",
            self._pick(self._practitioners).id,
            consent,
            "verbal" if self._happens(0.7) else "written",
            coordinator.id,
            self._happens(0.97),
            ("clinical_staff", "complex", "practitioner")[self._weighted((0.88, 0.08, 0.04))],
            max(revoked, consent) if revoked else None,
            "patient_stopped" if revoked else "",
            None if self._happens(0.03) else consent - timedelta(days=self._upto(200)),
            None if self._happens(0.04) else consent,
            None if self._happens(0.03) else consent,
        )

    def contacts(self, patient: UUID, coordinator: Person) -> Iterator[tuple[Row, Row]]:
        """Each with its one time log, from the first of last month to today.

        (id, patient, author, recorded by, recorded at, form key, day, start, stop, spoken to, mode, direction, outcome, note) and
        (id, contact, patient, author, discipline, program, activity, day, minutes, start, stop, voided at, voided by, reason).
        """
        days = (self.today - self.first).days + 1
        many = self._upto(round(2 * self._logs_each * days / 30) + 1)
        for _ in range(many if patient in self._consents else many // 4):
            day = self.first + timedelta(days=self._upto(days))
            author, activity = self._work(coordinator)
            minutes = 1 + self._upto(9) + self._upto(11)
            start = stop = None
            if self._happens(0.6):
                start = datetime.combine(day, time(8 + self._upto(8), self._upto(60)), self.zone).astimezone(UTC)
                stop = start + timedelta(minutes=minutes)
            entered = stop or datetime.combine(day, time(17), self.zone).astimezone(UTC)
            if self._happens(0.1):
                entered += timedelta(days=1 + self._upto(5))
            if entered > self.now:
                continue
            contact, form_key = self._id(entered), UUID(int=self._chance.getrandbits(128), version=4)
            talked = ("patient", "phone", "out", "reached") if self._happens(0.6) else ("nobody", "none", "", "done")
            void = (entered, author.id, "Entered for the wrong patient.") if self._happens(0.015) else (None, None, "")
            yield (
                (contact, patient, author.id, author.id, entered, form_key, day, start, stop, *talked, self._pick(NOTES)),
                (
                    self._id(entered), contact, patient, author.id, author.discipline, "chronic_care",
                    activity, day, minutes, start, stop, *void,
                ),
            )  # fmt: skip

    def _work(self, coordinator: Person) -> tuple[Person, str]:
        """Who gave the time, and what for."""
        match self._weighted((0.8, 0.06, 0.05, 0.04, 0.05)):
            case 1:
                return self._pick(self._coordinators), "care_coordination"
            case 2:
                return self._front_desk, "scheduling"
            case 3:
                return self._pick(self._practitioners), "care_coordination"
            case 4:
                return coordinator, self._pick(("voicemail_left", "travel", "referral_linkage", "case_conference"))
        return coordinator, "care_coordination"

    def new_id(self) -> UUID:
        """Of a row that is older than all entries."""
        return self._id(self.first)

    def _id(self, day: date) -> UUID:
        """A version 7 UUID of that day, from the stream of chance."""
        moment = day if isinstance(day, datetime) else datetime.combine(day, time(12), UTC)
        value = int(moment.timestamp() * 1000) << 80 | self._chance.getrandbits(80)
        return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | (7 << 76) | (2 << 62))

    def _pick(self, options: Any) -> Any:
        return options[int(self._chance.random() * len(options))]

    def _upto(self, many: int) -> int:
        """0 to many - 1."""
        return int(self._chance.random() * many)

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share

    def _weighted(self, shares: tuple[float, ...]) -> int:
        drawn = self._chance.random()
        return next((index for index, edge in enumerate(accumulate(shares)) if drawn < edge), len(shares) - 1)


def _npi(nine: int) -> str:
    """Nine digits with their check digit (Luhn over 80840 and the digits)."""
    total = 24
    for index, digit in enumerate(reversed(str(nine))):
        doubled = int(digit) * (2 if index % 2 == 0 else 1)
        total += doubled // 10 + doubled % 10
    return f"{nine}{-total % 10}"
