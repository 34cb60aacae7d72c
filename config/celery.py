"""The Celery application and the whole beat table. Beat runs in UTC; an agency's days are computed in its own zone."""

import logging
import os
from typing import Any

from celery import Celery, Task
from celery.schedules import crontab
from celery.signals import setup_logging, task_prerun, worker_init
from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections
from django_structlog.celery.steps import DjangoStructLogInitStep
from kombu import Queue

import config.background  # noqa: F401 - connects what is measured to every process that sends or works

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

SWEEP_SECONDS = float(os.environ.get("SWEEP_SECONDS", "60"))

app = Celery("careledger")
app.config_from_object("django.conf:settings", namespace="CELERY")
# Celery would end a worker's session after each task, and a new one costs what a small task does.
app.conf.CELERY_DB_REUSE_MAX = 1_000
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)  # a line when a task begins, ends or fails (config/logs.py)
# A night's chunks may fill the first queue for minutes. Workers take from both in turns, so that a sweep waits for one chunk at most.
app.conf.task_queues = [Queue(name) for name in ("celery", "sweeps")]
app.conf.beat_schedule = {
    # Asked for in vain, it is forgotten: the next one finds what it would have found.
    "sweep-deadlines": {
        "task": "coordination.tasks.sweep_deadlines",
        "schedule": SWEEP_SECONDS,
        "options": {"queue": "sweeps", "expires": 3 * SWEEP_SECONDS},
    },
    "send-out": {
        "task": "coordination.tasks.send_out",
        "schedule": SWEEP_SECONDS,
        "options": {"queue": "sweeps", "expires": 3 * SWEEP_SECONDS},
    },
    # 09:00 UTC is before the working day in every US zone: ledgers and "short this month" are never older than a day.
    "run-months-nightly": {"task": "billing.tasks.run_months", "schedule": crontab(hour=9, minute=0)},
    # After them; by then no clinic has begun to write, and what was not renewed by day is healed.
    "check-deadlines-nightly": {"task": "coordination.tasks.check_deadlines", "schedule": crontab(hour=9, minute=40)},
    "forget-messages-nightly": {"task": "interop.tasks.forget_messages", "schedule": crontab(hour=8, minute=40)},
    "expire-uploads-hourly": {"task": "interop.tasks.expire_uploads", "schedule": crontab(minute=20)},
}


@worker_init.connect
def refuse_a_strong_role(**kwargs: Any) -> None:
    from tenancy.startup import check_roles_now

    try:
        check_roles_now()
    except ImproperlyConfigured as refused:
        raise SystemExit(str(refused)) from refused  # Celery swallows any other exception of a receiver and goes on


@task_prerun.connect
def keep_sessions_as_pages_do(task: Task, **kwargs: Any) -> None:
    """Not longer than CONN_MAX_AGE, and none that has broken since the task before."""
    if not task.request.is_eager:
        close_old_connections()


@setup_logging.connect
def log_as_django_does(loglevel: int | str, **kwargs: Any) -> None:
    """One configuration for every process; Celery's own would write tasks' arguments and errors out in full."""
    logging.getLogger("celery").setLevel(loglevel)
    for name in ("celery.app.trace", "celery.worker.strategy"):  # told by the step above, without arguments
        logging.getLogger(name).setLevel(logging.CRITICAL)
