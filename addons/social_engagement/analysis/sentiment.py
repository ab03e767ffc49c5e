"""How a post sounds, −1…1, and the words that decided.

The words of `lexicons/` (for English VADER's, MIT licence, and some of our own) carry
weights from −3 to 3. A negation turns a weight round, intensifiers before it strengthen
or weaken it, what follows a "but" outweighs what came before. The weights are summed
and squashed by s / √(s² + 15) as VADER does; the thresholds of the labels are measured.
"""

import math
import threading
from dataclasses import dataclass

from .text import links, plain, without_addresses
from .vocabulary import Vocabulary, cut
from .words import languages_in, read_words

LANGUAGES = languages_in("lexicons")
#: Below the first "negative", above the second "positive"; measured on tweets.
THRESHOLDS = {
    "ar": (-0.05, 0.3),
    "de": (-0.05, 0.25),
    "en": (-0.05, 0.4),
    "es": (-0.05, 0.45),
    "fr": (-0.05, 0.05),
    "it": (-0.05, 0.3),
    "nl": (-0.05, 0.3),
    "pt": (-0.05, 0.5),
    "zh": (-0.05, 0.05),
}

_NEGATED = -0.6
_STRONGER, _WEAKER = 1.3, 0.7
_REACH = 3  # tokens a negation or intensifier reaches
_BEFORE_BUT, _AFTER_BUT = 0.6, 1.4
_EXCLAMATION = 0.3  # each of up to four adds this
_QUESTION_DAMPS = 1.0  # who asks is seldom praising
_LINK_DAMPS = 0.7  # what comes with a link is often a headline
_NEGATIVE_WEIGHS = 1.5  # one bad word in a friendly post says more than one good one
_SQUASH = 15.0
#: In these a negation also follows its word: "gefällt mir nicht", "j'aime pas".
_NEGATES_BACK = {"de", "nl", "fr"}
_CLAUSE_END = frozenset(".,;:!?…。，；！？،؛؟")
_QUESTION = frozenset("?？؟")

_lock = threading.Lock()
_vocabularies = {}


@dataclass(frozen=True)
class Mood:
    """`value` −1…1 or None, `label`, `words` as ((word, weight), …)."""

    value: float | None = None
    label: str | None = None
    words: tuple = ()


def _vader_words():
    """VADER's English lexicon, brought to our scale, as sections of a word file."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    for word, weight in SentimentIntensityAnalyzer().lexicon.items():
        side = "positive" if weight > 0 else "negative"
        yield side, abs(weight), [word.replace("_", "")]


def _load(language):
    sections = read_words(f"lexicons/{language}.txt") + read_words("lexicons/any.txt")
    if language == "en":
        sections += list(_vader_words())
    return Vocabulary(sections, language)


def vocabulary(language):
    """The mood words of a language, loaded by the first who asks."""
    found = _vocabularies.get(language)
    if found is None:
        with _lock:
            found = _vocabularies.get(language)
            if found is None:
                found = _vocabularies[language] = _load(language)
    return found


def _influence(hits, words, index, language):
    """Factor by which the words around a hit change it."""
    start = hits[index][0]
    factor = 1.0
    for other in range(index - 1, -1, -1):
        position, length, tags = hits[other]
        gap = start - position - length
        between = words[position + length : start]
        if gap >= _REACH or any(word[0] in _CLAUSE_END for word in between):
            break
        if "negation" in tags:
            factor *= _NEGATED
        if gap < 2 and "stronger" in tags:
            factor *= _STRONGER
        elif gap < 2 and "weaker" in tags:
            factor *= _WEAKER
    if language in _NEGATES_BACK and factor > 0:
        end = start + hits[index][1]
        for position, _length, tags in hits[index + 1 : index + 3]:
            between = words[end:position]
            if position - end >= 2 or any(word[0] in _CLAUSE_END for word in between):
                break
            if "negation" in tags:
                return factor * _NEGATED
    return factor


def weigh(words, language):
    """(position, word, weight) of every mood word of a tokenised text."""
    hits = vocabulary(language).scan(words)
    weighed, but = [], None
    for index, (start, length, tags) in enumerate(hits):
        if "but" in tags:
            but = start
        base = tags.get("positive", 0.0) - tags.get("negative", 0.0)
        if base:
            weight = base * _influence(hits, words, index, language)
            weight *= 1.0 if weight > 0 else _NEGATIVE_WEIGHS
            weighed.append((start, " ".join(words[start : start + length]), weight))
    if but is None:
        return weighed
    return [
        (start, word, weight * (_BEFORE_BUT if start < but else _AFTER_BUT))
        for start, word, weight in weighed
    ]


def _total(weighed, words, text):
    """The summed weights of a text, tempered by what stands around them."""
    total = sum(weight for _start, _word, weight in weighed)
    joined = "".join(word for word in words if word[0] in _CLAUSE_END)
    marks = min(4, joined.count("!") + joined.count("！"))
    if total:
        total += math.copysign(_EXCLAMATION * marks, total)
    if total > 0 and not _QUESTION.isdisjoint(joined):
        total = max(0.0, total - _QUESTION_DAMPS)
    return total * _LINK_DAMPS if links(text) else total


def score(text, language):
    """The mood of a text in a known language; all None for one without lexicon."""
    if language not in LANGUAGES:
        return Mood()
    text = plain(text)
    words = cut(without_addresses(text), language)
    weighed = weigh(words, language)
    total = _total(weighed, words, text)
    value = total / math.sqrt(total * total + _SQUASH)
    low, high = THRESHOLDS[language]
    label = "negative" if value <= low else "positive" if value >= high else "neutral"
    decided = sorted(weighed, key=lambda found: -abs(found[2]))[:8]
    return Mood(
        round(value, 3),
        label,
        tuple((word, round(weight, 2)) for _start, word, weight in decided),
    )
