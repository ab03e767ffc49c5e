"""Facts and rules as hypothesis makes them up."""

from hypothesis import strategies as st

from engine import Rule, compile_condition

FIELDS = {
    "kind": "choice",
    "text": "text",
    "is_automated": "boolean",
    "channel_id": "record",
    "topic_ids": "records",
    "sentiment": "number",
    "sentiment_change": "number",
    "needs_answer": "number",
    "topic_urgency": "number",
    "amplification": "number",
    "customer_value": "number",
    "influence": "number",
}
kinds = st.sampled_from(["post", "direct", "review", "email"])
texts = st.sampled_from(["", "parcel", "Where is my PARCEL?", "ß"])
ids = st.integers(1, 4)
shares = st.floats(0, 1)
points = st.floats(0, 100)

facts = st.fixed_dictionaries(
    {
        "kind": kinds,
        "text": texts,
        "is_automated": st.booleans(),
        "channel_id": ids | st.just(False),
        "topic_ids": st.sets(ids).map(lambda found: tuple(sorted(found))),
        "sentiment": st.none() | st.floats(-1, 1),
        "sentiment_change": st.none() | st.floats(-2, 2),
        "needs_answer": shares,
        "topic_urgency": points,
        "amplification": points,
        "customer_value": points,
        "influence": st.none() | st.integers(1, 100),
    }
)

numbers = st.sampled_from([name for name, kind in FIELDS.items() if kind == "number"])
comparisons = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
leaves = st.one_of(
    st.tuples(numbers, comparisons, st.floats(-1, 1) | st.integers(0, 100)),
    st.tuples(st.just("kind"), st.sampled_from(["=", "!="]), kinds),
    st.tuples(st.just("kind"), st.sampled_from(["in", "not in"]), st.lists(kinds)),
    st.tuples(st.just("text"), st.sampled_from(["ilike", "not ilike", "="]), texts),
    st.tuples(st.just("is_automated"), st.just("="), st.booleans()),
    st.tuples(st.just("channel_id"), st.sampled_from(["=", "!="]), ids),
    st.tuples(st.just("topic_ids"), st.sampled_from(["in", "not in"]), st.lists(ids)),
)
domains = st.recursive(
    leaves.map(lambda leaf: [leaf]),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from("&|"), inner, inner).map(
            lambda parts: [parts[0], *parts[1], *parts[2]]
        ),
        inner.map(lambda domain: ["!", *domain]),
    ),
    max_leaves=4,
) | st.just([])

outcomes = st.sampled_from(["ticket", "lead", "watch", "nothing"])
settings = st.dictionaries(st.sampled_from(["team", "category", "policy"]), ids)
additions = st.dictionaries(
    st.sampled_from(["tags", "skills"]), st.lists(ids, max_size=3).map(tuple)
)


@st.composite
def rules(draw):
    stops = draw(st.booleans())
    return Rule(
        key=draw(st.integers()),
        name="",
        condition=compile_condition(draw(domains), FIELDS),
        outcome=draw(outcomes if stops else outcomes | st.none()),
        stops=stops,
        adjustment=draw(st.floats(-100, 100)),
        settings=draw(settings),
        additions=draw(additions),
    )


rule_sets = st.lists(rules(), max_size=8, unique_by=lambda rule: rule.key)
