"""The base of every background task that touches tenant data."""

from typing import Any

from celery import Task

from tenancy.context import AgencyRequired, agency_context, current_agency_id, reason
from tenancy.models import Agency

HEADER = "careledger_agency"


class AgencyTask(Task):
    """Carries the agency in a message header and runs inside its context; refuses to be sent, or to run, without one."""

    abstract = True

    def apply_async(
        self,
        args: Any = None,
        kwargs: Any = None,
        *rest: Any,
        agency: Agency | None = None,
        headers: dict[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        """Send for `agency`, or for the agency in context."""
        ident = agency.pk if agency else current_agency_id()
        if ident is None:
            raise AgencyRequired(f"sending {self.name}")
        return super().apply_async(args, kwargs, *rest, headers={**(headers or {}), HEADER: ident}, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with reason(task=self.name), agency_context(self.agency()):
            return super().__call__(*args, **kwargs)

    def agency(self) -> Agency:
        """The agency that the message names."""
        ident = (self.request.headers or {}).get(HEADER) or getattr(self.request, HEADER, None)
        if ident is None:
            raise AgencyRequired(f"running {self.name}")
        return Agency.objects.get(pk=ident)


class AgencyStepsTask(AgencyTask):
    """For work that waits for other machines: no transaction is open around it. The body (`bind=True`) opens
    `agency_context(self.agency())` for each of its steps."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with reason(task=self.name):
            return Task.__call__(self, *args, **kwargs)
