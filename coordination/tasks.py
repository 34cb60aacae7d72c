"""Telling of deadlines, once a minute (config/celery.py)."""

from celery import shared_task

from coordination.services.sweep import deadlines_sweep
from tenancy import clock


@shared_task(time_limit=120)
def sweep_deadlines() -> int:
    """Tell of what has come due in every agency; how many alerts it raised. Safe to repeat, late, and beside itself."""
    return deadlines_sweep(now=clock.now())
