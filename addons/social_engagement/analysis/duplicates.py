"""Near-duplicates: the same text shared or copied a hundred times is one event.

MinHash over pieces of four characters (Broder 1997), each hashed once into one of 64
bins (Shrivastava 2017): the share of equal minima estimates the share of common pieces.
The 64 minima are cut into 16 bands of 4; two texts that share a band are candidates,
and `similar` decides exactly. Store `bands` in a table with an index, compare only what
shares one.
"""

import random
import re
import struct
import zlib
from collections import Counter

from .text import fold, plain, without_addresses

#: Texts with at least this share of common pieces are the same, …
SAME = 0.4
#: … short ones, of fewer than `SHORT` pieces, only from here.
SAME_SHORT = 0.7
SHORT = 24
#: With fewer pieces than this a text has nothing to compare.
FEWEST = 6

_SIZE = 4
_COMPARED = 8  # candidates looked at, those with most bands in common first
_HASHES = 64
_ROWS = 4
_MIX = 0x9E3779B97F4A7C15
_MASK = (1 << 62) - 1
_LOW = (1 << 56) - 1
_ASKED = [
    random.Random(place).sample(range(_HASHES), _HASHES) for place in range(_HASHES)
]
_GAP = re.compile(r"[\W_]+")


def pieces(text):
    """The pieces of four characters a text consists of, as a frozenset.

    Links, names, case, accents and punctuation make no difference.
    """
    flat = _GAP.sub(" ", fold(without_addresses(plain(text)))).strip()
    return frozenset(
        flat[start : start + _SIZE] for start in range(len(flat) - _SIZE + 1)
    )


def _minima(found):
    """64 minima of a set of pieces.

    Every piece is hashed once and belongs to one of 64 bins, whose minimum counts; a
    bin that stays empty borrows from another, always in the same order of asking.
    """
    bins = [None] * _HASHES
    for piece in found:
        mixed = zlib.crc32(piece.encode()) * _MIX & _MASK
        place, value = mixed >> 56, mixed & _LOW
        if bins[place] is None or value < bins[place]:
            bins[place] = value
    filled = list(bins)
    for place, value in enumerate(bins):
        if value is None:
            filled[place] = next(
                bins[other] for other in _ASKED[place] if bins[other] is not None
            )
    return filled


def bands(text):
    """The 16 band values of a text, signed 32-bit integers; empty when it is too short.

    Two texts with a value in common at the same place are candidates for `similar`. The
    place is part of the value, so that an index over the values alone finds them.
    """
    found = pieces(text)
    if len(found) < FEWEST:
        return []
    minima = _minima(found)
    values = []
    for start in range(0, _HASHES, _ROWS):
        band = struct.pack("<5Q", start, *minima[start : start + _ROWS])
        value = zlib.crc32(band)
        values.append(value - (1 << 32) if value >= 1 << 31 else value)
    return values


def resemblance(first, second):
    """Share 0–1 of the pieces two texts have in common (Jaccard)."""
    return _jaccard(pieces(first), pieces(second))


def _jaccard(first, second):
    either = len(first | second)
    return len(first & second) / either if either else 0.0


def similar(first, second):
    """Whether two texts are the same but for small changes."""
    return _same(pieces(first), pieces(second))


def _same(first, second):
    fewest = min(len(first), len(second))
    if fewest < FEWEST:
        return False
    return _jaccard(first, second) >= (SAME_SHORT if fewest < SHORT else SAME)


class Finder:
    """Finds for each of many texts an earlier one it is a copy of.

    >>> finder = Finder()
    >>> finder.add(1, "The new app signs me out every time")
    >>> finder.find("RT @ann: The new app signs me out every time!")
    1
    """

    def __init__(self):
        self._texts, self._pieces, self._keys = {}, {}, {}

    def add(self, key, text, known=None):
        """Take in a text that others may be copies of.

        :param key: any hashable, what `find` gives back
        :param known: its `bands`, where they are known already; some are enough
        """
        self._texts[key] = text
        for band in bands(text) if known is None else known:
            self._keys.setdefault(band, []).append(key)

    def find(self, text, known=None):
        """The key of a text this one is a copy of, or None.

        :param known: its `bands`, where they are known already
        """
        shared = Counter()
        for band in bands(text) if known is None else known:
            shared.update(self._keys.get(band, ()))
        if not shared:
            return None
        mine = pieces(text)
        for key, _count in shared.most_common(_COMPARED):
            if key not in self._pieces:
                self._pieces[key] = pieces(self._texts[key])
            if _same(mine, self._pieces[key]):
                return key
        return None
