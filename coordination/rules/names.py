"""Folding names, so that "Mejía", "MEJIA" and "mejia" find each other. Pure."""

import re
import unicodedata

WITHOUT_MARKS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ŋ": "n", "ħ": "h"}
)
"""Letters that Unicode does not take apart, as people without them on the keyboard write them."""

APOSTROPHES = re.compile("['’ʼ`]")


def fold(text: str) -> str:
    """NFKD without marks, casefolded."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char)).translate(WITHOUT_MARKS)


def tokens(*texts: str) -> list[str]:
    """The distinct folded words of the texts, in order. An apostrophe joins (oneil); all else but letters and digits separates."""
    words = [word for text in texts for word in re.split(r"[\W_]+", APOSTROPHES.sub("", fold(text)))]
    return list(dict.fromkeys(word for word in words if word))


def name_tokens(*texts: str) -> list[str]:
    """The words by which a name is found: as `tokens`, and what follows an apostrophe as well (oneil, neil)."""
    apart = [APOSTROPHES.sub(" ", text) for text in texts]
    return list(dict.fromkeys([*tokens(*texts), *tokens(*apart)]))
