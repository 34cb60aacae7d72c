"""Bytes to messages: every way in which feeds differ."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from interop.codecs.hl7_time import day, moment
from interop.codecs.hl7v2 import LARGEST_MESSAGE, LONGEST_VALUE, Hl7Refused, cut, escaped, read, shape
from tests.interop.adt_examples import adt

HEAD = r"MSH|^~\&|A|B|C|D|20261120||ADT^A08|7|P|2.5"


def header(text: str) -> bytes:
    return text.encode()


def refused(content: bytes) -> tuple[str, str, str]:
    with pytest.raises(Hl7Refused) as caught:
        read(content)
    (fault,) = caught.value.faults
    return caught.value.answer, fault.reason, str(fault)


@pytest.mark.parametrize(
    "content",
    [
        adt(),
        adt(ends="\n"),
        adt(ends="\r\n"),
        adt(ends="\r\r\n\n"),
        b"\xef\xbb\xbf" + adt(),
        b"\x0b" + adt() + b"\x1c\r",
        b"\x0b\xef\xbb\xbf" + adt() + b"\x1c\r",
        adt().decode().encode("utf-16"),
        b"# exported at noon\r\n\r\n" + adt(ends="\r\n"),
        b"[SOM]" + adt(),
        b"  " + adt(),
        b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + adt() + b"BTS|1\rFTS|1\r",
        adt().replace(b"\rPV1", b"\rFHS|^~\\&|late\rPV1"),
    ],
    ids=(
        "cr",
        "lf",
        "crlf",
        "blank",
        "bom",
        "mllp",
        "mllp-bom",
        "utf-16",
        "comment",
        "mark",
        "spaces",
        "batch",
        "late-fhs",
    ),
)
def test_the_same_message_is_cut_out_of_every_wrapping(content):
    found = cut(content)

    assert found.messages == (adt().rstrip(b"\r"),)
    assert found.faults == ()


def test_several_messages_are_cut_in_order_and_a_batch_that_is_short_is_told():
    first, second = adt(control_id="1"), adt(control_id="2")

    found = cut(b"BHS|^~\\&|A\r" + first + second + b"BTS|3\r")

    assert [read(each).header.text(10) for each in found.messages] == ["1", "2"]
    assert [(each.reason, each.where, each.value) for each in found.faults] == [("batch_incomplete", "BTS-1", "3")]
    assert cut(b"nothing of HL7 here\rMSH MSH:9,12\r").messages == ()


def test_delimiters_are_those_of_the_message():
    message = read(header("MSH!~^\\&!A!B!C!D!20261120!!ADT~A03!7!P!2.5\rPID!!!1~~~X~MR^2~~~Y~MR!!A|B~C"))

    assert (message.header.text(9), message.header.text(9, 2)) == ("ADT", "A03")
    pid = message.first("PID")
    assert [repeat[0][0] for repeat in pid.repeats(3)] == ["1", "2"]
    assert pid.text(5) == "A|B"


def test_delimiters_that_are_left_out_are_the_usual_ones_or_free_signs():
    assert read(header("MSH|^~|A|B|C|D|20261120||ADT^A03|7|P|2.5\rPID|||A&B")).first("PID").text(3, 1, 2) == "B"
    # Where the repetition sign serves as component, the usual component sign is just a letter.
    assert read(header("MSH|~^|A|B|C|D|20261120||ADT~A03|7|P|2.5")).header.text(9, 2) == "A03"


def test_escapes_are_read_and_never_grow():
    line = r"PID|||1||DOE\T\SMITH^JOHN\S\\F\\R\\E\ \X41C3A9\^\.br\a\H\b\N\c\Zx\d^" + "\\.sp999999999\\" + "x" * 9_000
    pid = read(header(HEAD + "\r" + line)).first("PID")

    assert pid.text(5, 1) == "DOE&SMITH"
    assert pid.text(5, 2) == "JOHN^|~\\ Aé"
    assert pid.text(5, 3) == "abcd"
    assert len(pid.text(5, 4)) == LONGEST_VALUE
    assert escaped("a|b^c&d~e\\f\x00") == r"a\F\b\S\c\T\d\R\e\E\f"


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("", "utf-8"),
        ("", "cp1252"),
        ("ASCII", "utf-8"),
        ("UNICODE UTF-8", "utf-8"),
        ("8859/1", "latin-1"),
        ("8859/2~UNICODE UTF-8", "iso8859-2"),
    ],
)
def test_text_is_read_in_the_set_that_msh_18_names(charset, encoding):
    content = f"{HEAD}||||||{charset}\rPID|||1||MÜLLER^JOSÉ".encode(encoding)

    assert read(content).first("PID").text(5) == "MÜLLER"


def test_a_character_set_that_is_unknown_or_untrue_is_refused_without_its_text():
    assert refused(f"{HEAD}||||||EBCDIC\rPID|||1||X".encode()) == (
        "AE",
        "charset_unknown",
        "MSH-18 is AAAAAA: name a character set of HL7 table 0211 that is read here, such as UNICODE UTF-8 or 8859/1",
    )
    answer, reason, words = refused(f"{HEAD}||||||UNICODE UTF-8\rPID|||1||MÜLLER".encode("latin-1"))
    assert (answer, reason) == ("AE", "charset_broken")
    assert "LLER" not in words


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no_header"),
        (b"PID|||1", "no_header"),
        (b"MSH MSH:9,12", "no_header"),
        (b"MSH|^^\\&|A|B", "delimiters"),
        (b"MSH|||A|B", "delimiters"),
        (HEAD.encode() + b"\rOBX|" + b"x" * LARGEST_MESSAGE, "too_large"),
    ],
)
def test_what_has_no_usable_header_is_never_taken(content, reason):
    assert refused(content)[:2] == ("AR", reason)


def test_segments_that_are_not_looked_at_are_not_kept():
    message = read(header(HEAD + "\rOBX|1|TX|secret\rPIDX|1\rPID|1\rZZZ|"))

    assert [name for name, _ in message.in_order] == ["MSH", "PID"]


CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        ("20261120170000", datetime(2026, 11, 20, 23, 0, tzinfo=UTC), "second"),
        ("202611201700", datetime(2026, 11, 20, 23, 0, tzinfo=UTC), "minute"),
        ("2026112017", datetime(2026, 11, 20, 23, 0, tzinfo=UTC), "hour"),
        ("20261120", datetime(2026, 11, 20, 6, 0, tzinfo=UTC), "day"),
        ("202611", datetime(2026, 11, 1, 5, 0, tzinfo=UTC), "month"),
        ("2013", datetime(2013, 1, 1, 6, 0, tzinfo=UTC), "year"),
        ("20210817151943.4+0200", datetime(2021, 8, 17, 13, 19, 43, 400_000, tzinfo=UTC), "second"),
        ("202101151620+0215", datetime(2021, 1, 15, 14, 5, tzinfo=UTC), "minute"),
        ("20261120170000-0500", datetime(2026, 11, 20, 22, 0, tzinfo=UTC), "second"),
        ("20261101013000", datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "second"),  # twice on that clock: the first
        ("20260308023000", datetime(2026, 3, 8, 8, 30, tzinfo=UTC), "second"),  # not on that clock
        ("20110613122406637", datetime(2011, 6, 13, 17, 24, 6, tzinfo=UTC), "second"),  # thousandths without a point
    ],
)
def test_a_moment_is_read_with_its_precision_in_its_own_zone_or_the_source_s(text, at, precision):
    found = moment(text, CHICAGO)

    assert (found.at, found.precision, found.is_day) == (at, precision, precision in ("day", "month", "year"))


@pytest.mark.parametrize(
    "text",
    ["", "Aug 14, 2004", "20261320", "20260231", "2026-11-20", "20261120256000", "2026112017000012", "26", "00000000"],
)
def test_what_is_no_moment_is_none(text):
    assert moment(text, CHICAGO) is None


def test_a_birthday_is_the_day_as_written():
    assert day("19520304") == day("195203041826+0215") == day("1952-03-04") == date(1952, 3, 4)
    assert day("1952") is day("195203") is day("female") is day("19521304") is None


def test_the_shape_of_a_value_tells_nothing_of_it():
    assert shape("Aug 14, 2004") == "Aaa 99, 9999"
