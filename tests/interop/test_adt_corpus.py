"""Every HL7 v2 file of the test data ends in AA, AE or AR with a reason; and whatever is done to one, nothing breaks."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import hl7
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interop.codecs.adt import AdtFacts, read_facts
from interop.codecs.adt_ack import ack
from interop.codecs.adt_fold import fold
from interop.codecs.hl7v2 import Hl7Refused, cut, read
from interop.services.adt.kept import as_json, message_facts, stay_facts
from tests.interop.adt_examples import adt, merge

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 26, tzinfo=UTC)
COUNTED = {
    "AA": 207,
    "AR no_header": 1,
    "AR not_adt": 10,
    "AE no_time": 11,
    "AE no_visit": 11,
    "AE no_patient": 9,
    "AE no_merge": 2,
}
"""Of 125 files with 250 messages, and one file without any."""


def answered(content: bytes) -> list[tuple[str, str, tuple[AdtFacts, ...]]]:
    """For each message of the content: the answer's code with the reason, the answer, and what was read."""
    found = []
    for each in cut(content).messages or (content,):
        message, facts = None, ()
        try:
            message = read(each)
            facts = read_facts(message, ZONE, takes_tests=True)
            code, reason, faults = "AA", "", [note for fact in facts for note in fact.notes]
        except Hl7Refused as told:
            code, reason, faults = told.answer, told.faults[0].reason, list(told.faults)
        text = ack(code, faults, message=message, control_id="1", at=NOW, warnings=code == "AA")
        found.append((f"{code} {reason}".strip(), text, facts))
    return found


@pytest.mark.real_data
def test_every_file_is_taken_or_answered_with_the_reason(real_data: Path):
    files = sorted(each for each in real_data.glob("hl7v2-*/*") if each.suffix in (".hl7", ".txt"))
    assert len(files) == 126
    counts: Counter[str] = Counter()
    for file in files:
        for outcome, text, facts in answered(file.read_bytes()):
            counts[outcome] += 1
            answer = hl7.parse(text)  # an independent reader understands the answer
            assert str(answer.segment("MSA")[1]) == outcome[:2]
            assert outcome == "AA" or len(answer.segments("ERR")) >= 1, file.name
            kept = [message_facts(json.loads(json.dumps(as_json(each)))) for each in facts]
            assert kept == [replace(each, notes=()) for each in facts], file.name
            assert stay_facts(as_json(fold(facts))) == fold(kept)
    assert counts == COUNTED


def test_a_message_of_long_ago_that_once_hung_a_reader_is_read_at_once():
    """A procedure after a segment of one's own, as in a message that a known library never came back from."""
    (answer,) = answered(adt().rstrip(b"\r") + b"\rZZZ|1|a\rPR1|1||1111^Mastoplasty|Implant|20090224|02|ORU^R01\r")

    assert answer[0] == "AA"


SEEDS = (adt(disposition="01"), merge("M-1", "M-0"), adt("A08").replace(b"MERCY^MR", b"\\T\\x\\X41\\~^^^B^MR"))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_bytes_cut_off_shuffled_or_replaced_are_answered(seed, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(seed)), min_size=1, max_size=4)))
    pieces = [seed[a:b] for a, b in zip([0, *cuts], [*cuts, len(seed)], strict=True)]
    mixed = b"".join(data.draw(st.permutations(pieces)))
    at = data.draw(st.integers(0, len(mixed)))
    noise = data.draw(
        st.binary(max_size=8) | st.sampled_from([b"|", b"^~\\&", b"\r", b"\x0b", b"\x1c\r", b"MSH|", b'""'])
    )

    for outcome, text, facts in answered(mixed[:at] + noise + mixed[at + len(noise) :]):
        assert text.startswith("MSH|^~\\&|") and f"\rMSA|{outcome[:2]}|" in text
        fold(facts)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
@example(b"MSH|^~\\&\r")
@example(b"MSH|^~\\&|\x00\r\x00PID|||\x00")
@example(b"MSH|^~\\&|||||||ADT^A03\rPV1|" + b"|" * 5_000)
def test_any_bytes_at_all_are_answered(content):
    for body in (content, b"MSH|^~\\&|" + content, b"MSH|" + content):
        assert all(outcome[:2] in ("AA", "AE", "AR") for outcome, _, _ in answered(body))
