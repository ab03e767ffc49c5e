from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError

from .common import RoutingCase


class TestDeskUndoRouting(RoutingCase):
    """Undoing at the desk restores tickets, their clocks and what counts them."""

    def setUp(self):
        super().setUp()
        self.agents = self.env["social.routing.agent"]._of_users(self.agent)
        self.record = self.ticket()
        self.talk = self.record.conversation_ids.with_user(self.agent)

    def told(self, *records):
        self.env.flush_all()
        self.env.invalidate_all()
        skipped = {"write_date", "write_uid"}
        return [
            {
                name: value
                for name, value in record.read(load=None)[0].items()
                if record._fields[name].store and name not in skipped
                if record._fields[name].type != "one2many"
            }
            for record in (*records, self.agents)
        ]

    def check(self, do, *records):
        """What an hour later is done is undone at once."""
        records = records or (self.record, self.talk.sudo())
        before = self.told(*records)
        with self.at(fields.Datetime.now() + timedelta(hours=1)):
            done = do()
            self.assertNotEqual(self.told(*records), before)
            self.talk.browse().undo(done["params"]["token"])
        after = self.told(*records)
        for was, is_now in zip(before, after, strict=True):
            changed = {n: (was[n], is_now[n]) for n in was if was[n] != is_now[n]}
            self.assertFalse(changed)

    def test_ticket_and_clocks(self):
        for name in (
            "action_solve",
            "action_no_action",
            "action_spam",
            "action_assign",
        ):
            with self.subTest(name):
                self.check(getattr(self.talk, name))

    def test_reopening(self):
        self.talk.action_solve()
        self.assertTrue(self.record.closed)
        self.check(self.talk.action_open)
        self.assertTrue(self.record.closed)

    def test_load_of_the_agent(self):
        self.talk.action_assign()
        load = self.agents.load
        self.assertGreater(load, 0)
        self.check(self.talk.action_solve)
        self.assertEqual(self.agents.load, load)

    def test_what_a_macro_does_to_the_ticket(self):
        waits = self.env["helpdesk.ticket.stage"].search(
            [("waits_for_customer", "=", True)], limit=1
        )
        macro = self.env["social.macro"].create(
            {
                "name": "Hand over",
                "move_team_id": self.make_team("Others").id,
                "category_id": self.env["helpdesk.ticket.category"]
                .create({"name": "Parcels"})
                .id,
                "tag_ids": self.env["helpdesk.ticket.tag"].create({"name": "x"}).ids,
                "stage_id": waits.id,
                "snooze": "hour",
            }
        )
        macro = macro.with_user(self.env.ref("base.user_admin"))
        place = ("helpdesk.ticket", self.record.id)
        self.talk = self.talk.with_user(macro.env.user)
        self.check(
            lambda: macro.apply_on(*place, macro.preview_on(*place)["token"], "k")
        )

    def reply_by_macro(self):
        self.channel.undo_seconds = 10
        macro = self.env["social.macro"].create(
            {"name": "Thanks", "answer": "Thank you!", "assign": "me"}
        )
        macro = macro.with_user(self.agent)
        place = ("helpdesk.ticket", self.record.id)
        return macro.apply_on(*place, macro.preview_on(*place)["token"], "k")

    def test_a_macro_that_replies(self):
        self.check(self.reply_by_macro)
        self.assertFalse(self.record.before_reply)

    def test_the_queue_may_age_it_meanwhile(self):
        now = fields.Datetime.now()
        self.record.rises_at = now
        done = self.talk.action_solve()
        self.assertFalse(self.record.rises_at)
        self.record.rises_at = now + timedelta(hours=1)
        self.talk.undo(done["params"]["token"])
        self.assertFalse(self.record.closed)

    def test_what_undoes_replies_is_not_compared(self):
        done = self.reply_by_macro()
        self.assertTrue(self.record.before_reply)
        self.record.before_reply = {}
        self.talk.undo(done["params"]["token"])
        self.assertFalse(self.record.first_response_at)

    def test_not_over_what_somebody_did_to_the_ticket_meanwhile(self):
        done = self.talk.action_solve()
        leader = self.make_user("undo_lead", "helpdesk_mgmt.group_helpdesk_manager")
        self.record.with_user(leader).stage_id = self.stage(closed=False)
        before = self.told(self.record, self.talk.sudo())
        with self.assertRaisesRegex(UserError, "changed meanwhile"):
            self.talk.undo(done["params"]["token"])
        self.assertEqual(self.told(self.record, self.talk.sudo()), before)

    def test_what_was_made_by_hand(self):
        conversation = self.conversation("A nice shop.", handle="@watched")
        agent = conversation.with_user(self.agent)
        agent._bring_to_desk()
        before = self.told(conversation, conversation.routing_case_id)
        done = agent.action_hand_over_ticket()
        ticket = conversation.ticket_id
        self.assertEqual(done["params"]["next"]["res_id"], ticket.id)
        shown = conversation.social_message_ids.mail_message_id
        self.assertEqual(shown.model, "helpdesk.ticket")
        agent.undo(done["params"]["token"])
        self.assertFalse(ticket.exists())
        self.assertEqual(shown.model, "social.conversation")
        self.assertEqual(self.told(conversation, conversation.routing_case_id), before)

    def test_a_lead(self):
        conversation = self.conversation("A nice shop.", handle="@buyer")
        conversation.with_user(self.seller()).action_create_lead()
        lead = conversation.lead_id
        self.talk = conversation.with_user(self.agent)
        self.check(self.talk.action_no_action, lead, conversation)
        self.assertTrue(lead.active)

    def seller(self):
        return self.make_user(
            "undo_seller",
            "social_engagement.group_social_user",
            "sales_team.group_sale_salesman_all_leads",
        )


