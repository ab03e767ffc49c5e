"""A rule's condition: a domain as Odoo's domain editor writes it, compiled to a
function of a case's facts.

Compiling once and calling often is 50 to 100 times faster than evaluating domains, and
each leaf can say what it saw.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 200  # parts of a condition; deeper nesting would exhaust Python's stack
MOMENT = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")


class ConditionError(ValueError):
    """A condition that can't be understood; the message says what is wrong with it."""


@dataclass(frozen=True)
class Leaf:
    """One comparison: ``field operator value``."""

    field: str
    operator: str
    value: object


@dataclass(frozen=True)
class Condition:
    """A compiled condition: ``holds(facts)`` → bool."""

    holds: Callable[[dict], bool]
    leaves: tuple[Leaf, ...]
    tests: tuple[Callable[[dict], bool], ...]

    def failing(self, facts):
        """The leaves that do not hold for these facts."""
        tested = zip(self.leaves, self.tests, strict=True)
        return [leaf for leaf, test in tested if not test(facts)]


def _known(fact):
    return fact is not None and fact is not False  # 0 is known


def _text(value):
    return str(value).casefold() if _known(value) else ""


def _equals(field, value):
    wanted = value or False
    return lambda facts: (facts.get(field) or False) == wanted


def _one_of(field, values):
    wanted = tuple(value or False for value in values)
    return lambda facts: (facts.get(field) or False) in wanted


def _contains(field, value):
    part = _text(value)
    return lambda facts: part in _text(facts.get(field))


def _ordered(compare):
    def build(field, value):
        def test(facts):
            fact = facts.get(field)
            return _known(fact) and compare(fact, value)

        return test

    return build


def _share(field, values):
    """Any of several records is among those asked for; False asks for none at all."""
    values = values if isinstance(values, tuple) else (values,)

    def test(facts):
        fact = facts.get(field)
        return any(key in fact for key in values if key) if fact else False in values

    return test


def _not(build):
    def build_negated(field, value):
        test = build(field, value)
        return lambda facts: not test(facts)

    return build_negated


def _is_text(value):
    return isinstance(value, str)


def _is_truth(value):
    return isinstance(value, bool)


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_id(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _is_moment(value):
    return isinstance(value, str) and bool(MOMENT.fullmatch(value))


OPERATORS = {
    "=": _equals,
    "in": _one_of,
    "ilike": _contains,
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
}
NEGATED = {name: "!=" if name == "=" else f"not {name}" for name in OPERATORS}
OPERATORS |= {NEGATED[name]: _not(compare) for name, compare in OPERATORS.items()}
NEGATED |= {negated: name for name, negated in NEGATED.items()}

_SEVERAL = {"=": _share, "in": _share}
_SEVERAL |= {NEGATED[name]: _not(build) for name, build in _SEVERAL.items()}
_EQUAL = {"=", "!=", "in", "not in"}
_ORDER = {name for name in OPERATORS if "<" in name or ">" in name}
#: kind of a field → (comparisons, what a value must be, how that is called)
KINDS = {
    "text": (_EQUAL | {"ilike", "not ilike"}, _is_text, "a text"),
    "choice": (_EQUAL, _is_text, "one of the choices"),
    "boolean": (_EQUAL, _is_truth, "true or false"),
    "number": (_EQUAL | _ORDER, _is_number, "a number"),
    "moment": (_EQUAL | _ORDER, _is_moment, "a date like 2026-12-31"),
    "record": (_EQUAL, _is_id, "chosen from the list"),
    "records": (_EQUAL, _is_id, "chosen from the list"),
}


def compile_condition(domain, fields):
    """Compiles a domain.

    :param domain: list in Odoo's prefix notation; [] always holds
    :param fields: name → kind (a key of ``KINDS``) of what may stand in it. The fact of
        a "record" is its id or False, of "records" a collection of ids, of a "moment" a
        text like "2026-12-31 23:59:59"
    :return: :class:`Condition`
    :raises ConditionError: saying what can't be understood
    """
    compiled = []
    clauses = [_compiled(node, fields, compiled) for node in parse(domain, fields)]
    leaves, tests = zip(*compiled, strict=True) if compiled else ((), ())
    return Condition(_all(clauses), leaves, tests)


def parse(domain, fields):
    """Reads a domain, see :func:`compile_condition`.

    :return: list of what must all hold: each a :class:`Leaf`, or a tuple ("&" | "|",
        one, another). A negation is handed down to the leaves, so that each says by
        itself what must hold
    :raises ConditionError: saying what can't be understood
    """
    if not isinstance(domain, (list, tuple)):
        raise ConditionError(f"{domain!r} is no list of comparisons")
    if len(domain) > LONGEST:
        raise ConditionError(f"it has more than {LONGEST} parts")
    parts, nodes = list(reversed(domain)), []
    while parts:
        nodes.append(_node(parts, fields))
    return nodes


def _all(clauses):
    if len(clauses) == 1:
        return clauses[0]

    def holds(facts):
        for clause in clauses:  # half the time of all() with a generator
            if not clause(facts):
                return False
        return True

    return holds


def _node(parts, fields, negated=False):
    """Takes the next clause off ``parts`` (a stack)."""
    if not parts:
        raise ConditionError("an operator lacks what it joins")
    part = parts.pop()
    if part == "!":
        return _node(parts, fields, not negated)
    if part in ("&", "|"):
        joint = part if not negated else "|" if part == "&" else "&"
        first = _node(parts, fields, negated)
        return joint, first, _node(parts, fields, negated)
    return _leaf(part, fields, negated)


def _compiled(node, fields, compiled):
    if isinstance(node, Leaf):
        compiled.append((node, leaf_test(node, fields[node.field])))
        return compiled[-1][1]
    joint, first, second = node
    first = _compiled(first, fields, compiled)
    second = _compiled(second, fields, compiled)
    if joint == "&":
        return lambda facts: first(facts) and second(facts)
    return lambda facts: first(facts) or second(facts)


def _leaf(part, fields, negated):
    if not isinstance(part, (list, tuple)) or len(part) != 3:
        raise ConditionError(f"{part!r} is no comparison")
    field, comparison, value = part
    if not isinstance(field, str) or field not in fields:
        raise ConditionError(f"a case has no field {field!r}")
    comparisons, fits, called = KINDS[fields[field]]
    if not isinstance(comparison, str) or comparison not in comparisons:
        raise ConditionError(f"{field!r} can't be compared with {comparison!r}")
    if comparison in ("in", "not in"):
        if not isinstance(value, (list, tuple, set)):
            raise ConditionError(f"{comparison!r} needs a list, not {value!r}")
        values = value = tuple(value)
    else:
        values = (value,)
    for each in values:
        if each is not False and not fits(each):
            raise ConditionError(f"{field!r} must be {called}, not {each!r}")
    return Leaf(field, NEGATED[comparison] if negated else comparison, value)


def leaf_test(leaf, kind):
    """A function of the facts that says whether a leaf holds.

    :param kind: of its field, a key of ``KINDS``
    """
    builders = _SEVERAL if kind == "records" else OPERATORS
    compare = builders[leaf.operator](leaf.field, leaf.value)

    def test(facts):
        try:
            return compare(facts)
        except TypeError:  # a fact of another type than its field's never holds
            return False

    # what is only told apart by being equal breaks for no type
    return compare if leaf.operator in ("=", "!=") and kind != "records" else test
