"""The forms of clinical facts: what happened to a patient that the rules ask about."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.forms.chart import FIRST_DAY, LAST_DAY, WHILE_IT_LASTS
from coordination.forms.fields import MonthField
from coordination.forms.records import RecordForm
from coordination.models import CarePeriod, MonthJudgement, OutsideClaim, Stay, Visit
from coordination.rules.procedure_codes import plain_code

CODE = _("CPT or HCPCS code")


class CodeField(forms.CharField):
    """Five characters as on a claim, however they were typed."""

    def to_python(self, value: object) -> str:
        return plain_code(super().to_python(value))


class FactForm(RecordForm):
    class Meta(RecordForm.Meta):
        field_classes = {"code": CodeField}


class VisitForm(FactForm):
    until_today = starts_today = ("on",)

    class Meta(FactForm.Meta):
        model = Visit
        fields = (
            "on", "code", "practitioner", "outside_practitioner", "is_face_to_face", "complexity", "complexity_judged_by",
            "extra_planning", "note",
        )  # fmt: skip
        labels = {
            "on": _("Day of the visit"),
            "code": CODE,
            "practitioner": _("Practitioner of the practice"),
            "outside_practitioner": _("Or one outside"),
            "is_face_to_face": _("Face to face"),
            "complexity": _("Medical decision making"),
            "complexity_judged_by": _("Judged by"),
            "extra_planning": _("The practitioner assessed and planned beyond the visit itself, and documented it"),
            "note": _("Note"),
        }
        help_texts = {"code": _("For example 99214"), "extra_planning": ""}


class OutsideClaimForm(FactForm):
    until_today = starts_today = ("on",)

    class Meta(FactForm.Meta):
        model = OutsideClaim
        fields = ("on", "code", "practice", "practitioner", "note")
        labels = {
            "on": _("Day of service"),
            "code": CODE,
            "practice": _("Practice that claimed it"),
            "practitioner": _("Under a practitioner of ours"),
            "note": _("Note"),
        }
        help_texts = {
            "on": "",
            "code": _("For example 99490"),
            "practitioner": _("If one of ours claimed it elsewhere"),
        }


class StayForm(FactForm):
    until_today = starts_today = ("from_day",)

    class Meta(FactForm.Meta):
        model = Stay
        fields = ("kind", "facility", "from_day", "to_day", "is_part_a", "note")
        labels = {
            "kind": _("Where"),
            "facility": _("Name of the place"),
            "from_day": FIRST_DAY,
            "to_day": LAST_DAY,
            "is_part_a": _("Paid by Medicare Part A"),
            "note": _("Note"),
        }
        help_texts = {"to_day": WHILE_IT_LASTS, "is_part_a": ""}


class CarePeriodForm(FactForm):
    starts_today = ("from_day",)

    class Meta(FactForm.Meta):
        model = CarePeriod
        fields = ("kind", "provider", "practitioner", "from_day", "to_day", "note")
        labels = {
            "kind": _("Kind"),
            "provider": _("Agency or practice outside"),
            "practitioner": _("Or a practitioner of ours"),
            "from_day": FIRST_DAY,
            "to_day": LAST_DAY,
            "note": _("Note"),
        }
        help_texts = {"provider": "", "practitioner": "", "to_day": WHILE_IT_LASTS}


class JudgementForm(FactForm):
    until_today = ("judged_on",)
    starts_today = ("judged_on", "month")

    class Meta(FactForm.Meta):
        model = MonthJudgement
        fields = ("month", "program", "complexity", "judged_by", "judged_on", "note")
        field_classes = {"month": MonthField}
        labels = {
            "month": _("Month"),
            "program": _("Program"),
            "complexity": _("Medical decision making over the month"),
            "judged_by": _("Judged by"),
            "judged_on": _("Judged on"),
            "note": _("Note"),
        }
        help_texts = {"month": ""}
