"""Telling, in the form that was sent, what a service refused."""

from typing import Any

from django import forms
from django.utils.choices import flatten_choices
from django.utils.translation import gettext as _

from tenancy.writes import VersionConflict


def add_refusal(form: forms.Form, refused: forms.ValidationError) -> None:
    """Show what a service refused: at the field it names where the form has it, else at the top."""
    errors = refused.error_dict if hasattr(refused, "error_dict") else {None: refused.error_list}
    for name, messages in errors.items():
        form.add_error(name if name in form.fields else None, messages)


def add_conflict(form: forms.Form, conflict: VersionConflict) -> None:
    """Keep what was typed and show, at each field that differs, what is on record now; sending again overwrites that."""
    typed = dict(form.cleaned_data)
    form.data = form.data.copy()
    form.data["version"] = conflict.current.version
    form.add_error(
        None, _("Somebody changed this while you were typing. Compare, then save again to keep what you typed.")
    )
    for name, value in typed.items():
        now = getattr(conflict.current, name, value)
        if name != "version" and now != value:
            form.add_error(name, _("Now on record: %(now)s") % {"now": _in_words(form.fields[name], now)})


def _in_words(field: forms.Field, value: Any) -> Any:
    if value in (None, ""):
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, forms.ModelChoiceField):
        return field.label_from_instance(value)
    if isinstance(field, forms.ChoiceField):
        words = dict(flatten_choices(field.choices))
        return words.get(value, words.get(str(value), value))
    return value
