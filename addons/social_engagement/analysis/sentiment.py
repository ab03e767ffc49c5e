"""How a post sounds, −1…1, and the words that decided."""

from dataclasses import dataclass
from functools import lru_cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from .text import plain, without_addresses

LANGUAGES = ("en",)
#: Below the first "negative", above the second "positive"; measured on tweets.
THRESHOLDS = {"en": (-0.1, 0.4)}


@dataclass(frozen=True)
class Mood:
    """`value` −1…1 or None, `label`, `words` as ((word, weight), …)."""

    value: float | None = None
    label: str | None = None
    words: tuple = ()


@lru_cache(maxsize=1)
def _vader():
    return SentimentIntensityAnalyzer()


def score(text, language):
    """The mood of a text in a known language; all None for one without lexicon."""
    if language not in LANGUAGES:
        return Mood()
    cleaned = without_addresses(plain(text))
    value = _vader().polarity_scores(cleaned)["compound"] if cleaned else 0.0
    low, high = THRESHOLDS[language]
    label = "negative" if value <= low else "positive" if value >= high else "neutral"
    lexicon = _vader().lexicon
    words = tuple(
        (word, lexicon[word]) for word in cleaned.lower().split() if word in lexicon
    )
    return Mood(value, label, words)
