"""The frame around every page: drawn once for all who are shown the same, and never for anybody else."""

import re

import pytest
from django.urls import reverse

from tenancy.context import agency_context
from tenancy.models import Membership

LINK = re.compile(r'<a href="([^"]+)"(?: aria-current="(\w+)")?>')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def rail_of(page: str) -> dict[str, str]:
    """Address -> what its link says of the page that is open."""
    return dict(LINK.findall(re.search(r'<nav class="rail".*?</nav>', page, re.S)[0]))


@pytest.mark.parametrize("role", ["admin", "biller", "coordinator", "supervisor", "privacy_officer"])
def test_each_place_of_the_rail_knows_its_front_page(riverbend, signed_in, role):
    client = signed_in(riverbend.members[role])
    start = reverse("coordination:door", kwargs={"agency": riverbend.slug})
    places = rail_of(client.get(start, follow=True).content.decode())
    assert places
    for address in places:
        said = rail_of(client.get(address, follow=True).content.decode())
        here = "true" if "/time/" in address else "page"  # of time there are several front pages
        assert said == dict.fromkeys(places, "") | {address: here}


def test_a_page_behind_a_front_page_belongs_to_its_place(riverbend, signed_in):
    client = signed_in(riverbend.coordinator)
    page = client.get(
        reverse("coordination:patient", kwargs={"agency": riverbend.slug, "patient": riverbend.patient.pk})
    )
    list_of_all = reverse("coordination:patients", kwargs={"agency": riverbend.slug})
    assert {address for address, said in rail_of(page.content.decode()).items() if said} == {list_of_all}


def test_what_is_kept_is_nobody_elses(worlds, signed_in):
    for world, other in ((worlds.riverbend, worlds.harbor), (worlds.harbor, worlds.riverbend)):
        page = signed_in(world.coordinator).get(reverse("coordination:patients", kwargs={"agency": world.slug}))
        text = page.content.decode()
        assert world.agency.name in text and f"/a/{other.slug}/" not in text and other.agency.name not in text
        assert world.coordinator.signature in text


def test_the_frame_follows_what_it_shows(riverbend, signed_in):
    client, address = (
        signed_in(riverbend.coordinator),
        reverse("coordination:patients", kwargs={"agency": riverbend.slug}),
    )
    assert "Switch single keys off" in client.get(address).content.decode()
    with agency_context(riverbend.agency):
        Membership.objects.filter(pk=riverbend.coordinator.pk).update(name="Dana Newname", shortcuts=False)
    text = client.get(address).content.decode()
    assert "Dana Newname" in text and "Switch single keys on" in text


def test_each_request_brings_its_own_token(riverbend, signed_in):
    client, address = (
        signed_in(riverbend.coordinator),
        reverse("coordination:patients", kwargs={"agency": riverbend.slug}),
    )
    first, second = (set(TOKEN.findall(client.get(address).content.decode())) for _ in range(2))
    assert first and second and not first & second
