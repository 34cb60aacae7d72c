"""The page of months: six at a time back to the first there are rules for, and everybody whose time a month holds."""

import re
from datetime import date

import pytest
from django.urls import reverse

from coordination.models import MonthLock
from coordination.rules.months import EARLIEST_SERVICE_DAY
from coordination.selectors.month_states import month_states
from tenancy.context import agency_context
from tenancy.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)


def page_of(world, client, **asked):
    return client.get(reverse("coordination:months", kwargs={"agency": world.slug}), asked)


def shown(page):
    return [row["slug"] for row in page.context["rows"]]


def link(page, words):
    """Where a link of the page leads, and None without it."""
    links = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', page.content.decode(), re.DOTALL)
    return next((leads for leads, inside in links if words in inside), None)


def test_every_month_since_the_first_rules_is_on_one_of_the_pages(riverbend, signed_in):
    client = signed_in(riverbend.admin)
    page, seen = page_of(riverbend, client), []
    assert shown(page) == ["2026-11", "2026-10", "2026-09", "2026-08", "2026-07", "2026-06"]
    assert link(page, "Later months") is None
    while True:
        seen += shown(page)
        if not (earlier := link(page, "Earlier months")):
            break
        page = client.get(reverse("coordination:months", kwargs={"agency": riverbend.slug}) + earlier)
    assert seen[-1] == f"{EARLIEST_SERVICE_DAY:%Y-%m}"
    assert len(seen) == len(set(seen)) == (2026 - 2013) * 12 + 11
    back = page_of(riverbend, client, month="2026-05")
    assert shown(back)[0] == "2026-05"
    assert shown(
        client.get(reverse("coordination:months", kwargs={"agency": riverbend.slug}) + link(back, "Later"))
    ) == [*shown(page_of(riverbend, client))]
    for odd in ("2026-12", "1999-01", "no month", "2026-13"):
        assert shown(page_of(riverbend, client, month=odd))[0] == "2026-11"


def test_closing_a_month_of_an_earlier_page_stays_on_that_page(riverbend, signed_in):
    client = signed_in(riverbend.admin)
    close = reverse("coordination:month_lock", kwargs={"agency": riverbend.slug, "month": "2026-03"})
    refused = client.post(close, {"reason": ""})
    assert (refused.status_code, shown(refused)[0]) == (422, "2026-05")
    assert "Say why, in a few words" in refused.content.decode()
    done = client.post(close, {"reason": "all in"}, follow=True)
    assert shown(done)[0] == "2026-05"
    with agency_context(riverbend.agency):
        assert MonthLock.objects.get().month == date(2026, 3, 1)


def test_who_gave_time_in_a_month_stands_in_it_whatever_became_of_them(riverbend, signed_in):
    """Gone, or of another role by now: their minutes are told; but whether all is entered is asked of those who can still say so."""
    with agency_context(riverbend.agency):
        gone, moved = (factories.a_member(name=name) for name in ("Gone Girard", "Moira Moved"))
        for who, minutes in ((gone, 12), (moved, 7)):
            factories.a_log(riverbend.patient, minutes, by=who, on=date(2026, 10, 5))
        gone.is_active, moved.role = False, Role.BILLER
        for each in (gone, moved):
            each.save()
        october, september = (
            next(state for state in month_states(factories.TODAY) if state.month == month)
            for month in (OCTOBER, date(2026, 9, 1))
        )
    told = {each.member.name: (each.minutes, each.can_say) for each in october.people}
    assert (told["Gone Girard"], told["Moira Moved"]) == ((12, False), (7, False))
    assert october.asked == len(september.people) == len(october.people) - 2
    assert {"Gone Girard", "Moira Moved"} & {each.member.name for each in september.people} == set()
    page = page_of(riverbend, signed_in(riverbend.admin)).content.decode()
    assert re.search(r"Gone Girard, RN:\s+<span[^>]*>logs no time here any more</span> 12 min", page)
