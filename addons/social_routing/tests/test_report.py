from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import QUESTION, REMARK, RoutingCase


@tagged("post_install", "-at_install")
class TestReport(RoutingCase):
    """Figures over decisions, tickets and leads, and the teams right now."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["social.routing.case"].search([]).unlink()
        cls.policy = cls.env["social.response.policy"].create(
            {"name": "Quick", "first_response_hours": 4, "resolution_hours": 8}
        )
        cls.env.company.resource_calendar_id.tz = "UTC"
        cls.team.response_policy_id = cls.policy
        cls.env["social.routing.rule"].search([]).policy_id = False

    def figures(self, *group_by, domain=(), measures=None):
        self.env.flush_all()
        self.env.invalidate_all()
        measures = measures or ["__count", "tickets:sum"]
        return self.env["social.report"]._read_group(domain, group_by, measures)

    def worked_on(self, hours, text=QUESTION, agent=None, **values):
        """A ticket of Monday at nine, answered after hours and solved an hour later."""
        with self.at("2026-03-02 09:00:00"):
            ticket = self.ticket(text, **values)
        ticket.queued_at = "2026-03-02 09:00:00"
        ticket.user_id = agent or self.agent
        with self.at(f"2026-03-02 {9 + hours:02}:00:00"):
            ticket._answered()
        with self.at(f"2026-03-02 {10 + hours:02}:00:00"):
            self.close(ticket)
        return ticket

    def test_durations_are_averages(self):
        self.worked_on(1)
        self.worked_on(3, handle="@b")
        self.conversation(REMARK)
        self.worked_on(2, handle="@c").queued_at = False
        [found] = self.figures(
            measures=[
                "__count",
                "tickets:sum",
                "open_tickets:sum",
                "first_response_hours:avg",
                "resolution_hours:avg",
            ]
        )
        self.assertEqual(found, (4, 3, 0, 2.0, 3.0))
        described = self.env["social.report"].fields_get()
        for name in ("first_response_hours", "resolution_hours", "priority_score"):
            self.assertEqual(described[name]["aggregator"], "avg", name)

    def test_no_ticket_counts_twice(self):
        ticket = self.worked_on(1)
        post = ticket.conversation_ids.social_message_ids[:1]
        self.receive(self.payload(QUESTION, parent_id=post.external_id))
        self.assertEqual(ticket.routing_case_id.event, "reopened")
        [found] = self.figures()
        self.assertEqual(found, (2, 1))

    def test_by_whatever_one_asks(self):
        other = self.make_team("Other")
        second = self.make_user("social_second", "social_engagement.group_social_user")
        self.worked_on(1, "My parcel has not been delivered, why?")
        moved = self.worked_on(2, agent=second, handle="@b")
        moved.team_id = other
        moved.user_id = second
        self.env["helpdesk.ticket"].create({"name": "Call", "description": "Hello"})
        delivery = self.env.ref("social_engagement.topic_delivery")
        count = {key: n for key, n in self.figures("team_id", measures=["__count"])}
        self.assertEqual((count[self.team], count[other]), (1, 1))
        count = dict(self.figures("user_id", measures=["__count"]))
        self.assertEqual((count[self.agent], count[second]), (1, 1))
        count = dict(self.figures("channel_id", measures=["__count"]))
        self.assertEqual(count[self.channel], 2)
        count = dict(self.figures("topic_ids", measures=["__count"]))
        self.assertGreaterEqual(count[delivery], 1)
        count = dict(self.figures("language", measures=["__count"]))
        self.assertGreaterEqual(count["en"], 2)
        count = dict(self.figures("source", measures=["__count"]))
        self.assertEqual(count, {"social": 2, "manual": 1})

    def test_missed_targets_and_leads(self):
        self.worked_on(7)
        self.rule("[('text', 'ilike', 'how much')]", outcome="lead")
        self.conversation("How much is it?", handle="@b")
        [found] = self.figures(measures=["missed:sum", "leads:sum", "tickets:sum"])
        self.assertEqual(found, (1, 1, 1))
        missed = self.figures("first_response_state", measures=["tickets:sum"])
        self.assertIn(("missed", 1), missed)

    def test_rights(self):
        self.conversation()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self.make_user(
            "elsewhere",
            "social_engagement.group_social_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.env.flush_all()
        reports = self.env["social.report"]
        self.assertTrue(reports.with_user(self.agent).search([]))
        self.assertFalse(reports.with_user(elsewhere).search([]))
        for user in (self.make_user("employee"), self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                reports.with_user(user).search([])

    def test_views_open(self):
        self.conversation()
        self.env.flush_all()
        reports = self.env["social.report"].with_user(self.agent)
        for kind in ("pivot", "graph", "list", "search"):
            self.assertTrue(reports.get_view(view_type=kind)["arch"])
        self.assertTrue(reports.search([]).read())
        Form(reports.search([]))

    # ------------------------------------------------------------------
    # Right now
    # ------------------------------------------------------------------

    def right_now(self, user=None):
        teams = self.env["helpdesk.ticket.team"].with_user(user or self.env.user)
        return {team["id"]: team for team in teams.social_dashboard()}

    def test_right_now(self):
        with self.at("2026-03-02 09:00:00"):
            oldest, risky, late = (self.ticket(handle=f"@{n}") for n in "abc")
            self.close(self.ticket(handle="@d"))
        oldest.queued_at = "2026-03-02 09:00:00"
        (risky + late).user_id = self.agent
        risky.first_response_state = "at_risk"
        late.first_response_state = "missed"
        late.resolution_state = "at_risk"
        with self.at("2026-03-02 12:00:00"):
            team = self.right_now(self.agent)[self.team.id]
        self.assertEqual(team["name"], self.team.name)
        self.assertEqual(
            [team[key] for key in ("waiting", "open", "at_risk", "missed")],
            [1, 3, 1, 1],
        )
        self.assertEqual(team["oldest"]["id"], oldest.id)
        self.assertEqual(team["oldest"]["hours"], 3)
        [agent] = team["agents"]
        self.assertEqual(
            (agent["id"], agent["open"], agent["missed"]), (self.agent.id, 2, 1)
        )

    def test_nobody_waits(self):
        self.assertEqual(self.right_now(), {})

    def test_of_what_one_may_read_only(self):
        ticket = self.ticket()
        ticket.team_id = self.make_team("Others")
        own = self.make_user("social_own", "helpdesk_mgmt.group_helpdesk_user_own")
        self.assertEqual(self.right_now(own), {})
        for user in (
            self.make_user("employee"),
            self.make_user("outsider", "base.group_portal"),
            self.env.ref("base.public_user"),
        ):
            with self.assertRaises(AccessError):
                self.right_now(user)
