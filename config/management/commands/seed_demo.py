"""Make the demonstration agencies, or invented ones of a measured size."""

from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from config import demo, seeding
from config.population import SIZES
from tenancy import clock


class Command(BaseCommand):
    help = (
        "Without a size: two small agencies, once, and only where there are none. With one: invented agencies beside what is there,"
        " the same for the same size, seed and day. Refuses production."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        sizes = "; ".join(
            f"{size.name}: {size.agencies} agencies, {size.patients} patients, {size.logs} logs a month"
            for size in SIZES.values()
        )
        parser.add_argument("--size", choices=sorted(SIZES), help=sizes)
        parser.add_argument("--seed", type=int, default=1, help="another number, other people (1)")
        parser.add_argument("--day", type=date.fromisoformat, help="YYYY-MM-DD, the last day with entries (today)")

    def handle(self, *, size: str | None, seed: int, day: date | None, **options: Any) -> None:
        if size is None:
            made = demo.seed(clock.now())
            self.stdout.write("two agencies made" if made else "agencies exist already: nothing made")
            return
        if not 0 <= seed <= 999_999:
            raise CommandError(f"--seed {seed}: give a number from 0 to 999999")
        now = datetime.combine(day, time(22), ZoneInfo("UTC")) if day else clock.now()
        agencies = seeding.seed(SIZES[size], seed, now, self.stdout.write)
        self.stdout.write(
            f"{len(agencies)} agencies of size {size}, seed {seed}; sign in as coordinator5@{agencies[0].slug}.example"
            f" with the password {demo.PASSWORD}"
        )
