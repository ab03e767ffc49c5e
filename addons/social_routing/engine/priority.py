"""How urgent a case is, 0 to 100: a sum of capped terms, each of which can be shown.

Continuous and monotone in every term. Influence lifts by at most ``INFLUENCE_CAP``
points and never hides anybody.
"""

from dataclasses import dataclass

BASE = 20.0
NEGATIVITY = 30.0  # for the most negative post
ANSWER = 25.0  # for a post that certainly needs an answer
PRIVATE = 5.0
INFLUENCE_CAP = 10.0


@dataclass(frozen=True)
class Priority:
    """``score`` 0–100, ``terms`` name → points, in the order they are told."""

    score: float
    terms: dict


def prioritise(facts, adjustment=0.0):
    """The priority of a case.

    :param facts: ``sentiment`` −1…1 or None, ``needs_answer`` 0–1, ``kind``,
        ``influence`` 1–100 or None
    :param adjustment: points a rule adds or takes
    """
    negativity = _capped(-(facts.get("sentiment") or 0.0))
    needs_answer = _capped(facts.get("needs_answer") or 0.0)
    influence = _capped((facts.get("influence") or 0.0) / 100)
    terms = {
        "base": BASE,
        "sentiment": NEGATIVITY * negativity,
        "needs_answer": ANSWER * needs_answer,
        "private": PRIVATE if facts.get("kind") == "direct" else 0.0,
        "influence": INFLUENCE_CAP * influence,
        "rule": adjustment,
    }
    terms = {name: round(points, 1) for name, points in terms.items() if points}
    return Priority(round(100 * _capped(sum(terms.values()) / 100), 1), terms)


def _capped(share):
    return min(1.0, max(0.0, share))
