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
prioritise, aged = engine.prioritise, engine.aged
passed_over, Weights = engine.passed_over, engine.Weights
LONGEST, OPERATORS = engine.condition.LONGEST, engine.condition.OPERATORS
FIELDS = {
    "kind": "choice",
    "text": "text",
    "language": "text",
    "sentiment": "number",
    "needs_answer": "number",
    "influence": "number",
    "is_automated": "boolean",
    "channel_id": "record",
    "topic_ids": "records",
    "decided_at": "moment",
}


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
            ([("kind", ["="], 1)], "can't be compared"),
            ([("kind", ">", "x")], "can't be compared"),
            ([("kind", "=", 1)], "one of the choices"),
            ([("text", "ilike", None)], "a text"),
            ([("influence", ">=", "60")], "a number"),
            ([("influence", "in", [True])], "a number"),
            ([("is_automated", "=", 1)], "true or false"),
            ([("decided_at", ">", "today")], "a date like"),
            ([("channel_id", "ilike", "shop")], "can't be compared"),
            ([("channel_id", "=", "shop")], "chosen from the list"),
            ([("topic_ids", ">", 1)], "can't be compared"),
            ([("topic_ids", "in", ["delivery"])], "chosen from the list"),
            ([(["kind"], "=", "x")], "no field"),
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

    def test_facts_of_another_type_never_hold_and_never_break(self):
        facts = ("x", 5, 5.5, True, False, None, "", 0, [1], ["x"], {"a": 1})
        values = {"choice": "x", "text": "x", "boolean": True, "number": 5}
        values |= {"record": 1, "records": 1, "moment": "2026-01-01"}
        for field, kind in FIELDS.items():
            for name in engine.condition.KINDS[kind][0]:
                value = values[kind]
                test = condition((field, name, [value] if "in" in name else value))
                for fact in facts:
                    self.assertIsInstance(test.holds({field: fact}), bool)
        self.assert_fails({"influence": "5"}, ("influence", "<=", 9))

    def test_several_records(self):
        some, none = {"topic_ids": (3, 5)}, {"topic_ids": ()}
        for leaf, holds, holds_for_none in (
            (("topic_ids", "in", [5, 8]), True, False),
            (("topic_ids", "in", [8]), False, False),
            (("topic_ids", "in", [8, False]), False, True),
            (("topic_ids", "not in", [8]), True, True),
            (("topic_ids", "not in", [3]), False, True),
            (("topic_ids", "=", 3), True, False),
            (("topic_ids", "!=", 3), False, True),
            (("topic_ids", "=", False), False, True),
            (("topic_ids", "!=", False), True, False),
        ):
            self.assertEqual(condition(leaf).holds(some), holds, leaf)
            self.assertEqual(condition(leaf).holds(none), holds_for_none, leaf)
            self.assertEqual(condition("!", leaf).holds(some), not holds, leaf)

    def test_moments_compare_as_time(self):
        facts = {"decided_at": "2026-03-02 09:30:00"}
        self.assert_holds(facts, ("decided_at", ">=", "2026-03-02"))
        self.assert_holds(facts, ("decided_at", "<", "2026-03-02 10:00:00"))
        self.assert_fails(facts, ("decided_at", "<", "2026-03-02"))
        self.assert_fails({}, ("decided_at", "<", "2026-03-02"))

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
        facts = {"kind": "post", "influence": 60}
        decision = decide(facts, [first, second, third])
        self.assertEqual(decision.rule, second)
        self.assertEqual(decision.outcome, "ticket")
        [(passed, leaves)] = passed_over(facts, [first, second, third], 2, ["second"])
        self.assertEqual((passed, leaves[0].field), (first, "kind"))

    def test_rules_that_do_not_stop_add_up(self):
        angry = rule(
            "angry",
            ("sentiment", "<", 0),
            outcome=None,
            stops=False,
            adjustment=5,
            settings={"team": "press"},
            additions={"tags": ("angry", "x")},
        )
        direct = rule(
            "direct",
            adjustment=-2,
            settings={"team": "support", "policy": "fast"},
            additions={"tags": ("x", "private")},
        )
        below = rule("below", outcome="nothing", settings={"category": "c"})
        decision = decide({"sentiment": -1}, [angry, direct, below])
        self.assertEqual(decision.matched, (angry, direct))
        self.assertEqual(decision.rule, direct)
        self.assertEqual(decision.outcome, "ticket")
        self.assertEqual(decision.settings, {"team": "press", "policy": "fast"})
        self.assertEqual(decision.additions, {"tags": ("angry", "x", "private")})
        self.assertEqual(decision.priority.terms["rule"], 3)
        decision = decide({"sentiment": 1}, [angry, direct, below])
        self.assertEqual(decision.settings["team"], "support")
        self.assertEqual(
            [
                r
                for r, _ in passed_over(
                    {"sentiment": 1}, [angry, direct], 2, ["direct"]
                )
            ],
            [angry],
        )

    def test_an_outcome_said_above_is_not_overruled(self):
        watch = rule("watch", outcome="watch", stops=False)
        decision = decide({}, [watch, rule("ticket")])
        self.assertEqual((decision.outcome, decision.rule), ("watch", watch))

    def test_where_none_matches_it_is_watched(self):
        only = rule("only", ("kind", "=", "direct"))
        for rules in ([], [only]):
            decision = decide({"kind": "post"}, rules)
            self.assertIsNone(decision.rule)
            self.assertEqual(decision.outcome, "watch")
            self.assertEqual(decision.asked, len(rules))

    # ------------------------------------------------------------------
    # Priority
    # ------------------------------------------------------------------

    def test_each_term_is_capped(self):
        for name, values, points in (
            ("sentiment", (1, 0, None, -0.5, -1, -7), (0, 0, 0, 12.5, 25, 25)),
            ("sentiment_change", (1, None, -1, -2, -9), (0, 0, 5, 10, 10)),
            ("needs_answer", (None, 0.5, 1, 3), (0, 10, 20, 20)),
            ("topic_urgency", (None, 50, 100, 400), (0, 5, 10, 10)),
            ("amplification", (None, 50, 100, 400), (0, 5, 10, 10)),
            ("customer_value", (None, 20, 100, 400), (0, 3, 15, 15)),
            ("influence", (None, 1, 50, 100, 10**9), (0, 0.1, 5, 10, 10)),
        ):
            for value, expected in zip(values, points, strict=True):
                score = prioritise({name: value}).score
                self.assertAlmostEqual(score, 20 + expected, msg=f"{name} {value}")

    def test_influence_is_a_small_part_whatever_its_weight(self):
        for weight in (0, 3, 10, 90):
            weights = Weights(influence=weight)
            for sentiment in (-1, 0, 1):
                facts = {"sentiment": sentiment}
                without = prioritise(facts, weights=weights).score
                most = prioritise({**facts, "influence": 100}, weights=weights).score
                self.assertAlmostEqual(most - without, min(weight, 10))

    def test_a_negative_weight_is_refused(self):
        with self.assertRaisesRegex(ValueError, "topic"):
            Weights(topic=-1)

    def test_a_rule_adds_and_takes(self):
        self.assertEqual(prioritise({}, 15).score, 35)
        self.assertEqual(prioritise({}, -100).score, 0)
        self.assertEqual(prioritise({}, 1000).score, 90, "room for those who wait")
        decision = decide({}, [rule("urgent", adjustment=15)])
        self.assertEqual(decision.priority.score, 35)

    def test_the_terms_make_the_score(self):
        facts = {"sentiment": -0.5, "needs_answer": 1, "kind": "direct"}
        priority = prioritise({**facts, "influence": 50}, -3)
        self.assertAlmostEqual(priority.score, sum(priority.terms.values()))
        self.assertEqual(
            priority.terms,
            {
                "base": 20.0,
                "sentiment": 12.5,
                "needs_answer": 20.0,
                "private": 5.0,
                "influence": 5.0,
                "rule": -3,
            },
        )
        self.assertEqual(
            list(prioritise({}).terms), ["base"], "what is nil is not told"
        )
        self.assertEqual(prioritise({}, 100).terms["limit"], -30)
        self.assertEqual(prioritise({}, -50).terms["limit"], 30)

    def test_waiting_makes_it_grow(self):
        for standing in (0, 20, 55, 90):
            scores = [aged(standing, waited) for waited in (0, 0.5, 1, 1.5, 2, 9)]
            self.assertEqual(scores[0], standing)
            self.assertAlmostEqual(scores[2], (standing + 100) / 2)
            self.assertEqual(scores[-2:], [100, 100])
            self.assertEqual(scores, sorted(scores))


if __name__ == "__main__":
    unittest.main()
