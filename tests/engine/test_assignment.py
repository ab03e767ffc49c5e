"""Who gets a case: capacity holds whatever comes, and every agent has a reason."""

from hypothesis import given
from hypothesis import strategies as st

from engine import Agent, Demand, assign, taken, unassigned

SKILLS = ("press", "social", "returns")
LANGUAGES = ("de", "en", "es")
levels = st.dictionaries(st.sampled_from(SKILLS), st.integers(0, 100))
agents = st.lists(
    st.builds(
        Agent,
        key=st.integers(),
        capacity=st.floats(0, 10),
        load=st.floats(0, 10),
        away=st.sampled_from(["", "", "", "absent", "off_hours", "offline"]),
        skills=levels,
        languages=st.sets(st.sampled_from(LANGUAGES)),
        last_assigned=st.floats(0, 1000),
    ),
    unique_by=lambda agent: agent.key,
    max_size=6,
)
demands = st.builds(
    Demand,
    weight=st.floats(0.1, 3),
    required=levels,
    preferred=levels,
    language=st.none() | st.sampled_from(LANGUAGES),
    language_required=st.booleans(),
    social_skill=st.none() | st.just("social"),
    influence=st.floats(0, 100),
    known_agent=st.none() | st.integers(),
)


@given(agents, st.lists(demands, max_size=30))
def test_capacity_is_never_exceeded(agents, demands):
    before = {agent.key: agent.load for agent in agents}
    for moment, demand in enumerate(demands):
        if agent := assign(demand, agents).agent:
            agent.take(demand, moment)
    for agent in agents:
        assert agent.load <= max(agent.capacity + 1e-6, before[agent.key])


@given(agents, demands)
def test_everybody_has_a_reason(agents, demand):
    assignment = assign(demand, agents)
    told = [key for key, _reason in assignment.considered]
    chosen = [assignment.agent.key] if assignment.agent else []
    assert sorted(told + chosen) == sorted(agent.key for agent in agents)
    assert bool(assignment.why) is bool(assignment.agent)
    assert bool(assignment.missing) is not bool(assignment.agent)


@given(agents, demands)
def test_who_is_chosen_can_do_it(agents, demand):
    agent = assign(demand, agents).agent
    if agent is None:
        return
    assert not agent.away
    assert all(agent.skills[s] >= level for s, level in demand.required.items())
    if demand.language_required:
        assert demand.language in agent.languages


@given(agents, demands)
def test_the_same_question_has_the_same_answer(agents, demand):
    assert assign(demand, agents) == assign(demand, agents)


def agent(key, **values):
    return Agent(key, **{"capacity": 10, **values})


def outcome(demand, *agents):
    found = assign(demand, list(agents))
    return found.agent and found.agent.key, found.why, dict(found.considered)


def test_the_best_match_then_the_least_loaded_then_the_longest_idle():
    wanted = Demand(preferred={"press": 50})
    expert = agent("expert", skills={"press": 50}, load=9)
    free, busy = agent("free", load=1), agent("busy", load=2)
    assert outcome(wanted, free, expert, busy) == (
        "expert",
        ("match",),
        {"free": ("match", 0.0, 1.0), "busy": ("match", 0.0, 1.0)},
    )
    assert outcome(Demand(), busy, free) == (
        "free",
        ("load",),
        {"busy": ("load", 0.2, 0.1)},
    )
    waits, worked = agent("waits", last_assigned=5), agent("worked", last_assigned=9)
    assert outcome(Demand(), worked, waits) == (
        "waits",
        ("idle",),
        {"worked": ("idle",)},
    )


def test_the_same_agent_for_a_known_customer_when_there():
    known = agent("known", load=9, last_assigned=9)
    other = agent("other", skills={"press": 100})
    wanted = Demand(known_agent="known", preferred={"press": 50})
    why = ("known_customer",)
    assert outcome(wanted, other, known) == ("known", why, {"other": why})
    known.away = "absent"
    assert outcome(wanted, other, known)[:2] == ("other", ("only",))


def test_the_more_influence_the_more_social_skill_counts():
    social = agent("social", skills={"social": 100}, load=5)
    idle = agent("idle")
    for influence, expected in ((1, "idle"), (4, "idle"), (50, "social")):
        wanted = Demand(social_skill="social", influence=influence)
        assert outcome(wanted, social, idle)[0] == expected


def test_what_is_missing():
    def missing(demand, *agents):
        return assign(demand, list(agents)).missing

    spanish = Demand(language="es", language_required=True)
    german = agent("g", languages={"de"})
    assert missing(Demand()) == [("nobody",)]
    assert missing(spanish, german) == [("language", "es")]
    assert missing(spanish, german, agent("s", languages={"es"}, away="absent")) == [
        ("absent", 1)
    ]
    assert missing(
        Demand(required={"press": 60}), german, agent("p", skills={"press": 59})
    ) == [("skill", "press", 60)]
    full, away = agent("f", load=10), agent("a", away="offline")
    assert missing(Demand(), full, away, agent("b", away="offline")) == [
        ("full", 1),
        ("offline", 2),
    ]


def test_how_it_stands_with_what_waits():
    busy, away = agent("b", load=10), agent("a", away="offline")
    found = unassigned(Demand(), [agent("f"), busy, away, agent("g")])
    assert (found.agent, found.why) == (None, ())
    assert found.missing == [("free", 2), ("full", 1), ("offline", 1)]
    assert dict(found.considered)["f"] == ("free",)
    assert unassigned(Demand(), []).missing == [("nobody",)]


def test_taken_out_of_the_queue():
    taker, free, full = agent("t", away="offline"), agent("f"), agent("b", load=10)
    found = taken(Demand(), taker, [free, full])
    assert (found.agent, found.why) == (taker, ("taken",))
    assert found.considered == [("f", ("free",)), ("b", ("full", 10, 10))]


def test_work_goes_round():
    team = [agent(name) for name in "abc"]
    got = []
    for moment in range(6):
        chosen = assign(Demand(), team).agent
        chosen.take(Demand(), moment)
        got.append(chosen.key)
    assert got == list("abcabc")
