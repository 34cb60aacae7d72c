"""What a FHIR R4 Coverage says, as far as it is taken: who pays, under what kind of plan, from when to when.

The kind of plan is read from codes and exact words only and never guessed: what says less than we need becomes `other`, with the
reason. Read on 2026-11-24: the Source of Payment Typology's codes from public code lists (eCQM supplemental data, version 9);
X12 claim filing indicators from the list of the 835.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from interop.codecs.fhir_bundle import (
    IN_ERROR,
    LeftOut,
    Resource,
    TakenBack,
    agency_period,
    by_status,
    check_subject,
    codes,
    source_id,
    words,
)
from interop.codecs.fhir_names import Names

SOPT = ("https://nahdo.org/sopt", "urn:oid:2.16.840.1.113883.3.221.5")
X12 = ("https://x12.org/codes/claim-filing-indicator-codes", "https://codesystem.x12.org/005010/1032")
_SOPT_PLANS = {  # the longest beginning that fits wins
    "11": "medicare_advantage",
    "122": "medicare_d",
    "21": "medicaid_managed",
    "22": "medicaid_ffs",
}
_X12_PLANS = {"MA": "medicare_a", "MB": "medicare_b", "16": "medicare_advantage"}
_WORDS = {
    "medicare part a": "medicare_a",
    "medicare part b": "medicare_b",
    "medicare parts a and b": "medicare_ab",
    "medicare advantage": "medicare_advantage",
    "medicare part c": "medicare_advantage",
    "medicare part d": "medicare_d",
    "medigap": "medigap",
    "medicare supplement": "medigap",
    "medicaid managed care": "medicaid_managed",
    "chip": "chip",
}
_PAYERS = {
    "medicare_a": "medicare_ffs",
    "medicare_b": "medicare_ffs",
    "medicare_ab": "medicare_ffs",
    "medicare_advantage": "medicare_advantage",
    "medicaid_ffs": "medicaid",
    "medicaid_managed": "medicaid",
    "chip": "medicaid",
    "employer": "commercial",
    "exchange": "commercial",
    "medigap": "commercial",
    "medicare_d": "other",
}
_SOPT_PAYERS = {"12": "medicare_ffs", "2": "medicaid", "5": "commercial", "6": "commercial"}
_MEMBER_NUMBER = "MB"
UNKNOWN_PLAN = "the kind of plan is kept as Other: “{said}” does not say which of ours it is"


@dataclass(frozen=True)
class CoverageRead:
    """A coverage by a payer that is named; `order` None where the file does not say who pays first.

    `note` says what a person should look at; empty if nothing.
    """

    source_id: str
    payer: str
    payer_kind: str
    plan_kind: str
    member_id: str
    from_day: date
    to_day: date | None
    order: int | None
    note: str


def read_coverage(
    resource: Resource, subjects: Collection[str] | None, names: Names, zone: tzinfo
) -> CoverageRead | TakenBack | LeftOut | None:
    """The coverage, or that it was an error, or why it is left out, or None if refused."""
    if not resource.is_sound():
        return None
    body = resource.body
    check_subject(resource, "beneficiary", subjects)
    source = source_id(resource)
    start, end = agency_period(resource, zone)
    status = body["status"]
    if status == IN_ERROR:
        return TakenBack(source)
    if status not in ("active", "cancelled"):
        return by_status(status)
    payers = [names.of(each, body.get("contained", ())) for each in body["payor"]]
    payer = next((each for each in payers if each.kind not in ("Patient", "RelatedPerson")), None)
    if payer is None:
        return LeftOut("the patient or a relative pays, no organization")
    if not payer.name:
        return LeftOut("it names no payer", "add payor.display, or the payer's Organization with its name")
    if start is None:
        return LeftOut("it does not say since when it covers", "add period.start as a whole day")
    if status == "cancelled" and end is None:
        return LeftOut("it is over, and the bundle does not say since when", "add period.end")
    order = body.get("order")
    if order is not None and not 1 <= order <= 99:
        resource.refuse("order", order, "write 1 for the coverage that pays first, 2 for the next")
    plan, payer_kind = _plan(body)
    said = words(body.get("type", {})) or "no type"
    return CoverageRead(
        source_id=source,
        payer=payer.name,
        payer_kind=payer_kind,
        plan_kind=plan,
        member_id=_member_id(body),
        from_day=start,
        to_day=end,
        order=order,
        note=UNKNOWN_PLAN.format(said=said[:60]) if plan == "other" else "",
    )


def _plan(body: dict[str, Any]) -> tuple[str, str]:
    """(kind of plan, kind of payer)."""
    concept = body.get("type", {})
    codings = [(coding.get("system"), coding.get("code") or "") for coding in concept.get("coding", ())]
    typed = next((code for system, code in codings if system in SOPT), "")
    plan = _longest(_SOPT_PLANS, typed) or next(
        (_X12_PLANS.get(code, "") for system, code in codings if system in X12), ""
    )
    plan = plan or _WORDS.get(words(concept).casefold(), "")
    if not plan and typed[:1] in ("5", "6") and _is_group(body):
        plan = "employer"
    return plan or "other", _PAYERS.get(plan, "") or _longest(_SOPT_PAYERS, typed) or "other"


def _longest(table: dict[str, str], code: str) -> str:
    return next((table[code[:length]] for length in range(len(code), 0, -1) if code[:length] in table), "")


def _is_group(body: dict[str, Any]) -> bool:
    return any("group" in codes(each["type"]) for each in body.get("class", ()))


def _member_id(body: dict[str, Any]) -> str:
    numbered = [
        held.get("value", "") for held in body.get("identifier", ()) if _MEMBER_NUMBER in codes(held.get("type", {}))
    ]
    return str(next((number for number in numbered if number), "") or body.get("subscriberId", "")).strip()
