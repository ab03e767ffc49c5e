"""How long a decision takes: CASES cases against RULES rules and AGENTS agents.

``engine_ms_per_case`` is the engine alone: the rules, the priority, and the choice of
an agent, on facts in memory. ``total_ms_per_case`` is the same with the database, in
batches: facts read from posts, cases stored, and each case's ticket given to an agent
whose row is locked. Making the tickets is helpdesk's work and not measured.

usage: script/test bench routing
environment: DB, the database with both add-ons; CASES, RULES, AGENTS, how many
"""

import json
import os
import random
import time

CASES = int(os.environ.get("CASES", 10_000))
RULES = int(os.environ.get("RULES", 200))
AGENTS = int(os.environ.get("AGENTS", 100))
BATCH = 500
KINDS = ("post", "reply", "comment", "direct", "review")
LANGUAGES = ("en", "de", "fr", "es", "pt", "it")
WORDS = "parcel refund app crash invoice price late broken thanks sunny".split()


def condition(rng):
    """A domain of one to four comparisons, 2.4 on average, as people write them."""
    leaves = [
        ("kind", rng.choice(("=", "!=")), rng.choice(KINDS)),
        ("language", "in", rng.sample(LANGUAGES, 2)),
        ("sentiment", rng.choice(("<", ">=")), round(rng.uniform(-1, 1), 2)),
        ("influence", ">=", rng.randrange(40, 100)),
        ("text", "ilike", rng.choice(WORDS)),
        ("needs_answer", ">=", round(rng.uniform(0.3, 1), 2)),
        ("open_tickets", ">", rng.randrange(4)),
        ("is_automated", "=", rng.random() < 0.5),
    ]
    chosen = rng.sample(leaves, rng.choice((1, 2, 2, 3, 4)))
    joined = ["|"] if len(chosen) > 1 and rng.random() < 0.3 else []
    return [*joined, *chosen, ("customer_value", "=", rng.randrange(200, 300))]


def make_rules(env, rng):
    """Rules that hardly ever match, so that nearly all of them are asked."""
    env["social.routing.rule"].search([("id", ">", 0)]).active = False
    env["social.routing.rule"].create(
        [
            {
                "name": f"Rule {number}",
                "sequence": number,
                "condition": repr(condition(rng)),
                "adjustment": rng.randrange(-10, 20),
            }
            for number in range(RULES - 1)
        ]
        + [{"name": "The rest", "sequence": RULES, "outcome": "watch"}]
    )


def make_agents(env, rng):
    """Agents at work, with skills and languages, who have room for everything."""
    team = env.ref("social_routing.helpdesk_team_social")
    skill = env.ref("social_routing.skill_social_media")
    levels = env.ref("social_routing.skill_type_service").skill_level_ids
    group = env.ref("social_engagement.group_social_user")
    users = (
        env["res.users"]
        .with_context(no_reset_password=True, tracking_disable=True)
        .create(
            [
                {
                    "name": f"Agent {number}",
                    "login": f"bench{number}",
                    "group_ids": [(4, group.id)],
                }
                for number in range(AGENTS)
            ]
        )
    )
    env["hr.employee"].create(
        [
            {
                "name": user.name,
                "user_id": user.id,
                "resource_calendar_id": False,
                "employee_skill_ids": [
                    (
                        0,
                        0,
                        {
                            "skill_id": skill.id,
                            "skill_type_id": skill.skill_type_id.id,
                            "skill_level_id": rng.choice(levels).id,
                        },
                    )
                ],
            }
            for user in users
        ]
    )
    env["mail.presence"].create([{"user_id": u.id, "status": "online"} for u in users])
    team.write({"user_ids": [(6, 0, users.ids)], "routing_mode": "push"})
    agents = env["social.routing.agent"]._of_users(users)
    langs = env["res.lang"].with_context(active_test=False)
    for agent in agents:
        code = rng.choice(LANGUAGES)
        agent.language_ids = langs.search([("iso_code", "=", code)])
    agents.capacity = CASES
    return team


