"""People: bringing them in, what is known of them, their role and licences."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenancy.forms.fields import DayField, NpiField
from tenancy.models import LICENSED, Discipline, Licence, Membership, Site, Team
from tenancy.roles import Role

STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL "
    "IN IA KS KY LA ME MD MA MI MN MS MO MT NE "
    "NV NH NJ NM NY NC ND OH OK OR PA RI SC SD "
    "TN TX UT VT VA WA WV WI WY AS GU MP PR VI"
)


class PersonForm(forms.Form):
    """A person who is new here: invited by mail, or only named."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("As colleagues see it behind entries"),
        error_messages={"required": _("Enter the person's name.")},
    )
    discipline = forms.ChoiceField(
        label=_("Discipline"),
        choices=Discipline.choices,
        initial=Discipline.NONE,
        help_text=_("Decides what their minutes count for"),
    )
    npi = NpiField(label="NPI", required=False, max_length=12, help_text=_("Practitioners under whose name is billed"))
    email = forms.EmailField(
        label=_("Email"),
        required=False,
        help_text=_("A link goes there, with which they sign in. Empty: named only, never signs in"),
    )
    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[("", _("No role: does not sign in")), *Role.choices]
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("email") and not data.get("role"):
            self.add_error("role", _("Choose what they may do here: a role belongs to an invitation."))
        if data.get("role") and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("Enter an address for the invitation, or choose no role."))
        return data


class InviteForm(forms.Form):
    """An address and a role for somebody who is named already."""

    email = forms.EmailField(label=_("Email"), error_messages={"required": _("Enter the address for the invitation.")})
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, error_messages={"required": _("Enter the person's name.")})
    discipline = forms.ChoiceField(label=_("Discipline"), choices=Discipline.choices)
    npi = NpiField(label="NPI", required=False, max_length=12)
    site = forms.ModelChoiceField(label=_("Site"), queryset=Site.objects.none(), required=False, empty_label=_("None"))
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=_("None"))
    weekly_hours = forms.IntegerField(label=_("Hours a week"), required=False, min_value=1, max_value=80)
    works_from = forms.TimeField(
        label=_("Works from"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    works_until = forms.TimeField(
        label=_("Works until"), required=False, widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, person: Membership, **kwargs: Any) -> None:
        super().__init__(*args, initial={name: getattr(person, name) for name in self.base_fields}, **kwargs)
        for name, kind in (("site", Site), ("team", Team)):
            theirs = kind.objects.filter(pk=getattr(person, f"{name}_id"))
            self.fields[name].queryset = (kind.objects.filter(is_open=True) | theirs).order_by("name")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        start, end = data.get("works_from"), data.get("works_until")
        if (start is None) != (end is None) and not {"works_from", "works_until"} & self.errors.keys():
            self.add_error("works_until", _("Enter both ends of the usual shift, or neither."))
        return data


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    version = forms.IntegerField(widget=forms.HiddenInput)


class StateForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)


class LicenceForm(forms.Form):
    kind = forms.ChoiceField(label=_("Licence"), choices=[(each.value, each.label) for each in LICENSED])
    state = forms.CharField(label=_("State"), max_length=2, help_text=_("Two letters, such as CO"))
    number = forms.CharField(
        label=_("Number"), max_length=40, error_messages={"required": _("Enter the licence's number.")}
    )
    valid_from = DayField(label=_("From"), error_messages={"required": _("Enter its first day.")})
    valid_to = DayField(label=_("To"), required=False, help_text=_("Its last day; empty while it has none"))
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    def __init__(self, *args: Any, licence: Licence | None = None, **kwargs: Any) -> None:
        initial = {name: getattr(licence, name) for name in self.base_fields} if licence else {}
        super().__init__(*args, initial=initial, **kwargs)

    def clean_state(self) -> str:
        state = self.cleaned_data["state"].upper()
        if state not in STATES.split():
            raise forms.ValidationError(
                _("“%(value)s” is no state: use two letters, such as CO."), params={"value": state}
            )
        return state

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if (first := data.get("valid_from")) and (last := data.get("valid_to")) and last < first:
            self.add_error("valid_to", _("The last day is before the first one."))
        return data
