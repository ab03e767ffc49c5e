"""Working time against counting minute by minute, and the clock on it."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import BeyondHorizon, Worktime, clock

MONDAY = datetime(2026, 3, 2)
HORIZON = timedelta(days=14)


def at(day, hour, minute=0):
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def office():
    """Monday to Friday, 9 to 12 and 13 to 17, for two weeks."""
    days = [day for day in range(14) if day % 7 < 5]
    halves = [(at(d, a), at(d, b)) for d in days for a, b in ((9, 12), (13, 17))]
    return Worktime(halves, MONDAY, MONDAY + HORIZON)


def test_due():
    time = office()
    hour = 3600
    assert time.due(at(0, 9), hour) == at(0, 10)
    assert time.due(at(0, 11, 30), hour) == at(0, 13, 30), "over lunch"
    assert time.due(at(0, 16), hour) == at(0, 17), "at closing time, not next morning"
    assert time.due(at(0, 16, 30), hour) == at(1, 9, 30), "over night"
    assert time.due(at(4, 16, 30), hour) == at(7, 9, 30), "over the weekend"
    assert time.due(at(5, 12), 8 * hour) == at(8, 10), "received on a Saturday"


def test_open():
    time = office()
    assert time.is_open(at(0, 9)) and time.is_open(at(0, 16, 59))
    for moment in (at(0, 8, 59), at(0, 12), at(0, 17), at(5, 10)):
        assert not time.is_open(moment)


def test_beyond_what_is_known():
    time = office()
    for ask in (
        lambda: time.due(at(0, 9), 71 * 3600),
        lambda: time.due(MONDAY - timedelta(days=1), 60),
        lambda: time.is_open(at(15, 0)),
        lambda: Worktime([], MONDAY, at(9, 0)).due(at(0, 9), 60),
    ):
        with pytest.raises(BeyondHorizon):
            ask()
    assert Worktime([], MONDAY, at(9, 0)).between(at(0, 9), at(5, 9)) == 0


minutes = st.integers(0, 13 * 24 * 60)
intervals = st.lists(st.tuples(minutes, st.integers(1, 600)), max_size=20)


@given(intervals, minutes, st.integers(1, 3000))
def test_it_agrees_with_counting_minutes(intervals, start, wanted):
    open_minutes, joined, reach = set(), [], 0
    for first, length in sorted(intervals):
        first = max(first, reach)
        reach = max(reach, first + length)
        joined.append((first, reach))
        open_minutes.update(range(first, reach))

    def moment(minute):
        return MONDAY + timedelta(minutes=minute)

    time = Worktime(
        [(moment(a), moment(b)) for a, b in joined], MONDAY, moment(60 * 24 * 60)
    )
    ahead = sorted(minute for minute in open_minutes if minute >= start)
    assert time.is_open(moment(start)) is (start in open_minutes)
    if len(ahead) < wanted:
        with pytest.raises(BeyondHorizon):
            time.due(moment(start), wanted * 60)
        return
    due = time.due(moment(start), wanted * 60)
    assert due == moment(ahead[wanted - 1] + 1)
    assert time.between(moment(start), due) == wanted * 60


def test_a_clock_runs_warns_and_is_missed():
    ticking = clock.start(office(), at(0, 16), 2 * 3600, 0.75)
    assert (ticking.warn_at, ticking.due_at) == (at(1, 9, 30), at(1, 10))
    assert ticking.state(at(1, 9, 29)) == "running"
    assert ticking.state(at(1, 9, 30)) == "at_risk"
    assert ticking.state(at(1, 10)) == "at_risk"
    assert ticking.state(at(1, 10, 1)) == "missed"
    assert clock.finish(ticking, at(1, 10)).state(at(9, 9)) == "met"
    assert clock.finish(ticking, at(1, 11)).state(at(9, 9)) == "missed"


def test_a_clock_stands_while_the_customer_is_waited_for():
    time = office()
    ticking = clock.start(time, at(0, 9), 4 * 3600, 0.5)
    paused = clock.pause(ticking, at(0, 10))
    assert paused.state(at(9, 0)) == "paused"
    assert clock.pause(paused, at(2, 9)) == paused
    resumed = clock.resume(paused, time, at(2, 16))
    assert resumed.due_at == at(3, 11), "three hours were left"
    assert resumed.warn_at == at(2, 17), "one of them before the warning"
    assert clock.resume(resumed, time, at(3, 9)) == resumed
    assert clock.finish(paused, at(5, 9)).state(at(9, 0)) == "met"


def test_what_was_missed_stays_missed():
    time = office()
    late = clock.pause(clock.start(time, at(0, 9), 3600, 0.5), at(0, 11))
    assert late.state(at(0, 12)) == "missed"
    late = clock.resume(late, time, at(3, 9))
    assert late.due_at == at(0, 10)
    assert clock.finish(late, at(3, 10)).state(at(3, 10)) == "missed"


@given(minutes.filter(lambda m: m < 4000), st.lists(st.integers(0, 2000), max_size=6))
def test_the_time_that_counts_is_the_target(start, steps):
    """However often it pauses: what runs adds up to the target."""
    days = [(at(d, 9), at(d, 17)) for d in range(60)]
    time = Worktime(days, MONDAY, at(60, 0))
    begun = now = MONDAY + timedelta(minutes=start)
    ticking, counted = clock.start(time, begun, 30 * 3600, 0.8), 0.0
    for index, step in enumerate(steps):
        then = now + timedelta(minutes=step)
        if index % 2:
            ticking = clock.resume(ticking, time, then)
        else:
            counted += time.between(now, then)
            ticking = clock.pause(ticking, then)
        now = then
    ticking = clock.resume(ticking, time, now)
    if ticking.state(now) != "missed":
        left = time.between(now, ticking.due_at)
        assert counted + left == pytest.approx(30 * 3600)