def make_posts(env, rng):
    channel = env["social.channel"].create(
        {"name": "Bench", "network": "mastodon", "base_url": "https://bench.example"}
    )
    profiles = env["social.profile"].create(
        [
            {
                "company_id": channel.company_id.id,
                "network": "mastodon",
                "external_id": f"author-{number}",
                "handle": f"author{number}",
                "influence": rng.randrange(1, 101),
            }
            for number in range(CASES)
        ]
    )
    moods = ((-0.8, "negative"), (0.0, "neutral"), (0.7, "positive"))
    conversations = env["social.conversation"].with_context(tracking_disable=True)
    conversations = conversations.create(
        [
            {
                "name": f"Post {number}",
                "channel_id": channel.id,
                "network": "mastodon",
                "company_id": channel.company_id.id,
                "profile_id": profile.id,
                "thread_key": str(number),
            }
            for number, profile in enumerate(profiles)
        ]
    )
    values = []
    for number, conversation in enumerate(conversations):
        sentiment, label = rng.choice(moods)
        values.append(
            {
                "channel_id": channel.id,
                "network": "mastodon",
                "company_id": channel.company_id.id,
                "conversation_id": conversation.id,
                "profile_id": conversation.profile_id.id,
                "direction": "inbound",
                "kind": rng.choice(KINDS),
                "external_id": str(number),
                "body": f"My {rng.choice(WORDS)} is number {number % 10}",
                "posted_at": "2026-01-01 00:00:00",
                "language": rng.choice(LANGUAGES),
                "sentiment": sentiment,
                "sentiment_label": label,
                "needs_answer": round(rng.random(), 2),
            }
        )
    messages = env["social.message"]
    for start in range(0, CASES, BATCH):
        messages |= messages.create(values[start : start + BATCH])
        env.cr.commit()
    return messages


def measure_engine(env, cases):
    """Milliseconds a case in the engine alone, on the facts of stored cases."""
    from odoo import fields

    from odoo.addons.social_routing.engine import Demand, assign, decide

    company = env.company
    _ruleset, rules = env["social.routing.ruleset"]._of(company)
    agents = env["social.routing.agent"].search([("id", ">", 0)])
    agents = agents._engine_agents(fields.Datetime.now())
    skill = env.ref("social_routing.skill_social_media").id
    facts = [case._facts() for case in cases]
    started = time.perf_counter()
    for moment, each in enumerate(facts):
        decide(each, rules)
        demand = Demand(
            language=each["language"], social_skill=skill, influence=each["influence"]
        )
        assignment = assign(demand, agents)
        assignment.agent.take(demand, moment)
    return 1000 * (time.perf_counter() - started) / len(facts)


def decide_all(env, messages):
    """Decides about all posts; milliseconds a case."""
    started = time.perf_counter()
    for start in range(0, CASES, BATCH):
        batch = messages[start : start + BATCH]
        batch.conversation_id._route(batch)
        env.cr.commit()
    return 1000 * (time.perf_counter() - started) / CASES


def make_tickets(env, cases, team):
    for start in range(0, CASES, BATCH):
        batch = cases[start : start + BATCH]
        batch.write({"outcome": "ticket", "team_id": team.id})
        env["social.conversation"]._make_tickets(batch)
        env.cr.commit()


def give_all(env, team):
    """Gives all tickets to agents; milliseconds a case."""
    started = time.perf_counter()
    tried = env["helpdesk.ticket"]
    while True:
        batch, goes_on = team._assign_waiting(tried)
        env.cr.commit()
        tried |= batch
        if not (batch and goes_on):
            break
    return 1000 * (time.perf_counter() - started) / CASES


def measure(env):
    rng = random.Random(1)
    make_rules(env, rng)
    team = make_agents(env, rng)
    messages = make_posts(env, rng)
    env.cr.commit()
    deciding = decide_all(env, messages)
    cases = env["social.routing.case"].search([("message_id", "in", messages.ids)])
    make_tickets(env, cases, team)
    giving = give_all(env, team)
    given = env["helpdesk.ticket"].search_count(
        [("team_id", "=", team.id), ("user_id", "!=", False)]
    )
    if len(cases) != CASES or given != CASES:
        raise SystemExit(f"{len(cases)} cases, {given} given")
    return {
        "bench": "routing",
        "engine_ms_per_case": round(measure_engine(env, cases), 3),
        "total_ms_per_case": round(deciding + giving, 3),
        "deciding_ms_per_case": round(deciding, 3),
        "giving_ms_per_case": round(giving, 3),
        "cases": CASES,
        "rules": RULES,
        "agents": AGENTS,
    }


def main():
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["--log-level=error", "--addons-path=addons"])
    registry = Registry(os.environ["DB"])
    with registry.cursor() as cr:
        print(json.dumps(measure(api.Environment(cr, SUPERUSER_ID, {}))), flush=True)


if __name__ == "__main__":
    main()
