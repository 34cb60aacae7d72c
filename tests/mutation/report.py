"""docs/rules/mutation.md: the figure, how to measure it again, and each survivor."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

PAGE = Path("docs/rules/mutation.md")
HEAD = """# How much of the rules is held by cases and properties

{caught} of {all} small faults ({share:.1%}) are caught. Measured on {day}, in {minutes:.0f} minutes. Again: `make mutants`, which
writes this page; `ARGS="--only weigh.py"` tries the faults of one file, `ARGS=--cases-alone` what cases see without tests.

A fault is one change of `billing/rules/*.py` (a comparison, a number one off, and/or, not, min/max, any/all, a sign, a truth
value, a branch never taken, nothing returned, a filter or a statement gone) or of `billing/rulebook/*.yaml` (a number one off, a
date a day or a month off, a truth value turned, an item of a list gone, a finding exchanged for another, half for full). It is
made in a process of its own; then every case file runs through the engine, and if none fails, the engine's tests and properties
do (few examples, from a fixed seed). What does not come back in time, or cannot be loaded, is caught. Not tried: sources, labels,
words and the list of foreign codes, by which nothing is decided. What YAML states once for several codes counts for each.

| | faults | caught |
|---|---|---|
"""


def write(verdicts: Sequence[Any], minutes: float, today: date, note: str = "") -> None:
    """The page; the note says what was tried where that was not everything."""
    caught = sum(bool(each.by) for each in verdicts)
    text = HEAD.format(
        caught=caught, all=len(verdicts), share=caught / len(verdicts), day=today.isoformat(), minutes=minutes
    )
    text += "".join(_row(of, verdicts) for of in ("billing/rules", "billing/rulebook"))
    text += f"\n{note}\n" if note else ""
    text += "\n## What nothing catches\n\n" + "".join(_survivors(verdicts))
    PAGE.write_text(text)


def _row(of: str, verdicts: Iterable[Any]) -> str:
    own = [bool(each.by) for each in verdicts if each.mutant.place.startswith(f"{of}/")]
    return f"| `{of}` | {len(own)} | {sum(own)} ({sum(own) / max(1, len(own)):.1%}) |\n"


def _survivors(verdicts: Iterable[Any]) -> Iterable[str]:
    left = [each.mutant for each in verdicts if not each.by]
    why = reasons()
    files = Counter(each.place.split(":")[0] for each in left)
    for file in files:
        yield f"### {file}\n\n"
        if file in why:
            yield f"{why[file]}\n\n"
        yield from (
            f"- {each.place.split(':')[1]}: {each.what}\n" for each in left if each.place.startswith(f"{file}:")
        )
        yield "\n"


def reasons() -> dict[str, str]:
    """Why the survivors of a file are harmless, or that they are open: file -> words, from reasons.txt beside this module."""
    lines = Path(__file__).with_name("reasons.txt").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)
