"""How an agency counts what is due: the form on its page, its refusals, and what is told of changes."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse

from tenancy import ports
from tenancy.context import agency_context
from tenancy.models import Agency, AgencySettings
from tenancy.roles import Role
from tenancy.services.places import deadline_settings_save

pytestmark = pytest.mark.django_db
TYPED = {
    "version": 1, "visit_day": 1, "team_hours_before": 24, "supervisor_hours_before": 4, "care_plan_months": 6,
    "rating_scale_days": 28,
}  # fmt: skip


def url(world, name="deadline_settings"):
    return reverse(f"tenancy:{name}", kwargs={"agency": world.slug})


def test_what_an_administrator_says_is_saved_and_told(riverbend, signed_in):
    client = signed_in(riverbend.admin)
    assert client.post(url(riverbend), TYPED).status_code == 302
    with agency_context(riverbend.agency):
        saved = AgencySettings.objects.get()
        assert {name: getattr(saved, name) for name in TYPED} == TYPED | {"version": 2}
        assert saved.idle_minutes == 15
    page = client.get(url(riverbend, "agency")).content.decode()
    assert "Settings changed" in page and "by Ada QRIV" in page
    assert "day 0: seven days after it are in time → day 1: six days after it are in time" in page
    assert "Hours before a deadline at which supervisors are told: 9 → 4" in page
    assert "Minutes without activity" not in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("team_hours_before", "73", "“73” is not possible here: enter a whole number from 0 to 72."),
        ("care_plan_months", "0", "“0” is not possible here: enter a whole number from 1 to 24."),
        ("rating_scale_days", "6.5", "“6.5” is not possible here: enter a whole number from 7 to 366."),
        ("rating_scale_days", "", "Enter a whole number from 7 to 366."),
        ("visit_day", "2", "Select a valid choice. 2 is not one of the available choices."),
        (
            "supervisor_hours_before",
            "25",
            "Supervisors are told 25 hours before a deadline, and the care team only 24: the care team comes first. "
            "Enter 24 or fewer.",
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_saved(riverbend, signed_in, field, value, said):
    answer = signed_in(riverbend.admin).post(url(riverbend), TYPED | {field: value})
    assert answer.status_code == 422
    assert answer.context["deadlines_form"].errors == {field: [said]}
    with agency_context(riverbend.agency):
        assert not AgencySettings.objects.exists()


def test_the_edges_are_possible(riverbend, signed_in):
    edges = {
        "team_hours_before": 72, "supervisor_hours_before": 72, "care_plan_months": 24, "rating_scale_days": 366,
    }  # fmt: skip
    assert signed_in(riverbend.admin).post(url(riverbend), TYPED | edges).status_code == 302


def test_who_saved_meanwhile_is_not_overwritten_unseen(riverbend, signed_in):
    client = signed_in(riverbend.admin)
    client.post(url(riverbend), TYPED)
    answer = client.post(url(riverbend), TYPED | {"care_plan_months": 9})
    assert answer.status_code == 409
    assert answer.context["deadlines_form"].errors["care_plan_months"] == ["Now on record: 6"]


def test_who_may_not_change_them_reads_them(riverbend, signed_in):
    page = signed_in(riverbend.members[Role.SUPERVISOR]).get(url(riverbend, "agency")).content.decode()
    assert "12 hours before" in page and "after 30 days" in page
    assert "deadlines_team_hours_before" not in page


@pytest.fixture
def told(monkeypatch):
    """How often apps above were told that the calendar changed."""

    class Told:
        times = 0

        def calendar_changed(self):
            self.times += 1

        def licences_changed(self):
            pass

    counting = Told()
    monkeypatch.setattr(ports, "_resting", [counting])
    return counting


def test_who_rests_on_them_is_told_and_not_of_a_refusal(riverbend, told):
    with agency_context(riverbend.agency):
        deadline_settings_save(actor=riverbend.admin, **TYPED)
        assert told.times == 1
        with pytest.raises(ValidationError):
            deadline_settings_save(actor=riverbend.admin, **TYPED | {"version": 2, "supervisor_hours_before": 25})
        assert told.times == 1


@pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"])
def test_an_operator_moves_an_agency_to_another_zone(worlds, told, capsys):
    try:
        call_command("set_zone", "--agency", "riverbend", "--zone", "America/Chicago")
        assert Agency.objects.get(slug="riverbend").time_zone == "America/Chicago"
        assert told.times == 1
        assert capsys.readouterr().out == "riverbend counts its days in America/Chicago from now on.\n"
        with pytest.raises(CommandError, match="“Denver” is no time zone: use a name such as America/Denver"):
            call_command("set_zone", "--agency", "riverbend", "--zone", "Denver")
        with pytest.raises(CommandError, match="There is no agency with the slug brook"):
            call_command("set_zone", "--agency", "brook", "--zone", "America/Chicago")
        assert told.times == 1
    finally:
        Agency.objects.using("owner").filter(slug="riverbend").update(time_zone="America/Denver")
