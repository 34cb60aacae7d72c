from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tenancy.scopes import declare

ADT_WRITE = "adt.write"


class InteropConfig(AppConfig):
    name = "interop"

    def ready(self) -> None:
        declare(ADT_WRITE, _("hand in a hospital's messages (HL7 v2 ADT)"))
