"""One post in, one `Analysis` out."""

from dataclasses import dataclass, field

from . import language as languages_of
from . import needs_answer, sentiment
from .text import plain


@dataclass(frozen=True)
class Analysis:
    """What was understood of a post.

    `language` is an ISO 639-1 code or None for "unknown", `language_confidence` 0–1.
    `sentiment` is −1…1 and `sentiment_label` "negative", "neutral" or "positive"; both
    are None for a language without a lexicon. `sentiment_words` are (word, weight) of
    what decided. `needs_answer` is 0–1, from 0.5 on somebody should answer; `reasons`
    says why in words, `reason_keys` with the names of `needs_answer.WEIGHTS`, for
    whoever translates them. `spam` and `advertising` are 0–1, each on its own.
    """

    language: str | None = None
    language_confidence: float = 0.0
    sentiment: float | None = None
    sentiment_label: str | None = None
    sentiment_words: tuple = ()
    needs_answer: float = 0.0
    reasons: list = field(default_factory=list)
    reason_keys: list = field(default_factory=list)
    spam: float = 0.0
    advertising: float = 0.0


def analyse(text, language=None, languages=None):
    """Everything that can be said about one post.

    :param text: the post as the network delivered it, without markup; anything is taken
    :param language: the network's own language field, if it has one
    :param languages: the configured languages; the shipped ones when None
    :return: `Analysis`
    """
    text = plain(text)
    code, confidence = languages_of.detect(text, language, languages)
    mood = sentiment.score(text, code)
    need = needs_answer.score(text, code, mood.value)
    return Analysis(
        language=code,
        language_confidence=confidence,
        sentiment=mood.value,
        sentiment_label=mood.label,
        sentiment_words=mood.words,
        needs_answer=need.value,
        reasons=need.reasons,
        reason_keys=need.reason_keys,
        spam=need.spam,
        advertising=need.advertising,
    )


def analyse_batch(posts, languages=None):
    """`analyse` for many posts; what was learnt of words in one serves the next.

    :param posts: iterable of (text, the network's language or None)
    :return: list of `Analysis` in the same order
    """
    return [analyse(text, language, languages) for text, language in posts]
