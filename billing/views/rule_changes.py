"""What changes between two days: every rule whose value differs, old words beside new ones."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.rule_words import changed_values
from billing.rules import Rulebook
from billing.services.decisions import rulebook
from billing.views.rules import as_of
from billing.views.rules_page import Shown, address_of, show
from tenancy.views import needs


@dataclass(frozen=True, slots=True)
class Change:
    """A rule on two days. `old` is None where it begins between them; `label` is that of a code."""

    new: Shown
    old: Shown | None
    label: str
    values: tuple[tuple[str, str, str], ...]
    steps: int
    address: str

    @property
    def is_ended(self) -> bool:
        return self.new.status == "ended"


@dataclass(frozen=True, slots=True)
class Changed:
    """The changes of one program, or of what several share."""

    title: str
    of: str
    changes: tuple[Change, ...]


@require_safe
@needs("rule.read")
def rule_changes(request: HttpRequest) -> HttpResponse:
    """From one day to another; by default from today to the next first of January."""
    known = rulebook()
    first = as_of(request, "from")
    second = as_of(request, "to", otherwise=date(first.today.year + 1, 1, 1))
    earlier, later = sorted((first.day, second.day))
    earlier = max(earlier, known.begins)
    context = {
        "asked_days": (first, second),
        "first": first,
        "second": second,
        "earlier": earlier,
        "later": later,
        "is_before": later < known.begins,
        "is_cut": min(first.day, second.day) < known.begins,
        "is_unchecked": later > known.checked_through,
        "groups": changes_between(known, earlier, later),
        "rulebook": known,
    }
    return render(request, "billing/rule_changes.html", context)


def changes_between(known: Rulebook, earlier: date, later: date) -> list[Changed]:
    """Every rule that stands otherwise on the later day, by program; what several programs go by is told once, at the end."""
    groups: dict[str, list[Change]] = {}
    labels = {program.program: program.label for program in known.programs}
    sharing: set[str] = set()
    for rule in known.rules.values():
        before, after = rule.on(earlier), rule.on(later)
        if after is None or (before is not None and before.from_ == after.from_):
            continue
        change = Change(
            show(known, rule, later),
            show(known, rule, earlier) if before else None,
            rule.about.get("label", ""),
            changed_values(rule, before, after) if before else (),
            sum(earlier < version.from_ <= later for version in rule.versions),
            address_of(known, rule.name, later),
        )
        of = rule.programs[0] if len(rule.programs) == 1 else ""
        sharing.update(() if of else rule.programs)
        groups.setdefault(of, []).append(change)
    found = [Changed(labels[name], "", tuple(groups[name])) for name in labels if name in groups]
    if shared := groups.get(""):
        found.append(
            Changed(
                _("What programs share"), ", ".join(labels[name] for name in labels if name in sharing), tuple(shared)
            )
        )
    return found
