"""The web server in production: `gunicorn --config python:config.gunicorn config.wsgi`."""

import os
import tempfile
from typing import Any

# Before anything imports the client library: it decides then whether processes add up their measurements in files.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="careledger-metrics-"))

from prometheus_client.multiprocess import mark_process_dead

from config.logs import logging_to

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
timeout = 60
max_requests = 10_000
max_requests_jitter = 1_000
control_socket_disable = True
accesslog = None  # config.logs.RequestLog writes a line without addresses
logconfig_dict = logging_to("json", level="INFO")


def child_exit(server: Any, worker: Any) -> None:
    """A process that has ended no longer counts as living; what it has measured stays."""
    mark_process_dead(worker.pid)
