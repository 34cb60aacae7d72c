"""Days in an institution or in detention on which minutes do not count, and the exceptions at their end."""

from collections.abc import Mapping
from datetime import date, timedelta

from .book import StayRule
from .days import age_on
from .facts import PatientMonth, Stay
from .terms import Terms


def excluding_stay(
    day: date, month: PatientMonth, terms: Terms | None, rules: Mapping[str, StayRule]
) -> tuple[Stay, StayRule] | None:
    """The stay that a day lies in (first and last day included) and the rule by which its minutes do not count; None where they do."""
    days_before_discharge = terms.days_before_discharge if terms else 0
    for stay in sorted(month.stays, key=lambda each: each.in_time):
        rule = rules.get(stay.kind)
        if rule is None or day < stay.first or (stay.last is not None and day > stay.last):
            continue
        if not _is_of_age(day, month, rule):
            continue
        leaving = days_before_discharge if rule.contract_pays_leaving else 0
        if not _is_before_release(day, stay, month, rule) and not _is_near_end(day, stay, leaving):
            return stay, rule
    return None


def _is_of_age(day: date, month: PatientMonth, rule: StayRule) -> bool:
    """Whether the rule holds at the patient's age; one whose birth date is not known is taken to be of that age."""
    if rule.ages is None or month.born is None:
        return True
    from_age, below_age = rule.ages
    return from_age <= age_on(day, month.born) < below_age


def _is_before_release(day: date, stay: Stay, month: PatientMonth, rule: StayRule) -> bool:
    """Whether the law lets the last days of a young person's detention count, a court having decided."""
    if not rule.release_days or not stay.post_adjudication or month.born is None:
        return False
    below = rule.release_below_age_foster if month.is_former_foster_youth else rule.release_below_age
    return age_on(day, month.born) < below and _is_near_end(day, stay, rule.release_days)


def _is_near_end(day: date, stay: Stay, days: int) -> bool:
    """Whether a day is one of so many before that of release or discharge, or that day itself."""
    return bool(days) and stay.last is not None and day >= stay.last - timedelta(days=days)
