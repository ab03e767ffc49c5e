"""Approval, snooze, macros and presence where a conversation is a ticket or a lead."""

from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import REMARK, RoutingCase


@tagged("post_install", "-at_install")
class TestTeamwork(RoutingCase):
    def test_a_rule_asks_for_approval(self):
        self.rule("[('text', 'ilike', 'parcel')]", needs_approval=True)
        conversation = self.conversation()
        self.assertTrue(conversation.needs_approval)
        explanation = conversation.routing_explanation
        self.assertIn("Answers need a colleague", explanation)
        post = conversation.social_message_ids.with_user(self.agent)
        answer = post._answer("On its way!")
        self.assertEqual(answer.delivery_state, "to_approve")
        self.assertEqual(answer.approval_cause, "rule")
        other = self.conversation("Where is my refund?", handle="@ben")
        self.assertFalse(other.needs_approval)
        self.assertNotIn("Answers need a colleague", other.routing_explanation)

    def test_the_clock_goes_on_until_it_is_approved(self):
        self.channel.approval = "all"
        ticket = self.ticket()
        post = ticket.conversation_ids.social_message_ids.with_user(self.agent)
        answer = post._answer("On its way!")
        self.assertFalse(ticket.first_response_at)
        manager = self.make_user("boss", "social_engagement.group_social_manager")
        answer = answer.with_user(manager)
        answer.action_approve(answer.approval_digest)
        self.assertTrue(ticket.first_response_at)

    def test_a_macro_changes_the_ticket(self):
        ticket = self.ticket()
        stage = self.stage(closed=True)
        tag = self.env["helpdesk.ticket.tag"].create({"name": "Parcel"})
        category = self.env["helpdesk.ticket.category"].create({"name": "Delivery"})
        macro = self.env["social.macro"].create(
            {
                "name": "Done",
                "assign": "me",
                "team_ids": self.team.ids,
                "tag_ids": tag.ids,
                "category_id": category.id,
                "stage_id": stage.id,
            }
        )
        macro = macro.with_user(self.agent)
        preview = macro.preview_on("helpdesk.ticket", ticket.id)
        self.assertEqual(len(preview["steps"]), 4)
        macro.apply_on("helpdesk.ticket", ticket.id, preview["token"], "key")
        self.assertEqual(ticket.user_id, self.agent)
        self.assertEqual(ticket.conversation_ids.user_id, self.agent)
        self.assertEqual((ticket.stage_id, ticket.tag_ids), (stage, tag))
        self.assertEqual(ticket.category_id, category)
        other = self.make_team("Another", user_ids=self.agent.ids)
        macro.sudo().team_ids = other
        with self.assertRaisesRegex(UserError, "not for this conversation"):
            macro.preview_on("helpdesk.ticket", ticket.id)

    def test_a_macro_that_closes_closes_the_ticket(self):
        for state in ("solved", "no_action"):
            ticket = self.ticket()
            macro = self.env["social.macro"].create({"name": state, "state": state})
            macro = macro.with_user(self.agent)
            token = macro.preview_on("helpdesk.ticket", ticket.id)["token"]
            macro.apply_on("helpdesk.ticket", ticket.id, token, state)
            with self.subTest(state=state):
                self.assertEqual(ticket.conversation_ids.state, state)
                self.assertTrue(ticket.stage_id.closed)

    def test_a_macro_gives_to_another_team(self):
        ticket = self.ticket()
        other = self.make_team("Another", user_ids=self.agent.ids)
        macro = self.env["social.macro"].create(
            {"name": "Theirs", "move_team_id": other.id}
        )
        macro = macro.with_user(self.agent)
        token = macro.preview_on("helpdesk.ticket", ticket.id)["token"]
        macro.apply_on("helpdesk.ticket", ticket.id, token, "key")
        self.assertEqual(ticket.team_id, other)

    def test_what_is_about_tickets_is_left_out_elsewhere(self):
        conversation = self.conversation(REMARK)
        self.assertFalse(conversation.ticket_id)
        macro = self.env["social.macro"].create(
            {"name": "Done", "stage_id": self.stage(closed=True).id, "state": "solved"}
        )
        preview = macro.preview_on("social.conversation", conversation.id)
        self.assertEqual(len(preview["steps"]), 2)
        self.assertRegex(preview["steps"][1], "^Leave out .* Set the stage to")
        macro.apply_on("social.conversation", conversation.id, preview["token"], "key")
        self.assertEqual(conversation.state, "solved")

    def test_a_snoozed_ticket_comes_back_to_who_has_it(self):
        ticket = self.ticket()
        colleague = self.make_user("colleague", "social_engagement.group_social_user")
        self.team.user_ids += colleague
        ticket.user_id = colleague
        conversation = ticket.conversation_ids
        facts = ticket.with_user(self.agent)._social_conversation()._composer_facts()
        self.assertEqual(facts["conversation_id"], conversation.id)
        later = fields.Datetime.now() + timedelta(hours=1)
        conversation.with_user(self.agent).action_snooze(later)
        conversation.snoozed_until = later - timedelta(hours=2)
        self.run_job("cron_wake")
        activity = ticket.activity_ids
        self.assertEqual(activity.user_id, colleague)
        self.assertIn("Back from snoozing", activity.summary)

    def test_who_is_at_the_ticket(self):
        ticket = self.ticket()
        outsider = self.make_user("outsider", "social_engagement.group_social_user")
        lead = self.env["crm.lead"].create({"name": "Lead"})
        seller = self.make_user("seller", "sales_team.group_sale_salesman_all_leads")
        for user, record, expected in (
            (self.agent, ticket, [ticket]),
            (outsider, ticket, []),
            (seller, lead, [lead]),
            (outsider, lead, []),
        ):
            name = f"social_engagement.presence:{record._name}:{record.id}"
            request = SimpleNamespace(session=SimpleNamespace(uid=user.id))
            with patch("odoo.addons.bus.models.ir_websocket.wsrequest", request):
                websocket = self.env["ir.websocket"].with_user(user)
                channels = websocket._build_bus_channel_list([name])
            pairs = [c for c in channels if isinstance(c, tuple)]
            rooms = [room for room, what in pairs if what == "social_presence"]
            self.assertEqual(rooms, expected)
