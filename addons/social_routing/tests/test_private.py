"""From public to private: one ticket."""

from odoo import fields

from .common import QUESTION, REMARK, RoutingCase


class TestPrivate(RoutingCase):
    def posted(self, text=QUESTION, **values):
        payload = self.payload(text, **values)
        payload["at"] = fields.Datetime.now().isoformat() + "+00:00"
        return self.receive(payload).conversation_id

    def privately(self, text=QUESTION, **values):
        return self.posted(text, kind="direct", visibility="direct", **values)

    def invite(self, conversation):
        post = conversation.social_message_ids.filtered("answerable")[:1]
        post.with_user(self.agent)._answer("Write to us", invite=True)
        self.send()

    def shown(self, conversation):
        messages = conversation.social_message_ids.mail_message_id
        return set(
            zip(messages.mapped("model"), messages.mapped("res_id"), strict=True)
        )

    def test_the_same_ticket(self):
        public = self.posted()
        ticket = public.ticket_id
        self.invite(public)
        self.assertTrue(ticket.waiting_since)
        private = self.privately()
        self.assertEqual(private.ticket_id, ticket)
        self.assertFalse(ticket.waiting_since, "the customer has written")
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), 1)
        self.assertEqual(self.shown(private), {("helpdesk.ticket", ticket.id)})
        agents = ticket.with_user(self.agent)
        self.assertEqual(agents._social_conversation(), private)
        answer = private._answer_target().with_user(self.agent)._answer("Thanks")
        self.assertEqual(answer.sudo().mail_message_id.res_id, ticket.id)
        self.assertEqual(answer.kind, "direct")

    def test_without_an_invitation_there_are_two(self):
        self.posted()
        self.privately()
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), 2)

    def test_a_ticket_that_is_made_later(self):
        public = self.posted(REMARK)
        self.assertFalse(public.ticket_id)
        self.invite(public)
        private = self.privately(REMARK)
        ticket = public.ticket_id or private.ticket_id
        if not ticket:
            public.with_user(self.agent).action_create_ticket()
            ticket = public.ticket_id
        self.assertEqual(public.ticket_id, private.ticket_id)
        for conversation in (public, private):
            self.assertEqual(self.shown(conversation), {("helpdesk.ticket", ticket.id)})

    def test_each_keeps_the_ticket_it_has(self):
        private = self.privately(thread_id="dm")
        public = self.posted()
        self.invite(public)
        self.assertEqual(self.privately(thread_id="dm"), private)
        self.assertEqual(public.private_conversation_id, private)
        self.assertTrue(private.ticket_id and public.ticket_id)
        self.assertNotEqual(private.ticket_id, public.ticket_id)

    def test_an_undone_answer_was_no_first_response(self):
        self.channel.undo_seconds = 10
        public = self.posted()
        ticket = public.ticket_id
        state = ticket.first_response_state
        post = public._answer_target().with_user(self.agent)
        answer = post._answer("Hello")
        self.assertTrue(ticket.first_response_at)
        answer.action_undo()
        self.assertFalse(ticket.first_response_at)
        self.assertEqual(ticket.first_response_state, state)
        self.assertEqual(public.state, "open")
