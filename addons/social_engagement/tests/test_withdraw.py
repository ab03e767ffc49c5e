from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..models import retry
from ..models.social_action import PATIENCE
from ..networks.base import NetworkError, Reason
from ..networks.deadline import left
from .common import Killed, Scripted
from .test_outbox import OutboxCase

ACTION = "odoo.addons.social_engagement.models.social_action"
OTHERS = ("follow", "spam")  # what can always be done to a post here


class ActionCase(OutboxCase):
    def action(self, message):
        return self.env["social.action"].search([("message_id", "=", message.id)])

    def again(self, message):
        """As if the time until the next try had passed."""
        self.action(message).try_at = fields.Datetime.now() - timedelta(days=1)
        self.send()
        self.env.invalidate_all()


class TestWithdraw(ActionCase):
    def sent(self, text="On its way!"):
        answer = self.answer(text)
        self.send()
        return answer

    def withdraw(self, answer):
        answer.with_user(self.agent).action_withdraw()

    def test_what_waits_is_not_sent(self):
        answer = self.answer()
        self.withdraw(answer)
        self.send()
        self.assertEqual(answer.delivery_state, "cancelled")
        self.assertFalse(self.script.sent or self.script.acted)

    def test_what_was_sent_is_deleted_at_the_network(self):
        answer = self.sent()
        self.assertIn(
            "withdraw", answer.with_user(self.agent).sudo()._possible_actions()
        )
        self.withdraw(answer)
        self.assertEqual(answer.delivery_state, "withdrawing")
        self.send()
        self.assertEqual(self.script.acted, [("withdraw", "answer-1", True)])
        self.assertEqual(answer.delivery_state, "withdrawn")
        self.assertEqual(self.notification(answer).notification_status, "canceled")
        self.assertEqual(answer._possible_actions(), [])
        self.withdraw(answer)
        self.send()
        self.assertEqual(len(self.script.acted), 1)

    def test_with_all_its_parts(self):
        text = "All about your parcel. " * 16
        first = self.post.with_user(self.agent)._answer(text, split=True).sudo()
        parts = first + first._parts_after()
        self.script.replies = [None, None, NetworkError(Reason.BLOCKED, "no")]
        self.send()
        self.withdraw(parts[1])
        self.send()
        self.assertEqual(
            parts.mapped("delivery_state"),
            ["withdrawn", "withdrawn", "cancelled", "cancelled"],
        )

    def test_killed_in_between_it_is_done_again(self):
        answer = self.sent()
        self.withdraw(answer)
        self.script.actions = [Killed()]
        self.env.flush_all()
        with self.job() as env:
            env["social.message"]._cron_send()
        self.env.invalidate_all()
        self.assertEqual(answer.delivery_state, "withdrawing")
        self.assertEqual(self.action(answer).attempts, 1, "noted before the call")
        self.send()
        self.assertEqual(answer.delivery_state, "withdrawing", "not at once")
        self.again(answer)
        self.assertEqual(answer.delivery_state, "withdrawn")

    def test_killed_every_time_it_ends(self):
        answer = self.sent()
        self.withdraw(answer)
        for attempt in range(1, retry.TRIES + 1):
            self.script.actions = [Killed()]
            self.action(answer).try_at = False
            self.env.flush_all()
            with self.job() as env:
                env["social.message"]._cron_send()
            self.env.invalidate_all()
            self.assertEqual(self.action(answer).attempts, attempt)
        self.again(answer)
        self.assertEqual(self.action(answer).state, "failed")
        self.assertFalse(self.script.acted)

    def test_another_wish_meanwhile_is_not_settled_by_the_first(self):
        def like(wanted):
            self.env["social.action"]._want(self.post, "like", wanted)
            self.env.flush_all()

        like(True)
        self.script.actions = [lambda: like(False)]
        self.send()
        self.assertEqual(self.action(self.post).state, "waiting")
        self.send()
        self.assertEqual(self.action(self.post).state, "done")
        self.assertEqual([acted[2] for acted in self.script.acted], [True, False])

    def test_each_has_its_time(self):
        told = []
        self.env["social.action"]._want(self.post, "like")
        self.script.actions = [lambda: told.append(left())]
        self.send()
        self.assertAlmostEqual(told[0], PATIENCE, delta=2)

    def test_after_the_clock_was_set_back(self):
        self.env["social.action"]._want(self.post, "like")
        self.script.actions = [NetworkError(Reason.SERVER, "500")]
        self.send()
        with freeze_time(fields.Datetime.now() - timedelta(hours=2)):
            self.send()
        self.assertEqual(self.action(self.post).state, "done")

    def test_a_failure_for_a_while(self):
        answer = self.sent()
        self.withdraw(answer)
        for _n in range(retry.TRIES - 1):
            self.script.actions = [NetworkError(Reason.SERVER, "500")]
            self.again(answer)
            self.assertEqual(answer.delivery_state, "withdrawing")
        self.send()
        self.assertEqual(answer.delivery_state, "withdrawing", "not before its time")
        self.script.actions = [NetworkError(Reason.SERVER, "500")]
        self.again(answer)
        self.assertEqual(answer.delivery_state, "standing")
        self.assertEqual(self.notification(answer).notification_status, "exception")
        self.assertTrue(answer._chatter_facts()["failure_advice"])
        self.withdraw(answer)
        self.send()
        self.assertEqual(answer.delivery_state, "withdrawn")
        self.assertFalse(answer.failure_reason)

    def test_what_the_network_does_not_offer(self):
        answer = self.sent()
        self.patch(Scripted, "actions", frozenset())
        self.assertEqual(answer.with_user(self.agent).sudo()._possible_actions(), [])
        self.withdraw(answer)
        self.assertEqual(answer.delivery_state, "sent")

    def test_only_agents(self):
        answer = self.sent()
        with self.assertRaises(AccessError):
            answer.with_user(self.make_user("employee")).action_withdraw()


