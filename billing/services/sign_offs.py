"""Vouching for values of the rulebook, and taking that back."""

from collections.abc import Iterable
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import RuleSignOff
from billing.rules import Rulebook
from billing.selectors.sign_offs import Key, sign_offs
from tenancy import access
from tenancy.models import Membership


def to_sign_off(rulebook: Rulebook) -> list[Key]:
    """Every value that no source settles, in the order of the rulebook."""
    return [
        (rule.name, version.from_, rule.digest_of(version.from_))
        for rule in rulebook.rules.values()
        for version in rule.versions
        if version.confidence != "seen"
    ]


@transaction.atomic
def rules_sign_off(
    *, actor: Membership, rulebook: Rulebook, values: Iterable[Key], note: str, now: datetime, take_back: bool = False
) -> int:
    """Say of these values that they hold here, or take that back; how many statements are new.

    One that stands already is left as it is. ValidationError where a value is none of the list, or says something else by now."""
    access.require(actor, "rule.sign_off")
    known, standing = set(to_sign_off(rulebook)), sign_offs()
    made = 0
    for value in dict.fromkeys(values):
        rule, since, digest = value
        if value not in known:
            raise ValidationError(_changed(rule, since))
        last = standing.get(value)
        if (last is None or last.is_taken_back) != take_back:
            _row, is_new = RuleSignOff.objects.get_or_create(
                rule=rule,
                since=since,
                digest=digest,
                number=last.number + 1 if last else 1,
                defaults={"is_taken_back": take_back, "note": note, "signed_by": actor, "signed_at": now},
            )
            made += is_new
    return made


def _changed(rule: str, since: date) -> str:
    return _("%(rule)s of %(since)s has changed, or needs no sign-off any more: read the list again.") % {
        "rule": rule,
        "since": since.isoformat(),
    }
