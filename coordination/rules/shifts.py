"""Whether time lies in a person's usual hours. Pure."""

from datetime import time


def outside_shift(start: time, stop: time, works_from: time | None, works_until: time | None) -> bool:
    """Whether some of it lies outside; never where no hours are known. A shift may run over midnight."""
    if works_from is None or works_until is None:
        return False
    if works_from <= works_until:
        return not works_from <= start <= stop <= works_until
    return not ((start >= works_from and (stop >= start or stop <= works_until)) or start <= stop <= works_until)
