"""The forms of a chart's rows: how a patient is reached, who speaks for them, who pays, who cares, and what is treated."""

from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.forms.fields import Icd10CmField
from coordination.forms.records import RecordForm
from coordination.models import (
    CarePlan,
    CareTeamMember,
    Condition,
    ContactPoint,
    Coverage,
    PatientAddress,
    PatientIdentifier,
    Payer,
    PayerKind,
    Proxy,
)
from coordination.selectors import charts
from tenancy.models import Membership

FIRST_DAY, LAST_DAY = _("From"), _("To")
WHILE_IT_LASTS = _("Empty while it lasts")
PHONE = _("Phone")


class IdentifierForm(RecordForm):
    class Meta(RecordForm.Meta):
        model = PatientIdentifier
        fields = ("kind", "value", "assigner")
        labels = {"kind": _("Kind"), "value": _("Number"), "assigner": _("Given by")}
        help_texts = {"assigner": _("The system, state or agency that knows the patient by it")}


class ContactPointForm(RecordForm):
    class Meta(RecordForm.Meta):
        model = ContactPoint
        fields = (
            "kind", "value", "use", "is_safe", "may_leave_message", "best_from", "best_to", "rank", "note",
        )  # fmt: skip
        labels = {
            "kind": _("Kind"),
            "value": _("Number or address"),
            "use": _("Which"),
            "is_safe": _("Safe: nobody who must not know overhears or reads it"),
            "may_leave_message": _("A message may be left here"),
            "best_from": _("Best from"),
            "best_to": _("Best to"),
            "rank": _("Order"),
            "note": _("Note"),
        }
        help_texts = {
            "is_safe": "",
            "best_from": _("On the agency's clock, for example 09:00"),
            "best_to": _("For example 11:30"),
            "rank": _("1 is tried first"),
        }


class AddressForm(RecordForm):
    class Meta(RecordForm.Meta):
        model = PatientAddress
        fields = ("use", "lines", "city", "state", "postal_code", "from_day", "to_day")
        labels = {
            "use": _("Which"),
            "lines": _("Street and house"),
            "city": _("City"),
            "state": _("State"),
            "postal_code": _("ZIP code"),
            "from_day": FIRST_DAY,
            "to_day": LAST_DAY,
        }
        help_texts = {"lines": _("Empty where there is none"), "to_day": WHILE_IT_LASTS}


class ProxyForm(RecordForm):
    class Meta(RecordForm.Meta):
        model = Proxy
        fields = ("name", "relation", "phone", "may_be_told", "decides", "from_day", "to_day")
        labels = {
            "name": _("Name"),
            "relation": _("Relation to the patient"),
            "phone": PHONE,
            "may_be_told": _("The patient allowed sharing health information with this person"),
            "decides": _("Decides in the patient's place, and may consent for them"),
            "from_day": FIRST_DAY,
            "to_day": LAST_DAY,
        }
        help_texts = {"may_be_told": "", "decides": "", "to_day": WHILE_IT_LASTS}


class CareTeamForm(RecordForm):
    starts_today = ("from_day",)
    hand_over = forms.BooleanField(
        label=_("Hand over: whoever is lead coordinator now stops the day before"), required=False
    )

    class Meta(RecordForm.Meta):
        model = CareTeamMember
        fields = ("role", "hand_over", "member", "name", "organization", "phone", "from_day", "to_day")
        labels = {
            "role": _("Role"),
            "member": _("Colleague"),
            "name": _("Or somebody outside"),
            "organization": _("Where they work"),
            "phone": PHONE,
            "from_day": FIRST_DAY,
            "to_day": LAST_DAY,
        }
        help_texts = {"to_day": WHILE_IT_LASTS}

    def people(self, name: str) -> models.QuerySet[Membership]:
        return charts.colleagues()


class CarePlanForm(RecordForm):
    until_today = ("given_to_patient_on",)
    starts_today = ("from_day",)

    class Meta(RecordForm.Meta):
        model = CarePlan
        fields = ("title", "text", "from_day", "to_day", "given_to_patient_on")
        labels = {
            "title": _("What it is about"),
            "text": _("The plan"),
            "from_day": FIRST_DAY,
            "to_day": LAST_DAY,
            "given_to_patient_on": _("Given to the patient on"),
        }
        help_texts = {"text": _("Problems, goals, what is done, and who does it"), "to_day": WHILE_IT_LASTS}
        widgets = {"text": forms.Textarea({"rows": 8})}


class CoverageForm(RecordForm):
    until_today = ("verified_on",)
    new_payer = forms.CharField(label=_("Or a payer that is not in the list"), max_length=120, required=False)
    new_payer_kind = forms.ChoiceField(
        label=_("Kind of that payer"), choices=[("", _("not said")), *PayerKind.choices], required=False
    )

    class Meta(RecordForm.Meta):
        model = Coverage
        fields = (
            "payer", "new_payer", "new_payer_kind", "plan_kind", "member_id", "from_day", "to_day", "order", "is_qmb",
            "verified_on",
        )  # fmt: skip
        labels = {
            "payer": _("Payer"),
            "plan_kind": _("Kind of plan"),
            "member_id": _("Member ID"),
            "from_day": FIRST_DAY,
            "to_day": LAST_DAY,
            "order": _("Order"),
            "is_qmb": _("Qualified Medicare beneficiary (QMB): never billed for cost sharing"),
            "verified_on": _("Verified on"),
        }
        help_texts = {"order": _("1 pays first"), "is_qmb": "", "to_day": WHILE_IT_LASTS}

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        offered = Q(is_open=True) | Q(pk=self.instance.payer_id)
        self.fields["payer"].queryset = Payer.objects.filter(offered).order_by("name", "pk")
        self.fields["payer"].required = False  # a new one may be named instead; the service asks for one of the two
        self.fields["payer"].empty_label = _("Choose, or name a new one")


class ConditionForm(RecordForm):
    until_today = ("onset", "ended_on")
    icd10cm = Icd10CmField(
        label=_("ICD-10-CM code"),
        max_length=10,
        help_text=_("The full code, for example E11.9"),
        error_messages={"required": _("Enter the ICD-10-CM code, for example E11.9.")},
    )

    class Meta(RecordForm.Meta):
        model = Condition
        fields = ("icd10cm", "text", "onset", "ended_on", "is_chronic", "expected_months")
        labels = {
            "text": _("In words"),
            "onset": _("Since"),
            "ended_on": _("Ended on"),
            "is_chronic": _("Expected to last at least 12 months, or until death"),
            "expected_months": _("How many months it is expected to last"),
        }
        help_texts = {
            "text": _("As you would say it to the patient"),
            "ended_on": WHILE_IT_LASTS,
            "is_chronic": "",
            "expected_months": _("Empty where nobody has judged it"),
        }
        error_messages = {"text": {"required": _("Write what the condition is, in words.")}}
