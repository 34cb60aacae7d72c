"""The forms of clinical facts: what happened to a patient that the rules ask about."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coordination.forms.chart import FIRST_DAY, LAST_DAY, WHILE_IT_LASTS
from coordination.forms.fields import MonthField
from coordination.forms.records import RecordForm
from coordination.models import (
    CarePeriod,
    Factor,
    MonthJudgement,
    MonthProgram,
    OutsideClaim,
    Program,
    ProgramElement,
    Stay,
    Visit,
)
from coordination.ports import billing
from coordination.rules.procedure_codes import plain_code
from coordination.selectors import charts
from tenancy.models import Membership
from tenancy.selectors.people import care_givers

CODE = _("CPT or HCPCS code")


class CodeField(forms.CharField):
    """Five characters as on a claim, however they were typed."""

    def to_python(self, value: object) -> str:
        return plain_code(super().to_python(value))


class FactorsField(forms.MultipleChoiceField):
    """What made a session complex: None where nobody looked, an empty list where somebody did and found none."""

    NONE = "none"
    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {name: kwargs[name] for name in ("label", "help_text", "required", "initial") if name in kwargs}
        super().__init__(choices=[*Factor.choices, (self.NONE, _("looked for, and none"))], **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return [self.NONE] if value == [] else value

    def clean(self, value: Any) -> list[str] | None:
        chosen = super().clean(value)
        if self.NONE not in chosen:
            return chosen or None
        if len(chosen) > 1:
            raise forms.ValidationError(_("Tick “looked for, and none” or what there was, not both."))
        return []


class FactForm(RecordForm):
    class Meta(RecordForm.Meta):
        field_classes = {"code": CodeField, "factors": FactorsField}


class VisitForm(FactForm):
    until_today = starts_today = ("on",)

    class Meta(FactForm.Meta):
        model = Visit
        fields = (
            "on", "code", "practitioner", "outside_practitioner", "is_face_to_face", "complexity", "complexity_judged_by",
            "extra_planning", "factors", "note",
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
            "factors": _("What made communication complex"),
            "note": _("Note"),
        }
        help_texts = {
            "code": _("For example 99214"),
            "extra_planning": "",
            "factors": _("Of a session of psychotherapy or psychiatry. Nothing ticked means that nobody looked"),
        }

    def people(self, name: str) -> QuerySet[Membership]:
        return charts.practitioners(behavioral=name == "practitioner")


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
        fields = ("kind", "facility", "from_day", "to_day", "is_part_a", "post_adjudication", "note")
        labels = {
            "kind": _("Where"),
            "facility": _("Name of the place"),
            "from_day": FIRST_DAY,
            "to_day": LAST_DAY,
            "is_part_a": _("Paid by Medicare Part A"),
            "post_adjudication": _("Of detention: a court has decided"),
            "note": _("Note"),
        }
        help_texts = {"to_day": WHILE_IT_LASTS, "is_part_a": "", "post_adjudication": ""}


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
    can_be_asked = ("month", "program")

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


class ElementForm(FactForm):
    """The program and what it asks for are one choice; as columns they are two."""

    until_today = starts_today = ("from_day",)
    can_be_asked = ("element",)
    element = forms.ChoiceField(label=_("What is documented"), error_messages={"required": _("Choose one.")})

    class Meta(FactForm.Meta):
        model = ProgramElement
        fields = ("element", "from_day", "to_day", "documented_by", "note")
        labels = {
            "from_day": _("On, or from"),
            "to_day": LAST_DAY,
            "documented_by": _("Documented by"),
            "note": _("Note"),
        }
        help_texts = {"to_day": _("Empty while it holds, and of what is done each month")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        programs = dict(Program.choices)
        grouped: dict[str, list[tuple[str, str]]] = {}
        for each in billing().elements():
            grouped.setdefault(programs[each.program], []).append((_key(each.program, each.element), each.label))
        self.fields["element"].choices = [("", _("Choose")), *grouped.items()]
        if self.instance.element:
            self.initial["element"] = _key(self.instance.program, self.instance.element)

    def people(self, name: str) -> QuerySet[Membership]:
        return care_givers()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("element"):
            said["program"], _dot, said["element"] = said["element"].partition(".")
        return said


def _key(program: str, element: str) -> str:
    return f"{program}.{element}"


class MonthProgramForm(FactForm):
    starts_today = can_be_asked = ("month",)

    class Meta(FactForm.Meta):
        model = MonthProgram
        fields = ("month", "program", "note")
        field_classes = {"month": MonthField}
        labels = {"month": _("Month"), "program": _("Program that the month is"), "note": _("Why")}
        help_texts = {"month": ""}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = True
