"""Imports, below /a/<slug>/."""

from django.urls import path

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
