"""Time logged after a discharge: the panel and the entry say which one it was for."""

from coordination.models import Contact
from tenancy.context import agency_context
from tenancy.models import uuid7
from tests import factories
from tests.coordination.test_transition_pages import CALL, call, desk, words

__all__ = ["desk"]


def test_the_log_panel_offers_the_discharge_and_chooses_it_for_transitional_care(desk):
    form = desk.get("patient").context["log_form"]
    assert list(form.fields["transition"].choices) == [("", "none"), (desk.discharge.pk, "the discharge of Nov 13")]
    assert form["transition"].value() is None  # this patient is in chronic care
    form = desk.get("patient", asked=f"?after={desk.discharge.pk}").context["log_form"]
    chosen = {
        name: form[name].value() for name in ("program", "transition", "spoken_to", "mode", "direction", "outcome")
    }
    assert chosen == {
        "program": "transitional_care",
        "transition": desk.discharge.pk,
        "spoken_to": "patient",
        "mode": "phone",
        "direction": "out",
        "outcome": "no_answer",
    }
    assert desk.get("patient", asked=f"?after={uuid7()}").context["log_form"]["program"].value() == "chronic_care"


def test_a_call_is_stored_with_its_discharge_and_leads_back(desk):
    answer = call(desk, back="True", only_scheduling="on")
    assert answer["Location"].endswith(f"/transitions/{desk.discharge.pk}/")
    with agency_context(desk.agency):
        contact = Contact.objects.get()
        assert (contact.transition_id, contact.is_beyond_scheduling) == (desk.discharge.pk, False)
    entry = words(desk.get("contact", contact=contact.pk))
    assert "After the discharge of Nov 13, 2026 · only an appointment was made, or tried for" in entry
    sent = CALL | {"reason": "reached after all", "version": 1}
    desk.post("contact_change", ids={"contact": contact.pk}, **sent, transition=desk.discharge.pk)
    with agency_context(desk.agency):
        assert Contact.objects.get().is_beyond_scheduling is True
    assert call(desk, transition="")["Location"].endswith(f"/patients/{desk.patient.pk}/")


def test_another_patients_discharge_cannot_be_chosen(desk):
    with agency_context(desk.agency):
        other = factories.a_discharge(factories.a_patient("Liz", "Conn"), by=desk.coordinator)
    answer = call(desk, transition=other.pk)
    assert answer.status_code == 422
    assert "transition" in answer.context["log_form"].errors
    with agency_context(desk.agency):
        assert not Contact.objects.exists()


def test_an_entry_of_a_discharge_that_is_over_keeps_it(desk):
    call(desk)
    desk.post("transition_end", version=1, end_reason="declined", ended_on="2026-11-16")
    assert desk.get("patient").context["log_form"].offers_discharges is False
    with agency_context(desk.agency):
        contact = Contact.objects.get()
    form = desk.get("contact", contact=contact.pk).context["form"]
    assert list(form.fields["transition"].choices)[-1] == (desk.discharge.pk, "the discharge of Nov 13")
    refused = desk.post("contact_change", ids={"contact": contact.pk}, **CALL, transition=desk.discharge.pk, version=1)
    assert refused.status_code == 422  # without a reason; the choice is still there
    assert f'value="{desk.discharge.pk}" selected' in refused.content.decode()
