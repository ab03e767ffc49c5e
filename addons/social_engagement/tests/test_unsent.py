"""An answer that is not sent leaves its customer waiting for one."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..networks.base import NetworkError, Reason
from .test_outbox import OutboxCase


@tagged("post_install", "-at_install")
class TestUnsent(OutboxCase):
    def fail(self, answer, sent_before=()):
        refused = NetworkError(Reason.REFUSED, "no")
        self.script.replies = [*sent_before, refused]
        self.send()
        self.assertEqual(answer.delivery_state, "failed")

    def test_a_failed_answer_leaves_the_case_to_do_and_going_on_takes_it_up(self):
        answer = self.answer()
        self.assertEqual(self.conversation.state, "waiting")
        self.fail(answer)
        self.assertEqual(self.conversation.state, "open")
        answer.with_user(self.agent).action_send_again()
        self.assertEqual(self.conversation.state, "waiting")
        self.send()
        self.assertEqual(answer.delivery_state, "sent")
        self.assertEqual(self.conversation.state, "waiting")

    def test_what_is_given_up_or_withdrawn_before_it_is_sent(self):
        for action in ("action_give_up", "action_withdraw"):
            answer = self.answer()
            getattr(answer.with_user(self.agent), action)()
            self.assertEqual(answer.delivery_state, "cancelled")
            self.assertEqual(self.conversation.state, "open", action)

    def test_another_answer_stands(self):
        first = self.answer("One")
        self.answer("Two")
        first.with_user(self.agent).action_give_up()
        self.assertEqual(self.conversation.state, "waiting")
        self.send()
        self.fail(self.answer("Three"))
        self.assertEqual(self.conversation.state, "waiting", "Two was sent")

    def test_half_of_a_long_one_is_no_answer(self):
        answer = self.post.with_user(self.agent)._answer("Words. " * 30, split=True)
        rest = answer._parts_after()
        self.assertTrue(rest)
        self.fail(rest[0], sent_before=[None])
        self.assertEqual(answer.delivery_state, "sent")
        self.assertEqual(self.conversation.state, "open")

    def test_what_may_stand_there_is_waited_for(self):
        answer = self.answer()
        self.script.replies = [NetworkError(Reason.UNKNOWN, "?", uncertain=True)]
        self.send()
        self.assertEqual(answer.delivery_state, "uncertain")
        self.assertEqual(self.conversation.state, "waiting")

    def test_a_solved_case_stays_solved(self):
        answer = self.answer()
        self.conversation.state = "solved"
        self.fail(answer)
        self.assertEqual(self.conversation.state, "solved")

    def test_sent_again_it_hides_no_newer_post(self):
        answer = self.answer()
        self.fail(answer)
        later = fields.Datetime.now() + timedelta(minutes=1)
        self.receive(
            self.payload(
                "Hello?",
                parent_id=self.post.external_id,
                at=later.isoformat() + "+00:00",
            )
        )
        answer.with_user(self.agent).action_send_again()
        self.assertEqual(self.conversation.state, "open")

    def test_one_that_was_given_up_does_not_hide_another_sent_again(self):
        answer = self.answer("One")
        self.fail(answer)
        self.answer("Two").with_user(self.agent).action_give_up()
        self.assertEqual(self.conversation.state, "open")
        answer.with_user(self.agent).action_send_again()
        self.assertEqual(self.conversation.state, "waiting")

    def test_what_was_erased_can_not_be_sent_again(self):
        answer = self.answer()
        answer._erase()
        agents = answer.with_user(self.agent)
        agents.action_send_again()
        with self.assertRaises(UserError):
            agents.action_ask_again()
        self.send()
        self.assertFalse(self.script.sent)
