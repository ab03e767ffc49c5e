import itertools
import math

from odoo.tests import BaseCase

from ..analysis.influence import Signals, amplification, combine, part, score


class TestInfluence(BaseCase):
    KNOWN = {
        "followers": 5000,
        "following": 500,
        "posts": 4,
        "shares_received": 20,
        "mentions_received": 30,
        "engager_standing": 0.4,
        "listed": 50,
    }

    def test_part_is_logarithmic_and_bounded(self):
        self.assertEqual(part(0, 1000), 0)
        self.assertEqual(part(1000, 1000), 1)
        self.assertEqual(part(10**9, 1000), 1)
        self.assertIsNone(part(None, 1000))
        step = part(10_000, 10**7) - part(1000, 10**7)
        self.assertAlmostEqual(step, part(10**5, 10**7) - part(10_000, 10**7), 3)

    def test_more_of_anything_but_following_never_lowers_the_score(self):
        before = score(Signals(**self.KNOWN)).value
        for name, value in self.KNOWN.items():
            if name == "following":
                continue
            more = score(Signals(**{**self.KNOWN, name: value * 2})).value
            self.assertGreater(more, before, name)
        fewer = score(Signals(**{**self.KNOWN, "following": 50_000})).value
        self.assertLess(fewer, before)

    def test_the_range_is_1_to_100(self):
        nobody = dict.fromkeys(self.KNOWN, 0)
        nobody["following"] = 10_000
        self.assertEqual(score(Signals(**nobody)).value, 1)
        star = dict.fromkeys(self.KNOWN, 10**9)
        star |= {"following": 1, "engager_standing": 1.0}
        self.assertEqual(score(Signals(**star)).value, 100)

    def test_no_figure_is_too_odd(self):
        odd = (math.inf, -math.inf, math.nan, 10**400, -(10**400), 1e308, -1)
        for name, one, other in itertools.product(self.KNOWN, odd, odd):
            figures = dict.fromkeys(self.KNOWN, other) | {name: one, "age_days": one}
            found = score(Signals(**figures))
            self.assertTrue(1 <= found.value <= 100, figures)
            self.assertTrue(0 <= found.confidence <= 1, figures)
            spread = amplification(one, other, other, one)
            self.assertTrue(0 <= spread.value <= 100, (one, other))

    def test_unknown_is_not_zero(self):
        unknown = score(Signals(followers=5000))
        zero = score(Signals(followers=5000, mentions_received=0, shares_received=0))
        self.assertGreater(unknown.value, zero.value)
        self.assertLess(unknown.confidence, zero.confidence)
        self.assertEqual(set(unknown.parts), {"reach"})

    def test_nothing_known_is_the_least_and_unsure(self):
        nothing = score(Signals())
        self.assertEqual((nothing.value, nothing.confidence), (1.0, 0.0))
        self.assertEqual(nothing.parts, {})

    def test_one_good_figure_alone_does_not_make_a_star(self):
        self.assertLess(score(Signals(posts=1000)).value, 40)

    def test_confidence_fades_with_age(self):
        fresh = score(Signals(**self.KNOWN))
        old = score(Signals(**self.KNOWN, age_days=180))
        self.assertEqual(old.value, fresh.value)
        self.assertAlmostEqual(old.confidence, fresh.confidence / 2)

    def test_further_profiles_lift_a_little(self):
        self.assertIsNone(combine([]))
        self.assertEqual(combine([(60, 1.0)]), (60, 1.0))
        value, _confidence = combine([(60, 1.0), (50, 1.0)])
        self.assertTrue(60 < value < 65)
        self.assertEqual(combine([(50, 1.0), (60, 1.0)]), combine([(60, 1), (50, 1)]))

    def test_amplification_grows_with_reach_shares_and_pace(self):
        quiet = amplification(followers=300, shares=0, hours=1)
        famous = amplification(followers=300_000, shares=0, hours=1)
        shared = amplification(followers=300, shares=200, hours=24)
        fast = amplification(followers=300, shares=200, hours=1)
        self.assertLess(quiet.value, famous.value)
        self.assertLess(quiet.value, shared.value)
        self.assertLess(shared.expected_reach, fast.expected_reach)
        self.assertEqual(amplification().value, 0)
        self.assertLessEqual(amplification(10**9, 10**9, 0).value, 100)
