"""Values of the rulebook as a person reads them: "at most 2", "more than half its minutes". Decides nothing.

Names that the rulebook's own files give (a requirement, a track, a list) are read as they stand, with spaces."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.rules.dated import DatedRule, Kind
from billing.rules.schema import MINUTES
from billing.rules.versions import Version
from tenancy.models import AgencyType

RULES: dict[str, Any] = {
    "period": gettext_lazy("Period"),
    "death": gettext_lazy("Death"),
    "shared_time": gettext_lazy("Shared time"),
    "consent": gettext_lazy("Consent"),
    "consent_renewal": gettext_lazy("Consent anew"),
    "revocation": gettext_lazy("Stopping"),
    "initiating_visit": gettext_lazy("Initiating visit"),
    "covered_stay": gettext_lazy("Covered stay"),
    "other_programs": gettext_lazy("Other programs"),
    "claimed_time": gettext_lazy("Time on a claim"),
    "transition": gettext_lazy("Discharge and its clock"),
    "one_family": gettext_lazy("One way of billing a month"),
    "one_practitioner": gettext_lazy("One practitioner a month"),
}
REQUIREMENTS: dict[str, Any] = {
    "is_qmb": gettext_lazy("Qualified Medicare beneficiary"),
    "has_home_health_plan": gettext_lazy("Home health plan of care"),
}
"""Names of requirements that do not read well as they stand."""
ELECTIONS: dict[str, Any] = {"g0511_transition": gettext_lazy("to stay on G0511 until its end")}
KINDS: dict[Kind, Any] = {
    "scope": gettext_lazy("What the rulebook answers for"),
    "staff": gettext_lazy("Whose minutes count: %(name)s"),
    "agency_types": gettext_lazy("Which agencies: %(name)s"),
    "activity": gettext_lazy("Activity: %(name)s"),
    "stay": gettext_lazy("Stay: %(name)s"),
    "exclusion": gettext_lazy("Not beside: %(name)s"),
    "requirement": "%(name)s",
    "rule": "%(name)s",
    "code": "%(name)s",
}
CONFIDENCE: dict[str, Any] = {
    "seen": gettext_lazy("seen"),
    "memory": gettext_lazy("from memory"),
    "configurable": gettext_lazy("a convention"),
}
CONFIDENCE_IN_WORDS: dict[str, Any] = {
    "seen": gettext_lazy("The source's text was read, often in a public copy."),
    "memory": gettext_lazy("Known, and not read again for this edition."),
    "configurable": gettext_lazy(
        "A contract, a payer or an agency decides it; this is what holds unless they say otherwise."
    ),
}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a rule: what it is called, and what it is."""

    label: str
    text: str


def spaced(name: str) -> str:
    """A name of the rulebook's files, as one reads it."""
    return name.replace("_", " ")


def title_of(rule: DatedRule) -> str:
    """What a rule is called: a code by its code, another by what it is about."""
    last = rule.name.rsplit(".", 1)[-1]
    known = {"rule": RULES, "requirement": REQUIREMENTS}.get(rule.kind, {}).get(last)
    named = str(known or (rule.name if rule.kind == "code" else spaced(last)))
    return capfirst(str(KINDS[rule.kind]) % {"name": named})


def values_of(rule: DatedRule, version: Version) -> tuple[Value, ...]:
    """What a version says beyond its words; `version` with all that it inherits."""
    said = (
        (label, words(getattr(version, name), rule))
        for name, (label, words) in FIELDS.items()
        if name in type(version).model_fields
    )
    return tuple(Value(str(label), text) for label, text in said if text)


def changed_values(rule: DatedRule, before: Version | None, after: Version) -> tuple[tuple[str, str, str], ...]:
    """(label, what it was, what it is) of every value in which two versions differ."""
    old = {value.label: value.text for value in values_of(rule, before)} if before else {}
    new = {value.label: value.text for value in values_of(rule, after)}
    return tuple(
        (label, old.get(label, "—"), new.get(label, "—"))
        for label in dict.fromkeys((*old, *new))
        if old.get(label) != new.get(label)
    )


def _months(count: int | None, rule: DatedRule) -> str:
    return ngettext("%(n)s month", "%(n)s months", count) % {"n": count} if count else ""


def _minutes(count: int, rule: DatedRule) -> str:
    if not count:
        return ""
    if rule.about.get("shape") == "assessment":
        return _("at least %(n)s") % {"n": count}
    return str(count)


