"""Explain a charge: `explain --agency riverbend 4711`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from billing.late import month_is
from billing.models import Charge
from billing.rules import Line, digest, from_json
from billing.sentences import bucket_label, entry_sentence, finding_sentence
from billing.services.decisions import rulebook
from coordination.models import TimeLog
from coordination.selectors.months import logs_by_id
from coordination.selectors.time_entries import locked_months
from tenancy import clock
from tenancy.management.base import AgencyCommand
from tenancy.models import Agency


class Command(AgencyCommand):
    help = "Say what a charge rests on: every minute of the month, the rule that put it there, and what was refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "charge", type=int, metavar="CHARGE", help="the number of a charge, as a run's page shows it"
        )
        parser.add_argument("--json", action="store_true", help="the stored decision as one JSON document")

    def run(self, *, agency: Agency, **options: Any) -> None:
        charge = Charge.objects.select_related("decision__run").filter(pk=options["charge"]).first()
        if charge is None:
            raise CommandError(f"CHARGE {options['charge']}: {agency.slug} has no charge of this number")
        stored = charge.decision
        if digest(stored.document) != stored.sha256:
            raise CommandError(
                f"CHARGE {charge.pk}: the stored decision no longer matches its hash; tell your administrator"
            )
        if options["json"]:
            self.stdout.write(
                json.dumps({"charge": charge.pk, "sha256": stored.sha256, "decision": json.loads(stored.document)})
            )
            return
        decision = from_json(stored.document)
        book, write = rulebook(), self.stdout.write
        told = {str(log.pk): _told(log) for log in logs_by_id([entry.log for entry in decision.ledger])}
        is_closed = bool(locked_months([decision.last]))
        then = month_is(decision.last, clock.today(agency.zone), is_closed=is_closed)
        write(
            f"charge {charge.pk}: {_coded(charge)} × {charge.units} in {stored.month:%Y-%m}, "
            f"version {stored.version} of the decision, rulebook {decision.rulebook_version}, {decision.terms or 'no contract'}"
        )
        for line in decision.lines:
            rate = "no rate" if line.rate is None else f"${line.rate} a unit, ${line.amount}"
            write(
                f"  {_coded(line)} × {line.units}, any day {line.earliest} to {line.latest}, {rate} [{line.cite}, {line.since}]"
            )
        write(f"minutes: {sum(entry.minutes for entry in decision.ledger)}")
        used: dict[tuple[str, str, int], int] = {}
        for entry in decision.ledger:
            unit = entry.program, entry.code, entry.unit
            before = used.get(unit, 0)
            used[unit] = before + entry.minutes
            words = book.words(entry.rule, entry.since)
            write(f"  {entry.minutes:>4} min of log {entry.log} ({told[entry.log]}): {bucket_label(entry.bucket)}")
            write(f"       {entry_sentence(entry, decision.last, before)} {words} [{entry.cite}, {entry.since}]")
        for finding in decision.findings:
            what = "not billed" if finding.role == "declared" else "another track"
            write(
                f"{what}, {finding.code}: {finding_sentence(finding, decision.last, then)} [{finding.cite}, {finding.since}]"
            )


def _coded(line: Charge | Line) -> str:
    """A code with its modifiers, as on a claim."""
    return "-".join([line.code, *line.modifiers])


def _told(log: TimeLog) -> str:
    """What a log says now, without the words of its note."""
    void = ", void since" if log.voided_at else ""
    return f"{log.service_date}, {log.minutes} min, {log.author.signature}, {log.get_activity_display()}{void}"
