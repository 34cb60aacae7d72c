"""What a CPT or HCPCS code looks like. Which codes exist is licensed data that this project does not hold. Pure."""

import re

SHAPE = re.compile(r"[0-9]{4}[0-9A-Z]|[A-V][0-9]{4}")


def plain_code(text: str) -> str:
    """As it stands on a claim: without spaces, in capitals."""
    return "".join(text.split()).upper()


def is_code(text: str) -> bool:
    """Five characters: five digits (CPT), four digits and a letter (CPT II and III), or a letter and four digits (HCPCS)."""
    return SHAPE.fullmatch(text) is not None