def _attained(word: str, rule: DatedRule) -> str:
    if rule.about.get("shape") not in MINUTES:
        return ""
    return _("earned by more than half its minutes") if word == "half" else _("earned by all its minutes")


def _cap(most: int | None, rule: DatedRule) -> str:
    if most is None:
        return _("no cap") if rule.about.get("shape") in MINUTES else ""
    return _("at most %(n)s") % {"n": most}


def _listed(items: Any, rule: DatedRule) -> str:
    return ", ".join(spaced(each) for each in items or ())


def _agencies(types: Any, rule: DatedRule) -> str:
    labels = dict(AgencyType.choices)
    return ", ".join(str(labels.get(each, spaced(each))) for each in types)


def _minutes_in(minutes: Mapping[str, int], rule: DatedRule) -> str:
    return ", ".join(f"{spaced(where).replace('.', ', ')} {count}" for where, count in minutes.items())


def _window(window: Any, rule: DatedRule) -> str:
    if window is None:
        return ""
    return _("within %(days)s days of discharge; complexity %(complexity)s") % {
        "days": window.days,
        "complexity": _(" or ").join(window.complexity),
    }


def _any_of(alternatives: Any, rule: DatedRule) -> str:
    """Alternatives, each of tests that must hold together; "" where the one test stands in fields of its own."""
    return _("; or ").join(_(" and ").join(_test(test, test.fact) for test in each) for each in alternatives if each)


def _test(test: Any, fact: str) -> str:
    said = {
        "at_least": _("at least %(need)s"),
        "at_most": _("at most %(need)s"),
        "is": "%(need)s",
        "one_of": _("one of %(need)s"),
        "starts_with": _("begins with %(need)s"),
        "has": _("has %(need)s"),
    }[test.test]
    need = getattr(test, "is_" if test.test == "is" else test.test)
    if isinstance(need, bool):
        need = _("yes") if need else _("no")
    elif isinstance(need, tuple):
        need = ", ".join(spaced(each) for each in need)
    elif isinstance(need, str):
        need = spaced(need)
    return f"{spaced(fact)} {said % {'need': need}}"


def _asked(name: str) -> Callable[[Any, DatedRule], str]:
    """One test of the requirement's own fact."""

    def words(need: Any, rule: DatedRule) -> str:
        if need is None:
            return ""
        said = {
            "at_least": _("at least %(need)s"),
            "at_most": _("at most %(need)s"),
            "starts_with": _("begins with %(need)s"),
        }
        if isinstance(need, tuple):
            return ", ".join(spaced(each) for each in need)
        return said.get(name, "%(need)s") % {"need": spaced(str(need))}

    return words


def _word(word: Any, rule: DatedRule) -> str:
    return spaced(str(word)) if word else ""


def _elected(word: str | None, rule: DatedRule) -> str:
    return str(ELECTIONS.get(word, spaced(word))) if word else ""


def _elected_by(words: Mapping[str, str], rule: DatedRule) -> str:
    """Choices, and the types of agency that had them."""
    chosen: dict[str, list[str]] = {}
    for agency_type, word in words.items():
        chosen.setdefault(word, []).append(agency_type)
    said = _("%(choice)s (%(types)s)")
    return "; ".join(
        said % {"choice": _elected(word, rule), "types": _agencies(tuple(types), rule)}
        for word, types in chosen.items()
    )


def _must(so: bool | None, rule: DatedRule) -> str:
    """What must not be so; that something must be so is in its words."""
    return _("must not be so") if so is False else ""


def _day_is(word: str, rule: DatedRule) -> str:
    return _("inside the stay") if word == "inside" else _("outside the stay")


def _excludes(what: Any, rule: DatedRule) -> str:
    """Codes; of an exclusion, its own as long as it holds."""
    if isinstance(what, bool):
        return ", ".join(rule.about["codes"]) if what else _("none any more")
    return _listed(what, rule)


def _counts(counts: bool, rule: DatedRule) -> str:
    return _("yes") if counts else _("no")


def _if_any(sentence: Any) -> Callable[[Any, DatedRule], str]:
    """The sentence where there is a value, with it as `n`."""
    return lambda value, rule: str(sentence) % {"n": spaced(str(value))} if value else ""


