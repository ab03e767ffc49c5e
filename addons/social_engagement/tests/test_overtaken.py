"""A newer post of the customer stops what waits for its time."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_approval import ApprovalCase


@tagged("post_install", "-at_install")
class TestOvertaken(ApprovalCase):
    def setUp(self):
        super().setUp()
        self.later = fields.Datetime.now() + timedelta(days=1)

    def schedule(self, user=None, **options):
        return self.answer(user=user or self.agent, send_at=self.later, **options)

    def write_again(self):
        return self.receive(
            self.payload("It came!", parent_id=self.post.external_id, handle="@ann")
        )

    def its_time_comes(self, answer):
        parts = answer | answer._parts_after()
        parts.write({"send_at": self.ago(), "try_at": self.ago()})
        return self.sent()

    def ago(self):
        return fields.Datetime.now() - timedelta(minutes=1)

    def test_a_scheduled_answer_is_stopped_and_its_agent_told(self):
        answer = self.schedule()
        self.write_again()
        self.assertEqual(answer.delivery_state, "overtaken")
        self.assertEqual(self.conversation.state, "open")
        self.assertIn("send it all the same", answer.failure_advice)
        notification = self.notification(answer)
        self.assertEqual(notification.notification_status, "exception")
        self.assertEqual(notification.author_id, self.agent.partner_id)
        self.assertFalse(self.its_time_comes(answer))

    def test_one_click_sends_it_at_its_time(self):
        answer = self.schedule()
        self.write_again()
        facts = answer.with_user(self.agent).sudo()._chatter_facts()["approval"]
        self.assertEqual(facts["text"], "On its way!")
        self.assertTrue(facts["may_go_on"])
        self.assertEqual(facts["send_at"], fields.Datetime.to_string(self.later))
        answer.with_user(self.agent).action_send_anyway()
        self.assertEqual(answer.delivery_state, "queued")
        self.assertEqual(self.conversation.state, "waiting")
        self.assertFalse(self.sent(), "not before its time")
        self.assertEqual(self.its_time_comes(answer), ["On its way!"])
        with self.assertRaisesRegex(UserError, "It is now: Sent"):
            answer.with_user(self.agent).action_send_anyway()

    def test_one_click_sends_it_at_once_when_its_time_has_passed(self):
        answer = self.schedule()
        self.write_again()
        answer.write({"send_at": self.ago(), "try_at": self.ago()})
        answer.with_user(self.agent).action_send_anyway()
        self.assertEqual(self.sent(), ["On its way!"])

    def test_what_was_approved_has_to_be_approved_again(self):
        answer = self.schedule(user=self.trainee)
        self.approve(answer)
        self.assertEqual(answer.delivery_state, "queued")
        self.write_again()
        self.assertEqual(answer.delivery_state, "overtaken")
        self.assertIn("ask for approval again", answer.failure_advice)
        trainees = answer.with_user(self.trainee)
        trainees.action_give_up()
        trainees.action_send_again()
        self.assertEqual(answer.delivery_state, "to_approve", "no way around it")
        self.write_again()
        trainees.action_send_anyway()
        self.assertEqual(answer.delivery_state, "to_approve")
        self.approve(answer)
        self.assertFalse(self.sent(), "not before its time")
        self.assertEqual(self.its_time_comes(answer), ["On its way!"])

    def test_a_long_one_is_stopped_as_a_whole(self):
        answer = self.schedule(text="Long words. " * 15, split=True)
        parts = answer | answer._parts_after()
        self.assertGreater(len(parts), 1)
        self.write_again()
        self.assertEqual(set(parts.mapped("delivery_state")), {"overtaken"})
        parts[1].with_user(self.agent).action_send_anyway()
        self.assertEqual(set(parts.mapped("delivery_state")), {"queued"})

    def test_what_else_is_on_its_way_goes_on(self):
        self.channel.undo_seconds = 10
        undoable = self.answer("At once", user=self.agent)
        other = self.receive(self.payload("And mine?", handle="@ben"))
        other = other.with_user(self.agent)._answer("Yours too", send_at=self.later)
        self.write_again()
        self.assertEqual(undoable.delivery_state, "queued")
        self.assertEqual(other.delivery_state, "queued")

    def test_only_agents_of_the_conversation_let_it_go(self):
        answer = self.schedule()
        self.write_again()
        for user in (
            self.make_user("colleague"),
            self.make_user("outsider", "base.group_portal"),
        ):
            with self.assertRaises(AccessError):
                answer.with_user(user).action_send_anyway()
        self.assertEqual(answer.delivery_state, "overtaken")
