"""How many examples a property is tried on: all of them, or from a fixed seed a few, where it is asked of many small faults."""

import os

from hypothesis import Phase, settings

FEWER = int(os.environ.get("FEWER_EXAMPLES", "0"))


def examples(count: int, at_least: int = 0) -> settings:
    """Settings of a property; `at_least` so many of one that is quickly asked."""
    if FEWER:
        return settings(
            max_examples=max(FEWER, at_least), deadline=None, derandomize=True, database=None, phases=[Phase.generate]
        )
    return settings(max_examples=count, deadline=None)
