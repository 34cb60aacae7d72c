"""The rulebook as pages: every code as of a day, one of them, one program, and where it all can be read."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.rule_words import CONFIDENCE, CONFIDENCE_IN_WORDS, spaced
from billing.rules.dated import codes_of
from billing.selectors.rates import rates_of
from billing.selectors.sign_offs import sign_offs
from billing.services.decisions import rulebook
from billing.services.sign_offs import to_sign_off
from billing.views import rules_page
from tenancy import clock
from tenancy.access import NotFound
from tenancy.roles import may
from tenancy.views import needs


@dataclass(frozen=True, slots=True)
class AsOf:
    """The day that a page is asked for. `fault` says why another one is shown; `is_before`: the rulebook begins later."""

    day: date
    today: date
    typed: str
    fault: str
    is_before: bool
    is_unchecked: bool

    @property
    def is_today(self) -> bool:
        return self.day == self.today


def as_of(request: HttpRequest, name: str = "on", otherwise: date | None = None) -> AsOf:
    """The day in the address; today in the agency's zone where it names none."""
    today = clock.today(request.membership.agency.zone)
    typed = request.GET.get(name, "").strip()[:40]
    day, fault = day_typed(typed, otherwise or today)
    known = rulebook()
    return AsOf(day, today, typed if fault else day.isoformat(), fault, day < known.begins, day > known.checked_through)


def day_typed(typed: str, otherwise: date) -> tuple[date, str]:
    """A day as it is written in an address, and what is wrong with it."""
    if not typed:
        return otherwise, ""
    try:
        return date.fromisoformat(typed), ""
    except ValueError:
        return otherwise, _("“%(typed)s” is no day: write year, month and day, for example 2026-11-16.") % {
            "typed": typed
        }


@require_safe
@needs("rule.read")
def rules(request: HttpRequest) -> HttpResponse:
    """Every code as of a day, by program; found by words, and how far the rulebook can be relied on."""
    on, known = as_of(request), rulebook()
    query = request.GET.get("q", "").strip()[:200]
    programs = [(each.program, each.label) for each in known.programs]
    program = request.GET.get("program", "")
    program = program if program in dict(programs) else ""
    waiting, of_all = waiting_for_sign_off()
    context = {
        "on": on,
        "query": query,
        "program": program,
        "programs": programs,
        "groups": [] if on.is_before else rules_page.code_rows(known, on.day, query, program),
        "rulebook": known,
        "waiting": waiting,
        "of_all": of_all,
        "next_year": date(on.today.year + 1, 1, 1),
    }
    return render(request, "billing/_rules.html" if request.htmx else "billing/rules.html", context)


def waiting_for_sign_off() -> tuple[int, int]:
    """How many values that no source settles nobody vouches for, and how many there are."""
    values, standing = to_sign_off(rulebook()), sign_offs()
    signed = sum(1 for value in values if (last := standing.get(value)) and not last.is_taken_back)
    return len(values) - signed, len(values)


@require_safe
@needs("rule.read")
def rule_code(request: HttpRequest, code: str) -> HttpResponse:
    """One code as of a day: its conditions in words, each with its source, and every version it had."""
    known = rulebook()
    if code not in known.codes:
        raise NotFound
    on, rule = as_of(request), known.rules[code]
    shown = rules_page.show(known, rule, on.day)
    stated = rule.on(on.day)
    agencies = getattr(stated, "agency_types", None)
    context = {
        "on": on,
        "code": code,
        "label": known.codes[code].label,
        "rule": shown,
        "agencies": rules_page.show(known, known.rules[f"agency_types.{agencies}"], on.day) if agencies else None,
        "programs": rules_page.in_programs(known, code, on.day),
        "excluded": [] if on.is_before else rules_page.excluded_by(known, code, on.day),
        "history": rules_page.history_of(known, rule),
        "rates": rates_of(code) if may(request.membership.role, "ledger.money") else [],
        "rulebook": known,
    }
    return render(request, "billing/rule_code.html", context)


@require_safe
@needs("rule.read")
def rule_program(request: HttpRequest, program: str) -> HttpResponse:
    """One program as of a day: its codes, what it asks of every month, and what it does not model."""
    known = rulebook()
    data = next((each for each in known.programs if each.program == program), None)
    if data is None:
        raise NotFound
    on = as_of(request)
    begun = [track for track in data.tracks if track.from_ is None or track.from_ <= on.day]
    tracks = [
        (
            spaced(track.name),
            [(code, rules_page.code_address(code, on.day)) for code in track.codes],
            [
                rules_page.show(known, known.rules[name], on.day)
                for name in (
                    *(f"{program}.{each.rule}" for each in (*track.when, *track.requires)),
                    *([f"staff.{track.staff}"] if track.staff else []),
                )
            ],
        )
        for track in begun
    ]
    exclusions = [known.rules[f"{program}.excluded_by.{each.name}"] for each in data.excluded_by]
    context = {
        "on": on,
        "program": data,
        "rows": rules_page.code_rows(known, on.day, "", program)[0].rows,
        "many": len(codes_of(data)) > 8,
        "groups": list(rules_page.grouped(known, known.governing(data), on.day)),
        "tracks": tracks,
        "exclusions": [rules_page.show(known, rule, on.day) for rule in exclusions],
        "rulebook": known,
    }
    return render(request, "billing/rule_program.html", context)


@require_safe
@needs("rule.read")
def rule_sources(request: HttpRequest) -> HttpResponse:
    """Where the rules can be read, and which rest on what."""
    on, known = as_of(request), rulebook()
    query = request.GET.get("q", "").strip()[:200]
    resting: dict[str, dict[str, str]] = {}
    for rule in known.rules.values():
        for version in rule.versions:
            address = rules_page.address_of(known, rule.name, max(version.from_, on.day))
            resting.setdefault(version.cite, {})[rule.name] = address
    rows = [
        (
            name,
            source,
            str(CONFIDENCE[source.confidence]),
            str(CONFIDENCE_IN_WORDS[source.confidence]),
            _named(resting.get(name, {})),
        )
        for name, source in sorted(known.sources.items(), key=lambda each: each[1].short.casefold())
        if rules_page.holds(query, f"{name} {source.short} {source.title} {source.publisher} {source.where}")
    ]
    return render(request, "billing/rule_sources.html", {"rows": rows, "query": query, "total": len(known.sources)})


def _named(resting: dict[str, str]) -> list[tuple[str, str, str]]:
    """(program or "", what the rule is called, address) of the rules that rest on a source."""
    known = rulebook()
    labels = {each.program: each.label for each in known.programs}
    found = []
    for name, address in resting.items():
        rule = known.rules[name]
        of = labels[rule.programs[0]] if len(rule.programs) == 1 and rule.kind != "code" else ""
        found.append((of, rules_page.title_of(rule), address))
    return found
