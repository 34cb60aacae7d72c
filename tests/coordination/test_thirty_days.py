"""The picture of the days after a discharge: what stands where, and that its words say the same."""

from datetime import date
from zoneinfo import ZoneInfo

from coordination.rules.calendars import business_days_after
from coordination.rules.deadlines import Clock, Window, transition_days
from coordination.views.thirty_days import COLUMN, EDGE, PHONE_COLUMN, Happened, Strip, passed_of, picture_of

WINDOWS = (Window(7, "99496", ("high",)), Window(14, "99495", ("moderate", "high")))
CLOCK = Clock(contact_business_days=2, failed_attempts=2, windows=WINDOWS, period_days=30)
THANKSGIVING = date(2026, 11, 26)
DENVER = ZoneInfo("America/Denver")


def a_strip(discharged=date(2026, 11, 25), now=(date(2026, 11, 27), 0.5), happened=(), holidays=None):
    holidays = {THANKSGIVING: "Thanksgiving"} if holidays is None else holidays
    days = transition_days(discharged, CLOCK, business_days_after(discharged, 2, holidays))
    visits = tuple(
        (day, strict, window.code) for window, day, strict in zip(WINDOWS, days.visits, days.strict_visits, strict=True)
    )
    return Strip(discharged, days, visits, holidays, (Happened(discharged, "discharge", "Discharged."), *happened), now)


def column(drawing, x):
    """The number under the column that a place lies in, or ends."""
    return next(cell.number for cell in reversed(drawing.cells) if cell.x < x)


def test_wednesday_before_thanksgiving():
    picture = picture_of(a_strip())
    wide = picture.wide
    assert len(wide.cells) == 30
    assert [(cell.number, cell.month) for cell in wide.cells if cell.month] == [(25, "Nov"), (1, "Dec")]
    assert [cell.number for cell in wide.cells if cell.is_off][:5] == [26, 28, 29, 5, 6]
    assert [cell.holiday for cell in wide.cells if cell.holiday] == ["Thanksgiving"]
    contact, first, second = wide.windows
    assert (column(wide, EDGE + contact.width), contact.label) == (30, "contact by the end of Mon Nov 30")
    assert (column(wide, EDGE + first.width), column(wide, first.strict_x)) == (2, 1)
    assert first.label == "day 7, Wed Dec 2: visit for 99496"
    assert (column(wide, EDGE + second.width), second.label) == (9, "day 14, Wed Dec 9: visit for 99495")
    assert wide.now_x == EDGE + 2.5 * COLUMN
    assert (wide.end_x, wide.cells[-1].number) == (wide.width - EDGE, 24)
    assert picture.off == ("Thu Nov 26 (Thanksgiving)",)


def test_the_words_say_all_that_is_drawn_in_the_order_of_days():
    told = [
        Happened(date(2026, 11, 27), "attempt", "Fri Nov 27, 10:20: no answer.", "10:20"),
        Happened(date(2026, 12, 1), "visit", "Visit on Tue Dec 1."),
    ]
    assert picture_of(a_strip(happened=told)).words == (
        "Discharged.",
        "Thu Nov 26 is no business day: Thanksgiving.",
        "Fri Nov 27, 10:20: no answer.",
        "Today is Fri Nov 27, day 2.",
        "Mon Nov 30 ends the window for contact: it is the last business day in time; the first is Fri Nov 27.",
        "Visit on Tue Dec 1.",
        "Tue Dec 1 is that day where the discharge is counted as day 1.",
        "Wed Dec 2 is day 7, the last for the visit that 99496 asks for.",
        "Tue Dec 8 is that day where the discharge is counted as day 1.",
        "Wed Dec 9 is day 14, the last for the visit that 99495 asks for.",
        "The period ends with Thu Dec 24, day 29.",
    )


def test_marks_of_one_day_stand_below_each_other_and_the_strip_grows_with_them():
    monday = date(2026, 11, 30)
    told = [
        Happened(monday, "reached", "reached", "14:00"),
        Happened(monday, "attempt", "no answer", "9:05"),
        Happened(monday, "attempt", "a message", "11:30"),
    ]
    quiet, busy = picture_of(a_strip()), picture_of(a_strip(happened=told))
    marks = [(mark.kind, mark.at) for mark in busy.wide.marks if column(busy.wide, mark.x) == 30]
    assert marks == [("attempt", "9:05"), ("attempt", "11:30"), ("reached", "14:00")]
    assert len({mark.y for mark in busy.wide.marks if mark.kind != "discharge"}) == 3
    assert busy.wide.strip_height > quiet.wide.strip_height
    assert busy.legend == (("discharge", "discharge"), ("attempt", "attempt, not reached"), ("reached", "reached"))


def test_a_phone_is_drawn_both_windows_and_the_rest_apart():
    picture = picture_of(a_strip(happened=[Happened(date(2026, 12, 20), "attempt", "late", "8:00")]))
    assert [len(each.cells) for each in (picture.phone, picture.rest)] == [15, 15]
    assert [window.kind for window in picture.phone.windows] == ["contact", "visit-0", "visit-1"]
    assert picture.phone.windows[-1].width == 15 * PHONE_COLUMN
    assert picture.phone.end_x is None
    assert (picture.rest.windows, picture.rest.now_x) == ((), None)
    assert [(mark.kind, mark.at) for mark in picture.rest.marks] == [("attempt", "")]
    assert picture.rest.cells[0].month == "Dec"


def test_what_lies_outside_the_period_is_said_and_not_drawn():
    """Learned before, called after: a date is never dropped."""
    told = [
        Happened(date(2026, 11, 24), "learned", "We learned of it on Tue Nov 24."),
        Happened(date(2026, 12, 28), "attempt", "Mon Dec 28: no answer."),
    ]
    picture = picture_of(a_strip(happened=told, now=(date(2027, 1, 4), 0.2)))
    assert picture.wide.now_x is None
    assert [mark.kind for mark in picture.wide.marks] == ["discharge"]
    assert picture.legend == (("discharge", "discharge"),)
    assert (picture.words[0], picture.words[-1]) == ("We learned of it on Tue Nov 24.", "Mon Dec 28: no answer.")
    assert not any("Today" in each for each in picture.words)


def test_a_holiday_on_a_weekend_is_shaded_once_and_not_called_a_lost_business_day():
    saturday = date(2026, 11, 28)
    picture = picture_of(a_strip(holidays={saturday: "Founder's day"}))
    assert picture.off == ()
    assert [cell.is_off for cell in picture.wide.cells][3] is True


def test_now_stays_in_its_day():
    assert [passed_of(seconds) for seconds in (0, 43200, 86399)] == [0.0, 0.5, 0.99]
