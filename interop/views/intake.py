"""The door for hospitals' systems: HL7 v2 over HTTPS. No session, no cookie, no person: a token of the source."""

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from interop.access import source_of_token
from interop.services.adt.intake import Answer, SourceClosed, answers_text, messages_take
from tenancy import clock
from tenancy.machines import TokenRefused

log = structlog.get_logger(__name__)
HL7 = "application/hl7-v2; charset=utf-8"


@csrf_exempt
@require_POST
@transaction.non_atomic_requests  # each message of a batch is its own
def hl7v2(request: HttpRequest) -> HttpResponse:
    """Take one message or a batch; answer each. 200: all were taken. 422: one was not, its answer says why. 503: send again."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    now = clock.now()
    try:
        if scheme.lower() != "bearer":
            raise TokenRefused
        agency, source = source_of_token(token, now)
        answers = list(messages_take(request.body, agency=agency, source=source, now=now))
    except TokenRefused:
        log.warning("machine_refused")
        said = "Show the token of a source: Authorization: Bearer cl_...\n"
        return _plain(said, 401, {"WWW-Authenticate": 'Bearer realm="intake"'})
    except SourceClosed:
        return _plain("This source is closed: an administrator can open it on the page Hospitals.\n", 403)
    except RequestDataTooBig:
        return _plain("Send at most 10 MB at once: fewer messages in a batch.\n", 413)
    return HttpResponse(answers_text(answers, now), status=_status(answers), headers={"Content-Type": HL7})


def _status(answers: list[Answer]) -> int:
    reasons = {each.reason for each in answers if each.code != "AA"}
    return 503 if "internal" in reasons else 422 if reasons else 200


def _plain(text: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(text, status=status, headers={"Content-Type": "text/plain; charset=utf-8", **(headers or {})})
