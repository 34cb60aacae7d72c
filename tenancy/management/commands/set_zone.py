"""Move an agency to another time zone."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from tenancy.context import reason
from tenancy.services.agencies import agency_zone_change


class Command(BaseCommand):
    help = "Change the zone in which an agency's days are counted, through the owner's connection. Its deadlines are counted anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--agency", required=True, metavar="SLUG")
        parser.add_argument("--zone", required=True, help="such as America/Denver")

    def handle(self, *, agency: str, zone: str, **options: Any) -> None:
        try:
            with reason(command="set_zone"):
                changed = agency_zone_change(slug=agency, time_zone=zone)
        except ValidationError as refused:
            raise CommandError(" ".join(refused.messages)) from None
        self.stdout.write(f"{changed.slug} counts its days in {changed.time_zone} from now on.")
