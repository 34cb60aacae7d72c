"""`{% frame "shell/_rail.html" to_do=badges.to_do %}`: a part of the page's frame, drawn once for all who are shown the same."""

from collections.abc import Hashable
from functools import lru_cache
from secrets import token_urlsafe

from django import template
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from tenancy.context_processors import Frame

register = template.Library()

CSRF_TOKEN = token_urlsafe(48)
"""Stands in what is kept where each request's own token goes. No reader knows it, so nobody's text can hold it."""


@register.simple_tag(takes_context=True)
def frame(context: RequestContext, name: str, **told: Hashable) -> SafeString:
    drawn = _drawn(name, context.get("frame"), get_language(), tuple(told.items()))
    return SafeString(drawn.replace(CSRF_TOKEN, str(context["csrf_token"]))) if CSRF_TOKEN in drawn else drawn


@lru_cache(maxsize=4096)
def _drawn(name: str, of: Frame | None, language: str | None, told: tuple[tuple[str, Hashable], ...]) -> SafeString:
    """A part is told nothing but its frame and what the page names, so that it can show nothing else. Visitors have no frame."""
    can = of.can if of else frozenset()
    return render_to_string(name, {"frame": of, "can": can, "csrf_token": CSRF_TOKEN, **dict(told)})
