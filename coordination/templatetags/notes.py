"""What was said in a contact, for those who may read it."""

from typing import Any

from django import template
from django.template import Context

from tenancy.roles import may

register = template.Library()


@register.inclusion_tag("coordination/_note.html", takes_context=True)
def contact_note(context: Context, note: str, *, whole: bool = False) -> dict[str, Any]:
    """The note of a contact, cut after some lines unless `whole`; who may not read notes is told that there is one."""
    if may(context["membership"].role, "note.read"):
        return {"note": note, "whole": whole}
    return {"note": "", "is_kept_back": bool(note)}
