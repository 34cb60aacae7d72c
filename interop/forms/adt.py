"""What a person says of a stay that hospitals tell of, and what an administrator arranges about hospitals."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import Destination, Setting
from interop.codecs.discharges import MEANINGS, statuses
from interop.models import AdtSource, CodeKind, FacilityKind
from tenancy.models import ServiceToken

US_ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
)
MEANING_WORDS = {
    "inpatient": _("inpatient"),
    "observation": _("observation"),
    "emergency": _("emergency department: never counts"),
    "outpatient": _("outpatient"),
    "recurring": _("recurring visits, such as a day program"),
    "none": _("no stay"),
}


class VersionForm(forms.Form):
    """A button of the stay's page."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class LinkForm(VersionForm):
    """Whose stay it is: one of those suggested, or the one with this MRN."""

    patient = forms.UUIDField(widget=forms.HiddenInput, required=False)
    mrn = forms.CharField(label=_("MRN of the patient"), max_length=64, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("patient") and not data.get("mrn"):
            self.add_error("mrn", _("Enter the MRN, or choose one of those suggested."))
        return data


class AddForm(VersionForm):
    """Adds the patient of whom the hospital tells."""

    mrn = forms.CharField(
        label=_("MRN"),
        max_length=64,
        help_text=_("The medical record number in your own system"),
        error_messages={"required": _("Enter the medical record number.")},
    )
    dismissed = forms.CharField(widget=forms.HiddenInput, required=False)


class DecideForm(VersionForm):
    setting = forms.ChoiceField(label=_("It was a stay in"), required=False)
    destination = forms.ChoiceField(label=_("The patient went to"), required=False)

    def __init__(self, *args: Any, asks_setting: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["setting"].choices = [("", _("choose")), *Setting.choices]
        self.fields["destination"].choices = [("", _("choose")), *Destination.choices]
        if asks_setting:
            self.fields["setting"].required = True
            self.fields["setting"].error_messages["required"] = _("Say what kind of stay it was, or set it aside.")
        else:
            del self.fields["setting"]
            self.fields["destination"].required = True
            self.fields["destination"].error_messages["required"] = _("Say where the patient went.")


class AsideForm(VersionForm):
    because = forms.CharField(
        label=_("Why it is no concern here"),
        max_length=200,
        error_messages={"required": _("Say why it is set aside.")},
    )


class SourceForm(forms.Form):
    """A hospital, or another system that sends."""

    name = forms.CharField(label=_("Name"), max_length=80, error_messages={"required": _("Enter a name.")})
    facility_kind = forms.ChoiceField(
        label=_("An inpatient there is in a"), choices=FacilityKind, initial=FacilityKind.HOSPITAL
    )
    time_zone = forms.ChoiceField(label=_("Times without an offset are in"))
    our_assigner = forms.CharField(
        label=_("Assigner of your own MRNs"),
        max_length=120,
        required=False,
        help_text=_("What stands behind your number in PID-3, such as RIVERBEND. Without it, a birth date must agree"),
    )
    token = forms.ModelChoiceField(
        ServiceToken.objects.none(),
        label=_("Token"),
        required=False,
        empty_label=_("none: only files, by a command"),
        help_text=_("Make one on the page Tokens of machines. Each source needs its own"),
    )
    keep_days = forms.IntegerField(
        label=_("Days to keep the messages themselves"),
        min_value=1,
        max_value=366,
        initial=30,
        help_text=_("Encrypted. What was read from them stays"),
    )
    takes_tests = forms.BooleanField(label=_("Takes messages marked as training or debugging"), required=False)
    is_open = forms.BooleanField(label=_("Takes messages"), required=False, initial=True)
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    def __init__(self, *args: Any, source: AdtSource, tokens: Any, **kwargs: Any) -> None:
        names = ("facility_kind", "our_assigner", "keep_days", "takes_tests", "is_open", "version")
        initial = {name: getattr(source, name) for name in (*names, "name", "time_zone")}
        super().__init__(*args, initial={**initial, "token": source.token_id}, **kwargs)
        others = sorted(each for each in available_timezones() if "/" in each and each not in US_ZONES)
        self.fields["time_zone"].choices = [(each, each.replace("_", " ")) for each in (*US_ZONES, *others)]
        self.fields["token"].queryset = tokens


class LocalCodeForm(forms.Form):
    kind = forms.ChoiceField(label=_("It stands in"), choices=CodeKind)
    code = forms.CharField(
        label=_("The hospital's code"), max_length=60, error_messages={"required": _("Enter the code as it is sent.")}
    )
    means = forms.ChoiceField(label=_("It means"), error_messages={"required": _("Choose what the code means.")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        went = [(each.code, f"{each.code} {each.label}") for each in statuses().values()]
        kinds = [(each, MEANING_WORDS[each]) for each in MEANINGS]
        self.fields["means"].choices = [
            ("", _("choose")),
            (_("Where the patient went"), went),
            (_("Kind of stay"), kinds),
        ]
