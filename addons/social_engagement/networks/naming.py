"""Which payloads may name a person, told by numbers that fit an index: a payload of two
kilobytes comes to some sixty, so that a million of them can be asked in milliseconds.

What `keys` finds is a superset: whoever asks looks at the payloads themselves.
"""

import re
import zlib

FEWEST = 3  # characters: what is shorter names nobody
MOST = (1 << 20) - 1  # few numbers, shared by many: an index a third as large
DEPTH = 3  # an address counts up to the second part of its path
_GAP = re.compile(r"[\s<>\"'()\[\]{},;|?#&=\\]+")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_AROUND = "@.:!*~`-+/…"
_NUMBERS = re.compile(r"\d+(_\d+)+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dt[\d:.]+(z|[+-]\d\d:?\d\d)?")


def marks(payload):
    """The numbers a payload is found by: from 0 to `MOST`, sorted.

    :param payload: parsed JSON
    """
    found = set()
    for text in _leaves(payload):
        for piece in _pieces(text):
            found.update(_parts(piece))
    return sorted({_number(part) for part in found if len(part) >= FEWEST})


def keys(name):
    """The numbers that every payload has among its `marks` that contains an ID, a
    handle or an address as a word of its own; empty when it is too short to look for.
    """
    found = {_address(piece) for piece in _pieces(name)}
    return sorted({_number(part) for part in found if len(part) >= FEWEST})


def _leaves(value):
    """All texts and numbers in parsed JSON."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
            waiting.extend(key for key in value if not key.isidentifier())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str):
            yield value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield str(value)


def _pieces(text):
    for piece in _GAP.split(text.lower()):
        piece = _SCHEME.sub("", piece).strip(_AROUND)
        if len(piece) >= FEWEST and not _MOMENT.fullmatch(piece):
            yield piece


def _address(piece):
    return "/".join(piece.split("/")[:DEPTH]).strip(_AROUND)


def _parts(piece):
    """What of a word may be a name: `ann` and `ann@example.org` of the latter, the
    beginnings and the parts of an address, each number of `12_34`.
    """
    yield _address(piece)
    if "/" in piece:
        steps = piece.split("/")[:DEPTH]
        for count in range(1, len(steps)):
            yield "/".join(steps[:count]).strip(_AROUND)
        yield from (step.strip(_AROUND) for step in steps)
    if "@" in piece:
        yield from (part.strip(_AROUND) for part in piece.split("@"))
    if _NUMBERS.fullmatch(piece):
        yield from piece.split("_")


def _number(part):
    return zlib.crc32(part.encode("utf-8", "replace")) & MOST
