"""The priority of all facts: within 0–100, monotone, continuous, and telling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import facts, points

from engine import INFLUENCE_CAP, Weights, aged, prioritise

weights = st.builds(Weights, **{name: st.floats(0, 50) for name in vars(Weights())})
adjustments = st.floats(-100, 100)
waits = st.floats(0, 5)
SLACK = 1e-9


def score(facts, adjustment, weights, waited=0.0):
    return aged(prioritise(facts, adjustment, weights).score, waited)


@given(facts, adjustments, weights, waits)
def test_it_is_between_0_and_100_and_its_terms_add_up(
    facts, adjustment, weights, waited
):
    priority = prioritise(facts, adjustment, weights)
    assert 0 <= priority.score <= 90
    assert priority.score == pytest.approx(sum(priority.terms.values()))
    assert priority.score - SLACK <= score(facts, adjustment, weights, waited) <= 100


@given(
    st.sampled_from(["influence", "customer_value", "amplification", "topic_urgency"]),
    *(facts, adjustments, weights, waits, points, points),
)
def test_raising_a_term_never_lowers_it(
    name, facts, adjustment, weights, waited, one, two
):
    low, high = sorted((one, two))
    less = score({**facts, name: low}, adjustment, weights, waited)
    more = score({**facts, name: high}, adjustment, weights, waited)
    assert more >= less - SLACK


@given(facts, adjustments, weights, waits, waits)
def test_waiting_longer_never_lowers_it(facts, adjustment, weights, one, two):
    short, long = sorted((one, two))
    less = score(facts, adjustment, weights, short)
    assert score(facts, adjustment, weights, long) >= less - SLACK


@given(facts, adjustments, weights, waits)
def test_influence_moves_it_by_ten_at_most(facts, adjustment, weights, waited):
    without = score({**facts, "influence": None}, adjustment, weights, waited)
    most = score({**facts, "influence": 100}, adjustment, weights, waited)
    assert 0 <= most - without + SLACK <= INFLUENCE_CAP + 2 * SLACK


@given(facts, adjustments, weights)
def test_everybody_who_waits_reaches_100(facts, adjustment, weights):
    assert score(facts, adjustment, weights, waited=2) == 100


@given(st.floats(0, 90), waits, st.floats(0, 1e-6))
def test_it_does_not_jump(standing, waited, more):
    assert abs(aged(standing, waited + more) - aged(standing, waited)) <= 101 * more
