"""Folding names, so that "Mejía", "MEJIA" and "mejia" find each other. Pure."""

import re
import unicodedata


def fold(text: str) -> str:
    """NFKD without marks, casefolded."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def tokens(*texts: str) -> list[str]:
    """The distinct folded words of the texts, in order; what is not a letter or digit separates."""
    return list(dict.fromkeys(word for text in texts for word in re.split(r"[\W_]+", fold(text)) if word))
