"""Splitting a long answer into posts that follow each other."""

from collections.abc import Callable

import regex

MOST_PARTS = 25
# Where a text is cut, the best place first, as long as enough of the room is used.
_PARAGRAPH = regex.compile(r"\n\s*\n")
_LINE = regex.compile(r"\n")
_SENTENCE = regex.compile(r"(?<=[.!?…][\"'”’)\]]*)\s+|(?<=[。！？])")
_WORD = regex.compile(r"\s+")
_GRAPHEME = regex.compile(r"\X")
_USED_AT_LEAST = 0.5


def split(text: str, limit: int, length: Callable[[str], int]) -> list[str]:
    """A text in parts of at most ``limit``, each with a counter: "… (1/3)". Cut between
    paragraphs, else lines, sentences or words; within a word only when it alone is too
    long. A text that fits stays whole, without a counter.

    :param length: the length of a part as the network counts it
    :raises ValueError: it can't be split, or into more than ``MOST_PARTS`` only
    """
    text = text.strip()
    if length(text) <= limit:
        return [text]
    for most in (9, MOST_PARTS):
        parts = _parts(text, most, lambda part: length(part) <= limit)
        if parts:
            return [f"{p} ({n}/{len(parts)})" for n, p in enumerate(parts, 1)]
    raise ValueError("the text is too long to be split")


def _parts(text, most, fits):
    """The parts without their counters, for which room is left; None when there would
    be more than ``most``.
    """
    parts, counter = [], f" ({most}/{most})"
    while text:
        if len(parts) == most:
            return None
        end = _end(text, lambda part: fits(part.rstrip() + counter))
        if not end:
            raise ValueError("not even one character fits")
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return parts


def _end(text, fits):
    """Where the first part ends: the length of the text that goes into it."""
    if fits(text):
        return len(text)
    low, high = 0, len(text)  # fits, does not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(text[:middle]) else (low, middle)
    for boundary, least in (
        (_PARAGRAPH, _USED_AT_LEAST * low),
        (_LINE, _USED_AT_LEAST * low),
        (_SENTENCE, _USED_AT_LEAST * low),
        (_WORD, 1),
        (_GRAPHEME, 1),
    ):
        places = [found.start() for found in boundary.finditer(text[: high + 1])]
        for place in reversed(places):
            if least <= place <= low and fits(text[:place]):
                return place
    return 0
