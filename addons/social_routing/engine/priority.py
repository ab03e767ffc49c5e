"""How urgent a case is, 0 to 100: a sum of capped terms that waiting makes grow.

``S = min(90, sum of the terms)`` is where a case stands when it arrives. With r, the
working time waited ÷ the target, it is ``S + (100 − S) · g(r)`` later on, where
``g = ½r²`` up to the target and from there a straight line to 1 at ``AGED`` times the
target. So the score is continuous, never falls when a term rises, and every waiting
case reaches 100: nobody is overtaken for ever. Influence lifts by at most
``INFLUENCE_CAP`` points and never hides anybody.
"""

from dataclasses import dataclass, fields

INFLUENCE_CAP = 10.0
HIGHEST = 90.0  # on arrival; the rest is for those who wait
AGED = 2.0  # times the target, after which a case that waits comes before all others


@dataclass(frozen=True)
class Weights:
    """Points of each term at its most, ≥ 0; ``influence`` counts up to its cap."""

    base: float = 20.0
    sentiment: float = 25.0  # for the most negative text
    worsening: float = 10.0  # for a mood that fell from best to worst
    needs_answer: float = 20.0  # for what certainly needs an answer
    private: float = 5.0
    topic: float = 10.0  # for the most urgent topic
    amplification: float = 10.0  # for what spreads most
    customer_value: float = 15.0  # for the most valued customer
    influence: float = INFLUENCE_CAP

    def __post_init__(self):
        for term in fields(self):
            if getattr(self, term.name) < 0:
                raise ValueError(f"the weight of {term.name} is negative")


WEIGHTS = Weights()


@dataclass(frozen=True)
class Priority:
    """``score`` 0–100, ``terms`` name → points that add up to it, in the order they are
    told; a term of no points is left out.
    """

    score: float
    terms: dict


def prioritise(facts, adjustment=0.0, weights=WEIGHTS):
    """The priority of a case as it arrives.

    :param facts: ``sentiment`` −1…1 or None, ``sentiment_change`` −2…2 or None,
        ``needs_answer`` 0–1, ``kind``, ``topic_urgency`` 0–100, ``amplification``
        0–100, ``customer_value`` 0–100, ``influence`` 1–100; None: not known
    :param adjustment: points the rules add or take
    :param weights: :class:`Weights`
    """

    def share(name, most):
        return _capped((facts.get(name) or 0.0) / most)

    terms = {
        "base": weights.base,
        "sentiment": weights.sentiment * share("sentiment", -1),
        "worsening": weights.worsening * share("sentiment_change", -2),
        "needs_answer": weights.needs_answer * share("needs_answer", 1),
        "private": weights.private if facts.get("kind") == "direct" else 0.0,
        "topic": weights.topic * share("topic_urgency", 100),
        "amplification": weights.amplification * share("amplification", 100),
        "customer_value": weights.customer_value * share("customer_value", 100),
        "influence": min(weights.influence, INFLUENCE_CAP) * share("influence", 100),
        "rule": adjustment,
    }
    total = sum(terms.values())
    score = min(HIGHEST, max(0.0, total))
    terms["limit"] = score - total  # what is above the highest, or below nothing
    return Priority(score, {name: points for name, points in terms.items() if points})


def growth(waited):
    """The share of what is missing to 100 that waiting has added.

    :param waited: working time waited ÷ the target, ≥ 0
    :return: 0–1, continuous, never falling
    """
    if waited <= 1:
        return 0.5 * max(0.0, waited) ** 2
    return min(1.0, 0.5 + 0.5 * (waited - 1) / (AGED - 1))


def aged(standing, waited):
    """The score of a case that waits.

    :param standing: its score on arrival
    :param waited: working time waited ÷ the target, ≥ 0
    """
    return standing + (100.0 - standing) * growth(waited)


def waited_until(standing, waited, points):
    """How long a case will have waited when its score is so many points higher.

    :param standing: its score on arrival
    :param waited: working time waited ÷ the target, ≥ 0
    :param points: > 0
    :return: the same share then; None when the score grows no more
    """
    missing, grown = 100.0 - standing, growth(waited)
    if missing <= 0 or grown >= 1:
        return None
    share = min(1.0, grown + points / missing)
    if share <= 0.5:
        return (2 * share) ** 0.5
    return 1 + (share - 0.5) * 2 * (AGED - 1)


def _capped(share):
    return min(1.0, max(0.0, share))
