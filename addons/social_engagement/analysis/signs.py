"""The words of `cues/` in a post, and the plain outages they add up to.

What does not work is often said without a word of mood: "no internet since Monday",
"nothing works", "geht nicht". Three sections tell it: ``outage`` on its own, ``works``
beside a negation, ``supply`` (what a company provides) right after one.
"""

import re
import threading
from functools import lru_cache

from .text import CLAUSE_END, RECENT
from .vocabulary import Vocabulary, cut
from .words import languages_in, read_words

LANGUAGES = languages_in("cues")
_BEFORE, _BEHIND = 3, 3  # tokens between a negation and what it says does not work
_BESIDE = 1  # tokens between a negation and what is lacking

_MONEY = re.compile(
    r"[$€£¥₹₩₺]|元|रुपये|دولار|ريال|درهم|"
    r"\b(?:usd|eur|euros?|d[oó]lar(?:es)?|dollars?|reais|rupees|bucks|pesos|pounds)\b",
    re.IGNORECASE,
)

_lock = threading.Lock()
_vocabularies = {}


def vocabulary(language):
    """The cues of a language, loaded by the first who asks."""
    found = _vocabularies.get(language)
    if found is None:
        with _lock:
            found = _vocabularies.get(language)
            if found is None:
                found = _vocabularies[language] = _load(language)
    return found


def _load(language):
    sections = read_words(f"cues/{language}.txt") + [
        section
        for section in read_words(f"lexicons/{language}.txt")
        if section[0] == "negation"
    ]
    words = {
        name: {
            word.rstrip("*")
            for title, _, group in sections
            for word in group
            if title == name
        }
        for name in ("negation", "supply", "works", "problem")
    }
    # "kein_internet" among the problems is an outage as well
    provided = words["supply"] | words["works"]
    plain = [
        phrase
        for phrase in words["problem"]
        if len(parts := phrase.split("_")) == 2
        and not words["negation"].isdisjoint(parts)
        and not provided.isdisjoint(parts)
    ]
    return Vocabulary([*sections, ("outage", 1.0, plain)], language)


@lru_cache(maxsize=RECENT)
def scan(text, language):
    """(tokens, hits) of a cleaned text, as `Vocabulary.scan` gives them."""
    if language not in LANGUAGES:
        return (), []
    words = cut(text, language)
    return words, vocabulary(language).scan(words)


def _ends_clause(words, start, end):
    return any(word[0] in CLAUSE_END for word in words[start:end])


def _negated_before(words, hits, index, reach):
    """Whether a negation stands at most `reach` tokens before a hit."""
    start = hits[index][0]
    for position, length, tags in reversed(hits[max(0, index - 3) : index]):
        end = position + length
        if start - end > reach or _ends_clause(words, end, start):
            return False
        if "negation" in tags:
            return True
    return False


def _negated_behind(words, hits, index):
    end = hits[index][0] + hits[index][1]
    for position, _length, tags in hits[index + 1 : index + 4]:
        if position - end > _BEHIND or _ends_clause(words, end, position):
            return False
        if "negation" in tags:
            return True
    return False


def outages(words, hits):
    """Positions of what plainly does not work, in the order of the text.

    None when the post says that it works again.
    """
    found = []
    for index, (start, length, tags) in enumerate(hits):
        if "settled" in tags:
            return []
        if "outage" in tags:
            out = not _negated_before(words, hits, index, _BESIDE)
        elif "works" in tags:
            out = _negated_before(words, hits, index, _BEFORE) or _negated_behind(
                words, hits, index
            )
        else:
            out = "supply" in tags and _negated_before(words, hits, index, _BESIDE)
        if out:
            found.append((start, length))
    return found


def is_spam(hits, text):
    """Whether a post says so in set words, or promises an income: "earn $900 a day"."""
    found = {tag for _start, _length, tags in hits for tag in tags}
    promised = {"earn", "per_day"} <= found and _MONEY.search(text)
    return bool(promised) or "spam" in found
