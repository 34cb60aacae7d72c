"""Which ICD-10-CM codes exist and can stand on a claim, however they are written. Not here: what a code means."""

from typing import Any


def billable_code(text: str) -> str | None:
    """The code as `E11.9`, whatever the case and with or without the dot; None for a group of codes and for no code."""
    code = _plain(text)
    table = _table()
    return table.add_dot(code) if code and table.is_valid_item(code) and table.is_leaf(code) else None


def group_example(text: str) -> str | None:
    """For a group of codes the first billable code below it (`E11` -> `E11.00`); None for everything else."""
    code = _plain(text)
    table = _table()
    if not code or not table.is_valid_item(code) or table.is_leaf(code):
        return None
    return next((table.add_dot(each) for each in table.get_descendants(code) if table.is_leaf(each)), None)


def _plain(text: str) -> str:
    return text.upper().replace(" ", "")


def _table() -> Any:
    import simple_icd_10_cm  # reads the whole tabular list, 1.6 s: once, and only where codes are entered

    return simple_icd_10_cm
