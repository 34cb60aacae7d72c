"""The ledger, below /a/<slug>/."""

from django.urls import path, register_converter

from billing.views.ledger import ledger
from coordination.converters import MonthConverter

register_converter(MonthConverter, "month")

app_name = "billing"
urlpatterns = [path("patients/<uuid:patient>/ledger/<month:month>/", ledger, name="ledger")]
