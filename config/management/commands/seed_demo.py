"""Make the demonstration agencies, once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import demo
from tenancy import clock


class Command(BaseCommand):
    help = (
        "Two invented agencies with people, patients and minutes. Does nothing when agencies exist; refuses production."
    )

    def handle(self, **options: Any) -> None:
        if settings.SETTINGS_MODULE.endswith(".prod"):
            raise CommandError(
                "seed_demo makes people with a published password and never runs under production settings"
            )
        made = demo.seed(clock.now())
        self.stdout.write("two agencies made" if made else "agencies exist already: nothing made")
