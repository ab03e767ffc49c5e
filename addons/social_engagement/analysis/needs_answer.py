"""Does a post need an answer? 0–1 with reasons, and spam and advertising apart.

The words of `cues/` and the shape of a post are features; each carries a round weight,
set by hand, in log-odds; the sum goes through the logistic function. Mood alone does
not do it: praise and jokes need no answer, polite questions do.
"""

import math
import re
import threading
from dataclasses import dataclass, field

from .text import links, names, plain, starts_with_name, without_addresses
from .vocabulary import Vocabulary, cut
from .words import languages_in, read_words

LANGUAGES = languages_in("cues")

_BIAS = -2.1
#: Feature → (weight in log-odds, reason given to people or None).
WEIGHTS = {
    "question_mark": (1.3, "asks a question"),
    "question": (0.9, "asks a question"),
    "request": (0.7, "asks for something"),
    "problem": (1.2, "names a problem"),
    "complaint": (1.0, "complains"),
    "service": (0.9, "is about an order, an account or a service"),
    "own_matter": (0.4, None),
    "lacking": (0.5, "something is missing or does not work"),
    "me": (0.3, None),
    "you": (0.2, None),
    "support_account": (1.0, "is addressed to a service account"),
    "addressed": (0.3, "is addressed to somebody"),
    "negative": (0.4, "sounds negative"),
    "positive": (-0.4, "sounds positive"),
    "irony": (0.9, "sounds ironic"),
    "praise": (-0.5, "praises"),
    "thanks": (-0.9, "gives thanks"),
    "joke": (-0.7, "is a joke"),
    "settled": (-1.0, "says it is settled"),
    "advertising": (-1.5, "looks like advertising"),
    "spam": (-3.0, "looks like spam"),
    "link": (-0.8, "shares a link"),
    "hashtags": (-0.5, "carries many hashtags"),
    "shared": (-0.7, "passes on another's post"),
    "empty": (-1.5, "says nothing in words"),
}
#: Of these a second find counts half, more count nothing.
_COUNTED = (
    "question",
    "request",
    "problem",
    "complaint",
    "service",
    "praise",
    "advertising",
    "spam",
)
#: What friendly words lose their meaning beside.
_IN_EARNEST = ("problem", "complaint", "irony", "question_mark", "request")

_QUESTION_MARK = re.compile(r"[?？؟]")
_SUPPORT = re.compile(
    r"(?i)(care|help|support|service|serv|cust|custserv|cares|answers|ask|kunden|hilft|"
    r"sav|clients?|atencion|soporte|ayuda|atende|ajuda|assist|clienti|klant)"
)
_HASHTAG = re.compile(r"#\w")
_SHARED = re.compile(r"^\s*RT\b|\bvia @", re.IGNORECASE)

_lock = threading.Lock()
_vocabularies = {}


@dataclass(frozen=True)
class Need:
    """`value` 0–1, `reasons` list of str, `reason_keys` the same as names of `WEIGHTS`,
    `spam` and `advertising` 0–1.
    """

    value: float = 0.0
    reasons: list = field(default_factory=list)
    reason_keys: list = field(default_factory=list)
    spam: float = 0.0
    advertising: float = 0.0


def vocabulary(language):
    """The cues of a language, loaded by the first who asks."""
    found = _vocabularies.get(language)
    if found is None:
        with _lock:
            found = _vocabularies.get(language)
            if found is None:
                sections = read_words(f"cues/{language}.txt") + [
                    section
                    for section in read_words(f"lexicons/{language}.txt")
                    if section[0] == "negation"
                ]
                found = _vocabularies[language] = Vocabulary(sections, language)
    return found


def _strength(count):
    return (0.0, 1.0)[count] if count < 2 else 1.5


def _cues(text, language):
    """Section → strength of the cue words found."""
    if language not in LANGUAGES:
        return {}
    counts = {}
    for _start, _length, tags in vocabulary(language).scan(cut(text, language)):
        for section in tags:
            counts[section] = counts.get(section, 0) + 1
    return {
        section: _strength(count) if section in _COUNTED else 1.0
        for section, count in counts.items()
    }


def features(text, language, mood=None):
    """What speaks for and against an answer, name → strength (0–1.5).

    :param text: the post; `language`: its language; `mood`: its sentiment −1…1 or None
    """
    text = plain(text)
    cleaned = without_addresses(text)
    found = _cues(cleaned, language)
    mood = mood or 0.0
    found |= {
        "question_mark": max(
            found.get("question_mark", 0.0),
            float(bool(_QUESTION_MARK.search(cleaned))),
        ),
        "support_account": float(any(map(_SUPPORT.search, names(text)))),
        "addressed": float(starts_with_name(text)),
        "negative": max(0.0, -mood),
        "positive": max(0.0, mood),
        "link": float(bool(links(text))),
        "hashtags": float(len(_HASHTAG.findall(text)) > 2),
        "shared": float(bool(_SHARED.search(text))),
        "empty": float(not any(map(str.isalpha, cleaned))),
    }
    service = min(1.0, found.get("service", 0.0))
    found["own_matter"] = service * found.get("me", 0.0)
    found["lacking"] = service * found.pop("negation", 0.0)
    if any(found.get(name) for name in _IN_EARNEST):
        for name in ("thanks", "praise", "positive", "joke"):
            found[name] = found.get(name, 0.0) * 0.3
    return {name: strength for name, strength in found.items() if strength}


def _share(strength, full):
    return round(min(1.0, strength / full), 3)


def score(text, language, mood=None):
    """How much a post wants an answer.

    :param text: the post; `language`: its language; `mood`: its sentiment −1…1 or None
    :return: `Need`
    """
    found = features(text, language, mood)
    parts = {name: WEIGHTS[name][0] * strength for name, strength in found.items()}
    value = 1 / (1 + math.exp(-(_BIAS + sum(parts.values()))))
    reasons = {}
    for name in sorted(parts, key=lambda name: -abs(parts[name])):
        reason = WEIGHTS[name][1]
        if reason and abs(parts[name]) >= 0.15:
            reasons.setdefault(reason, name)
    return Need(
        round(value, 3),
        list(reasons),
        list(reasons.values()),
        spam=_share(found.get("spam", 0.0), 1.5),
        advertising=_share(
            found.get("advertising", 0.0) + 0.5 * found.get("link", 0.0), 2.0
        ),
    )
