"""Whether an agency's stored deadlines say what is due by the facts as they stand."""

import json
from argparse import ArgumentParser
from typing import Any

from coordination.models import Patient
from coordination.services.deadlines import agency_differing, patients_differing
from tenancy import clock
from tenancy.management.base import AgencyCommand
from tenancy.models import Agency

CHUNK = 500


class Command(AgencyCommand):
    help = "Compare stored deadlines with what is due. Changes nothing; exit 1 if any differs. The nightly check heals them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--json", action="store_true", help="one JSON document")

    def run(self, *, agency: Agency, **options: Any) -> int | None:
        now = clock.now()
        patients = list(Patient.objects.order_by("pk").values_list("pk", flat=True))
        found = agency_differing(now=now)
        for start in range(0, len(patients), CHUNK):
            found += patients_differing(patients[start : start + CHUNK], now=now)
        told = [
            {
                "kind": each.deadline.kind,
                "about": str(each.deadline.about),
                "due_on": each.deadline.due_on.isoformat(),
                "differs": list(each.columns) or "missing",
            }
            for each in found
        ]
        if options["json"]:
            self.stdout.write(json.dumps({"agency": agency.slug, "differing": told}, indent=2))
        else:
            for each in told:
                differs = each["differs"] if isinstance(each["differs"], str) else ", ".join(each["differs"])
                self.stdout.write(f"{each['kind']} about {each['about']}, due {each['due_on']}: {differs}")
            self.stdout.write(f"{agency.slug}: {len(told)} deadlines differ from what is due")
        return 1 if told else None
