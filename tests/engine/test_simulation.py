"""The order of the queue against others, on the same cases: ten agents, more work than
they can do, three kinds of targets.
"""

import random
from dataclasses import dataclass

import pytest

from engine import aged

AGENTS = 10
OVERLOAD = 1.1
TARGETS = {"urgent": 60, "normal": 240, "low": 480}  # minutes
SHARES = {"urgent": 0.15, "normal": 0.5, "low": 0.35}
STANDING = {"urgent": (55, 85), "normal": (30, 60), "low": (15, 40)}
SERVICE = 25.0  # minutes on average
ARRIVING = 5 * 24 * 60  # minutes; then the queue is worked off


@dataclass
class Case:
    arrived: float
    service: float
    kind: str
    standing: float

    @property
    def target(self):
        return TARGETS[self.kind]

    @property
    def due(self):
        return self.arrived + self.target


ORDERS = {
    "first in, first out": lambda case, now: -case.arrived,
    "strict priority": lambda case, now: (-case.target, -case.arrived),
    "earliest due date": lambda case, now: -case.due,
    "ours": lambda case, now: (
        aged(case.standing, (now - case.arrived) / case.target),
        -case.due,
    ),
}


def cases(seed):
    rng, moment, found = random.Random(seed), 0.0, []
    while moment < ARRIVING:
        moment += rng.expovariate(OVERLOAD * AGENTS / SERVICE)
        [kind] = rng.choices(list(SHARES), SHARES.values())
        standing = rng.uniform(*STANDING[kind])
        found.append(Case(moment, rng.expovariate(1 / SERVICE), kind, standing))
    return found


def serve(cases, order):
    """(case, minutes waited) of each, with agents who always take the first."""
    ahead, waiting, served = list(reversed(cases)), [], []
    free = [0.0] * AGENTS
    while ahead or waiting:
        now = min(free)
        if not waiting:
            now = max(now, ahead[-1].arrived)
        while ahead and ahead[-1].arrived <= now:
            waiting.append(ahead.pop())
        first = max(waiting, key=lambda case, now=now: order(case, now))
        waiting.remove(first)
        free[free.index(min(free))] = now + first.service
        served.append((first, now - first.arrived))
    return served


@pytest.fixture(scope="module")
def results():
    """order → kind → (share late, longest wait), and printed as a table."""
    found = {}
    for name, order in ORDERS.items():
        served = serve(cases(seed=7), order)
        found[name] = {}
        for kind in TARGETS:
            waits = [wait for case, wait in served if case.kind == kind]
            late = sum(wait > TARGETS[kind] for wait in waits) / len(waits)
            found[name][kind] = (late, max(waits))
    print(
        f"\n{'% late / longest wait (min)':28}" + "".join(map("{:>14}".format, TARGETS))
    )
    for name, kinds in found.items():
        cells = (
            f"{100 * late:.0f} / {longest:.0f}" for late, longest in kinds.values()
        )
        print(f"{name:28}" + "".join(map("{:>14}".format, cells)))
    return found


def longest(kinds):
    return max(wait for _late, wait in kinds.values())


def test_fewer_urgent_cases_are_late_than_by_due_date(results):
    assert results["ours"]["urgent"][0] < results["earliest due date"]["urgent"][0]
    assert results["ours"]["urgent"][0] < results["first in, first out"]["urgent"][0]


def test_nobody_waits_twice_as_long_as_first_in_first_out(results):
    most = longest(results["first in, first out"])
    assert longest(results["ours"]) <= 2 * most
    assert longest(results["strict priority"]) > longest(results["ours"])
