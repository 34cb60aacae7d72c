"""Records and their fields in words, for pages that show any kind of record: what changed, and what would move."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.models import (
    CarePeriod,
    CarePlan,
    CareTeamMember,
    Condition,
    Contact,
    ContactPoint,
    Coverage,
    Enrollment,
    MonthJudgement,
    MonthProgram,
    OutsideClaim,
    Patient,
    PatientAddress,
    PatientIdentifier,
    PatientMerge,
    ProgramElement,
    Proxy,
    Stay,
    TimeLog,
    Timer,
    Transition,
    TransitionStep,
    Visit,
    language_in_words,
)
from tenancy.context import current_agency

NOUNS: dict[type[models.Model], Any] = {
    Patient: gettext_lazy("Patient"),
    PatientIdentifier: gettext_lazy("Identifier"),
    PatientAddress: gettext_lazy("Address"),
    PatientMerge: gettext_lazy("Merge"),
    ContactPoint: gettext_lazy("Phone or e-mail"),
    Proxy: gettext_lazy("Proxy"),
    Coverage: gettext_lazy("Coverage"),
    Condition: gettext_lazy("Condition"),
    CareTeamMember: gettext_lazy("Care team"),
    CarePlan: gettext_lazy("Care plan"),
    Enrollment: gettext_lazy("Enrollment"),
    Visit: gettext_lazy("Visit"),
    OutsideClaim: gettext_lazy("Claim of another practice"),
    Stay: gettext_lazy("Stay"),
    CarePeriod: gettext_lazy("Period of other care"),
    MonthJudgement: gettext_lazy("Judgement of a month"),
    ProgramElement: gettext_lazy("Documented for a program"),
    MonthProgram: gettext_lazy("Program of a month"),
    Contact: gettext_lazy("Contact"),
    TimeLog: gettext_lazy("Time log"),
    Transition: gettext_lazy("Discharge"),
    TransitionStep: gettext_lazy("Step after a discharge"),
    Timer: gettext_lazy("Timer"),
}
UNSAID = {"id", "agency", "version", "form_key", "moved"}
"""Columns that say nothing to a reader."""


def noun(model: type[models.Model]) -> str:
    """What a record of this kind is called; the model's own words for one that is new here."""
    return str(NOUNS.get(model) or str(model._meta.verbose_name).capitalize())


def said_fields(model: type[models.Model]) -> list[models.Field]:
    """The fields that say something."""
    return [each for each in model._meta.concrete_fields if each.name not in UNSAID]


def label(field: models.Field) -> str:
    text = str(field.verbose_name)
    return text[:1].upper() + text[1:]


def value(field: models.Field, raw: Any, names: Mapping[str, str]) -> str:
    """A field's value in words; `raw` as the database or JSON gives it, `names` of what other records are called, by id."""
    if raw in (None, ""):
        return _("nothing")
    if field.is_relation:
        return names.get(str(raw)) or _("another record")
    typed = field.to_python(raw)
    if isinstance(typed, list):
        words = dict(getattr(field, "base_field", field).flatchoices)
        return ", ".join(str(words.get(each, each)) for each in typed) or _("none")
    if field.name in ("language", "consent_language"):
        return language_in_words(typed)
    if field.choices:
        return str(dict(field.flatchoices).get(typed, typed))
    if isinstance(typed, bool):
        return _("yes") if typed else _("no")
    if isinstance(typed, datetime):
        return date_format(localtime(typed, current_agency().zone), "M j, Y, G:i")
    if isinstance(typed, date):
        return date_format(typed, "M j, Y")
    return str(typed)


def differences(one: models.Model, other: models.Model, names: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(label, here, there) for the fields in which two records of one kind differ."""
    return [
        (label(field), value(field, here, names), value(field, there, names))
        for field in said_fields(type(one))
        if field.name != "patient" and (here := getattr(one, field.attname)) != (there := getattr(other, field.attname))
    ]
