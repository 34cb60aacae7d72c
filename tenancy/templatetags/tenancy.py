"""Addresses inside the agency in context."""

from django import template

from tenancy.links import here

register = template.Library()
register.simple_tag(here, name="here")
