"""The engine by itself. Needs no Odoo: python3 …/social_routing/tests/test_engine.py"""

import itertools
import sys
import unittest
from pathlib import Path

if __package__:
    from odoo.tests import BaseCase as Case
    from odoo.tests import tagged

    from .. import engine
else:  # run by itself: no Odoo, and no package to import from
    sys.path.append(str(Path(__file__).resolve().parent.parent))
    import engine

    Case, tagged = unittest.TestCase, lambda *tags: lambda case: case

ConditionError, Rule = engine.ConditionError, engine.Rule
compile_condition, decide = engine.compile_condition, engine.decide
prioritise = engine.prioritise
LONGEST, OPERATORS = engine.condition.LONGEST, engine.condition.OPERATORS
FIELDS = ("kind", "text", "language", "sentiment", "needs_answer", "influence")


def condition(*domain):
    return compile_condition(list(domain), FIELDS)


def rule(name, *domain, outcome="ticket", **values):
    return Rule(name, name, condition(*domain), outcome, **values)


@tagged("post_install", "-at_install")
class TestEngine(Case):
    # ------------------------------------------------------------------
    # Conditions
    # ------------------------------------------------------------------

    def assert_holds(self, facts, *domain):
        self.assertTrue(condition(*domain).holds(facts), f"{domain} for {facts}")

    def assert_fails(self, facts, *domain):
        self.assertFalse(condition(*domain).holds(facts), f"{domain} for {facts}")

    def test_comparisons(self):
        facts = {"kind": "direct", "influence": 60, "text": "Où est mon COLIS ?"}
        for leaf in (
            ("kind", "=", "direct"),
            ("kind", "!=", "post"),
            ("kind", "in", ["post", "direct"]),
            ("kind", "not in", ("post",)),
            ("influence", ">", 59),
            ("influence", ">=", 60),
            ("influence", "<", 61),
            ("influence", "<=", 60.0),
            ("text", "ilike", "colis"),
            ("text", "not ilike", "parcel"),
        ):
            self.assert_holds(facts, leaf)
            self.assert_fails(facts, "!", leaf)
            self.assert_holds(facts, "!", "!", leaf)

    def test_zero_is_a_figure_like_any_other(self):
        facts = {"sentiment": 0.0, "needs_answer": 0.0, "influence": 0}
        self.assert_holds(facts, ("sentiment", "<=", 0))
        self.assert_holds(facts, ("needs_answer", "<", 0.5))
        self.assert_holds(facts, ("influence", ">=", 0))
        self.assert_holds(facts, ("influence", "in", [0]))
        self.assert_fails(facts, ("sentiment", "<", 0))

    def test_what_is_unknown_is_empty_and_in_no_order(self):
        for facts in ({}, {"language": None, "influence": None}, {"language": False}):
            self.assert_holds(facts, ("language", "=", False))
            self.assert_holds(facts, ("language", "=", ""))
            self.assert_holds(facts, ("language", "in", ["de", False]))
            self.assert_fails(facts, ("language", "!=", False))
            self.assert_fails(facts, ("influence", ">=", 0))
            self.assert_fails(facts, ("influence", "<", 10))
            self.assert_fails(facts, ("language", "ilike", "none"))

    def test_nothing_in_the_way_always_holds(self):
        self.assert_holds({})
        self.assertEqual(condition().failing({}), [])

    def test_side_by_side_all_must_hold(self):
        one, two = ("kind", "=", "direct"), ("influence", ">", 50)
        self.assert_holds({"kind": "direct", "influence": 60}, one, two)
        self.assert_fails({"kind": "direct", "influence": 40}, one, two)
        self.assert_fails({"kind": "post", "influence": 60}, one, two)

    def test_nesting_agrees_with_logic(self):
        a, b, c = ("kind", "=", "x"), ("text", "=", "x"), ("language", "=", "x")
        nested = {
            ("|", a, b): lambda a, b, c: a or b,
            ("&", a, b): lambda a, b, c: a and b,
            ("!", "|", a, b): lambda a, b, c: not (a or b),
            ("!", "&", a, "!", b): lambda a, b, c: not (a and not b),
            ("|", "&", a, b, c): lambda a, b, c: (a and b) or c,
            ("&", a, "|", b, c): lambda a, b, c: a and (b or c),
            ("|", a, b, c): lambda a, b, c: (a or b) and c,
            (a, "!", b, c): lambda a, b, c: a and not b and c,
            ("!", "&", "|", a, b, "!", "|", b, c): (
                lambda a, b, c: not ((a or b) and not (b or c))
            ),
        }
        for domain, expected in nested.items():
            for truth in itertools.product((True, False), repeat=3):
                facts = dict(zip(("kind", "text", "language"), truth, strict=True))
                facts = {name: "x" if true else "y" for name, true in facts.items()}
                found = condition(*domain).holds(facts)
                self.assertEqual(found, expected(*truth), f"{domain} {truth}")

    def test_a_domain_may_be_of_lists(self):
        self.assert_holds(
            {"kind": "post"}, "|", ["kind", "=", "x"], ["kind", "=", "post"]
        )

    def test_what_cant_be_understood_says_so(self):
        for domain, said in (
            (["&"], "lacks"),
            (["|", ("kind", "=", "x")], "lacks"),
            (["!"], "lacks"),
            ([("color", "=", 1)], "'color'"),
            ([("channel_id.name", "=", 1)], "'channel_id.name'"),
            ([("kind", "=ilike", "x%")], "'=ilike'"),
            ([("kind", "child_of", 1)], "'child_of'"),
            ([("kind", ["="], 1)], "can't be used"),
            ([("kind", "in", "abc")], "needs a list"),
            ([("kind", "=")], "no comparison"),
            (["kind"], "no comparison"),
            ([5], "no comparison"),
            ([None], "no comparison"),
            (5, "no list"),
            ({"kind": "x"}, "no list"),
            ("kind", "no list"),
            (None, "no list"),
            (["!"] * LONGEST + [("kind", "=", "x")], "more than"),
        ):
            with self.assertRaisesRegex(ConditionError, said, msg=domain):
                compile_condition(domain, FIELDS)

    def test_the_longest_condition_can_be_evaluated(self):
        leaf = ("kind", "=", "x")
        half = LONGEST // 2
        self.assert_holds({"kind": "x"}, *["|"] * (half - 1), *[leaf] * half)
        self.assert_fails({"kind": "x"}, *["!"] * (LONGEST - 1), leaf)

    def test_different_types_never_hold_and_never_break(self):
        values = ("x", 5, 5.5, True, False, None, "", 0, [1], ["x"], {"a": 1})
        for name, fact, value in itertools.product(OPERATORS, values, values):
            if "in" in name.split() and not isinstance(value, list):
                continue
            found = condition(("kind", name, value)).holds({"kind": fact})
            self.assertIsInstance(found, bool)
        self.assert_fails({"influence": 5}, ("influence", ">", "3"))
        self.assert_fails({"influence": "5"}, ("influence", "<=", 9))

    # ------------------------------------------------------------------
    # Why not
    # ------------------------------------------------------------------

    def failing(self, facts, *domain):
        found = condition(*domain).failing(facts)
        return [(leaf.field, leaf.operator, leaf.value) for leaf in found]

    def test_failing_names_the_leaves_that_do_not_hold(self):
        facts = {"kind": "post", "influence": 40, "needs_answer": 0.9}
        self.assertEqual(
            self.failing(
                facts,
                ("kind", "=", "direct"),
                ("influence", ">=", 60),
                ("needs_answer", ">=", 0.5),
            ),
            [("kind", "=", "direct"), ("influence", ">=", 60)],
        )

    def test_what_a_negation_forbids_is_named_too(self):
        facts = {"kind": "post", "influence": 40}
        self.assertEqual(
            self.failing(facts, "!", ("kind", "=", "post")), [("kind", "!=", "post")]
        )
        self.assertEqual(
            self.failing(facts, "!", ("influence", "<", 60)),
            [("influence", "not <", 60)],
        )
        self.assertEqual(
            self.failing(facts, "!", "|", ("kind", "=", "x"), ("influence", "=", 40)),
            [("influence", "!=", 40)],
        )

    def test_a_condition_that_fails_always_says_why(self):
        a, b = ("kind", "=", "x"), ("text", "=", "x")
        for domain in ([a], [a, b], ["|", a, b], ["!", a], ["!", "|", a, b]):
            for truth in itertools.product("xy", repeat=2):
                facts = dict(zip(("kind", "text"), truth, strict=True))
                compiled = condition(*domain)
                if not compiled.holds(facts):
                    self.assertTrue(compiled.failing(facts), (domain, facts))

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------

    def test_the_first_that_matches_decides(self):
        first = rule("first", ("kind", "=", "direct"), outcome="nothing")
        second = rule("second", ("influence", ">=", 50))
        third = rule("third")
        facts = {"kind": "direct", "influence": 60}
        self.assertEqual(decide(facts, [first, second, third]).rule, first)
        self.assertEqual(decide(facts, [third, second, first]).rule, third)
        decision = decide({"kind": "post", "influence": 60}, [first, second, third])
        self.assertEqual(decision.rule, second)
        self.assertEqual(decision.outcome, "ticket")
        [(passed, leaves)] = decision.passed_over
        self.assertEqual((passed, leaves[0].field), (first, "kind"))

    def test_a_rule_further_down_never_wins(self):
        domains = ([], [("kind", "=", "x")], [("influence", ">", 5)])
        rules = [rule(str(n), *domain) for n, domain in enumerate(domains * 2)]
        for order in itertools.permutations(rules, 4):
            for facts in (
                {"kind": "x"},
                {"influence": 9},
                {"kind": "x", "influence": 9},
            ):
                decision = decide(facts, list(order))
                above = list(order)[: len(decision.passed_over)]
                self.assertFalse(any(r.condition.holds(facts) for r in above))
                if decision.rule:
                    self.assertIs(order[len(above)], decision.rule)

    def test_where_none_matches_it_is_watched(self):
        only = rule("only", ("kind", "=", "direct"))
        for rules in ([], [only]):
            decision = decide({"kind": "post"}, rules)
            self.assertIsNone(decision.rule)
            self.assertEqual(decision.outcome, "watch")
            self.assertEqual(len(decision.passed_over), len(rules))

    def test_a_decision_on_the_same_facts_is_the_same(self):
        rules = [rule("a", ("kind", "=", "x")), rule("b", ("influence", ">", 5))]
        facts = {"kind": "y", "influence": 9, "sentiment": -0.3, "needs_answer": 0.4}
        self.assertEqual(decide(facts, rules), decide(dict(facts), rules))

    # ------------------------------------------------------------------
    # Priority
    # ------------------------------------------------------------------

    def test_priority_is_monotone_and_capped(self):
        ranges = {
            "sentiment": [1, 0.2, 0, None, -0.1, -0.5, -1, -7],
            "needs_answer": [None, 0, 0.1, 0.5, 1, 3],
            "influence": [None, 0, 1, 30, 99, 100, 5000],
        }
        for name, steps in ranges.items():
            others = {k: v for k, v in ranges.items() if k != name}
            for combination in itertools.product(*others.values()):
                facts = dict(zip(others, combination, strict=True))
                scores = [prioritise({**facts, name: step}).score for step in steps]
                if name == "sentiment":  # good mood and none weigh the same
                    self.assertEqual(len(set(scores[:4])), 1)
                self.assertEqual(scores, sorted(scores), (name, facts))
                self.assertTrue(all(0 <= score <= 100 for score in scores))

    def test_influence_is_a_small_part(self):
        for sentiment, needs_answer in itertools.product((-1, 0, 1), (0, 0.5, 1)):
            facts = {"sentiment": sentiment, "needs_answer": needs_answer}
            without = prioritise(facts).score
            most = prioritise({**facts, "influence": 10**9}).score
            self.assertAlmostEqual(most - without, 10)

    def test_a_rule_adds_and_takes(self):
        self.assertEqual(prioritise({}, 15).score, 35)
        self.assertEqual(prioritise({}, -100).score, 0)
        self.assertEqual(prioritise({}, 1000).score, 100)
        decision = decide({}, [rule("urgent", adjustment=15)])
        self.assertEqual(decision.priority.score, 35)

    def test_the_terms_make_the_score(self):
        facts = {
            "sentiment": -0.73,
            "needs_answer": 0.91,
            "kind": "direct",
            "influence": 47,
        }
        priority = prioritise(facts, -3)
        self.assertAlmostEqual(priority.score, sum(priority.terms.values()), places=1)
        self.assertEqual(
            priority.terms,
            {
                "base": 20.0,
                "sentiment": 21.9,
                "needs_answer": 22.8,
                "private": 5.0,
                "influence": 4.7,
                "rule": -3,
            },
        )
        self.assertEqual(
            list(prioritise({}).terms), ["base"], "what is nil is not told"
        )


if __name__ == "__main__":
    unittest.main()
