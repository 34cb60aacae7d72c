"""Imports and hospitals' messages, below /a/<slug>/."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from interop.views import hospital_sources, hospitals, imports

app_name = "interop"
urlpatterns = [
    path("hospitals/", hospitals.hospitals, name="hospitals"),
    path("hospitals/stays/<uuid:adt_stay>/", hospitals.stay, name="hospital_stay"),
    path("hospitals/stays/<uuid:adt_stay>/link/", hospitals.link, name="hospital_stay_link"),
    path("hospitals/stays/<uuid:adt_stay>/add/", hospitals.add, name="hospital_stay_add"),
    path("hospitals/stays/<uuid:adt_stay>/decide/", hospitals.decide, name="hospital_stay_decide"),
    path("hospitals/stays/<uuid:adt_stay>/aside/", hospitals.set_aside, name="hospital_stay_aside"),
    path("hospitals/stays/<uuid:adt_stay>/take-up/", hospitals.take_up, name="hospital_stay_take_up"),
    path("hospitals/sources/", hospital_sources.sources, name="hospital_sources"),
    path("hospitals/sources/new/", hospital_sources.source_new, name="hospital_source_new"),
    path("hospitals/sources/<uuid:adt_source>/", hospital_sources.source, name="hospital_source"),
    path("hospitals/sources/<uuid:adt_source>/codes/", hospital_sources.code_new, name="hospital_code_new"),
    path(
        "hospitals/sources/<uuid:adt_source>/codes/<uuid:local_code>/remove/",
        hospital_sources.code_remove,
        name="hospital_code_remove",
    ),
    path("imports/", imports.import_list, name="imports"),
    path("imports/templates/<slug:kind>.csv", imports.csv_template, name="csv_template"),
    path("imports/<uuid:import_run>/", imports.import_detail, name="import"),
    path("imports/<uuid:import_run>/confirm/", imports.import_confirm, name="import_confirm"),
    path("imports/<uuid:import_run>/discard/", imports.import_discard, name="import_discard"),
    path("imports/<uuid:import_run>/faults.csv", imports.import_faults, name="import_faults"),
]

SAID = {
    "hospitals": _("stays that hospitals tell of"),
    "hospital_stay": _("a stay that a hospital tells of"),
    "hospital_stay_link": _("saying whose stay it is"),
    "hospital_stay_add": _("adding a patient from a hospital's message"),
    "hospital_stay_decide": _("saying where a patient went"),
    "hospital_stay_aside": _("setting a stay aside"),
    "hospital_stay_take_up": _("taking a stay up again"),
    "hospital_sources": _("the hospitals that send"),
    "hospital_source_new": _("adding a hospital"),
    "hospital_source": _("a hospital that sends"),
    "hospital_code_new": _("saying what a hospital's code means"),
    "hospital_code_remove": _("removing the meaning of a code"),
    "imports": _("the list of imports"),
    "csv_template": _("an empty table to fill in"),
    "import": _("an import"),
    "import_confirm": _("bringing a file in"),
    "import_discard": _("discarding a file"),
    "import_faults": _("the faults of an import, as a file"),
}
"""What the access log calls each page."""
