from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import RoutingCase


@tagged("post_install", "-at_install")
class TestForgery(RoutingCase):
    def test_agents_cannot_write_into_other_tickets(self):
        conversation = self.conversation()
        other = self.conversation(handle="@bob")
        agent = conversation.with_user(self.agent)
        for values in (
            {"ticket_id": other.ticket_id.id},
            {"routing_case_id": other.routing_case_id.id},
        ):
            with self.assertRaises(AccessError):
                agent.write(values)
        with self.assertRaises(AccessError):
            other.ticket_id.with_user(self.agent).conversation_ids += agent

    def test_nobody_forges_replies(self):
        ticket = self.ticket()
        post = ticket.conversation_ids.social_message_ids
        user = self.make_user(
            "social_forger",
            "helpdesk_mgmt.group_helpdesk_manager",
            "social_engagement.group_social_manager",
        )
        tickets = ticket.with_user(user)
        made = {"name": "x", "description": "x"}
        for name, value in (
            ("before_reply", {"since": "2026-01-01 00:00:00"}),
            ("first_mailed_at", "2026-01-01 00:00:00"),
            ("first_response_at", "2026-01-01 00:00:00"),
        ):
            with self.subTest(name):
                with self.assertRaises(AccessError):
                    tickets.write({name: value})
                with self.assertRaises(AccessError):
                    tickets.create({**made, name: value})
                with self.assertRaises(AccessError):
                    tickets.with_context(**{f"default_{name}": value}).create(made)
        for values in ({"takes": True}, {"override_reason": "x"}):
            with self.assertRaises(AccessError):
                post.with_user(user).write(values)

    def test_helpdesk_users_read_cases_of_their_tickets_only(self):
        ticket = self.ticket(kind="direct")
        case = ticket.routing_case_id
        watched = self.rule("[]", outcome="watch") and self.conversation(handle="@bob")
        member = self.make_user(
            "social_member", "helpdesk_mgmt.group_helpdesk_user_team"
        )
        self.team.user_ids += member
        own = self.make_user("social_own", "helpdesk_mgmt.group_helpdesk_user_own")
        cases = self.env["social.routing.case"].with_user(own)
        found = [("id", "in", (case + watched.routing_case_id).ids)]
        self.assertFalse(cases.search(found))
        ticket.user_id = own
        self.assertEqual(cases.search(found), case)
        team = self.make_user("social_team", "helpdesk_mgmt.group_helpdesk_user_team")
        self.assertFalse(cases.with_user(team).search(found))
        self.assertEqual(cases.with_user(member).search(found), case)
        everything = self.make_user("social_all", "helpdesk_mgmt.group_helpdesk_user")
        self.assertEqual(cases.with_user(everything).search(found), case)
        self.assertEqual(len(cases.with_user(self.agent).search(found)), 2)
