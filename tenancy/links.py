"""Addresses: every page of an agency lives below /a/<slug>/."""

from typing import Any

from django.urls import reverse

from tenancy.context import current_agency


def here(name: str, **kwargs: Any) -> str:
    """The address of a page in the agency in context: `here("coordination:patient", patient=pk)`."""
    return reverse(name, kwargs={"agency": current_agency().slug, **kwargs})
