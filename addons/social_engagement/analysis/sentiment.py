"""How a post sounds, −1…1, and the words that decided.

The words of `lexicons/` (for English VADER's, MIT licence, and some of our own) carry
weights from −3 to 3. A negation turns a weight round, intensifiers before it strengthen
or weaken it, what follows a "but" outweighs what came before, and so does the last word
of a post that first said the opposite. A plain outage (`signs`) is bad news without a
word of mood. The weights are summed and squashed by s / √(s² + 15) as VADER does; the
thresholds of the labels are measured.
"""

import math
import re
import threading
from dataclasses import dataclass

from . import signs
from .text import CLAUSE_END, links, own, plain, without_addresses
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
    "hi": (-0.05, 0.3),
    "it": (-0.05, 0.3),
    "nl": (-0.05, 0.3),
    "pt": (-0.05, 0.5),
    "zh": (-0.05, 0.05),
}

_PLAIN = (-0.05, 0.3)  # for emoji alone

_NEGATED = -0.6
_STRONGER, _WEAKER = 1.3, 0.7
_REACH = 3  # tokens a negation or intensifier reaches
_BEFORE_BUT, _AFTER_BUT = 0.6, 1.4
_BEFORE_LAST, _LAST = 0.6, 1.4  # sentences that say the opposite of each other
_SHOUTED = 1.7  # a negation in capitals: "It is NOT fine"
_OUTAGE = 1.6  # what plainly does not work
_PROBLEM = 0.6  # a problem of the author's own
_SETTLED = 0.3  # of a bad word in a post that says it is settled
#: What takes irony out of a post that opens with praise.
_EASED = frozenset(("settled", "thanks"))
_OPENING = 4  # tokens a post's ironic praise is among
_EXCLAMATION = 0.3  # each of up to four adds this
_QUESTION_DAMPS = 1.0  # who asks is seldom praising
_LINK_DAMPS = 0.7  # what comes with a link is often a headline
_NEGATIVE_WEIGHS = 1.5  # one bad word in a friendly post says more than one good one
_SQUASH = 15.0
#: In these a negation also follows its word: "gefällt mir nicht", "j'aime pas",
#: "अच्छा नहीं".
_NEGATES_BACK = {"de", "nl", "fr", "hi"}
_CAPITALS = re.compile(r"\b[^\W\d_a-z]{2,}\b")
_SENTENCE_END = frozenset(".!?…。！？؟।")
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
        if any(map(str.isdigit, word)):  # emoticons that would be cut to "0"
            continue
        side = "positive" if weight > 0 else "negative"
        yield side, abs(weight), [word.replace("_", "")]


def _load(language):
    sections = read_words("lexicons/any.txt")
    if language is not None:
        sections = read_words(f"lexicons/{language}.txt") + sections
        # "would love to know" is a wish, no love
        if language in signs.LANGUAGES:
            cues = read_words(f"cues/{language}.txt")
            sections += [section for section in cues if section[0] == "wish"]
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


def _negation(word, shouted):
    return _NEGATED * (_SHOUTED if word in shouted else 1.0)


def _influence(hits, words, index, language, shouted=()):
    """Factor by which the words around a hit change it."""
    start = hits[index][0]
    factor = 1.0
    for other in range(index - 1, -1, -1):
        position, length, tags = hits[other]
        gap = start - position - length
        between = words[position + length : start]
        if gap >= _REACH or any(word[0] in CLAUSE_END for word in between):
            break
        if "negation" in tags:
            factor *= _negation(words[position], shouted)
        if gap < 2 and "stronger" in tags:
            factor *= _STRONGER
        elif gap < 2 and "weaker" in tags:
            factor *= _WEAKER
    if language in _NEGATES_BACK and factor > 0:
        end = start + hits[index][1]
        for position, _length, tags in hits[index + 1 : index + 3]:
            between = words[end:position]
            if position - end >= 2 or any(word[0] in CLAUSE_END for word in between):
                break
            if "negation" in tags:
                return factor * _negation(words[position], shouted)
    return factor


def _contrasted(weighed, words, but):
    """What comes after a "but", or in the last sentence when it turns, outweighs what
    came before.
    """
    if but is not None:
        return [
            (start, word, weight * (_BEFORE_BUT if start < but else _AFTER_BUT))
            for start, word, weight in weighed
        ]
    if len({weight > 0 for _start, _word, weight in weighed}) < 2:
        return weighed
    ends = [at for at, word in enumerate(words) if word[0] in _SENTENCE_END]
    last = weighed[-1][0]
    turn = max((end for end in ends if end < last), default=None)
    if turn is None:
        return weighed
    return [
        (start, word, weight * (_BEFORE_LAST if start < turn else _LAST))
        for start, word, weight in weighed
    ]


