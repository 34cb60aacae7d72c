"""The ledger and the runs of months, below /a/<slug>/."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from billing.views import runs
from billing.views.ledger import ledger

app_name = "billing"
urlpatterns = [
    path("patients/<uuid:patient>/ledger/<month:month>/", ledger, name="ledger"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<uuid:run>/", runs.run, name="run"),
    path("runs/<uuid:run>/progress/", runs.run_progress, name="run_progress"),
    path("runs/<uuid:run>/resume/", runs.run_resume, name="run_resume"),
]

SAID = {
    "ledger": _("the ledger of a month"),
    "runs": _("the month runs"),
    "run": _("a month run"),
    "run_progress": _("a month run's progress"),
    "run_resume": _("resuming a month run"),
}
"""What the access log calls each page."""
