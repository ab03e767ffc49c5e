"""How much weight an author's word has: 1 to 100, with its parts and how sure it is.

Logarithms are compared, not counts: the step from 100 to 1,000 followers means as much as
the one from 10,000 to 100,000. The weights are round and set by hand after measuring on
pairs of accounts that people compared (see docs/analysis.md).
"""

import math
from dataclasses import dataclass

#: Changes whenever the formula does, so that stored scores can be told apart.
VERSION = 1


@dataclass(frozen=True)
class Signals:
    """What is known of an author. None is "not known", which is different from 0.

    Counts are totals unless said otherwise; `shares_received` and `mentions_received` are
    counts over the recent weeks, already faded by age where the caller does that.
    `engager_standing` is 0–1: the standing of those who answer, mention and share.
    `age_days` is the age of these figures.
    """

    followers: float | None = None
    following: float | None = None
    posts: float | None = None
    shares_received: float | None = None
    mentions_received: float | None = None
    engager_standing: float | None = None
    listed: float | None = None
    age_days: float | None = None


@dataclass(frozen=True)
class Score:
    """`value` 1–100, `parts` name → 0–1 (only the known ones), `confidence` 0–1."""

    value: float
    parts: dict
    confidence: float
    version: int = VERSION


#: Weight of each part in the sum; the unknown ones give theirs to the known.
WEIGHTS = {
    "reach": 0.40,
    "audience": 0.10,
    "engagement": 0.30,
    "activity": 0.05,
    "standing": 0.15,
}


def part(amount, full):
    """Share 0–1 of `full` that an amount reaches on a logarithmic scale.

    min(1, ln(1 + amount) / ln(1 + full)).
    """
    return min(1.0, math.log1p(max(0.0, amount)) / math.log1p(full))


def _audience(followers, following):
    """0–1: 0.5 when as many follow as are followed, full at a hundred times as many."""
    if followers is None or following is None:
        return None
    ratio = math.log10((1 + max(0, followers)) / (1 + max(0, following)))
    return min(1.0, max(0.0, 0.5 + ratio / 4))


def _engagement(shares, mentions):
    known = [
        part(amount, full)
        for amount, full in ((shares, 1000), (mentions, 5000))
        if amount is not None
    ]
    return sum(known) / len(known) if known else None


def score(signals):
    """The influence of an author.

    :param signals: `Signals`
    :return: `Score`
    """
    parts = {
        "reach": None
        if signals.followers is None
        else part(signals.followers, 10_000_000),
        "audience": _audience(signals.followers, signals.following),
        "engagement": _engagement(signals.shares_received, signals.mentions_received),
        "activity": None if signals.posts is None else part(signals.posts, 50),
        "standing": signals.engager_standing,
    }
    known = {name: value for name, value in parts.items() if value is not None}
    weight = sum(WEIGHTS[name] for name in known)
    if not weight:
        return Score(1.0, {}, 0.0)
    total = sum(WEIGHTS[name] * value for name, value in known.items()) / weight
    return Score(round(1 + 99 * total, 1), known, round(weight, 2))
