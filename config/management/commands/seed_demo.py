"""Make the demonstration agencies, once."""

from typing import Any

from django.core.management.base import BaseCommand

from config import demo
from tenancy import clock


class Command(BaseCommand):
    help = (
        "Two invented agencies with people, patients and minutes. Does nothing when agencies exist; refuses production."
    )

    def handle(self, **options: Any) -> None:
        made = demo.seed(clock.now())
        self.stdout.write("two agencies made" if made else "agencies exist already: nothing made")
