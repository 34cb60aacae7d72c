"""Who can be named as having given time, and what a supervisor is told comes to be looked at."""

import re

import pytest
from django.urls import reverse

from coordination.models import Contact, Flag
from tenancy.context import agency_context
from tenancy.models import uuid7
from tenancy.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


def test_an_empty_list_says_everything_that_would_come_there(riverbend, signed_in):
    review = reverse("coordination:review", kwargs={"agency": riverbend.slug})
    supervisor = signed_in(riverbend.members[Role.SUPERVISOR])

    def empty(**asked):
        page = supervisor.get(review, asked).content.decode()
        return page[page.index('<div class="empty">') :]

    page = empty()
    assert [str(each.label) in page for each in Flag] == [True] * len(Flag)
    page = empty(why=Flag.LONG)
    assert [str(each.label) in page for each in Flag] == [each == Flag.LONG for each in Flag]


def test_time_is_given_by_those_who_can_give_care(riverbend, signed_in):
    """By their role, by a practitioner's training whatever their role, or named for their training without signing in."""
    with agency_context(riverbend.agency):
        owner = factories.a_member(Role.ADMIN, name="Otto Owner", discipline="MD")
        aide = factories.a_member(name="Aki Aide", discipline="MA", signs_in=False)
        factories.a_member(name="Nils Named", discipline="NONE", signs_in=False)
        factories.a_member(name="Gone Girard", is_active=False)
    client, ids = signed_in(riverbend.coordinator), {"agency": riverbend.slug, "patient": riverbend.patient.pk}
    page = client.get(reverse("coordination:time_log_more", kwargs=ids)).content.decode()
    select = page[page.index('name="author"') : page.index("</select>")]
    offered = set(re.findall(r'<option value="([^"]+)"', select))
    care = [riverbend.members[role] for role in (Role.SUPERVISOR, Role.CLINICIAN)]
    assert offered == {str(each.pk) for each in (*care, riverbend.front_desk, riverbend.practitioner, owner, aide)}
    said = {"minutes": "28", "service_date": "2026-11-16", "activity": "care_coordination", "program": "chronic_care"}
    said |= {"note": "called", "form_key": uuid7(), "author": riverbend.members[Role.BILLER].pk}
    answer = client.post(reverse("coordination:time_log_record", kwargs=ids), said)
    assert (answer.status_code, [*answer.context["log_form"].errors]) == (422, ["author"])
    with agency_context(riverbend.agency):
        assert not Contact.objects.exists()
