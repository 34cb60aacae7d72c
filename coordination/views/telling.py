"""A change of a record in words: who, when, which fields, before and after."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination import wording
from coordination.selectors.changes import Change


@dataclass(frozen=True, slots=True)
class Told:
    """One change in words; `fields` are (label, before, after)."""

    at: datetime
    who: str
    noun: str
    did: str
    fields: list[tuple[str, str, str]]
    is_new: bool


DID = {"insert": gettext_lazy("added"), "update": gettext_lazy("changed"), "delete": gettext_lazy("removed")}


def tell(change: Change, names: dict[str, str]) -> Told:
    """A change in words; `names` of what other records are called, by id."""
    fields = []
    for field in wording.said_fields(change.model):
        before = change.before.get(field.attname) if change.before else None
        after = change.after.get(field.attname)
        if before != after and not (change.before is None and after in (None, "", False)):
            fields.append(
                (wording.label(field), wording.value(field, before, names), wording.value(field, after, names))
            )
    return Told(
        change.at,
        _by(change.context, names),
        wording.noun(change.model),
        str(DID.get(change.label, change.label)),
        fields,
        is_new=change.before is None,
    )


def _by(context: dict[str, Any], names: dict[str, str]) -> str:
    """A person's name, or the command or task that wrote it."""
    if who := names.get(str(context.get("membership", ""))):
        return who
    for key, said in (("command", _("command %(name)s")), ("task", _("task %(name)s"))):
        if name := context.get(key):
            return said % {"name": name}
    return _("not recorded")