class TestNoAction(RoutingCase):
    """Where nothing is to be done no ticket waits, with its clock, seen by nobody."""

    def test_the_ticket_is_closed_too(self):
        for action in ("action_no_action", "action_spam"):
            with self.subTest(action):
                ticket = self.ticket(handle=f"@{action}")
                conversation = ticket.conversation_ids.with_user(self.agent)
                getattr(conversation, action)()
                self.assertEqual(conversation.state, "no_action")
                self.assertTrue(ticket.closed)
                self.assertTrue(ticket.resolution_at)

    def test_the_lead_is_lost(self):
        conversation = self.conversation("A nice shop.")
        conversation.action_create_lead()
        conversation.with_user(self.agent).action_no_action()
        self.assertEqual(conversation.state, "no_action")
        self.assertFalse(conversation.lead_id.active)

    def test_not_while_something_else_waits_there(self):
        first = self.conversation()
        ticket = first.ticket_id
        other = self.conversation("A nice shop.", handle="@other")
        other.ticket_id = ticket
        other.state = "open"
        first.with_user(self.agent).action_no_action()
        self.assertFalse(ticket.closed)
        other.with_user(self.agent).action_no_action()
        self.assertTrue(ticket.closed)

    def test_not_while_something_waits_that_the_agent_may_not_read(self):
        conversation = self.conversation()
        ticket = conversation.ticket_id
        hidden = self.conversation(
            "Where is mine?", handle="@hidden", kind="direct", visibility="direct"
        )
        hidden.write({"ticket_id": ticket.id, "state": "open"})
        reader = self.make_user("reader", "social_engagement.group_social_user")
        self.channel.direct_user_ids = reader
        self.env.flush_all()
        self.env.invalidate_all()
        agent = conversation.with_user(self.agent)
        self.assertFalse(hidden.with_user(self.agent).has_access("read"))
        effects = agent.social_message_ids.spam_effects()
        self.assertNotIn(ticket.number, " ".join(effects))
        self.env.invalidate_all()
        agent._need_no_action()  # nothing is read yet, as superuser or otherwise
        self.assertEqual(conversation.state, "no_action")
        self.assertFalse(ticket.closed)

    def test_spam_says_so_first(self):
        ticket = self.ticket()
        post = ticket.conversation_ids.social_message_ids.with_user(self.agent)
        self.assertIn(ticket.number, " ".join(post.spam_effects()))
