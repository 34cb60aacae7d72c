"""What stands against a program of whose codes facts choose one (a level, a month of an episode): what all of them lack is said once,
of the program; and where one is only short of that, nobody has to become a patient of another."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from billing.rules import Finding


class Against(NamedTuple):
    """`of_all` name no code, and are said of `codes`. `of_some` are about one of them each; `of_others` too, of codes that lack more
    than another one."""

    codes: tuple[str, ...]
    of_all: list[Finding]
    of_some: list[Finding]
    of_others: list[Finding]


def against_levels(findings: Sequence[Finding]) -> Against:
    """Findings against the codes of one program, apart."""
    by_code: dict[str, set[tuple[object, ...]]] = {}
    for each in findings:
        by_code.setdefault(each.code, set()).add(each.said)
    common = set.intersection(*by_code.values()) if len(by_code) > 1 else set()
    of_all = {each.said: replace(each, code="") for each in findings if each.said in common}
    rest = [each for each in findings if each.said not in common]
    is_enough = common in by_code.values()
    return Against(tuple(sorted(by_code)), list(of_all.values()), [] if is_enough else rest, rest if is_enough else [])
