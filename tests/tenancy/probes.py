"""Addresses below an agency that real pages do not have: views that fail, stream, and work in threads."""

import threading
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from config.urls import urlpatterns as pages
from coordination.access import patient_for
from coordination.models import Patient
from tenancy.context import AgencyRequired, on_commit, stream
from tests.factories import a_patient
from tests.tenancy.support import names

COMMITTED: list[Any] = []


def fail(request: HttpRequest) -> HttpResponse:
    patient_for(request.membership, Patient.objects.get().pk)
    a_patient(family="Half")
    raise RuntimeError("the view failed")


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(stream(lambda: (name.encode() for name in names())))


def streamed_bare(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        name.encode() for name in Patient.objects.values_list("family_name", flat=True).iterator()
    )


def in_a_bare_thread(request: HttpRequest) -> HttpResponse:
    out = []

    def work() -> None:
        try:
            out.append(",".join(names()))
        except AgencyRequired:
            out.append("AgencyRequired")
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    return HttpResponse(out[0])


def after_commit(request: HttpRequest) -> HttpResponse:
    on_commit(lambda: COMMITTED.append(names()))
    return HttpResponse("later")


def late(request: HttpRequest) -> TemplateResponse:
    """Rendered after the view has returned; its queryset is read only then."""
    return TemplateResponse(request, "coordination/_patients.html", {"rows": [], "lazy": Patient.objects.all()})


async def asynchronous(request: HttpRequest) -> HttpResponse:
    COMMITTED.append("ran")
    return HttpResponse("ran")


@csrf_exempt
def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(",".join(names()))


urlpatterns = [
    *(
        path(f"a/<slug:agency>/probe/{view.__name__}/", view)
        for view in (fail, streamed, streamed_bare, in_a_bare_thread, after_commit, late, asynchronous, echo)
    ),
    *pages,
]
