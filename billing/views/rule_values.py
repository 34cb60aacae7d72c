"""The sign-off list: values that no source settles, and who vouches for each."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from billing.forms import SignOffForm
from billing.models import RuleSignOff
from billing.rule_words import CONFIDENCE
from billing.selectors.sign_offs import Key, sign_offs
from billing.services.decisions import rulebook
from billing.services.sign_offs import rules_sign_off, to_sign_off
from billing.views.rules_page import Shown, address_of, show
from tenancy import clock
from tenancy.links import here
from tenancy.views import needs

STATES: dict[str, Any] = {"open": _("Waiting"), "signed": _("Signed off"), "all": _("All")}
CONFIDENCES = ("memory", "configurable")


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One value of the list. `last` is the latest statement about it; `was_other`: an earlier reading of it was signed off."""

    key: str
    rule: Shown
    of: str
    address: str
    last: RuleSignOff | None
    was_other: bool

    @property
    def is_signed(self) -> bool:
        return self.last is not None and not self.last.is_taken_back


def written(value: Key) -> str:
    """A value as a form names it."""
    rule, since, digest = value
    return f"{rule} {since.isoformat()} {digest}"


def read(text: str) -> Key:
    """A value that a form names; ValueError for what is none."""
    rule, since, digest = text.split(" ")
    return rule, date.fromisoformat(since), digest


@require_safe
@needs("rule.read")
def rule_values(request: HttpRequest) -> HttpResponse:
    return _page(request, SignOffForm())


@require_POST
@needs("rule.sign_off")
def rule_sign_off(request: HttpRequest) -> HttpResponse:
    """Sign off what was ticked, or take one back."""
    form = SignOffForm(request.POST)
    back = request.POST.get("take_back", "")
    if form.is_valid():
        try:
            ticked = [read(text) for text in ([back] if back else request.POST.getlist("value"))]
            if not ticked:
                raise ValidationError(_("Tick the values that you vouch for."))
            made = rules_sign_off(
                actor=request.membership,
                rulebook=rulebook(),
                values=ticked,
                note=form.cleaned_data["note"],
                now=clock.now(),
                take_back=bool(back),
            )
        except ValidationError as refused:
            form.add_error(None, refused)
        except ValueError:
            form.add_error(None, _("A value was named that is none of this list: read the list again."))
        else:
            messages.success(request, _said(made, is_back=bool(back)))
            return redirect(f"{here('billing:rule_values')}?{_kept(request).urlencode()}")
    return _page(request, form, status=422, ticked=frozenset(request.POST.getlist("value")))


def _said(made: int, *, is_back: bool) -> str:
    if not made:
        return str(_("That stood so already."))
    if is_back:
        return str(_("Taken back: the value waits again."))
    return ngettext("%(n)s value signed off.", "%(n)s values signed off.", made) % {"n": made}


def _kept(request: HttpRequest) -> Any:
    """The filters of the list, from the address of the page or of its form."""
    asked = request.GET.copy()
    for name in list(asked):
        if name not in ("program", "state", "confidence"):
            del asked[name]
    return asked


def _page(
    request: HttpRequest, form: SignOffForm, status: int = 200, ticked: frozenset[str] = frozenset()
) -> HttpResponse:
    known = rulebook()
    programs = [(each.program, each.label) for each in known.programs]
    asked = {name: request.GET.get(name, "") for name in ("program", "state", "confidence")}
    program = asked["program"] if asked["program"] in dict(programs) else ""
    state = asked["state"] if asked["state"] in STATES else "open"
    confidence = asked["confidence"] if asked["confidence"] in CONFIDENCES else ""
    rows = _rows()
    shown = [
        row
        for row in rows
        if (not program or program in known.rules[row.rule.name].programs)
        and (state == "all" or row.is_signed == (state == "signed"))
        and (not confidence or row.rule.confidence == confidence)
    ]
    context = {
        "form": form,
        "rows": shown,
        "ticked": ticked,
        "total": len(rows),
        "waiting": sum(not row.is_signed for row in rows),
        "program": program,
        "programs": programs,
        "state": state,
        "states": STATES.items(),
        "confidence": confidence,
        "confidences": [(name, CONFIDENCE[name]) for name in CONFIDENCES],
        "kept": _kept(request).urlencode(),
    }
    return render(request, "billing/rule_values.html", context, status=status)


def _rows() -> list[ValueRow]:
    known, standing = rulebook(), sign_offs()
    labels = {program.program: program.label for program in known.programs}
    signed = {(rule, since) for (rule, since, _digest), row in standing.items() if not row.is_taken_back}
    rows = []
    for name, since, digest in to_sign_off(known):
        rule = known.rules[name]
        last = standing.get((name, since, digest))
        settled = rule.on(since)
        rows.append(
            ValueRow(
                written((name, since, digest)),
                show(known, rule, since, settled),
                _of([labels[each] for each in rule.programs]),
                address_of(known, name, since),
                last,
                last is None and (name, since) in signed,
            )
        )
    return rows


def _of(programs: list[str]) -> str:
    """Whose value it is; of more than two programs, how many they are."""
    if len(programs) <= 2:
        return ", ".join(programs)
    return ngettext("%(n)s program", "%(n)s programs", len(programs)) % {"n": len(programs)}
