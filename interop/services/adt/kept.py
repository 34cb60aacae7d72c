"""What was read from a message, or folded from several, as JSON and back."""

from typing import Any

import msgspec

from interop.codecs.adt import AdtFacts
from interop.codecs.adt_fold import StayFacts


def as_json(facts: AdtFacts | StayFacts) -> dict[str, Any]:
    """Without what is empty: most of a message says little."""
    said = msgspec.to_builtins(facts)
    said.pop("notes", None)
    return {name: value for name, value in said.items() if value not in ("", None, [])}


def message_facts(kept: dict[str, Any]) -> AdtFacts:
    return msgspec.convert(kept, AdtFacts)


def stay_facts(kept: dict[str, Any]) -> StayFacts:
    return msgspec.convert(kept, StayFacts)
