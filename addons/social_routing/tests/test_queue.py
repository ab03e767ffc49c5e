from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command

from .test_agents import MONDAY, AgentCase


class TestQueue(AgentCase):
    """What waits: why, who takes it, and what comes back from those who are away."""

    def test_what_is_missing_is_said_and_true(self):
        ticket = self.asked()
        self.share_out()
        self.assertEqual(self.note(ticket), "It waits: the team has no agents.")
        ann = self.member("Ann")
        self.offline(ann)
        self.share_out()
        self.assertEqual(self.note(ticket), "It waits: 1 not online.")
        self.assertEqual(
            self.note(ticket, f"{MONDAY} 07:00:00"),
            "It waits: 1 outside working hours.",
        )
        ann.user_id.presence_ids.status = "online"
        ann.load = ann.capacity
        self.share_out()
        self.assertEqual(self.note(ticket), "It waits: 1 full.")
        ticket.user_id = ann.user_id
        self.assertFalse(self.note(ticket))
        self.assertNotIn("It waits", ticket.routing_explanation)

    def test_what_is_missing_where_agents_take_the_next(self):
        self.team.routing_mode = "pull"
        ann = self.member("Ann", capacity=1)
        self.member("Ben", online=False)
        first, second = self.asked(handle="@a"), self.asked(handle="@b")
        self.assertEqual(self.note(first), "It waits: 1 could take it, 1 not online.")
        with self.at(f"{MONDAY} 10:00:00"):
            teams = self.env["helpdesk.ticket.team"].with_user(ann.user_id)
            taken = teams.action_take_next()["res_id"]
        left = (first + second).filtered(lambda t: t.id != taken)
        self.assertEqual(self.note(left), "It waits: 1 full, 1 not online.")
        self.team.routing_mode = "manual"
        self.assertFalse(self.note(left))

    def test_who_is_of_another_company_is_not_counted(self):
        ticket = self.asked()
        ann = self.member("Ann").user_id
        other = self.env["res.company"].create({"name": "Other"})
        ann.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        self.assertEqual(self.note(ticket), "It waits: the team has no agents.")

    def test_many_notes_in_few_queries(self):
        self.member("Ann", capacity=0)
        tickets = self.env["helpdesk.ticket"].union(
            *(self.asked(handle=f"@{n}") for n in range(30))
        )

        def queries(tickets):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with self.at(f"{MONDAY} 10:00:00"):
                notes = tickets.mapped("queue_note")
            self.assertEqual(set(notes), {"It waits: 1 full."})
            return self.env.cr.sql_log_count - before

        few, many = queries(tickets[:3]), queries(tickets)
        self.assertLessEqual(many, few + 1)

    # ------------------------------------------------------------------
    # Taken
    # ------------------------------------------------------------------

    def test_take_the_next(self):
        self.team.routing_mode = "pull"
        ann = self.member("Ann", online=False, capacity=1)
        calm = self.asked(handle="@a")
        self.rule("[('text', 'ilike', 'fire')]", adjustment=30)
        urgent = self.asked("Is there a fire?", handle="@b")
        teams = self.env["helpdesk.ticket.team"].with_user(ann.user_id)
        action = teams.action_take_next()
        self.assertEqual(action["res_id"], urgent.id)
        self.assertEqual(urgent.user_id, ann.user_id)
        self.assertEqual(ann.load, 1)
        with self.assertRaisesRegex(UserError, "none of them for Ann, who is full"):
            teams.action_take_next()
        self.close(urgent)
        teams.action_take_next()
        self.assertEqual(calm.user_id, ann.user_id)
        self.close(calm)
        with self.assertRaisesRegex(UserError, "Nobody waits"):
            teams.action_take_next()
        with self.assertRaisesRegex(UserError, "in no team"):
            teams.with_user(self.agent).action_take_next()

    def test_who_took_it_and_who_else_could(self):
        self.team.routing_mode = "pull"
        ann = self.member("Ann", online=False)
        self.member("Ben")
        self.member("Cem", online=False)
        self.member("Dan", capacity=0)
        ticket = self.asked()
        with self.at(f"{MONDAY} 10:00:00"):
            self.env["helpdesk.ticket.team"].with_user(ann.user_id).action_take_next()
        told = ticket.routing_explanation
        self.assertIn("Ann took it from the queue.", told)
        self.assertNotIn("Given to", told)
        self.assertNotIn("Not Ann", told)
        self.assertIn("Not Ben: could have taken it too.", told)
        self.assertIn("Not Cem: is not online.", told)
        self.assertIn("Not Dan: is full (0 of 0).", told)

    # ------------------------------------------------------------------
    # Taken back
    # ------------------------------------------------------------------

    def test_who_is_away_for_long_loses_what_waits(self):
        ann = self.member("Ann")
        waits, answered = self.asked(handle="@a"), self.asked(handle="@b")
        self.share_out()
        queued_at = waits.queued_at
        [post] = answered.conversation_ids.social_message_ids
        with self.at(f"{MONDAY} 10:05:00"):
            post.with_user(ann.user_id)._answer("On its way")
        self.offline(ann)
        ben = self.member("Ben")
        self.share_out(f"{MONDAY} 10:10:00")
        self.assertEqual(waits.user_id, ann.user_id, "not at once")
        self.share_out(f"{MONDAY} 10:41:00")
        self.assertEqual(waits.user_id, ben.user_id)
        self.assertEqual(waits.queued_at, queued_at, "the time waited is kept")
        self.assertEqual(answered.user_id, ann.user_id, "the customer is asked")
        self.assertEqual((ann.load, ben.load), (1, 1))
        self.assertIn("Taken back from Ann", waits.message_ids.mapped("preview")[0])

    def test_what_jobs_say_is_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env.company.partner_id.lang = "de_DE"
        ann = self.member("Ann")
        ann.user_id.lang = "de_DE"
        ticket, users = self.asked(), type(self.env["res.users"])
        with patch.object(users, "_bus_send", autospec=True) as send:
            self.share_out()
        titles = [
            sent.args[2]["title"]
            for sent in send.call_args_list
            if sent.args[1] == "simple_notification"
        ]
        self.assertEqual(titles, ["Neue Arbeit"])
        self.offline(ann)
        self.share_out(f"{MONDAY} 10:10:00")
        self.share_out(f"{MONDAY} 10:41:00")
        self.assertIn("Von Ann zurück", ticket.message_ids.mapped("preview")[0])

    def ann_leaves(self, *tickets):
        """Ann was given these tickets and is away since ten; Ben is there."""
        ann = self.member("Ann")
        self.share_out(f"{MONDAY} 09:57:00")
        for ticket in tickets:
            self.assertEqual(ticket.user_id, ann.user_id)
        ben = self.member("Ben")
        self.offline(ann)
        self.share_out()
        return ann.user_id, ben.user_id

    def answer(self, ticket):
        post = ticket.conversation_ids[0].social_message_ids[0]
        with self.at(f"{MONDAY} 09:58:00"):
            post.with_user(ticket.user_id)._answer("Which number?")

    def test_who_is_asked_again_waits_again(self):
        asked = self.asked(handle="@a", thread_id="a")
        ann, ben = self.ann_leaves(asked)
        self.answer(asked)
        with self.at(f"{MONDAY} 10:05:00"):
            self.receive(self.payload("It is 42.", handle="@a", thread_id="a"))
        self.share_out(f"{MONDAY} 10:41:00")
        self.assertTrue(asked.first_response_at)
        self.assertEqual(asked.user_id, ben)

    def test_mails_are_taken_back_too(self):
        customer = self.env["res.partner"].create(
            {"name": "Kim", "email": "kim@x.example"}
        )
        values = {"name": "x", "description": "x", "team_id": self.team.id}
        values |= {"partner_id": customer.id, "user_id": False}
        mail = self.env["helpdesk.ticket"].create(values)
        ann, ben = self.ann_leaves(mail)
        comment = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        comment |= {"partner_ids": customer.ids}
        mail.with_user(ann).message_post(body="Which number?", **comment)
        self.share_out(f"{MONDAY} 10:41:00")
        self.assertEqual(mail.user_id, ann, "the customer is asked")
        mail.message_post(
            body="42", message_type="email", author_id=customer.id, subtype_id=1
        )
        self.share_out(f"{MONDAY} 10:42:00")
        self.assertEqual(mail.user_id, ben)

    def test_who_waits_in_one_of_two_conversations_waits(self):
        answered, other = self.asked(handle="@a"), self.asked(handle="@b")
        conversation = other.conversation_ids
        ann, ben = self.ann_leaves(answered, other)
        conversation.ticket_id = answered
        other.unlink()
        self.env.invalidate_all()
        self.answer(answered)
        self.assertTrue(answered.waiting_since)
        self.share_out(f"{MONDAY} 10:41:00")
        self.assertEqual(answered.user_id, ben)

    def test_a_stage_says_that_the_customer_is_waited_for(self):
        ticket = self.asked(handle="@a", thread_id="a")
        ann, ben = self.ann_leaves(ticket)
        ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        self.share_out(f"{MONDAY} 10:41:00")
        self.assertEqual(ticket.user_id, ann)
        with self.at(f"{MONDAY} 10:45:00"):
            self.receive(self.payload("It is 42.", handle="@a", thread_id="a"))
        self.assertFalse(ticket.waiting_since)
        self.share_out(f"{MONDAY} 10:46:00")
        self.assertEqual(ticket.user_id, ben)

    def test_who_comes_back_in_time_keeps_it(self):
        ann = self.member("Ann")
        ticket = self.asked()
        self.share_out()
        self.offline(ann)
        self.share_out(f"{MONDAY} 10:10:00")
        self.assertTrue(ann.away_since)
        ann.user_id.presence_ids.status = "online"
        self.share_out(f"{MONDAY} 10:20:00")
        self.assertFalse(ann.away_since)
        self.share_out(f"{MONDAY} 10:55:00")
        self.assertEqual(ticket.user_id, ann.user_id)
