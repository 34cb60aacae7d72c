"""Imports, below /a/<slug>/."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from interop.views import imports

app_name = "interop"
urlpatterns = [
    path("imports/", imports.import_list, name="imports"),
    path("imports/templates/<slug:kind>.csv", imports.csv_template, name="csv_template"),
    path("imports/<uuid:import_run>/", imports.import_detail, name="import"),
    path("imports/<uuid:import_run>/confirm/", imports.import_confirm, name="import_confirm"),
    path("imports/<uuid:import_run>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<uuid:import_run>/faults.csv", imports.import_faults, name="import_faults"),
]

SAID = {
    "imports": _("the list of imports"),
    "csv_template": _("an empty table to fill in"),
    "import": _("an import"),
    "import_confirm": _("bringing a file in"),
    "import_discard": _("discarding a file"),
    "import_faults": _("the faults of an import, as a file"),
}
"""What the access log calls each page."""
