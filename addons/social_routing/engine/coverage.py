"""Which rules can never be asked, since those above them decide about everything they
match.

Found by trying: whether a comparison holds depends only on where a fact stands among
the values it is compared with, so a few facts per field stand for all.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, combinations, pairwise, product

from .condition import Leaf, leaf_test, parse

MOST_ALTERNATIVES = 64  # of one condition; beyond, nothing is claimed
MOST_RECORDS = 6  # values of one field whose sets are all tried


@dataclass(frozen=True)
class Asked:
    """A rule as coverage sees it: ``domain`` as :func:`compile_condition` takes it, and
    whether the rules below are asked once it matched.
    """

    key: object
    domain: list
    stops: bool = True


def unreachable(rules, fields):
    """The rules that can never have a say.

    :param rules: :class:`Asked` in order
    :param fields: name → kind, see :func:`compile_condition`
    :return: dict: key of such a rule → key of a rule above that decides first, or None
        when its condition contradicts itself. A rule that is not in it may still hardly
        ever be asked: what several rules cover together is not looked for.
    :raises ConditionError: a condition can't be understood
    """
    found, above = {}, []  # above: (key, alternative) of the rules that decide
    for rule in rules:
        ways = _alternatives(rule.domain, fields)
        if ways is None:
            continue
        ways = [way for way in ways if _can_hold(way, fields)]
        covering = [_covering(way, above, fields) for way in ways]
        if None not in covering:
            found[rule.key] = covering[0] if covering else None
        elif rule.stops:
            above += [(rule.key, way) for way in ways]
    return found


def _covering(way, above, fields):
    for key, other in above:
        if all(_implies(way, leaf, fields) for leaf in other):
            return key
    return None


def _alternatives(domain, fields):
    """A condition as a list of ways to hold, each a list of leaves that must all hold;
    None when there are too many.
    """
    ways = [[]]
    for clause in parse(domain, fields):
        ways = _joined(ways, _ways(clause))
        if ways is None:
            return None
    return ways


def _ways(node):
    if isinstance(node, Leaf):
        return [[node]]
    joint, first, second = node
    first, second = _ways(first), _ways(second)
    if first is None or second is None:
        return None
    if joint == "&":
        return _joined(first, second)
    return first + second if len(first) + len(second) <= MOST_ALTERNATIVES else None


def _joined(first, second):
    if second is None or len(first) * len(second) > MOST_ALTERNATIVES:
        return None
    return [one + two for one, two in product(first, second)]


def _can_hold(way, fields):
    by_field = defaultdict(list)
    for leaf in way:
        by_field[leaf.field].append(leaf)
    return all(
        _never_both(leaves, None, fields[name]) is False
        for name, leaves in by_field.items()
    )


def _implies(way, leaf, fields):
    """Whether all that holds for ``way`` holds for ``leaf``; False when not sure."""
    own = [known for known in way if known.field == leaf.field]
    if leaf in own:
        return True
    return _never_both(own, leaf, fields[leaf.field]) is True


def _never_both(leaves, unless, kind):
    """Whether no fact exists for which all ``leaves`` hold and ``unless`` does not.
    None: can't be told.
    """
    facts = _samples([*leaves, *([unless] if unless else [])], kind)
    if facts is None:
        return None if unless else False
    tests = [leaf_test(leaf, kind) for leaf in leaves]
    opposite = leaf_test(unless, kind) if unless else lambda facts: False
    return not any(
        all(test(fact) for test in tests) and not opposite(fact) for fact in facts
    )


def _samples(leaves, kind):
    """Facts that stand for all a field may have; None when a few can't."""
    if any("ilike" in leaf.operator for leaf in leaves):
        return None
    name = leaves[0].field
    values = set()
    for leaf in leaves:
        several = isinstance(leaf.value, tuple)
        values.update(leaf.value if several else (leaf.value,))
    values = {value for value in values if value is not False}
    found = _FACTS[kind](values)
    return None if found is None else [{name: fact} for fact in found]


def _numbers(values):
    ordered = sorted({0, *values})
    between = [low + (high - low) / 2 for low, high in pairwise(ordered)]
    return [None, ordered[0] - 1, *ordered, *between, ordered[-1] + 1]


def _moments(values):
    return [None, "", *values, *(f"{value}\0" for value in values)]


def _texts(values):
    return [None, *values, "\0".join(["another", *map(str, values)])]


def _records(values):
    return [False, *values, max(values, default=0) + 1]


def _sets_of_records(values):
    if len(values) > MOST_RECORDS:
        return None
    known = [*values, max(values, default=0) + 1]
    sizes = range(len(known) + 1)
    return list(chain.from_iterable(combinations(known, size) for size in sizes))


_FACTS: Mapping = {
    "number": _numbers,
    "moment": _moments,
    "text": _texts,
    "choice": _texts,
    "boolean": lambda values: [None, False, True],
    "record": _records,
    "records": _sets_of_records,
}
