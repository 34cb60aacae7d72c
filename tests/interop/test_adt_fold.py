"""Messages of one stay to what they come to: any order, any repetition, corrections and cancellations."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coordination.models import Destination, Setting
from interop.codecs.adt import read_facts
from interop.codecs.adt_fold import State, StayFacts, fold
from interop.codecs.discharges import CLASSES, MEANINGS, SETTINGS, Outcome, Verdict, statuses, verdict
from interop.codecs.hl7v2 import cut, read
from interop.models import FacilityKind
from tests.interop.adt_examples import adt, merge

CHICAGO = ZoneInfo("America/Chicago")


def facts_of(*contents: bytes):
    return [
        each for content in contents for message in cut(content).messages for each in read_facts(read(message), CHICAGO)
    ]


def folded(*contents: bytes) -> StayFacts:
    return fold(facts_of(*contents))


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


ADMITTED = adt("A04", sent="20261116080000", patient_class="E", admitted="", control_id="1")
IN_WARD = adt("A06", sent="20261116120000", patient_class="I", control_id="2")
MOVED = adt("A02", sent="20261117100000", control_id="3").replace(b"3E^324", b"4W^410")
UPDATED = adt("A08", sent="20261118100000", diagnosis="I50.9^Heart failure", control_id="4")
WENT = adt("A03", sent="20261120170500", discharged="20261120170000", disposition="03", control_id="5")
TAKEN_BACK = adt("A13", sent="20261120180000", control_id="6")
WENT_AGAIN = adt("A03", sent="20261121110500", discharged="20261121110000", disposition="01", control_id="7")
CORRECTED = adt("A08", sent="20261122090000", discharged="20261121103000", disposition="06", control_id="8")
STAY = (ADMITTED, IN_WARD, MOVED, UPDATED, WENT, TAKEN_BACK, WENT_AGAIN, CORRECTED)


def test_a_stay_of_eight_messages_is_one_story():
    stay = folded(*STAY)

    assert (stay.state, stay.visit, stay.classes) == (State.DISCHARGED, "V100", ("E", "I"))
    assert (stay.admitted.at, stay.discharged.at) == (utc(16, 15, 30), utc(21, 16, 30))
    assert (stay.disposition, stay.location, stay.was_withdrawn) == ("06", "3E 324 1", False)
    assert [each.code for each in stay.diagnoses] == ["I50.9"]
    assert (stay.family, stay.born) == ("Okafor", date(1952, 3, 4))


@settings(max_examples=300, deadline=None)
@given(st.permutations(range(8)), st.lists(st.integers(0, 7), max_size=6), st.integers(1, 8))
def test_any_order_and_any_repetition_come_to_the_same(order, again, upto):
    said = [STAY[each] for each in order if each < upto]
    repeated = [STAY[each] for each in again if each < upto]

    assert folded(*said, *repeated) == folded(*STAY[:upto])


EVENTS = ("A01", "A02", "A03", "A04", "A06", "A07", "A08", "A11", "A12", "A13")


@st.composite
def told(draw):
    """Any message of a stay, many of them recorded in the same minute."""
    minute = draw(st.integers(0, 3))
    return adt(
        draw(st.sampled_from(EVENTS)),
        sent=f"2026112017{minute:02}",
        recorded=draw(st.sampled_from(("", "202611201700"))),
        discharged=draw(st.sampled_from(("", '""', "202611201650", "202611201640"))),
        disposition=draw(st.sampled_from(("", '""', "01", "03"))),
        patient_class=draw(st.sampled_from(("", "I", "E"))),
        control_id=draw(st.sampled_from(("", "7", "11", "x"))),
        name=draw(st.sampled_from(("", "Okafor^Amara", "Okafor^A"))),
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(told(), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_even_of_messages_of_the_same_minute_the_order_of_arrival_says_nothing(contents, chance):
    other = contents + contents[: len(contents) // 2]
    chance.shuffle(other)

    assert folded(*other) == folded(*contents)


def test_a_withdrawn_discharge_leaves_nothing_of_it():
    stay = folded(*STAY[:6])

    assert (stay.state, stay.discharged, stay.disposition, stay.was_withdrawn) == (State.IN, None, "", True)


def test_a_correction_tells_of_a_discharge_whose_own_message_never_came_but_brings_no_withdrawn_one_back():
    late = adt("A08", sent="20261123", discharged="20261121103000", disposition="01")

    assert folded(ADMITTED, late).discharged.at == utc(21, 16, 30)
    assert folded(ADMITTED, WENT, TAKEN_BACK, late).discharged is None


def test_a_correction_that_says_none_any_more_withdraws():
    none = adt("A08", sent="20261123", discharged='""', disposition='""')

    stay = folded(ADMITTED, WENT, none)

    assert (stay.state, stay.discharged, stay.disposition, stay.was_withdrawn) == (State.IN, None, "", True)


def test_the_recorded_moment_decides_which_is_later_not_the_moment_it_is_about():
    earlier = adt("A03", sent="20261120180000", occurred="20261120120000", disposition="01")

    stay = folded(adt("A03", sent="20261120170000", occurred="20261120165500", disposition="03"), earlier)

    assert (stay.discharged.at, stay.disposition) == (utc(20, 18), "01")


def test_a_cancelled_admission_is_no_stay_until_somebody_is_admitted_again():
    gone = adt("A11", sent="20261116130000")

    assert folded(IN_WARD, gone).state == State.CANCELLED
    assert folded(IN_WARD, gone, adt("A01", sent="20261116140000", control_id="12")).state == State.IN
    assert folded(IN_WARD, gone, WENT).state == State.DISCHARGED


def test_an_admission_after_the_discharge_under_the_same_number_opens_the_stay_again():
    back = adt("A01", sent="20261122080000", admitted="20261122075000")

    assert folded(ADMITTED, WENT, back).state == State.IN
    assert (
        folded(ADMITTED, WENT, adt("A01", sent="20261122080000")).state == State.DISCHARGED
    )  # sent again, same day of admission


def test_a_merge_gives_the_stay_the_number_that_stays():
    stay = folded(ADMITTED, merge("M-2", "M-1"))

    assert {each.value for each in stay.identifiers} == {"M-1", "M-2"}
    assert stay.state == State.IN


def decided(stay: StayFacts, facility: str = "hospital", **maps) -> Verdict:
    days = tuple(each and each.at.astimezone(CHICAGO).date() for each in (stay.admitted, stay.discharged))
    return verdict(stay, facility=facility, days=days, classes={}, dispositions={} | maps)


@pytest.mark.parametrize(
    ("changes", "facility", "expected"),
    [
        ({"disposition": "01"}, "hospital", ("candidate", "status_candidate", "inpatient_acute", "home", "01")),
        ({"disposition": "1"}, "hospital", ("candidate", "status_candidate", "inpatient_acute", "home", "01")),
        ({"disposition": "06"}, "snf", ("candidate", "status_candidate", "skilled_nursing_facility", "home", "06")),
        (
            {"disposition": "04", "patient_class": "OBS"},
            "hospital",
            ("candidate", "status_candidate", "hospital_observation", "assisted_living", "04"),
        ),
        (
            {"disposition": "03"},
            "psychiatric",
            ("watch", "status_watch", "inpatient_psychiatric", "skilled_nursing_facility", "03"),
        ),
        ({"disposition": "07"}, "hospital", ("review", "status_review", "inpatient_acute", "against_advice", "07")),
        ({"disposition": "20"}, "hospital", ("no", "status_no", "inpatient_acute", "", "20")),
        ({"disposition": "01", "died": "Y"}, "hospital", ("no", "died", "inpatient_acute", "", "")),
        ({"disposition": ""}, "hospital", ("review", "disposition_missing", "inpatient_acute", "", "")),
        ({"disposition": "HOMEHC"}, "hospital", ("review", "disposition_unknown", "inpatient_acute", "", "")),
        ({"disposition": "01", "patient_class": "E"}, "hospital", ("no", "emergency", "", "", "")),
        ({"disposition": "01", "patient_class": "P"}, "hospital", ("no", "no_stay", "", "", "")),
        ({"disposition": "01", "patient_class": "ff"}, "hospital", ("review", "class_unknown", "", "", "")),
        ({"disposition": "01", "patient_class": ""}, "hospital", ("review", "class_unknown", "", "", "")),
        ({"disposition": "01", "patient_class": "O"}, "hospital", ("review", "outpatient_overnight", "", "", "")),
        (
            {"disposition": "01", "patient_class": "O", "admitted": "20261120080000"},
            "hospital",
            ("no", "outpatient", "", "", ""),
        ),
        (
            {"disposition": "01", "patient_class": "R"},
            "partial_hospitalization",
            ("candidate", "status_candidate", "partial_hospitalization", "home", "01"),
        ),
    ],
)
def test_what_becomes_of_a_discharge(changes, facility, expected):
    found = decided(folded(adt("A03", **changes)), facility)

    assert (found.outcome, found.reason, found.setting, found.destination, found.status) == expected


def test_an_open_a_withdrawn_and_a_cancelled_stay_are_none():
    assert decided(folded(IN_WARD)) == Verdict(Outcome.NO, "not_discharged")
    assert decided(folded(IN_WARD, WENT, TAKEN_BACK)) == Verdict(Outcome.NO, "discharge_withdrawn")
    assert decided(folded(IN_WARD, adt("A11", sent="20261117"))) == Verdict(Outcome.NO, "admission_cancelled")


def test_the_source_s_own_codes_mean_what_an_admin_says():
    stay = folded(adt("A03", patient_class="OBV", disposition="HomeHC"))

    found = verdict(
        stay, facility="hospital", days=(None, None), classes={"OBV": "observation"}, dispositions={"homehc": "06"}
    )

    assert (found.outcome, found.setting, found.status) == ("candidate", "hospital_observation", "06")


def test_the_table_of_statuses_is_whole():
    table = statuses()

    assert len(table) == 40
    assert {code for code, each in table.items() if each.outcome == Outcome.CANDIDATE} == {
        "01",
        "04",
        "06",
        "81",
        "84",
        "86",
    }
    assert {code for code, each in table.items() if each.outcome == Outcome.REVIEW} == {"07", "50", "64", "92"}
    assert all(bool(each.destination) == (each.outcome != "no") for each in table.values())
    assert {each.destination for each in table.values()} - {""} <= set(Destination.values)
    assert {*SETTINGS.values(), "hospital_observation"} <= set(Setting.values)
    assert set(SETTINGS) == set(FacilityKind.values)
    twins = dict(zip(range(81, 96), (*range(1, 7), 21, 43, *range(61, 67), 70), strict=True))
    for planned, plain in twins.items():
        assert (table[str(planned)].outcome, table[str(planned)].destination) == (
            table[f"{plain:02}"].outcome,
            table[f"{plain:02}"].destination,
        ), planned
    assert set(CLASSES.values()) == set(MEANINGS)
