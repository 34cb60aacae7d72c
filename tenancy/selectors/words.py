"""Finding rows of short lists (people, payers) by words, without regard to case and accents."""

import unicodedata
from typing import TypeVar

from django.db.models import CharField, F, Func, Model, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, StrIndex

M = TypeVar("M", bound=Model)


class Folded(Func):
    """Lower case and without accents, by PostgreSQL itself."""

    function = "regexp_replace"
    template = "regexp_replace(normalize(lower(%(expressions)s), NFKD), '[\u0300-\u036f]', '', 'g')"
    output_field = CharField()


def with_words(rows: QuerySet[M], query: str, *columns: str) -> QuerySet[M]:
    """Rows in which every word of the query begins a word of one of these columns. Each row is read: a list of hundreds, not more."""
    parts = [part for name in columns for part in (Value(" "), Coalesce(F(name), Value("")))]
    for word in query.replace("\x00", " ").split():  # PostgreSQL takes no NUL
        known = Folded(Concat(*parts, output_field=CharField()))
        rows = rows.alias(at=StrIndex(known, Value(f" {_folded(word)}"))).filter(at__gt=0)
    return rows


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(each for each in apart if not "\u0300" <= each <= "\u036f")