def weigh(words, language, shouted=(), out=()):
    """(position, word, weight) of every mood word of a tokenised text.

    :param shouted: the words that stand in capitals; `out`: (position, length) of the
        outages among the tokens
    """
    hits = vocabulary(language).scan(words)
    weighed, but = [], None
    for index, (start, length, tags) in enumerate(hits):
        if "but" in tags:
            but = start
        base = tags.get("positive", 0.0) - tags.get("negative", 0.0)
        if base:
            weight = base * _influence(hits, words, index, language, shouted)
            weight *= 1.0 if weight > 0 else _NEGATIVE_WEIGHS
            weighed.append((start, " ".join(words[start : start + length]), weight))
    bad = {start for start, _word, weight in weighed if weight < 0}
    for start, length in out[:2]:
        if bad.isdisjoint(range(start, start + length)):
            word = " ".join(words[start : start + length])
            weighed.append((start, word, -_OUTAGE * _NEGATIVE_WEIGHS))
    return _contrasted(sorted(weighed), words, but)


def _total(weighed, words, text):
    """The summed weights of a text, tempered by what stands around them."""
    total = sum(weight for _start, _word, weight in weighed)
    joined = "".join(word for word in words if word[0] in CLAUSE_END)
    marks = min(4, joined.count("!") + joined.count("！"))
    if total:
        total += math.copysign(_EXCLAMATION * marks, total)
    if total > 0 and not _QUESTION.isdisjoint(joined):
        total = max(0.0, total - _QUESTION_DAMPS)
    return total * _LINK_DAMPS if links(text) else total


def _shouted(text):
    """The lower-case words in capitals of a text that is not in capitals as a whole."""
    found = _CAPITALS.findall(text)
    if not found or sum(map(str.islower, text)) < sum(map(str.isupper, text)):
        return ()
    return frozenset(word.lower() for word in found if word.isupper())


def _ironic(cues, out):
    """Whether a post is ironic by a set phrase, or opens with praise for what it then
    says does not work.
    """
    opened = any("opener" in tags and at < _OPENING for at, _length, tags in cues)
    found = {tag for _at, _length, tags in cues for tag in tags}
    phrase = any("irony" in tags and length > 1 for _at, length, tags in cues)
    if phrase and "settled" not in found:
        return True
    return opened and bool(out or "problem" in found) and not found & _EASED


def _trouble(weighed, cues, text):
    """What is to be taken off for problems that are named without a word of mood."""
    if any(weight > 0 for _start, _word, weight in weighed):
        return 0.0
    found = {tag for _start, _length, tags in cues for tag in tags}
    if "settled" in found or "wish" in found or not _QUESTION.isdisjoint(text):
        return 0.0
    named = "problem" in found and found & {"again", "service"}
    return _PROBLEM if named or {"negation", "again", "service"} <= found else 0.0


def _in_the_light_of(cues, weighed, out):
    """The mood words of a post once its cues are heard: irony, and what is settled."""
    if _ironic(cues, out):
        return [(at, word, -abs(weight)) for at, word, weight in weighed]
    if any("settled" in tags for _at, _length, tags in cues):
        return [
            (at, word, weight * (_SETTLED if weight < 0 else 1.0))
            for at, word, weight in weighed
        ]
    return weighed


def score(text, language):
    """The mood of a text; all None for a language without lexicon and for no language,
    unless emoji tell it.
    """
    text = plain(text)
    cleaned = without_addresses(own(text))
    known = language if language in LANGUAGES else None
    words = cut(cleaned, known)
    tokens, cues = signs.scan(cleaned, known)
    out = signs.outages(tokens, cues)
    weighed = weigh(words, known, _shouted(cleaned), out)
    if known is None and not weighed:
        return Mood()
    if signs.is_spam(cues, cleaned):
        return Mood(0.0, "neutral")
    weighed = _in_the_light_of(cues, weighed, out)
    total = _total(weighed, words, text) - _trouble(weighed, cues, cleaned)
    value = total / math.sqrt(total * total + _SQUASH)
    low, high = THRESHOLDS.get(known, _PLAIN)
    label = "negative" if value <= low else "positive" if value >= high else "neutral"
    decided = sorted(weighed, key=lambda found: -abs(found[2]))[:8]
    return Mood(
        round(value, 3),
        label,
        tuple((word, round(weight, 2)) for _start, word, weight in decided),
    )
