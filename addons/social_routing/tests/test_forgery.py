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
