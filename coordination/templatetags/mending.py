"""What mends a problem, behind its sentence: a link for who may, for others who may."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import template
from django.template import Context

from coordination.ports import Mending
from tenancy.links import here
from tenancy.templatetags.tenancy import who_may

register = template.Library()


@register.inclusion_tag("coordination/_mending.html", takes_context=True)
def mending(context: Context, way: Mending | None, enrollment: UUID | None) -> dict[str, Any]:
    """Nothing where nobody can mend it, where there is no enrollment to mend yet, and of a merged record, which is changed no more."""
    patient = context["patient"]
    if way is None or patient.merged_into_id or (way.of == "enrollment" and not enrollment):
        return {}
    if way.capability not in context["can"]:
        return {"label": way.label, "roles": who_may(way.capability)}
    ids = {"patient": patient.pk, "enrollment": enrollment}
    known = {"agency": (), "patient": ("patient",), "enrollment": ("patient", "enrollment")}[way.of]
    address = here(way.page, **{name: ids[name] for name in known})
    if way.asks:
        address += f"?{urlencode(way.asks)}"
    return {"label": way.label, "address": f"{address}#id_{way.field}" if way.field else address}
