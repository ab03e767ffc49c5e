"""Which rule decides about a case, and why the ones above it did not."""

from dataclasses import dataclass, field

from .condition import Condition, Leaf
from .priority import Priority, prioritise


@dataclass(frozen=True)
class Rule:
    """A rule as the engine sees it; ``key`` is the caller's way back to it."""

    key: object
    name: str
    condition: Condition
    outcome: str  # ticket | watch | nothing
    adjustment: float = 0.0


@dataclass(frozen=True)
class Decision:
    """``rule`` is None when none matched: the outcome is "watch", so nobody is lost."""

    rule: Rule | None
    outcome: str
    priority: Priority
    passed_over: list[tuple[Rule, list[Leaf]]] = field(default_factory=list)


def decide(facts, rules):
    """The first rule that matches decides.

    :param facts: dict, see :func:`prioritise` and the fields rules are written on
    :param rules: list of :class:`Rule` in order
    """
    passed_over = []
    for rule in rules:
        if rule.condition.holds(facts):
            priority = prioritise(facts, rule.adjustment)
            return Decision(rule, rule.outcome, priority, passed_over)
        passed_over.append((rule, rule.condition.failing(facts)))
    return Decision(None, "watch", prioritise(facts), passed_over)
