"""What the stories share: an agent at work, and the jobs run by hand."""

import pytest
from playwright.sync_api import expect

AGENT = "maria"
expect.set_options(timeout=30_000)  # a machine may be busy; pages load anew


class Desk:
    """The running Odoo as the stories see it: channels, jobs, and what came of them."""

    def __init__(self, server):
        self.server = server
        self.call = server.call

    def connect(self, **values):
        """A connected channel; its id. Posts of other stories are not its business.
        Unless it says otherwise, its answers wait for no undoing.
        """
        values = {"undo_seconds": 0, **values}
        channel = self.call("social.channel", "create", [values])[0]
        self.call("social.channel", "action_connect", [channel])
        return channel

    def listen(self):
        """The listening job, with every feed due; as many turns as it takes."""
        feeds = self.call("social.feed", "search", [])
        self.call("social.feed", "write", feeds, {"next_run": "2020-01-01 00:00:00"})
        due = [("next_run", "<", "2020-01-02"), ("channel_id.state", "=", "connected")]
        waiting = [("state", "=", "new")]
        for _turn in range(30):
            self.server.run_job("social_engagement.cron_listen")
            if not (
                self.call("social.feed", "search_count", due)
                or self.call("social.intake", "search_count", waiting)
            ):
                return
        raise AssertionError("the listening job does not come to an end")

    def send(self):
        self.server.run_job("social_engagement.cron_send")

    def messages(self, channel, *domain):
        fields = ["body", "direction", "external_id", "conversation_id"]
        fields += ["answerable", "delivery_state", "profile_id", "url"]
        return self.call(
            "social.message",
            "search_read",
            [("channel_id", "=", channel), *domain],
            fields,
            order="id",
        )

    def tickets(self, channel):
        return self.call(
            "helpdesk.ticket",
            "search_read",
            [("conversation_ids.channel_id", "=", channel)],
            ["name", "user_id", "team_id", "priority", "routing_explanation"],
            order="id",
        )

    def counts(self, channel):
        """Everything a second run could double."""
        of_channel = [("channel_id", "=", channel)]
        return {
            "intake": self.call("social.intake", "search_count", of_channel),
            "messages": self.call("social.message", "search_count", of_channel),
            "conversations": self.call(
                "social.conversation", "search_count", of_channel
            ),
            "cases": self.call("social.routing.case", "search_count", of_channel),
            "tickets": len(self.tickets(channel)),
            "shown": self.call(
                "mail.message",
                "search_count",
                [("social_message_ids.channel_id", "=", channel)],
            ),
        }


@pytest.fixture(scope="session")
def desk(server):
    server.call(
        "ir.config_parameter",
        "set_param",
        "social_engagement.allow_private_addresses",
        "True",
    )
    return Desk(server)


@pytest.fixture(scope="session")
def agent(desk):
    """An agent's login: a member of the social media team, nothing more."""
    group, team = (
        desk.call(
            "ir.model.data",
            "search_read",
            [("module", "=", module), ("name", "=", name)],
            ["res_id"],
        )[0]["res_id"]
        for module, name in (
            ("social_engagement", "group_social_user"),
            ("social_routing", "helpdesk_team_social"),
        )
    )
    [user] = desk.call(
        "res.users",
        "create",
        [
            {
                "name": "Maria Agent",
                "login": AGENT,
                "password": AGENT,
                "email": "maria@brand.example",
                "group_ids": [(4, group)],
            }
        ],
    )
    desk.call("helpdesk.ticket.team", "write", [team], {"user_ids": [(4, user)]})
    return AGENT


@pytest.fixture
def agent_page(browser, server, agent):
    """A browser page the agent is logged in on; the console stays free of errors."""
    context = browser.new_context(
        base_url=server.url, viewport={"width": 1366, "height": 900}
    )
    page = context.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/web/login")
    page.fill("input[name=login]", agent)
    page.fill("input[name=password]", agent)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar, .o_home_menu")
    yield page
    context.close()
    assert not errors
