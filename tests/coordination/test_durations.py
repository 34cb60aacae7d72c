"""What people type as time, both sides of every edge."""

from datetime import time

import pytest

from coordination.rules.durations import Duration, Fault, NotADuration, read


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("8", 8),
        (" 8 ", 8),
        ("8m", 8),
        ("8 min", 8),
        ("8 minutes", 8),
        ("0:08", 8),
        ("1:05", 65),
        ("1h", 60),
        ("1h5m", 65),
        ("1H 5", 65),
        ("600", 600),
        ("10:00", 600),
        ("10h", 600),
        ("1", 1),
    ],
)
def test_plain_durations(text, minutes):
    assert read(text) == Duration(minutes)


@pytest.mark.parametrize(
    ("text", "minutes", "start", "stop"),
    [
        ("9:04-9:12", 8, time(9, 4), time(9, 12)),
        ("09:04 – 09:12", 8, time(9, 4), time(9, 12)),
        ("9:04 to 9:12", 8, time(9, 4), time(9, 12)),
        ("14:05-14:20", 15, time(14, 5), time(14, 20)),
        ("2:05pm-2:20pm", 15, time(14, 5), time(14, 20)),
        ("2:05-2:20pm", 15, time(14, 5), time(14, 20)),
        ("11:50am-12:10pm", 20, time(11, 50), time(12, 10)),
        ("11:50-12:10pm", 20, time(11, 50), time(12, 10)),
        ("12:01am-12:11am", 10, time(0, 1), time(0, 11)),
        ("7:00-7:01", 1, time(7), time(7, 1)),
    ],
)
def test_spans_keep_their_clock_times(text, minutes, start, stop):
    assert read(text) == Duration(minutes, start, stop)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.UNREADABLE),
        ("eight", Fault.UNREADABLE),
        ("-8", Fault.UNREADABLE),
        ("8.5", Fault.UNREADABLE),
        ("0:60", Fault.UNREADABLE),
        ("25:00-25:10", Fault.UNREADABLE),
        ("13:00pm-14:00pm", Fault.UNREADABLE),
        ("8s", Fault.UNREADABLE),
        ("0", Fault.ZERO),
        ("0:00", Fault.ZERO),
        ("9:04-9:04", Fault.ZERO),
        ("601", Fault.TOO_LONG),
        ("10:01", Fault.TOO_LONG),
        ("340h", Fault.UNREADABLE),
        ("34h", Fault.TOO_LONG),
        ("9:12-9:04", Fault.BACKWARDS),
        ("23:50-0:10am", Fault.UNREADABLE),
        ("11:50pm-12:10am", Fault.BACKWARDS),
        ("2:05-2:20", Fault.MORNING_OR_AFTERNOON),
        ("6:59-7:10", Fault.MORNING_OR_AFTERNOON),
    ],
)
def test_what_is_no_duration_is_refused_with_its_reason(text, fault):
    with pytest.raises(NotADuration) as refused:
        read(text)
    assert refused.value.fault is fault
