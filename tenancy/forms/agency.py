"""What an administrator arranges for the agency, and how an invited person comes in."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.utils.translation import gettext_lazy as _

from tenancy.forms.fields import DayField, WholeNumberField
from tenancy.models import LONGEST_IDLE_MINUTES, Agency, AgencySettings, Election, User, VisitDay

MOST_HOURS = 72


class SettingsForm(forms.Form):
    idle_minutes = forms.IntegerField(
        label=_("Sign out after minutes without activity"),
        min_value=1,
        max_value=LONGEST_IDLE_MINUTES,
        help_text=_("1 to 15. Shorter where screens stand in public rooms"),
    )
    election = forms.ChoiceField(
        label=_("Care management in 2025"),
        choices=[("", _("The codes of each service from January 1, 2025")), *Election.choices],
        help_text=_("What a health center or rural clinic chose for the first nine months of 2025"),
        required=False,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, settings: AgencySettings, agency: Agency, **kwargs: Any) -> None:
        initial = {name: getattr(settings, name) for name in ("idle_minutes", "election", "version")}
        super().__init__(*args, initial=initial, **kwargs)
        if not agency.is_health_center:
            del self.fields["election"]


class DeadlinesForm(forms.Form):
    """How this agency counts what is due, and who is told how long before."""

    visit_day = forms.TypedChoiceField(
        label=_("In counting days to a visit, the day of discharge is"),
        choices=VisitDay.choices,
        coerce=int,
        help_text=_(
            "Medicare counts it as day 0. Choose day 1 where your contractor does: visits are then due a day earlier"
        ),
    )
    team_hours_before = WholeNumberField(
        label=_("Care team told, hours before"), least=0, most=MOST_HOURS, help_text=_("0 to 72")
    )
    supervisor_hours_before = WholeNumberField(
        label=_("Supervisors told, hours before"), least=0, most=MOST_HOURS, help_text=_("No more than the care team")
    )
    care_plan_months = WholeNumberField(
        label=_("Care plan reviewed after months"), least=1, most=24, help_text=_("1 to 24")
    )
    rating_scale_days = WholeNumberField(
        label=_("Rating scale repeated after days"), least=7, most=366, help_text=_("7 to 366")
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, settings: AgencySettings, **kwargs: Any) -> None:
        initial = {name: getattr(settings, name) for name in self.base_fields}
        super().__init__(*args, initial=initial, auto_id="deadlines_%s", **kwargs)


class PlaceForm(forms.Form):
    """A site or a team."""

    name = forms.CharField(label=_("Name"), max_length=80, error_messages={"required": _("Enter a name.")})
    is_open = forms.BooleanField(label=_("In use"), required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)


class HolidayForm(forms.Form):
    day = DayField(label=_("Day"), error_messages={"required": _("Enter the day.")})
    name = forms.CharField(label=_("Name"), max_length=80, error_messages={"required": _("Say what day it is.")})


class NewPasswordForm(forms.Form):
    """The first password of somebody who was invited."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )
    again = forms.CharField(
        label=_("Password, once more"), strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"], User(email=self.email))
        return str(self.cleaned_data["password"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", _("The two passwords differ. Type the same one twice."))
        return data
