"""Two Odoo processes give the same waiting tickets to the same agents at once."""

import threading

import pytest

from ground import Server, fresh_database

TICKETS = 1000
AGENTS = 8
CAPACITY = 90  # less room than tickets: 720


@pytest.fixture
def two_servers():
    with fresh_database() as name, Server(name) as one, Server(name) as other:
        yield one, other


def res_id(server, xmlid):
    module, name = xmlid.split(".")
    [found] = server.call(
        "ir.model.data",
        "search_read",
        [("module", "=", module), ("name", "=", name)],
        ["res_id"],
    )
    return found["res_id"]


@pytest.fixture
def waiting(two_servers):
    """1,000 waiting tickets in a team of eight agents at work: the team, the rows."""
    server, _other = two_servers
    group = res_id(server, "social_engagement.group_social_user")
    users = server.call(
        "res.users",
        "create",
        [
            {"name": f"Agent {n}", "login": f"agent{n}", "group_ids": [(4, group)]}
            for n in range(AGENTS)
        ],
    )
    server.call(
        "mail.presence", "create", [{"user_id": u, "status": "online"} for u in users]
    )
    agents = server.call(
        "social.routing.agent",
        "create",
        [{"user_id": user, "capacity": CAPACITY} for user in users],
    )
    [team] = server.call(
        "helpdesk.ticket.team", "create", [{"name": "Busy", "user_ids": users}]
    )
    for _batch in range(TICKETS // 100):
        values = {"name": "Help", "description": "Help", "team_id": team}
        values["user_id"] = False
        server.call("helpdesk.ticket", "create", [values] * 100)
    # only now, so that nothing is given before both begin
    server.call("helpdesk.ticket.team", "write", [team], {"routing_mode": "push"})
    return team, agents


def given(server, team):
    return server.call(
        "helpdesk.ticket",
        "search_read",
        [("team_id", "=", team), ("user_id", "!=", False)],
        ["user_id", "load_weight"],
    )


def at_once(servers, work):
    """Runs work on both servers at the same moment; what each returned or raised."""
    start, results = threading.Barrier(len(servers)), []

    def run(server):
        start.wait()
        try:
            results.append(work(server))
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=run, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def check(server, team, agents):
    """No agent has more than fits, and the counters say what is so."""
    tickets = given(server, team)
    rows = server.call("social.routing.agent", "read", agents, ["user_id", "load"])
    for row in rows:
        own = [t for t in tickets if t["user_id"][0] == row["user_id"][0]]
        assert len(own) <= CAPACITY
        assert row["load"] == sum(t["load_weight"] for t in own) == len(own)
    return len(tickets)


def share_out(server):
    # the job itself, not its button: a job runs in one process at a time, but a
    # person, a restart or a queue may start a second one
    model = "ir.actions.server"
    [action] = server.call(
        model,
        "create",
        [
            {
                "name": "Share out",
                "model_id": server.call(
                    "ir.model", "search", [("model", "=", "helpdesk.ticket.team")]
                )[0],
                "state": "code",
                "code": "model._cron_assign()",
            }
        ],
    )
    server.call(model, "run", [action])


def test_none_twice_and_none_too_many(two_servers, waiting):
    server, _other = two_servers
    team, agents = waiting
    results = at_once(two_servers, share_out)
    assert not [error for error in results if isinstance(error, Exception)], results
    assert check(server, team, agents) == AGENTS * CAPACITY

    # while agents close, the rest is given; closing and giving meet at the same rows
    tickets = given(server, team)
    done = res_id(server, "helpdesk_mgmt.helpdesk_ticket_stage_done")

    def work(each):
        if each is server:
            for start in range(0, 300, 20):
                ids = [t["id"] for t in tickets[start : start + 20]]
                each.call("helpdesk.ticket", "write", ids, {"stage_id": done})
        else:
            for _run in range(6):
                share_out(each)

    results = at_once(two_servers, work)
    assert results == [None, None]
    share_out(server)
    waiting_still = server.call(
        "helpdesk.ticket",
        "search_count",
        [("team_id", "=", team), ("user_id", "=", False)],
    )
    assert waiting_still == 0
    open_tickets = server.call(
        "helpdesk.ticket",
        "search_read",
        [("team_id", "=", team), ("closed", "=", False)],
        ["user_id", "load_weight"],
    )
    rows = server.call("social.routing.agent", "read", agents, ["user_id", "load"])
    for row in rows:
        own = [t for t in open_tickets if t["user_id"][0] == row["user_id"][0]]
        assert row["load"] == len(own) <= CAPACITY
