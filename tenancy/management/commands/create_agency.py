"""Make an agency: its zone, sites, days off and first administrator, who is invited by mail."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from tenancy import clock
from tenancy.context import reason
from tenancy.models import AgencyType
from tenancy.services.agencies import agency_open


class Command(BaseCommand):
    help = "Make an agency, through the owner's connection. Refuses a slug that exists, and changes nothing then."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--slug", required=True, help="stands in addresses: /a/SLUG/")
        parser.add_argument("--name", required=True)
        parser.add_argument("--type", default=AgencyType.PHYSICIAN_PRACTICE, choices=AgencyType.values)
        parser.add_argument(
            "--zone", required=True, help="such as America/Denver: months and deadlines are counted in it"
        )
        parser.add_argument(
            "--site", action="append", default=[], metavar="NAME", help="a clinic or office; may be repeated"
        )
        parser.add_argument(
            "--admin-email", required=True, metavar="ADDRESS", help="the first administrator is invited here"
        )
        parser.add_argument("--admin-name", required=True, metavar="NAME")
        parser.add_argument(
            "--url", default="http://localhost:8000", help="where people reach Careledger: the link begins so"
        )
        parser.add_argument("--json", action="store_true", help="one JSON document")

    def handle(self, *, json: bool, **options: Any) -> None:
        try:
            with reason(command="create_agency"):
                opened = agency_open(
                    slug=options["slug"],
                    name=options["name"],
                    agency_type=options["type"],
                    time_zone=options["zone"],
                    sites=options["site"],
                    admin_name=options["admin_name"],
                    admin_email=options["admin_email"],
                    site_url=options["url"],
                    now=clock.now(),
                )
        except ValidationError as refused:
            raise CommandError(_sentences(refused)) from None
        told = {
            "agency": opened.agency.slug,
            "zone": opened.agency.time_zone,
            "sites": opened.sites,
            "holidays": opened.holidays,
            "administrator": options["admin_email"].lower(),
            "link": opened.link,
        }
        self.stdout.write(_document(told) if json else _lines(told))


def _document(told: dict[str, Any]) -> str:
    return json.dumps(told, indent=2)


def _lines(told: dict[str, Any]) -> str:
    return (
        f"{told['agency']} is made, in {told['zone']}: {len(told['sites'])} sites, {told['holidays']} days off.\n"
        f"{told['administrator']} is invited; the link works once, for seven days:\n{told['link']}"
    )


def _sentences(refused: ValidationError) -> str:
    if hasattr(refused, "message_dict"):
        return "; ".join(f"{field}: {' '.join(said)}" for field, said in refused.message_dict.items())
    return " ".join(refused.messages)
