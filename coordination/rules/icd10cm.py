"""Which ICD-10-CM codes exist and can be reported. Pure; the tabular list is the one that simple_icd_10_cm carries."""


def billable_code(text: str) -> str | None:
    """The code as `E11.9`, however it was written (e119, E11.9); None if there is no such code or it is a group of codes."""
    import simple_icd_10_cm  # reads the whole list, 1.6 s: once, and only where codes are entered

    code = text.upper().replace(" ", "")
    if not (code and simple_icd_10_cm.is_valid_item(code) and simple_icd_10_cm.is_leaf(code)):
        return None
    return str(simple_icd_10_cm.add_dot(code))


def example_below(text: str) -> str | None:
    """A billable code within the group that `text` names, to show what is missing; None if it names no group."""
    import simple_icd_10_cm

    code = text.upper().replace(" ", "")
    if not simple_icd_10_cm.is_valid_item(code):
        return None
    return next((str(item) for item in simple_icd_10_cm.get_descendants(code) if simple_icd_10_cm.is_leaf(item)), None)
