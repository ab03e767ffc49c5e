"""Which rules decide about a case, and why the others did not.

Rules are asked in order. One that matches and stops decides; one that matches and does
not stop adds its part, and the rules below are asked too. What a rule above said is
never overruled by one below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .condition import Condition
from .priority import WEIGHTS, Priority, prioritise

FALLBACK = "watch"  # where no rule says what is to happen, nobody is lost


@dataclass(frozen=True)
class Rule:
    """A rule as the engine sees it.

    :param key: the caller's way back to it
    :param outcome: ticket | lead | watch | nothing | None: left to the rules below
    :param stops: the rules below are not asked
    :param adjustment: points added to the priority
    :param settings: name → value, of which the first rule that states a name decides
    :param additions: name → values, of which those of all matching rules count
    """

    key: object
    name: str
    condition: Condition
    outcome: str | None = None
    stops: bool = True
    adjustment: float = 0.0
    settings: Mapping = field(default_factory=dict)
    additions: Mapping = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """``matched`` are the rules that hold, in order; ``asked`` how many were looked at.

    ``settings`` name → value, ``additions`` name → tuple without duplicates.
    """

    outcome: str
    priority: Priority
    matched: tuple[Rule, ...]
    asked: int
    settings: Mapping
    additions: Mapping

    @property
    def rule(self):
        """The rule the outcome comes from; None when no rule said one."""
        return next((rule for rule in self.matched if rule.outcome), None)


def decide(facts, rules, weights=WEIGHTS):
    """Asks the rules.

    :param facts: dict, see :func:`prioritise` and the fields rules are written on
    :param rules: list of :class:`Rule` in order
    :param weights: :class:`Weights` of the priority
    :return: :class:`Decision`
    """
    matched, asked = [], 0
    for rule in rules:
        asked += 1
        if rule.condition.holds(facts):
            matched.append(rule)
            if rule.stops:
                break
    settings, additions = {}, {}
    for rule in matched:
        settings = {**rule.settings, **settings}
        for name, values in rule.additions.items():
            additions[name] = tuple(dict.fromkeys((*additions.get(name, ()), *values)))
    return Decision(
        outcome=next((rule.outcome for rule in matched if rule.outcome), FALLBACK),
        priority=prioritise(facts, sum(rule.adjustment for rule in matched), weights),
        matched=tuple(matched),
        asked=asked,
        settings=settings,
        additions=additions,
    )


def passed_over(facts, rules, asked, matched):
    """The rules that were asked and did not match, with the leaves that do not hold.

    :param asked: how many of the rules
    :param matched: keys of those that did
    :return: list of (:class:`Rule`, list of :class:`Leaf`)
    """
    return [
        (rule, rule.condition.failing(facts))
        for rule in rules[:asked]
        if rule.key not in matched
    ]
