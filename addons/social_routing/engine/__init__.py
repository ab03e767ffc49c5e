"""Facts in, a decision with its reasons out.

Plain Python: nothing here knows Odoo or a database.
"""

from .condition import Condition, ConditionError, compile_condition
from .decision import Decision, Rule, decide
from .priority import Priority, prioritise

__all__ = [
    "Condition",
    "ConditionError",
    "Decision",
    "Priority",
    "Rule",
    "compile_condition",
    "decide",
    "prioritise",
]
