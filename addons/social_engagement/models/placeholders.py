"""Words in braces that stand for something of the one who is written to: "{name}"."""

import re

_PLACE = re.compile(r"\{(\w*)\}")
_UNSPEAKABLE = re.compile(r"[^\w\s'’-]|_")  # no mention, no link, no markup
LONGEST_NAME = 60


def fill(text, values):
    """A text with its places filled.

    :param values: name → str; a place of another name stays as it is
    """
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)


def unknown(text, names):
    """The places of a text that nothing is known for, in order, each once."""
    return list(dict.fromkeys(n for n in _PLACE.findall(text) if n not in names))


def speakable(name):
    """What an author calls themselves, fit for our own public words: their name could
    mention others, or be a link.
    """
    words = _UNSPEAKABLE.sub(" ", name or "").split()
    return " ".join(words)[:LONGEST_NAME].strip()
