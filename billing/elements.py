"""What programs ask to be documented: the rulebook says which, here they have a label and are
told from what follows of other facts."""

from collections.abc import Iterator
from functools import cache

from django.utils.translation import gettext_lazy as _

from billing.rules import Rulebook
from coordination.ports import Asked

OF_OTHER_FACTS = frozenset({"condition", "high_risk", "medicaid", "service_furnished"})
"""Settled from the enrollment, the coverage and the time logs (billing/facts.py): nobody documents them once more."""
MONTHLY = frozenset({"psychiatric_review", "rating_scale"})
"""Done anew in each month; the others hold from a day on."""

LABELS = {
    "elements_available": _("All elements of the service are available"),
    "registry": _("Followed in the registry"),
    "psychiatric_review": _("Review by the psychiatric consultant"),
    "rating_scale": _("Validated rating scale"),
    "need_limits_treatment": _("A social need limits diagnosis or treatment"),
    "staff_trained": _("Training or certification of whoever gives the service"),
    "target_group": _("Belongs to the target group of the state's plan"),
    "risk_of_second": _("At risk of a second chronic condition"),
    "serious_mental_illness": _("Serious and persistent mental illness"),
}


@cache
def documented(rulebook: Rulebook) -> tuple[Asked, ...]:
    """The elements of each program, in the rulebook's order."""
    return tuple(
        Asked(program, element, LABELS[element], element in MONTHLY)
        for program, element in dict.fromkeys(_asked(rulebook))
        if element not in OF_OTHER_FACTS
    )


def _asked(rulebook: Rulebook) -> Iterator[tuple[str, str]]:
    for program in rulebook.programs:
        tracks = [each for track in program.tracks for each in (*track.when, *track.requires)]
        for version in (version for each in (*program.requires, *tracks) for version in each.versions):
            for asked in (version, *(test for tests in version.any_of for test in tests)):
                if asked.has:
                    yield program.program, asked.has
