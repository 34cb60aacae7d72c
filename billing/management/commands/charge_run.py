"""Run a month for one agency: `charge_run --agency riverbend --month 2026-11`."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import CommandError

from billing.services.charge_run import charge_run
from billing.services.decisions import rulebook
from billing.tasks import run_month
from coordination.rules.months import month_of, parse_month
from tenancy import clock
from tenancy.management.base import AgencyCommand
from tenancy.models import Agency


class Command(AgencyCommand):
    help = "Decide every patient of a month and store what changed. Running it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--month", metavar="YYYY-MM", help="default: the agency's present month")
        parser.add_argument("--background", action="store_true", help="hand the run to a worker and return")
        parser.add_argument("--json", action="store_true", help="report as one JSON document")

    def run(self, *, agency: Agency, **options: Any) -> None:
        month = self._month(options["month"], agency)
        if options["background"]:
            run_month.delay(f"{month:%Y-%m}")
            self.stdout.write(f"{agency.slug} {month:%Y-%m}: handed to a worker")
            return
        report = charge_run(month=month, now=clock.now())
        if options["json"]:
            self.stdout.write(json.dumps({"agency": agency.slug, **report.as_json()}))
            return
        units = ", ".join(f"{code} × {n}" for code, n in report.units.items()) or "no lines"
        self.stdout.write(
            f"{agency.slug} {month:%Y-%m}: {report.patients} patients, {report.changed} new or changed; "
            f"{report.minutes_logged} minutes logged, {report.minutes_counted} counted; {units}"
        )

    def _month(self, text: str | None, agency: Agency) -> date:
        this_month, _ = month_of(clock.today(agency.zone))
        try:
            month = parse_month(text) if text else this_month
        except ValueError as refused:
            raise CommandError(f"--month: {refused}") from None
        if month > this_month:
            raise CommandError(f"--month {month:%Y-%m} has not begun: the present month is {this_month:%Y-%m}")
        begins = rulebook().begins
        if month < month_of(begins)[0]:
            raise CommandError(f"--month {month:%Y-%m} is before the rulebook: its first month is {begins:%Y-%m}")
        return month
