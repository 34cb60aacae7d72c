"""What is asked of the access log and of the history: by whom, what, on which days. Ids and days only: it may stand in an address."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.selectors import access_log, changes
from tenancy.forms.fields import DayField
from tenancy.models import AccessAction, Membership


class PersonField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Membership) -> str:
        return obj.signature


class _LookForm(forms.Form):
    person = PersonField(label=_("Who"), queryset=Membership.objects.none(), required=False, empty_label=_("Anybody"))
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)

    def __init__(self, *args: Any, zone: ZoneInfo, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["person"].queryset = Membership.objects.order_by("name", "pk")
        for name in ("since", "until"):
            self.fields[name].end_on(today)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if (since := said.get("since")) and (until := said.get("until")) and until < since:
            self.add_error("until", _("This is before the first day."))
        return said

    def _moments(self) -> dict[str, Any]:
        """The days as moments, on the agency's clock; a day that cannot be read asks for nothing."""
        said = self.cleaned_data
        person, since, until = said.get("person"), said.get("since"), said.get("until")
        return {
            "person": person.pk if person else None,
            "since": self._begin(since) if since else None,
            "until": self._begin(until + timedelta(days=1)) if until else None,
        }

    def _begin(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


class AccessForm(_LookForm):
    action = forms.ChoiceField(label=_("What"), choices=[("", _("Everything")), *AccessAction.choices], required=False)

    field_order = ("action", "person", "since", "until")

    @property
    def asked(self) -> access_log.Asked:
        after = self.data.get("after", "")
        return access_log.Asked(
            action=self.cleaned_data.get("action", ""),
            after=int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else None,
            **self._moments(),
        )


class HistoryForm(_LookForm):
    kind = forms.ChoiceField(label=_("Record"), required=False)

    field_order = ("kind", "person", "since", "until")

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("All records")), *kinds]

    @property
    def asked(self) -> changes.Asked:
        return changes.Asked(
            kind=self.cleaned_data.get("kind", ""), after=self.data.get("after", ""), **self._moments()
        )
