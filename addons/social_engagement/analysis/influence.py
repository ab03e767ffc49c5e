"""How much weight an author's word has, 1 to 100, and how far one message can spread.

Logarithms are compared, not counts: the step from 100 to 1,000 followers means as much
as the one from 10,000 to 100,000. The weights are round and set by hand, after
measuring on pairs of accounts that people had compared (docs/analysis.md).
"""

import math
from dataclasses import dataclass

#: Changes whenever the formula does, so that stored scores can be told apart.
VERSION = 2

#: Weight of each part; what is not known leaves its weight to the others. `listed`
#: comes on top where a network has it.
WEIGHTS = {
    "reach": 0.40,
    "audience": 0.10,
    "engagement": 0.30,
    "activity": 0.05,
    "standing": 0.15,
    "listed": 0.40,
}
#: Below this known weight the rest up to it counts as an ordinary account.
_KNOWN_ENOUGH = 0.5
_ORDINARY = 0.2
#: No figure is taken for more than this, and none for less than 0.
_MOST = 10**15
#: After so many days figures say half as much.
HALF_LIFE_DAYS = 180.0


@dataclass(frozen=True)
class Signals:
    """What is known of an author. None is "not known", which is different from 0.

    `followers`, `following`, `listed` are totals. `posts`, `shares_received`,
    `mentions_received` are counts over about a month, faded by age where the caller
    does that, so fractions are fine. `engager_standing` is 0–1: the standing of those
    who answer, mention, share and like. `age_days` is how old these figures are.
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


def part(amount, full, unit=1.0):
    """Share 0–1 of `full` that an amount reaches on a logarithmic scale.

    min(1, ln(1 + amount ÷ unit) ÷ ln(1 + full ÷ unit)); a unit of 0.1 lets faded counts
    below one still tell accounts apart. None stays None.
    """
    if amount is None:
        return None
    return min(1.0, math.log1p(_bounded(amount) / unit) / math.log1p(full / unit))


def _bounded(amount):
    """A figure between 0 and `_MOST`; None and what is no number are 0."""
    return min(max(0.0, amount or 0.0), _MOST)


def _audience(followers, following):
    """0–1: a half when as many follow as are followed, full at a hundred times more."""
    if followers is None or following is None:
        return None
    ratio = math.log10((1 + _bounded(followers)) / (1 + _bounded(following)))
    return min(1.0, max(0.0, 0.5 + ratio / 4))


def _mean(weighted):
    """Mean of (weight, value) pairs over the known values, None without any."""
    known = [(weight, value) for weight, value in weighted if value is not None]
    if not known:
        return None
    return sum(w * value for w, value in known) / sum(w for w, _value in known)


def _within(value):
    return None if value is None else min(1.0, max(0.0, value))


def score(signals):
    """The influence of an author: 1 + 99 × the weighted mean of the known parts.

    :param signals: `Signals`
    :return: `Score`; nothing known gives 1 with a confidence of 0
    """
    return _weighed(_parts(signals), signals.age_days)


def raised_score(signals):
    """The `score`, without what we saw of engagement where that would lower it: what
    reaches us is a small part of what happens on a network.
    """
    parts = _parts(signals)
    told = {name: parts[name] for name in parts.keys() - {"engagement", "standing"}}
    return max(
        _weighed(told, signals.age_days),
        _weighed(parts, signals.age_days),
        key=lambda found: found.value,
    )


def _parts(signals):
    """Name → 0–1 of the known parts of a score."""
    parts = {
        "reach": part(signals.followers, 10_000_000),
        "audience": _audience(signals.followers, signals.following),
        "engagement": _mean(
            (
                (0.7, part(signals.mentions_received, 1000, 0.1)),
                (0.3, part(signals.shares_received, 200, 0.1)),
            )
        ),
        "activity": part(signals.posts, 10, 0.1),
        "standing": _within(signals.engager_standing),
        "listed": part(signals.listed, 100_000),
    }
    return {name: value for name, value in parts.items() if value is not None}


def _weighed(known, age_days):
    """The `Score` of known parts that are so many days old, None where not known."""
    weight = sum(WEIGHTS[name] for name in known)
    if not weight:
        return Score(1.0, {}, 0.0)
    missing = max(0.0, _KNOWN_ENOUGH - weight)
    total = sum(WEIGHTS[name] * value for name, value in known.items())
    total = (total + missing * _ORDINARY) / (weight + missing)
    freshness = 0.5 ** (_bounded(age_days) / HALF_LIFE_DAYS)
    return Score(
        round(1 + 99 * total, 2),
        {name: round(value, 4) for name, value in known.items()},
        round(min(1.0, weight) * freshness, 2),
    )


def combine(scores):
    """The influence of somebody with several profiles.

    The strongest counts in full; each further one closes a tenth of what is missing to
    100, in proportion to its own value and confidence.

    :param scores: iterable of (value 1–100, confidence 0–1)
    :return: (value 1–100, confidence 0–1), or None without any
    """
    ranked = sorted(scores, key=lambda score: (-score[0] * score[1], -score[0]))
    if not ranked:
        return None
    value, confidence = ranked[0]
    for further, sure in ranked[1:]:
        value += (100 - value) * 0.1 * sure * further / 100
    return round(value, 2), confidence


@dataclass(frozen=True)
class Amplification:
    """`value` 0–100, `parts` name → 0–1, `expected_reach` in people."""

    value: float
    parts: dict
    expected_reach: int


#: Of an author's followers this share sees a post.
_SEEN_BY = 0.1
#: Followers of somebody who shares, where unknown.
_TYPICAL_FOLLOWERS = 200
#: A post gets half of all its shares within so many hours.
_HALF_LIFE_HOURS = 6.0


def amplification(followers=None, shares=0, hours=None, sharer_followers=None):
    """How far one message can spread.

    Shares so far are carried on to the end of the message's life: after h hours a share
    of 1 − ½^(h ÷ 6) of them has happened.

    :param followers: of the author
    :param shares: so far
    :param hours: since it was published; None takes the shares as final
    :param sharer_followers: mean followers of those who share
    :return: `Amplification`
    """
    shares = _bounded(shares)
    hours = None if hours is None else max(0.25, _bounded(hours))
    lived = 1.0 if hours is None else 1 - 0.5 ** (hours / _HALF_LIFE_HOURS)
    expected_shares = shares / lived
    each = (
        _TYPICAL_FOLLOWERS if sharer_followers is None else _bounded(sharer_followers)
    )
    direct = _bounded(followers)
    expected = _SEEN_BY * (direct + expected_shares * each)
    parts = {
        "reach": part(direct, 10_000_000),
        "shares": part(shares, 10_000),
        "pace": part(shares / hours if hours else 0.0, 1000),
    }
    value = 100 * part(expected, 1_000_000)
    return Amplification(
        round(value, 1),
        {name: round(share, 4) for name, share in parts.items()},
        round(expected),
    )
