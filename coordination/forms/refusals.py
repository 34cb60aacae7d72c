"""Telling, in the form that was sent, what a service refused: the house's way, from tenancy."""

from tenancy.forms.refusals import add_conflict, add_refusal

__all__ = ["add_conflict", "add_refusal"]