class TestLikeAndHide(ActionCase):
    def facts(self, message):
        return message.with_user(self.agent).sudo()._chatter_facts()

    def test_like_and_take_it_back(self):
        post = self.post.with_user(self.agent)
        self.assertEqual(self.facts(self.post)["actions"], ["like", *OTHERS])
        post.action_like()
        self.assertEqual(self.facts(self.post)["actions"], ["unlike", *OTHERS])
        self.assertTrue(self.facts(self.post)["liked"])
        self.send()
        post.action_like(False)
        self.send()
        self.send()
        name = self.post.external_id
        self.assertEqual(
            self.script.acted, [("like", name, True), ("like", name, False)]
        )
        self.assertFalse(self.facts(self.post)["liked"])

    def test_what_was_asked_for_last_counts(self):
        post = self.post.with_user(self.agent)
        post.action_like()
        post.action_like(False)
        self.send()
        self.assertEqual(self.script.acted, [("like", self.post.external_id, False)])

    def test_comments_can_be_hidden(self):
        with self.assertRaisesRegex(UserError, "does not offer"):
            self.post.with_user(self.agent).action_hide()
        [comment] = self.receive(self.payload("Rubbish", kind="comment"))
        comment.with_user(self.agent).action_hide()
        self.send()
        self.assertEqual(self.script.acted, [("hide", comment.external_id, True)])
        offered = self.facts(comment)["actions"]
        self.assertEqual(offered, ["like", "unhide", *OTHERS])

    @mute_logger(ACTION)
    def test_failures(self):
        post = self.post.with_user(self.agent)
        for failure, reason in (
            (NetworkError(Reason.PERMISSION, "may \0 not"), "permission"),
            (KeyError("oops"), "unknown"),
        ):
            post.action_like()
            self.script.actions = [failure]
            self.send()
            action = self.action(self.post)
            self.assertEqual((action.state, action.failure_reason), ("failed", reason))
            facts = self.facts(self.post)
            self.assertTrue(facts["action_failure"])
            again = ["like", *OTHERS]
            self.assertEqual(facts["actions"], again, "it can be tried again")
        post.action_like()
        self.script.actions = [NetworkError(Reason.AUTHORISATION, "revoked")]
        self.send()
        self.assertEqual(self.channel.state, "reauthorise")

    def test_what_another_lane_did_is_not_done_again(self):
        other = self.receive(self.payload("Thanks!"))
        for post in (self.post, other):
            post.with_user(self.agent).action_like()

        def meanwhile():
            self.action(other).state = "done"
            self.env.flush_all()

        self.script.actions = [meanwhile]
        self.send()
        self.assertEqual(self.script.acted, [("like", self.post.external_id, True)])

    def test_what_it_costs_is_counted(self):
        def like(adapter, reply_ref, liked=True):
            adapter.meter.count("write")
            if not liked:
                raise NetworkError(Reason.REFUSED, "no")

        self.patch(Scripted, "like", like)
        for wanted in (True, False):
            self.post.with_user(self.agent).action_like(wanted)
            self.send()
        cost = self.env["social.channel.cost"].search(
            [("channel_id", "=", self.channel.id)]
        )
        self.assertEqual((cost.what, cost.count), ("write", 2))

    @mute_logger(ACTION)
    def test_one_that_cant_be_settled_stops_no_other(self):
        other = self.receive(self.payload("Thanks!"))
        for post in (self.post, other):
            post.with_user(self.agent).action_like()
        settle = type(self.post)._settle_action

        def fail(message, action):
            if message == self.post:
                raise KeyError("oops")
            settle(message, action)

        self.patch(type(self.post), "_settle_action", fail)
        self.send()
        self.assertEqual(self.action(self.post).state, "waiting")
        self.assertEqual(self.action(other).state, "done")

    def test_only_agents(self):
        with self.assertRaises(AccessError):
            self.post.with_user(self.make_user("employee")).action_like()
        answer = self.answer()
        with self.assertRaises(UserError):
            answer.with_user(self.agent).action_like()