FIELDS: dict[str, tuple[Any, Callable[[Any, DatedRule], str]]] = {
    # of a code
    "minutes": (gettext_lazy("Minutes of a unit"), _minutes),
    "minutes_in": (gettext_lazy("Minutes instead, in"), _minutes_in),
    "attained": (gettext_lazy("A unit is"), _attained),
    "max_units_month": (gettext_lazy("Units a month"), _cap),
    "agency_types": (gettext_lazy("Agencies that report it"), _if_any(gettext_lazy("list “%(n)s”"))),
    "add_on_to": (gettext_lazy("Added to"), _listed),
    "excludes": (gettext_lazy("Leaves no room for"), _excludes),
    "visits": (gettext_lazy("Beside a visit of"), _listed),
    "visit_has": (
        gettext_lazy("What the visit has"),
        lambda word, rule: {
            "extra_planning": _("planning beyond the visit"),
            "factor": _("a factor that makes it complex"),
        }.get(word, ""),
    ),
    "factors_not_enough": (gettext_lazy("Not enough by itself"), _listed),
    "assessments": (gettext_lazy("An assessment of"), _listed),
    "months_apart": (gettext_lazy("Not again within"), _months),
    "once_for_good": (gettext_lazy("Billed"), _if_any(gettext_lazy("once for a patient and practitioner"))),
    "window": (gettext_lazy("The visit"), _window),
    "retired": (gettext_lazy("Payable"), _if_any(gettext_lazy("no longer"))),
    # of shared lists
    "disciplines": (gettext_lazy("Disciplines"), lambda items, rule: ", ".join(items)),
    "types": (gettext_lazy("Agencies"), _agencies),
    "unless_elected": (gettext_lazy("Unless the agency chose"), _elected_by),
    "only_elected": (gettext_lazy("Only if the agency chose"), _elected),
    "counts": (gettext_lazy("Counts"), _counts),
    "ages": (
        gettext_lazy("Ages"),
        lambda ages, rule: _("%(from)s to %(to)s") % {"from": ages[0], "to": ages[1] - 1} if ages else "",
    ),
    "release_days": (gettext_lazy("Counts again before release"), _if_any(gettext_lazy("the last %(n)s days"))),
    "release_below_age": (gettext_lazy("For those"), _if_any(gettext_lazy("below %(n)s"))),
    "release_below_age_foster": (gettext_lazy("After foster care"), _if_any(gettext_lazy("below %(n)s"))),
    "contract_pays_leaving": (
        gettext_lazy("Before leaving"),
        _if_any(gettext_lazy("a contract may pay for the last days")),
    ),
    # of a program
    "length": (gettext_lazy("Counted over"), _word),
    "counted": (gettext_lazy("Counted"), _word),
    "claimed": (gettext_lazy("Claimed"), _word),
    "counts_from": (gettext_lazy("Counts from"), _word),
    "within_months": (gettext_lazy("Asked for anew within"), _months),
    "counts_through": (gettext_lazy("Counts through"), _word),
    "acts": (gettext_lazy("Takes effect"), _word),
    "unless_seen_within_months": (
        gettext_lazy("Unless seen within"),
        lambda count, rule: _months(count, rule) or _("always needed"),
    ),
    "opened_within_months": (gettext_lazy("At most before consent"), _months),
    "admission_day": (gettext_lazy("Day of admission"), _day_is),
    "discharge_day": (gettext_lazy("Day of discharge"), _day_is),
    "kinds": (gettext_lazy("Programs"), _listed),
    "families_a_month": (gettext_lazy("Ways a month"), _word),
    "practitioners_a_month": (gettext_lazy("Practitioners a month"), _word),
    "contact_business_days": (gettext_lazy("Contact within"), _if_any(gettext_lazy("%(n)s business days"))),
    "failed_attempts": (gettext_lazy("Attempts that stand for a contact"), _word),
    "period_days": (gettext_lazy("Period"), _if_any(gettext_lazy("%(n)s days"))),
    "settings": (gettext_lazy("Discharged from"), _listed),
    "destinations": (gettext_lazy("Discharged to"), _listed),
    # of a requirement
    "at_least": (gettext_lazy("Needed"), _asked("at_least")),
    "at_most": (gettext_lazy("Allowed"), _asked("at_most")),
    "is_": (gettext_lazy("On record"), _must),
    "one_of": (gettext_lazy("One of"), _asked("one_of")),
    "starts_with": (gettext_lazy("Code"), _asked("starts_with")),
    "has": (gettext_lazy("On record"), _asked("has")),
    "lasting_months": (gettext_lazy("Expected to last"), _months),
    "any_of": (gettext_lazy("One of these"), _any_of),
}
"""Field of a version -> what it is called, and its value in words; "" where there is nothing to say."""
