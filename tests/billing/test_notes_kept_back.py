"""What was said in a contact is read by those who give care, and not by billing; the rest of the entry is for both."""

import pytest
from django.urls import reverse

from coordination.models import Contact
from tenancy.context import agency_context
from tenancy.roles import Role
from tests import factories

SAID, KEPT_BACK = "afraid of needles since the fall", "A note is on record; your role reads none."


@pytest.fixture
def pages(riverbend):
    """The three pages on which an entry stands: the ledger, the patient's, its own."""
    with agency_context(riverbend.agency):
        factories.a_log(riverbend.patient, 12, by=riverbend.coordinator, note=SAID)
        contact = Contact.objects.get()
        Contact.objects.update(note=f"{SAID}, and told so")  # its own page shows both
    of = {"agency": riverbend.slug, "patient": riverbend.patient.pk}
    return [
        reverse("billing:ledger", kwargs=of | {"month": "2026-11"}),
        reverse("coordination:patient", kwargs=of),
        reverse("coordination:contact", kwargs=of | {"contact": contact.pk}),
    ]


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.SUPERVISOR, Role.CLINICIAN, Role.ADMIN, Role.READ_ONLY])
def test_who_gives_care_reviews_or_looks_on_reads_notes(pages, riverbend, signed_in, role):
    client = signed_in(riverbend.members[role])
    for page in pages:
        text = client.get(page).content.decode()
        assert (SAID in text, KEPT_BACK in text) == (True, False), page


def test_a_biller_is_told_that_a_note_is_there(pages, riverbend, signed_in):
    client = signed_in(riverbend.members[Role.BILLER])
    for page in pages:
        text = client.get(page).content.decode()
        assert (SAID in text, KEPT_BACK in text, "Care coordination" in text) == (False, True, True), page
