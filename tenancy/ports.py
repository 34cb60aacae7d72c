"""What the apps above do when something changes here that they rest on. They fill the port when they start; tenancy imports none."""

from typing import Protocol


class Resting(Protocol):
    """Told inside the transaction of the change, in the agency's context."""

    def calendar_changed(self) -> None:
        """Days off, conventions or hours: when things are due is counted anew."""
        ...

    def licences_changed(self) -> None:
        """A licence was recorded or changed, or somebody who has one came or went."""
        ...


_resting: list[Resting] = []


def fill(resting: Resting) -> None:
    """Called once by each app that rests on these, from its `ready()`."""
    _resting.append(resting)


def calendar_changed() -> None:
    for each in _resting:
        each.calendar_changed()


def licences_changed() -> None:
    for each in _resting:
        each.licences_changed()
