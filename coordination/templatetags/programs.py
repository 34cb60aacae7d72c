"""What a program asks for, as far as a page has to know."""

from django import template

from coordination.ports import billing

register = template.Library()


@register.filter
def asks(program: str, fact: str) -> bool:
    """Whether a program asks for a fact at all: of one that it does not ask for nothing is missing."""
    return fact in billing().asks().get(program, ())
