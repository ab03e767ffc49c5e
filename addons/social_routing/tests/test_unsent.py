"""The clock of the first answer: what is not sent is none, what is sent later counts
from then on.
"""

from datetime import timedelta

from odoo import fields

from odoo.addons.social_engagement.networks.base import NetworkError, Reason

from .common import QUESTION, RoutingCase


class TestUnsentAnswer(RoutingCase):
    def setUp(self):
        super().setUp()
        self.conversation = self.receive(self.now(QUESTION)).conversation_id
        self.ticket = self.conversation.ticket_id
        self.due = self.ticket.first_response_due
        self.assertTrue(self.due)

    def now(self, text, **values):
        at = fields.Datetime.now().isoformat() + "+00:00"
        return self.payload(text, **values) | {"at": at}

    def answer(self, text="On its way", **options):
        post = self.conversation._answer_target()
        return post.with_user(self.agent)._answer(text, **options)

    def test_a_failed_answer_is_no_first_response(self):
        answer = self.answer()
        self.assertEqual(self.ticket.first_response_state, "met")
        self.script.replies = [NetworkError(Reason.REFUSED, "no")]
        self.send()
        self.assertEqual(answer.delivery_state, "failed")
        self.assertFalse(self.ticket.first_response_at)
        self.assertEqual(self.ticket.first_response_state, "running")
        self.assertEqual(self.ticket.first_response_due, self.due)
        self.assertFalse(self.ticket.waiting_since)

    def test_an_answer_for_later_counts_when_it_is_sent(self):
        later = self.due + timedelta(hours=1)
        self.answer(send_at=later)
        self.assertEqual(self.ticket.first_response_at, later)
        self.assertEqual(self.ticket.first_response_state, "missed")
        self.answer("At once")
        self.assertLess(self.ticket.first_response_at, self.due)
        self.assertEqual(self.ticket.first_response_state, "met")

    def test_an_answer_for_later_that_is_overtaken(self):
        self.answer(send_at=fields.Datetime.now() + timedelta(minutes=1))
        self.assertEqual(self.ticket.first_response_state, "met")
        again = self.now(
            "Hello? Where is it?",
            parent_id=self.conversation._answer_target().external_id,
        )
        self.receive(again)
        self.assertEqual(self.conversation.state, "open")
        self.assertFalse(self.ticket.first_response_at)
        self.assertEqual(self.ticket.first_response_state, "running")

    def test_another_answer_is_the_first_response(self):
        first = self.answer()
        self.answer("And this")
        first.with_user(self.agent).action_give_up()
        self.assertTrue(self.ticket.first_response_at)
        self.assertEqual(self.ticket.first_response_state, "met")
