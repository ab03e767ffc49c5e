"""Facts in, a decision with its reasons out.

Plain Python: nothing here knows Odoo or a database.
"""

from . import clock
from .assignment import Agent, Assignment, Demand, assign, taken, unassigned
from .automatic import is_automatic
from .condition import Condition, ConditionError, Leaf, compile_condition
from .coverage import Asked, unreachable
from .decision import Decision, Rule, decide, passed_over
from .priority import (
    INFLUENCE_CAP,
    Priority,
    Weights,
    aged,
    prioritise,
    waited_until,
)
from .worktime import BeyondHorizon, Worktime

__all__ = [
    "INFLUENCE_CAP",
    "Agent",
    "Asked",
    "Assignment",
    "BeyondHorizon",
    "Condition",
    "ConditionError",
    "Decision",
    "Demand",
    "Leaf",
    "Priority",
    "Rule",
    "Weights",
    "Worktime",
    "aged",
    "assign",
    "clock",
    "compile_condition",
    "decide",
    "is_automatic",
    "passed_over",
    "prioritise",
    "taken",
    "unassigned",
    "unreachable",
    "waited_until",
]
