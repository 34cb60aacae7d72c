"""Every address: sign-in, the choice of an agency, and the agency's own pages below /a/<slug>/."""

from django.urls import include, path

from config.health import PROBES
from interop.views.calendar import calendar_feed
from interop.views.intake import hl7v2
from tenancy.views import home

IN_AGENCY = [
    path("", include("tenancy.urls")),
    path("", include("coordination.urls")),
    path("", include("billing.urls")),
    path("", include("interop.urls")),
]

urlpatterns = [
    *(path(address.removeprefix("/"), probe, name=probe.__name__) for address, probe in PROBES.items()),
    path("", home, name="home"),
    path("intake/hl7v2", hl7v2, name="intake_hl7v2"),
    path("accounts/", include("tenancy.account_urls")),
    path("calendar/<str:token>.ics", calendar_feed, name="calendar_feed"),
    path("a/<slug:agency>/", include(IN_AGENCY)),
]

handler403 = "tenancy.views.forbidden"
