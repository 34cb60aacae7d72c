"""Logs without patient data: a line for each request, task and fault. In production each is one JSON document.

What a line holds is decided by where it comes from. Our own events are cut down to the fields listed here. Lines of libraries keep
their words and lose the texts that were put into them: an address, a search, a row. Exceptions keep their types, PostgreSQL's code
and the constraint, and where they were raised, but not their text: any text can hold a name.
"""

import logging
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware
from structlog.stdlib import ProcessorFormatter

from tenancy.context import AgencyRequired, CrossAgency, current_agency_id

ROOT = Path(__file__).resolve().parent.parent
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OURS = ("config", "tenancy", "coordination", "billing", "interop", "django_structlog")
FIELDS = frozenset(
    {"timestamp", "level", "logger", "event", "fault"}
    | {"request_id", "request", "code", "duration_ms", "agency", "membership", "user"}
    | {"task", "task_id", "child_task_id", "child_task_name", "red", "healed", "kinds"}
)
"""What a line may hold. A field that is not listed is not written."""
WRITTEN_BY_US = (AgencyRequired, CrossAgency, ImproperlyConfigured)
"""Exceptions whose text is made of keys and names of settings alone."""


def route_of(request: HttpRequest) -> str:
    """The name of the route, never the address: an address holds ids."""
    match = getattr(request, "resolver_match", None)
    return match.view_name if match and match.view_name else "none"


def method_of(request: HttpRequest) -> str:
    """The method, if it is one: a browser may send any word."""
    return request.method if request.method in METHODS else "OTHER"


class RequestLog(RequestMiddleware):
    """One line a request, when it is answered or has failed: method and route, status, milliseconds, agency, membership."""

    def prepare(self, request: HttpRequest) -> None:
        request.began = time.perf_counter()
        super().prepare(request)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{method_of(request)} {route_of(request)}"

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """Called before each line: whose request it is, and how long it has taken. The account itself is nobody's business."""
        structlog.contextvars.bind_contextvars(duration_ms=round((time.perf_counter() - request.began) * 1000))
        if membership := getattr(request, "membership", None):
            structlog.contextvars.bind_contextvars(agency=membership.agency_id, membership=str(membership.pk))


def words_alone(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A library's line without what was put into it; of its suspicions (a wrong host, a broken form) the name alone."""
    record, arguments = event["_record"], event.pop("positional_args", ())
    if event["_from_structlog"] or record.name.split(".")[0] in OURS:
        return event
    if record.name.startswith("django.security"):
        return event | {"event": "refused"}
    values: Any = (
        {name: _blunt(value) for name, value in arguments.items()}
        if isinstance(arguments, Mapping)
        else tuple(_blunt(value) for value in arguments or ())
    )
    try:
        return event | {"event": str(record.msg) % values if values else str(record.msg)}
    except (TypeError, ValueError, KeyError):
        return event | {"event": str(record.msg)}


def _blunt(value: Any) -> Any:
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if isinstance(value, int | float) else "…"


def whose(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """The agency whose work the line was written in."""
    if (agency := current_agency_id()) is not None:
        event.setdefault("agency", agency)
    return event


def faults_without_text(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info if isinstance(info, BaseException) else sys.exc_info()[1]
    if info and error:
        event["fault"] = {"types": [_named(each) for each in _chain(error)], "at": list(_places(error.__traceback__))}
    return event


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in seen:
        seen.append(each)
        yield each
        each = each.__cause__ or each.__context__


def _named(error: BaseException) -> str:
    """The type; PostgreSQL's code and the constraint's name, which are ours; never the row."""
    diagnosis = getattr(error, "diag", None)
    parts = [
        f"{type(error).__module__}.{type(error).__qualname__}",
        getattr(error, "sqlstate", None),
        getattr(diagnosis, "constraint_name", None),
        str(error) if isinstance(error, WRITTEN_BY_US) else None,
    ]
    return " ".join(part for part in parts if part)


def _places(traceback: TracebackType | None) -> Iterator[str]:
    """File, line and function of each frame, outermost first: no local variables, no lines of source."""
    while traceback is not None:
        code = traceback.tb_frame.f_code
        file = code.co_filename.removeprefix(f"{ROOT}/").rpartition("site-packages/")[2]
        yield f"{file}:{traceback.tb_lineno} {code.co_name}"
        traceback = traceback.tb_next


def listed_fields(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name in FIELDS}


def tell_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """sys.excepthook: a command that fails tells its fault as every line does, and not the row it failed on."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
    else:
        logging.getLogger("config").critical("uncaught", exc_info=(kind, error, traceback))


SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
]
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *SHARED, ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=False,  # tests change the configuration
)

FORMATTERS = {
    "json": {
        "()": ProcessorFormatter,
        "use_get_message": False,
        "pass_foreign_args": True,
        "foreign_pre_chain": SHARED,
        "processors": [
            words_alone,
            whose,
            faults_without_text,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            listed_fields,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    },
    "plain": {
        "()": ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [
            ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
    },
}


def logging_to(formatter: str, level: str) -> dict[str, Any]:
    """Django's LOGGING: everything to the error stream, as `json` or, on a developer's own screen, `plain`."""
    everything_up = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {formatter: FORMATTERS[formatter]},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": formatter}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": everything_up,  # without the mail to administrators, which would carry the request
            "django.request": everything_up | {"level": "CRITICAL"},  # RequestLog has said it, without the address
            "gunicorn.error": everything_up,
        },
    }
