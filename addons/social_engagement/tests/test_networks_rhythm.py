"""When a feed is fetched next: the arithmetic alone."""

from datetime import datetime

from odoo.tests import BaseCase

from ..networks import rhythm
from ..networks.base import Adapter, Usage
from ..networks.rhythm import Allowance

DAY = 24 * 3600


class Network(Adapter):
    interval, fastest, slowest = 60, 20, 900


class TestRhythm(BaseCase):
    def follow(self, pause, news, times):
        for _fetch in range(times):
            pause = rhythm.pause(Network, pause, news)
        return pause

    def test_it_begins_with_the_networks_own(self):
        self.assertEqual(rhythm.pause(Network, 0, True), 60)
        self.assertEqual(rhythm.pause(Network, 0, False), 60)

    def test_faster_when_busy_slower_when_quiet_within_bounds(self):
        self.assertEqual(rhythm.pause(Network, 60, True), 30)
        self.assertEqual(rhythm.pause(Network, 60, False), 75)
        self.assertEqual(self.follow(60, True, 10), 20)
        self.assertEqual(self.follow(60, False, 50), 900)
        self.assertEqual(self.follow(900, True, 10), 20, "a burst wakes it soon")

    def test_a_rate_limit_with_much_left_changes_nothing(self):
        usage = Usage(limit=300, remaining=299, reset=250)
        self.assertEqual(rhythm.pause(Network, 60, True, usage=usage), 30)
        used_up = Usage(limit=300, remaining=0, reset=0)
        self.assertEqual(rhythm.pause(Network, 60, True, usage=used_up), 30)

    def test_what_is_left_is_spread_until_the_reset(self):
        # 10 calls beyond the tenth kept for answers, for 900 seconds
        usage = Usage(limit=100, remaining=20, reset=900)
        self.assertEqual(rhythm.pause(Network, 60, True, usage=usage), 90)
        self.assertEqual(rhythm.pause(Network, 60, True, usage=usage, feeds=3), 270)
        self.assertEqual(rhythm.wait(100, usage, None), 900, "then it is new")

    def test_the_last_calls_are_kept_for_answers(self):
        usage = Usage(limit=100, remaining=10, reset=700)
        self.assertEqual(rhythm.pause(Network, 60, True, usage=usage), 700)
        usage = Usage(limit=0, remaining=0, reset=700)
        self.assertEqual(rhythm.pause(Network, 60, True, usage=usage), 700)

    def test_money_is_spread_over_the_rest_of_its_period(self):
        plenty = Allowance(left=100, cost=0.001, seconds=DAY)
        self.assertEqual(rhythm.pause(Network, 60, True, allowance=plenty), 30)
        little = Allowance(left=1, cost=0.01, seconds=DAY)
        self.assertEqual(rhythm.pause(Network, 60, True, allowance=little), 864)
        nothing = Allowance(left=0.005, cost=0.01, seconds=7000)
        self.assertEqual(rhythm.pause(Network, 60, True, allowance=nothing), 7000)
        free = Allowance(left=0, cost=0, seconds=DAY)
        self.assertEqual(rhythm.pause(Network, 60, True, allowance=free), 30)

    def test_spending_so_never_ends_a_budget_early(self):
        """Fetches as fast as allowed, a month long."""
        left, clock, cost, month = 10.0, 0.0, 0.01, 30 * DAY
        pause = 0
        while clock < month:
            left -= cost
            allowance = Allowance(left, cost, month - clock)
            pause = rhythm.pause(Network, pause, True, allowance=allowance)
            clock += pause
        self.assertGreaterEqual(left, 0)
        self.assertLess(left, 0.5, "and it is used")

    def test_no_wait_is_longer_than_a_day(self):
        self.assertEqual(rhythm.wait(1, Usage(9, 0, 10**9), None), DAY)
        self.assertEqual(rhythm.wait(1, None, Allowance(0, 1, 30 * DAY)), DAY)

    def test_the_expected_cost_falls_slowly(self):
        self.assertEqual(rhythm.expected_cost(0, 2), 2)
        self.assertEqual(rhythm.expected_cost(2, 0), 1)

    def test_periods(self):
        now = datetime(2026, 12, 15, 13, 7, 5, 9)
        self.assertEqual(
            rhythm.period(now, "day"), (datetime(2026, 12, 15), datetime(2026, 12, 16))
        )
        self.assertEqual(
            rhythm.period(now, "month"), (datetime(2026, 12, 1), datetime(2027, 1, 1))
        )

    def test_silence(self):
        night = 9 * 3600
        longest = rhythm.longest_silence(0, night)
        for _post in range(500):  # a busy day does not let the night be forgotten
            longest = rhythm.longest_silence(longest, 100)
        self.assertGreater(longest, 0.95 * night)
        week = 7 * DAY
        self.assertFalse(rhythm.is_unusual(night, longest, week))
        self.assertTrue(rhythm.is_unusual(2 * night, longest, week))
        self.assertFalse(rhythm.is_unusual(2 * night, longest, DAY), "too young")
        self.assertFalse(rhythm.is_unusual(week, 0, week), "nothing ever came")
        self.assertFalse(rhythm.is_unusual(1800, 60, week), "half an hour is nothing")
