"""What holds for all rules and all facts."""

import copy

from hypothesis import given
from hypothesis import strategies as st
from strategies import FIELDS, domains, facts, rule_sets

from engine import Asked, compile_condition, decide, passed_over, unreachable


@given(facts, rule_sets)
def test_a_rule_further_down_never_wins_over_a_matching_one_above(facts, rules):
    decision = decide(facts, rules)
    holding = [rule for rule in rules if rule.condition.holds(facts)]
    stop = next((n for n, rule in enumerate(holding) if rule.stops), len(holding))
    heard = holding[: stop + 1]
    assert list(decision.matched) == heard
    said = [rule.outcome for rule in heard if rule.outcome]
    assert decision.outcome == (said[0] if said else "watch")
    for name in {name for rule in rules for name in rule.settings}:
        stated = [rule.settings[name] for rule in heard if name in rule.settings]
        assert decision.settings.get(name) == (stated[0] if stated else None)
    for name in {name for rule in rules for name in rule.additions}:
        added = {value for rule in heard for value in rule.additions.get(name, ())}
        found = decision.additions.get(name, ())
        assert set(found) == added and len(found) == len(added)


@given(facts, rule_sets, st.data())
def test_what_is_below_the_deciding_rule_changes_nothing(facts, rules, data):
    decision = decide(facts, rules)
    if not (decision.matched and decision.matched[-1].stops):
        return
    others = data.draw(rule_sets)
    assert decide(facts, rules[: decision.asked] + others) == decision


@given(facts, rule_sets)
def test_a_decision_replayed_on_its_own_facts_is_the_same(facts, rules):
    stored = copy.deepcopy(facts)
    decision = decide(facts, rules)
    assert facts == stored, "the facts are read, not changed"
    assert decide(stored, rules) == decision


@given(facts, rule_sets)
def test_every_rule_asked_matched_or_says_why_not(facts, rules):
    decision = decide(facts, rules)
    matched = [rule.key for rule in decision.matched]
    passed = passed_over(facts, rules, decision.asked, matched)
    assert len(passed) + len(decision.matched) == decision.asked
    for rule, failing in passed:
        assert failing, rule.condition.leaves


@given(facts, domains)
def test_a_negation_turns_a_condition_round(facts, domain):
    holds = compile_condition(domain, FIELDS).holds(facts)
    if domain:
        assert compile_condition(["!", *domain], FIELDS).holds(facts) is not holds


@given(facts, st.lists(st.tuples(domains, st.booleans()), max_size=6))
def test_a_rule_said_to_be_unreachable_is_never_asked_and_matched(facts, found):
    asked = [Asked(n, domain, stops) for n, (domain, stops) in enumerate(found)]
    covered = unreachable(asked, FIELDS)
    for rule in asked:
        if compile_condition(rule.domain, FIELDS).holds(facts):
            assert rule.key not in covered
            if rule.stops:
                break


@given(domains, domains, st.booleans())
def test_what_asks_for_more_is_unreachable_below_what_asks_for_less(one, two, stops):
    narrow = ["&", *one, *two] if one and two else one or two
    covered = unreachable([Asked("wide", one), Asked("narrow", narrow, stops)], FIELDS)
    few_records = sum(len(str(part)) for part in one + two) < 200
    if "ilike" not in str(narrow) and few_records and "wide" not in covered:
        assert covered.get("narrow", "?") in ("wide", None)
