"""`{% lucide "search" size=18 aria_hidden="true" %}`: each icon is drawn once in a process, since every page shows a dozen of them."""

from functools import lru_cache

from django import template
from lucide.templatetags.lucide import lucide as drawn

register = template.Library()
register.simple_tag(lru_cache(maxsize=512)(drawn), name="lucide")
