"""Does a post need an answer? 0–1 with reasons, and spam and advertising apart.

The words of `cues/` and the shape of a post are features; each carries a round weight,
set by hand, in log-odds; the sum goes through the logistic function. Mood alone does
not do it: praise and jokes need no answer, polite questions do.
"""

import math
import re
from dataclasses import dataclass, field

from . import signs
from .text import links, names, own, plain, shared, starts_with_name, without_addresses

LANGUAGES = signs.LANGUAGES

_BIAS = -2.3
#: Feature → (weight in log-odds, reason given to people or None).
WEIGHTS = {
    "question_mark": (1.3, "asks a question"),
    "question": (1.0, "asks a question"),
    "request": (0.7, "asks for something"),
    "wish": (2.5, "asks for something"),
    "outage": (2.7, "names a problem"),
    "again": (1.0, None),
    "problem": (1.1, "names a problem"),
    "complaint": (1.2, "complains"),
    "service": (1.2, "is about an order, an account or a service"),
    "own_matter": (0.4, None),
    "bad_news": (0.5, None),
    "lacking": (0.2, "something is missing or does not work"),
    "me": (0.3, None),
    "you": (0.1, None),
    "asks_you": (0.1, None),
    "support_account": (1.1, "is addressed to a service account"),
    "addressed": (0.2, "is addressed to somebody"),
    "negative": (1.0, "sounds negative"),
    "positive": (-0.7, "sounds positive"),
    "irony": (1.3, "sounds ironic"),
    "praise": (-0.5, "praises"),
    "thanks": (-1.1, "gives thanks"),
    "joke": (-0.7, "is a joke"),
    "settled": (-1.0, "says it is settled"),
    "advertising": (-1.5, "looks like advertising"),
    "spam": (-3.0, "looks like spam"),
    "link": (-1.4, "shares a link"),
    "hashtags": (-0.6, "carries many hashtags"),
    "shared": (-2.5, "passes on another's post"),
    "empty": (-1.5, "says nothing in words"),
}
#: Of these a second find counts half, more count nothing.
_COUNTED = (
    "outage",
    "question",
    "request",
    "problem",
    "complaint",
    "service",
    "praise",
    "advertising",
    "spam",
)
#: Sections that only help to find others.
HELPERS = ("supply", "works", "except", "earn", "per_day")
_BAD = -0.2  # a mood that is bad news beside a service
#: Sections that are heard inside a phrase of another as well.
_WITHIN = frozenset(("you", "again"))
_SAID_TWICE = 0.2
_ENOUGH = 2  # finds that leave no doubt
#: Praise beside one of these is ironic or beside the point.
_TROUBLE = ("outage", "problem", "complaint")
_MIXED = 0.5
#: What friendly words lose their meaning beside.
_IN_EARNEST = (
    "outage",
    "problem",
    "complaint",
    "irony",
    "question_mark",
    "request",
    "wish",
)

_QUESTION_MARK = re.compile(r"[?？؟]")
_SUPPORT = re.compile(
    r"(?i)(care|help|support|service|serv|cust|custserv|cares|answers|ask|kunden|hilft|"
    r"sav|clients?|atencion|soporte|ayuda|atende|ajuda|assist|clienti|klant)"
)
_HASHTAG = re.compile(r"#\w")
_SHARED = re.compile(r"^\s*RT\b|\bvia @", re.IGNORECASE)


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


def _strength(count):
    return (0.0, 1.0)[count] if count < 2 else 1.5


def _cues(text, language):
    """Section → strength of the cue words found."""
    counts = {}
    words, hits = signs.scan(text, language)
    for start, length, tags in hits:
        for section in tags:
            counts[section] = counts.get(section, 0) + 1
        if length > 1:  # "do you have" and "still waiting" are one find each
            known = signs.vocabulary(language).tags
            for word in words[start : start + length]:
                for section in _WITHIN & known(word).keys():
                    counts.setdefault(section, 1)
    counts["outage"] = len(signs.outages(words, hits))
    if signs.is_spam(hits, text):
        counts["spam"] = max(counts.get("spam", 0), _ENOUGH)
    return {
        section: _strength(count) if section in _COUNTED else 1.0
        for section, count in counts.items()
        if count and section not in HELPERS
    }


def features(text, language, mood=None):
    """What speaks for and against an answer, name → strength (0–1.5).

    :param text: the post; `language`: its language; `mood`: its sentiment −1…1 or None
    """
    text = plain(text)
    cleaned = without_addresses("" if shared(text) else own(text))
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
    troubled = max(found.get(name, 0.0) for name in _TROUBLE)
    found["again"] = found.get("again", 0.0) * min(1.0, troubled)
    if troubled and (found.get("praise") or found.get("opener")):
        found["irony"] = max(found.get("irony", 0.0), _MIXED)
    found.pop("opener", None)
    # both say that it asks, which is news only where nothing else speaks
    if found["question_mark"] and (troubled or found.get("service")):
        found["question"] = found.get("question", 0.0) * _SAID_TWICE
    if found["question_mark"] and not (found["link"] or found["hashtags"]):
        found.pop("advertising", None)  # it asks for an offer and makes none
    found["asks_you"] = found["question_mark"] * found.get("you", 0.0)
    service = min(1.0, found.get("service", 0.0))
    found["own_matter"] = service * found.get("me", 0.0)
    found["bad_news"] = service * float((mood or 0.0) <= _BAD)
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
