"""What a call over RPC can't do to decisions, deadlines, priorities and queues."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .common import RoutingCase
from .test_agents import AgentCase

SELLER = ("sales_team.group_sale_salesman", "social_engagement.group_social_user")


class TestRoutingCalls(RoutingCase):
    def forged(self, **values):
        """Values of a ticket that only jobs decide, one by one."""
        ticket = self.ticket()
        agent = self.env["social.routing.agent"]._of_users(self.agent)
        return {
            "routing_case_id": ticket.routing_case_id.id,
            "priority_score": 100.0,
            "standing_score": 100.0,
            "queued_at": "2020-01-01 00:00:00",
            "response_policy_id": self.env["social.response.policy"].search([])[:1].id,
            "first_response_due": "2030-01-01 00:00:00",
            "resolution_state": "met",
            "resolution_at": "2020-01-01 00:00:00",
            "waiting_since": "2020-01-01 00:00:00",
            "resolution_escalated_at": "2020-01-01 00:00:00",
            "load_agent_id": agent.id,
            "load_weight": -9.0,
        }

    def test_what_jobs_decide_is_not_made_up(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        own = {"name": "Mine", "description": "Text", "team_id": self.team.id}
        for name, value in self.forged().items():
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    tickets.create({**own, name: value})
                with self.assertRaises(AccessError):
                    tickets.with_context(**{f"default_{name}": value}).create(own)
                with self.assertRaises(AccessError):
                    tickets.create(own).write({name: value})
        self.assertTrue(tickets.create(own).sudo().routing_case_id)

    def test_nor_for_leads(self):
        seller = self.make_user("social_seller", "sales_team.group_sale_salesman")
        leads = self.env["crm.lead"].with_user(seller)
        case = self.ticket().routing_case_id
        for name, value in (("routing_case_id", case.id), ("priority_score", 99.0)):
            with self.assertRaises(AccessError):
                leads.create({"name": "Mine", name: value})
            with self.assertRaises(AccessError):
                leads.with_context(**{f"default_{name}": value}).create({"name": "M"})
        self.assertTrue(leads.create({"name": "Mine"}).sudo().routing_case_id)

    def test_decisions_come_from_rules_alone(self):
        """A context's defaults reach neither the case nor the ticket made of it."""
        self.rule("[]", outcome="watch")
        conversation = self.conversation()
        other = self.ticket(handle="@bob")
        claims = {
            "default_description": "forged",
            "default_influence": 99,
            "default_lead_id": 1,
            "default_assignment": {"agent": 1},
        }
        lines = {
            "default_message_ids": [Command.link(other.message_ids[:1].id)],
            "default_attachment_ids": [Command.create({"name": "x"})],
        }
        agent = conversation.with_user(self.agent).with_context(**claims, **lines)
        agent.action_create_ticket()
        ticket = conversation.ticket_id
        self.assertFalse(ticket.attachment_ids)
        self.assertNotIn(other.message_ids[:1], ticket.message_ids)
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        tickets = tickets.with_context(**claims)
        made = tickets.create({"name": "Mine", "description": "x"}).sudo()
        self.assertFalse(made.routing_case_id.influence)
        self.assertFalse(made.routing_case_id.assignment)

    def test_forms_show_no_decision_about_others(self):
        self.rule("[]", name="Xylophonkonzert")
        other = self.ticket(handle="@bob")
        explained = str(other.routing_explanation)
        self.assertIn("Xylophonkonzert", explained)
        agent = self.make_user(
            "social_desk", "helpdesk_mgmt.group_helpdesk_user", *SELLER
        )
        ticket = self.env["helpdesk.ticket"].create({"name": "M", "description": "x"})
        ticket.sudo().routing_case_id = False
        lead = self.env["crm.lead"].create({"name": "Mine", "user_id": agent.id})
        lead.sudo().routing_case_id = False
        case = other.routing_case_id.id
        claim = {"routing_case_id": case, "name": "Hi"}
        for record in (ticket, lead):
            self.env.flush_all()
            self.env.invalidate_all()
            spec = {"routing_explanation": {}}
            record = record.with_user(agent)
            for changed in (["routing_case_id"], []):
                with self.assertRaises(AccessError):
                    record.onchange(claim, changed, spec)
            with self.assertRaises(AccessError):
                record.browse().with_context(default_routing_case_id=case).onchange(
                    {}, [], {"routing_case_id": {}, **spec}
                )
            shown = record.onchange(claim, ["name"], spec)
            self.assertNotIn("Xylophonkonzert", str(shown))

    def test_cases_are_read_only(self):
        case = self.ticket().routing_case_id.with_user(self.agent)
        rules = self.env["social.routing.rule"].with_user(self.agent)
        rule = self.rule("[]").with_user(self.agent)
        for touch in (
            lambda: case.write({"outcome": "nothing"}),
            lambda: case.write({"details": {}}),
            case.unlink,
            lambda: case.create({"company_id": self.env.company.id}),
            case.copy,
            lambda: rule.write({"condition": "[]"}),
            rule.unlink,
            rule.copy,
            lambda: rules.create({"name": "Mine"}),
            lambda: rules.name_create("Mine"),
        ):
            with self.assertRaises(AccessError):
                touch()


class TestSharedQueue(AgentCase):
    """A team may be of all companies; who is in it is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.row = cls.member(cls, "Ann")
        cls.ann = cls.row.user_id
        cls.company = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.team.company_id = False
        cls.theirs = cls.env["helpdesk.ticket"].create(
            {
                "name": "Theirs",
                "description": "x",
                "company_id": cls.company.id,
                "team_id": cls.team.id,
                "user_id": False,
            }
        )
        cls.theirs.write({"standing_score": 100, "priority_score": 100})

    def test_the_next_one_is_of_the_own_company(self):
        self.team.routing_mode = "pull"
        queue = self.env["helpdesk.ticket.team"].with_user(self.ann)
        with self.assertRaisesRegex(UserError, "Nobody waits"):
            queue.action_take_next()
        mine = self.asked()
        self.assertEqual(queue.action_take_next()["res_id"], mine.id)
        self.assertFalse(self.theirs.user_id)
        self.assertNotIn(self.ann.partner_id, self.theirs.message_partner_ids)
        self.ann.company_ids += self.company
        companies = [self.ann.company_id.id, self.company.id]
        queue = queue.with_context(allowed_company_ids=companies)
        self.assertEqual(queue.action_take_next()["res_id"], self.theirs.id)

    def test_nor_is_it_given(self):
        mine = self.asked()
        self.share_out()
        self.assertEqual(mine.user_id, self.ann)
        self.assertFalse(self.theirs.user_id)
        self.ann.company_ids += self.company
        self.share_out()
        self.assertEqual(self.theirs.user_id, self.ann)
