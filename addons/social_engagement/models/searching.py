"""Finding what people typed, as they meant it: a word is found however its apostrophes,
quotes, spaces, full-width letters and accents were typed, and % and _ are themselves.
"""

import re
import unicodedata

from odoo.fields import Domain
from odoo.modules.db import FunctionStatus
from odoo.tools import SQL

_SAME = {  # what stands for each of these characters
    "'": "’‘ʼ′`´＇",
    '"': "“”„‟«»″＂",
    "-": "‐‑‒–—−",
}
_NOTHING = "\u00ad\u200b\u200c\u200d\u2060\ufeff"  # has no width
_FROM = "".join(_SAME.values()) + _NOTHING
_TO = "".join(sign * len(signs) for sign, signs in _SAME.items())
_TRANSLATION = str.maketrans(_FROM[: len(_TO)], _TO, _NOTHING)
# The same in SQL. All of it is immutable, so that an index can be made of it.
_FOLDED = "lower(regexp_replace(normalize(translate({}, {}, {}), NFKC), {}, ' ', 'g'))"


def folded(text):
    """A text in the form in which it is compared.

    >>> folded("It  doesn’t ＷＯＲＫ")
    "it doesn't work"
    """
    text = unicodedata.normalize("NFKC", text.translate(_TRANSLATION))
    return re.sub(r"\s+", " ", text).lower()


def literal(text):
    """A text as a pattern of LIKE that means this text alone."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def folded_index(column):
    """The definition of an index by which :func:`bearing` finds words in a column."""

    def definition(registry):
        if not registry.has_trigram:
            return ""
        expression = _expression(column)
        if registry.has_unaccent == FunctionStatus.INDEXABLE:
            expression = f"unaccent({expression})"
        return f"USING gin (({expression}) gin_trgm_ops)"

    return definition


def bearing(names, text):
    """Domain of records of which one of some fields bears a text.

    :param names: names of stored text fields
    :param text: as somebody typed it
    """
    pattern = f"%{literal(folded(text.strip()))}%"

    def to_sql(name):
        def condition(model, alias, query):
            unaccent = model.env.registry.unaccent
            column = model._field_to_sql(alias, name, query)
            expression = SQL(_expression("%s"), column)
            return SQL("%s LIKE %s", unaccent(expression), unaccent(SQL("%s", pattern)))

        return condition

    return Domain.OR(Domain.custom(to_sql=to_sql(name)) for name in names)


def _expression(column):
    signs = (_quoted(_FROM), _quoted(_TO), _quoted(r"\s+"))
    return _FOLDED.format(column, *signs)


def _quoted(text):
    return "'" + text.replace("'", "''") + "'"
