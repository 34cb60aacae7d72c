from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tenancy.scopes import declare


class InteropConfig(AppConfig):
    name = "interop"

    def ready(self) -> None:
        from interop.access import ADT_WRITE  # models are ready only now

        declare(ADT_WRITE, _("hand in a hospital's messages (HL7 v2 ADT)"))
