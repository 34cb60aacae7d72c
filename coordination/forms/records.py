"""The form of one row of a chart. Each noun's own form says its fields and labels; what they may hold is its service's business."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import PersonField
from coordination.selectors import charts
from coordination.services.records import Mistake
from tenancy.forms.fields import DayField
from tenancy.models import Membership, TenantModel

SIDE_BY_SIDE = {
    "from_day": "to_day",
    "best_from": "best_to",
    "on": "code",
    "onset": "ended_on",
    "month": "program",
    "complexity": "complexity_judged_by",
    "judged_by": "judged_on",
    "practitioner": "outside_practitioner",
    "new_payer": "new_payer_kind",
    "plan_kind": "member_id",
    "state": "postal_code",
    "member": "name",
    "organization": "phone",
}
"""Fields that are read together: where both stand in a form, on one line."""


def house_field(column: models.Field, **kwargs: Any) -> forms.Field:
    """A form field as the house writes it: days are days, people are signatures, and a choice that is empty says what that means."""
    if isinstance(column, models.DateField):
        kwargs = {"form_class": DayField, **kwargs}
    elif isinstance(column, models.TimeField):
        kwargs.setdefault("widget", forms.TimeInput({"type": "time"}, format="%H:%M"))
    elif isinstance(column, models.ForeignKey) and column.related_model is Membership:
        kwargs = {"form_class": PersonField, **kwargs}
    field = column.formfield(**kwargs)
    if isinstance(field, forms.ModelChoiceField):
        field.empty_label = _("Choose") if field.required else _("nobody")
    elif isinstance(field, forms.TypedChoiceField) and field.choices and field.choices[0][0] == "":
        field.choices = [("", _("Choose") if field.required else _("not said")), *field.choices[1:]]
    if "required" not in kwargs.get("error_messages", {}):
        field.error_messages["required"] = (
            _("Choose one.") if hasattr(field, "choices") else _("This is needed: fill it in.")
        )
    return field


class RecordForm(forms.ModelForm):
    """Parses what was typed about `record`; with a known one also its `version`. `until_today` names days that cannot lie ahead,
    `can_be_asked` what a link to the form may say beforehand. A link about another month lets nothing start today."""

    until_today: tuple[str, ...] = ()
    starts_today: tuple[str, ...] = ()
    can_be_asked: tuple[str, ...] = ()
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        formfield_callback = house_field

    def __init__(
        self, *args: Any, record: TenantModel, today: date, asked: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        is_new = record._state.adding
        asked = asked or {}
        begins = today if asked.get("month") in (None, f"{today:%Y-%m}") else None
        initial = dict.fromkeys(self.starts_today, begins) if is_new else {"version": record.version}
        initial |= {name: value for name, value in asked.items() if is_new and name in self.can_be_asked}
        super().__init__(*args, instance=record, initial=initial, **kwargs)
        for name in self.until_today:
            self.fields[name].end_on(today)
        for name, field in self.fields.items():
            if isinstance(field, PersonField):
                field.queryset = self.people(name) | Membership.objects.filter(pk=getattr(record, f"{name}_id"))
        if is_new:
            del self.fields["version"]

    def people(self, name: str) -> models.QuerySet[Membership]:
        """Who can be chosen in a field, beside who stands there already."""
        return charts.practitioners()

    def _post_clean(self) -> None:
        """The record is written by its service, which holds it to its rules."""

    def field_lines(self) -> Iterator[list[forms.BoundField]]:
        """The visible fields, those that are read together on one line."""
        fields = {each.name: each for each in self.visible_fields()}
        while fields:
            name = next(iter(fields))
            names = [name, SIDE_BY_SIDE.get(name, "")]
            yield [fields.pop(each) for each in names if each in fields]


class RetractionForm(forms.Form):
    """Taking back a fact that was recorded by mistake, which stays visible with these words."""

    because = forms.CharField(
        label=_("Why is this taken back?"),
        max_length=200,
        help_text=_("It stays in the chart with these words, and no rule counts it any more."),
        error_messages={"required": _("Say why this is taken back.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class RemovalForm(forms.Form):
    """Taking out a record that should never have been here; the history keeps what it said."""

    because = forms.ChoiceField(
        label=_("Why is this taken out?"),
        choices=[("", _("Choose")), *Mistake.choices],
        help_text=_(
            "It leaves the chart; the change history keeps what it said. What was true and is over gets a last day instead."
        ),
        error_messages={"required": _("Say why this is taken out.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
