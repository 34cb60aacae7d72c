"""Addresses and a task that fail with a patient's name in hand."""

from celery import shared_task
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import urlpatterns as pages
from tenancy.models import User

NAME = "LopezQRIV"


@shared_task(name="probe.fail")
def fail_later(name: str) -> None:
    raise ValueError(f"{name} has no address")


def fail(request: HttpRequest) -> HttpResponse:
    patient = NAME
    raise ValueError(f"{patient} has no address")


def twin(request: HttpRequest) -> HttpResponse:
    for _ in range(2):
        User.objects.create_user(f"{NAME}@example.org", "a long enough password")
    return HttpResponse()


def later(request: HttpRequest) -> HttpResponse:
    fail_later.delay(NAME)
    return HttpResponse("later")


urlpatterns = [
    *(
        path(
            f"probe/{view.__name__}/<str:who>/",
            lambda request, who, view=view: view(request),
            name=f"probe_{view.__name__}",
        )
        for view in (fail, twin, later)
    ),
    *pages,
]
