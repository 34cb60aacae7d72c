"""The database that is measured: migrated, filled once, and tidied so that no background work runs into a round."""

import sys
from datetime import date

from django.core.management import call_command
from django.db import connections

from config import seeding
from config.population import SIZES as SEEDED
from config.population import Size
from coordination.rules.months import month_of, previous_month
from tenancy import clock

SEED = 1
SIZES = SEEDED | {"tiny": Size("Q", 2, 60, 300)}
"""The tiny one is for trying whether the measuring works."""


def fill(size: str) -> str:
    """Invented agencies of a size, made unless they are there; returns the slug of the largest."""
    call_command("migrate", verbosity=0)
    agencies = seeding.seed(SIZES[size], SEED, clock.now(), lambda line: sys.stderr.write(f"{line}\n"))
    connections["owner"].cursor().execute("VACUUM ANALYZE")
    return agencies[0].slug


def month() -> date:
    """The month that is run: the last whole one."""
    return previous_month(month_of(clock.now().date())[0])
