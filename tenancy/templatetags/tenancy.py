"""Addresses inside the agency in context, and who may do what."""

from django import template
from django.utils.text import get_text_list

from tenancy.links import here
from tenancy.roles import roles_with

register = template.Library()
register.simple_tag(here, name="here")


@register.simple_tag
def who_may(capability: str) -> str:
    """The roles with a capability, in words: `Care coordinator or Administrator`."""
    return get_text_list([str(role.label) for role in roles_with(capability)])
