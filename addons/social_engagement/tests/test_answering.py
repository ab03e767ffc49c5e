"""Signature, undo, collisions, invitations, suggestions, what else can be done."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.collision import NewerMessages
from ..networks.base import NetworkError, Reason
from .test_outbox import AnswerRouteCase, OutboxCase
from .test_withdraw import ActionCase


class TestSignature(OutboxCase):
    def setUp(self):
        super().setUp()
        self.agent.name = "Maria de la Cruz"

    def test_as_the_channel_says(self):
        for signature, text in (
            ("none", "Hi"),
            ("name", "Hi\n— Maria de la Cruz"),
            ("initials", "Hi ^MDL"),
            ("company", f"Hi\n— {self.env.company.name}"),
        ):
            self.channel.signature = signature
            self.assertEqual(self.answer("Hi").body, text)
            facts = self.conversation.with_user(self.agent)._composer_facts()
            self.assertEqual(f"Hi{facts['signature']}", text)

    def test_it_counts(self):
        self.channel.signature = "initials"
        self.assertTrue(self.answer("x" * 95))
        with self.assertRaisesRegex(ValidationError, "101 of at most 100"):
            self.answer("x" * 96)

    def test_once(self):
        self.channel.signature = "initials"
        self.assertEqual(self.answer("Hi ^MDL").body, "Hi ^MDL")
        long = self.post.with_user(self.agent)._answer("word " * 60, split=True).sudo()
        parts = long + long._parts_after()
        signed = [part for part in parts.mapped("body") if "^MDL" in part]
        self.assertEqual(signed, parts[-1:].mapped("body"))

    def test_nothing_but_a_signature_is_no_answer(self):
        self.channel.signature = "name"
        with self.assertRaisesRegex(UserError, "empty"):
            self.answer(" ")


class TestUndo(OutboxCase):
    def setUp(self):
        super().setUp()
        self.channel.undo_seconds = 10

    def undo(self, answer):
        answer.with_user(self.agent).action_undo()

    def test_an_answer_waits_so_long(self):
        answer = self.answer()
        waits = (answer.try_at - fields.Datetime.now()).total_seconds()
        self.assertAlmostEqual(waits, 10, delta=5)
        self.assertFalse(answer.send_at, "it is not scheduled")
        self.send()
        self.assertFalse(self.script.sent)
        cron = self.env.ref("social_engagement.cron_send")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(answer.try_at, triggers.mapped("call_at"))
        self.later(answer)
        self.send()
        self.assertEqual(answer.delivery_state, "sent")

    def test_another_answer_stands_still(self):
        conversation = self.post.conversation_id
        first, second = self.answer("One"), self.answer("Two")
        self.undo(second)
        self.assertEqual(conversation.state, "waiting")
        self.undo(first)
        self.assertEqual(conversation.state, "open")

    def test_how_long(self):
        answer = self.answer()
        self.assertEqual(answer._seconds_to_undo(), 10)
        later = fields.Datetime.now() + timedelta(days=1)
        scheduled = self.post.with_user(self.agent)._answer("Hi", send_at=later)
        self.assertEqual(scheduled.sudo()._seconds_to_undo(), 0)
        answer.delivery_state = "sent"
        self.assertEqual(answer._seconds_to_undo(), 0)

    def test_undone_is_as_if_never_given(self):
        posted = self.conversation.last_message_at
        answer = self.answer()
        shown = answer.mail_message_id
        self.undo(answer)
        self.assertFalse(answer.exists() or shown.exists())
        self.assertEqual(self.conversation.state, "open")
        self.assertEqual(self.conversation.message_count, 1)
        self.assertEqual(self.conversation.last_message_at, posted)
        self.send()
        self.assertFalse(self.script.sent)

    def test_with_all_parts_and_the_files_go_back(self):
        file = (
            self.env["ir.attachment"]
            .with_user(self.agent)
            .create(
                {
                    "name": "a.png",
                    "raw": b"x",
                    "mimetype": "image/png",
                    "res_model": "mail.compose.message",
                    "res_id": 0,
                }
            )
        )
        post = self.post.with_user(self.agent)
        first = post._answer("word " * 60, split=True, attachments=file).sudo()
        parts = first + first._parts_after()
        self.assertGreater(len(parts), 2)
        self.undo(parts[1])
        self.assertFalse(parts.exists())
        self.assertEqual(file.res_model, "mail.compose.message")
        self.assertTrue(post._answer("Again", attachments=file))

    def test_what_is_on_its_way_is_not_undone(self):
        answer = self.answer()
        self.later(answer)
        self.send_and_be_killed()
        with self.assertRaisesRegex(UserError, "on its way"):
            self.undo(answer)
        self.assertTrue(answer.mail_message_id)
        sent = self.answer("Two")
        sent.write({"delivery_state": "sent"})
        with self.assertRaisesRegex(UserError, "on its way"):
            self.undo(sent)

    def test_who_may_answer_may_undo(self):
        answer = self.answer()
        with self.assertRaises(AccessError):
            answer.with_user(self.make_user("employee")).action_undo()
        with self.assertRaises(AccessError):
            answer.with_user(self.make_user("other")).action_send_now()
        self.assertTrue(answer.exists())

    def test_a_colleagues_answer_is_not_undone_nor_hurried(self):
        answer = self.answer()
        agent = "social_engagement.group_social_user"
        colleague = self.make_user("colleague", agent)
        with self.assertRaisesRegex(AccessError, "own"):
            answer.with_user(colleague).action_undo()
        with self.assertRaisesRegex(AccessError, "own"):
            answer.with_user(colleague).action_send_now()
        self.assertTrue(answer.try_at)
        answer.with_user(colleague).action_give_up()  # leaves a trace
        self.assertEqual(answer.delivery_state, "cancelled")

    def test_nobody_has_to_wait(self):
        answer = self.answer()
        answer.with_user(self.agent).action_send_now()
        self.send()
        self.assertEqual(answer.delivery_state, "sent")
        answer.with_user(self.agent).action_send_now()
        self.send()
        self.assertEqual(len(self.script.sent), 1)

    def test_a_scheduled_answer_keeps_its_time(self):
        later = fields.Datetime.now() + timedelta(days=1)
        answer = self.post.with_user(self.agent)._answer("Hi", send_at=later).sudo()
        answer.with_user(self.agent).action_send_now()
        self.assertEqual(answer.try_at, later)

    def test_order_is_kept(self):
        self.answer("One")
        self.channel.undo_seconds = 0
        second = self.answer("Two")
        self.send()
        self.assertEqual(second.delivery_state, "queued", "it waits for the first")

    def test_within_reason(self):
        for seconds in (-1, 61):
            with self.assertRaises(ValidationError):
                self.channel.undo_seconds = seconds


class TestCollision(OutboxCase):
    def setUp(self):
        super().setUp()
        self.colleague = self.make_user("ben", "social_engagement.group_social_user")
        self.colleague.name = "Ben"

    def seen(self, user=None):
        conversation = self.conversation.with_user(user or self.agent)
        return conversation._composer_facts()["seen_id"]

    def answered(self, seen_id, **values):
        post = self.post.with_user(self.agent)
        return post._answer("Hello", seen_id=seen_id, **values)

    def test_nothing_new_is_no_question(self):
        self.assertTrue(self.answered(self.seen()))
        self.assertTrue(self.answered(self.post.id), "one's own is no news")

    def test_a_colleagues_answer_asks_first(self):
        seen = self.seen()
        self.post.with_user(self.colleague)._answer("I do that")
        with self.assertRaises(NewerMessages) as caught:
            self.answered(seen)
        self.assertIn("colleague", str(caught.exception))
        [newer] = caught.exception.context["newer"]
        self.assertEqual((newer["who"], newer["text"]), ("Ben", "I do that"))
        self.assertEqual(newer["direction"], "outbound")
        self.assertTrue(self.answered(seen, anyway=True))
        self.assertTrue(self.answered(self.seen()), "it was seen")

    def test_the_customers_word_asks_first(self):
        seen = self.seen()
        self.receive(self.payload("Solved!", parent_id=self.post.external_id))
        with self.assertRaisesRegex(NewerMessages, "customer"):
            self.answered(seen)

    def test_what_is_not_there_any_more_is_no_news(self):
        seen = self.seen()
        other = self.post.with_user(self.colleague)._answer("I do that")
        other.sudo().delivery_state = "cancelled"
        self.assertTrue(self.answered(seen))

    def test_a_repeated_call_is_not_asked(self):
        seen = self.seen()
        answer = self.answered(seen, key="k")
        self.post.with_user(self.colleague)._answer("Me too")
        self.assertEqual(self.answered(seen, key="k"), answer)


class TestInvitation(OutboxCase):
    def invite(self):
        answer = self.asked_to_write()
        self.send()
        return answer

    def asked_to_write(self, text="Write to us in private", **options):
        post = self.post.with_user(self.agent)
        return post._answer(text, invite=True, **options)

    def setUp(self):
        super().setUp()
        # no request: it stays in the conversation's own chatter
        [self.post] = self.receive(self.payload("A nice shop.", handle="@cleo"))
        self.conversation = self.post.conversation_id

    def write_in_private(self, handle="@cleo", **values):
        payload = self.payload("How nice.", handle, kind="direct", visibility="direct")
        payload["at"] = fields.Datetime.now().isoformat() + "+00:00"
        [message] = self.receive({**payload, **values})
        return message.conversation_id

    def test_the_text_is_the_customers_language_and_the_networks_way(self):
        facts = self.conversation.with_user(self.agent)._composer_facts()
        self.assertIn("https://scripted.example/write/@us", facts["invitation"])
        private = self.write_in_private().with_user(self.agent)
        self.assertEqual(private._composer_facts()["invitation"], "")

    def test_what_follows_is_one_case(self):
        self.invite()
        self.assertTrue(self.conversation.invited_at)
        private = self.write_in_private()
        self.assertEqual(self.conversation.private_conversation_id, private)
        self.assertEqual(private._desk_thread(), self.conversation._desk_thread())
        shown = private.social_message_ids.mail_message_id
        self.assertEqual((shown.model, shown.res_id), self.desk())
        self.assertEqual(self.conversation.with_user(self.agent).followed, 1)
        desk = self.conversation._desk_thread()
        self.assertEqual(desk._social_conversation(), private, "answered where it goes")
        facts = private.with_user(self.agent)._composer_facts()
        self.assertEqual(facts["visibility"], "direct")

    def desk(self):
        thread = self.conversation._desk_thread()
        return thread._name, thread.id

    def test_without_an_invitation_they_are_two(self):
        private = self.write_in_private()
        self.assertNotEqual(private._desk_thread(), self.conversation._desk_thread())
        self.assertFalse(self.conversation.private_conversation_id)
        self.assertEqual(
            (self.conversation.invited, self.conversation.followed), (0, 0)
        )

    def test_a_private_conversation_known_before(self):
        private = self.write_in_private(thread_id="dm")
        self.invite()
        self.assertEqual(self.write_in_private(thread_id="dm"), private)
        self.assertEqual(self.conversation.private_conversation_id, private)
        self.assertEqual(private._desk_thread(), self.conversation._desk_thread())

    def test_what_was_written_before_follows_nothing(self):
        self.invite()
        private = self.write_in_private(at="2026-01-02T00:00:00+00:00")
        self.assertNotEqual(self.conversation.private_conversation_id, private)

    def test_another_authors_message_follows_nothing(self):
        self.invite()
        self.write_in_private(handle="@eve")
        self.assertFalse(self.conversation.private_conversation_id)

    def test_what_needed_approval_needs_it_in_private_too(self):
        self.invite()
        self.conversation.needs_approval = True
        private = self.write_in_private()
        answer = private._answer_target().with_user(self.agent)._answer("Hello")
        self.assertEqual(answer.delivery_state, "to_approve")

    def test_an_undone_invitation_was_none(self):
        self.channel.undo_seconds = 10
        post = self.post.with_user(self.agent)
        post._answer("Write to us", invite=True).action_undo()
        self.assertFalse(self.conversation.invited_at)

    def test_only_what_was_sent_is_an_invitation(self):
        self.script.replies = [NetworkError(Reason.REFUSED, "no")]
        failed = self.invite()
        self.assertEqual(failed.delivery_state, "failed")
        self.assertFalse(self.conversation.invited_at)
        failed.with_user(self.agent).action_send_again()
        self.assertFalse(self.conversation.invited_at)
        self.send()
        self.assertTrue(self.conversation.invited_at)

    def test_what_was_not_approved_was_no_invitation(self):
        self.conversation.needs_approval = True
        lead = self.make_user("lead", "social_engagement.group_social_manager")
        refused = self.asked_to_write("Write")
        self.assertEqual(self.conversation.invited, 0)
        refused.with_user(lead).action_refuse("Better here")
        way = self.channel._private_way()
        for text, invited in (("We help you here", 0), (f"Write to {way}", 1)):
            answer = self.asked_to_write().with_user(lead)
            answer.action_approve(answer.approval_digest, text)
            self.send()
            self.assertEqual(self.conversation.invited, invited)

    def test_several_posts_invite_when_the_last_is_out(self):
        answer = self.asked_to_write("Long words. " * 15, split=True)
        self.assertEqual(answer._parts_after()[-1:].invites, True)
        self.script.replies = [None, NetworkError(Reason.REFUSED, "no")]
        for _part in range(3):
            self.send()
        self.assertFalse(self.conversation.invited_at)


class TestSuggestions(OutboxCase):
    def suggestions(self, post=None):
        return (post or self.post).with_user(self.agent)._suggested_answers()

    def setUp(self):
        super().setUp()
        self.env["mail.canned.response"].search([]).unlink()

    def canned(self, source, text, user=None):
        responses = self.env["mail.canned.response"].with_user(user or self.agent)
        return responses.create({"source": source, "substitution": text})

    def test_canned_responses_by_the_words_in_common(self):
        self.canned("thanks", "Thank you!")
        self.canned("parcel", "Your parcel is on its way.")
        found = self.suggestions()
        self.assertEqual([each["title"] for each in found], ["parcel", "thanks"])
        self.assertEqual(found[0]["text"], "Your parcel is on its way.")

    def test_not_a_colleagues_own(self):
        ben = self.make_user("ben", "social_engagement.group_social_user")
        self.canned("parcel", "Ben's parcel.", ben)
        self.assertEqual(self.suggestions(), [])

    def test_what_was_answered_to_the_same_text(self):
        text = (
            "Where is my parcel? I have been waiting for it for three whole weeks now"
        )
        first, second = self.receive(
            self.payload(text, handle="@eve"), self.payload(text, handle="@ben")
        )
        self.answer("@eve Parcels take longer this week.", to=first)
        self.assertEqual(self.suggestions(second), [], "it was not sent yet")
        self.send()
        [found] = self.suggestions(second)
        self.assertEqual(found["kind"], "past")
        self.assertEqual(found["text"], "Parcels take longer this week.")

    def test_nothing_private(self):
        text = (
            "Where is my parcel? I have been waiting for it for three whole weeks now"
        )
        first, second = self.receive(
            self.payload(text, handle="@eve", kind="direct", visibility="direct"),
            self.payload(text, handle="@ben"),
        )
        self.answer("Parcels: it is at your neighbour's.", to=first)
        self.send()
        self.assertEqual(self.suggestions(second), [])

    def test_whom_one_can_mention(self):
        self.receive(
            self.payload("Mine too!", handle="@eve", thread_id=self.post.external_id)
        )
        facts = self.conversation.with_user(self.agent)._composer_facts()
        self.assertEqual([p["handle"] for p in facts["people"]], ["ann", "eve"])


class TestMoreActions(ActionCase):
    def possible(self):
        return self.post.with_user(self.agent).sudo()._possible_actions()

    def test_follow_the_author(self):
        self.assertIn("follow", self.possible())
        sent = type(self.post)._show_facts
        shown = []

        def show(posts, user):
            shown.append(posts._chatter_facts()["followed"])
            sent(posts, user)

        with patch.object(type(self.post), "_show_facts", show):
            self.post.with_user(self.agent).action_follow()
        self.assertEqual(shown, [True], "what the agent sees at once")
        self.send()
        self.assertEqual(self.script.acted, [("follow", self.post.external_id, True)])
        self.assertTrue(self.post.profile_id.followed)
        self.assertIn("unfollow", self.possible())
        self.post.with_user(self.agent).action_follow(False)
        self.send()
        self.assertEqual(self.script.acted[-1][2], False)
        self.assertFalse(self.post.profile_id.followed)

    def test_spam_needs_nobody(self):
        [comment] = self.receive(self.payload("Buy cheap pills", kind="comment"))
        self.post = comment
        self.assertIn("spam", self.possible())
        comment.with_user(self.agent).action_spam()
        self.send()
        self.assertEqual(comment.conversation_id.state, "no_action")
        self.assertEqual(comment.label_ids.filtered("value").value, "0")
        self.assertEqual(self.script.acted, [("hide", comment.external_id, True)])
        self.assertNotIn("spam", self.possible())

    def test_no_spam_after_all(self):
        [self.post] = self.receive(self.payload("Where is my parcel?", kind="comment"))
        mine = self.post.with_user(self.agent)
        mine.action_correct("sentiment", "negative")
        names = ("needs_answer", "reasons", "spam", "sentiment_label")
        before = self.post.read(names)
        mine.action_spam()
        self.send()
        self.assertEqual(self.post.spam, 1)
        self.assertIn("unspam", self.possible())
        mine.action_not_spam()
        self.send()
        self.assertEqual(self.post.read(names), before)
        self.assertEqual(self.post.label_ids.mapped("task"), ["sentiment"])
        self.assertEqual(self.post.conversation_id.state, "open")
        self.assertEqual(self.post.conversation_id.sentiment_label, "negative")
        self.assertEqual(self.script.acted[-1], ("hide", self.post.external_id, False))
        self.assertIn("spam", self.possible())

    def test_who_says_it_needs_an_answer_says_it_is_no_spam(self):
        mine = self.post.with_user(self.agent)
        mine.action_spam()
        mine.action_correct("needs_answer", "1")
        self.assertEqual((self.post.needs_answer, self.post.spam), (1, 0))
        self.assertNotIn("unspam", self.possible())

    def test_what_the_analysis_takes_for_spam_can_be_marked_too(self):
        self.post.spam = 1.0
        self.assertIn("spam", self.possible())
        self.assertNotIn("unspam", self.possible())

    def test_agents_only(self):
        employee = self.make_user("employee")
        for action in ("action_spam", "action_not_spam", "action_follow"):
            with self.assertRaises(AccessError):
                getattr(self.post.with_user(employee), action)()


@tagged("post_install", "-at_install")
class TestAnswerRouteMore(AnswerRouteCase):
    """What the browser calls beside the answer itself."""

    def ask(self, path, **params):
        params = {
            "thread_model": "social.conversation",
            "thread_id": self.conversation.id,
            **params,
        }
        answer = self.url_open(
            f"/social_engagement/answer{path}",
            json={"jsonrpc": "2.0", "params": params},
        ).json()
        return answer.get("result"), answer.get("error", {})

    def test_checks_and_preview(self):
        self.authenticate("social_agent", "social_agent")
        result, _error = self.ask("/checks", body="x" * 101)
        levels = {c["rule"]: c["level"] for c in result["checks"]}
        self.assertEqual(levels["length"], "block")
        self.assertEqual(result["posts"], ["x" * 101])
        self.assertFalse(self.answers())

    @mute_logger("odoo.http")
    def test_a_blocked_answer_is_refused_here_too(self):
        self.authenticate("social_agent", "social_agent")
        _result, error = self.call(body="To DE89 3704 0044 0532 0130 00")
        self.assertIn("UserError", error["data"]["name"])
        self.assertFalse(self.answers())

    @mute_logger("odoo.http")
    def test_a_newer_message_reaches_the_browser(self):
        self.authenticate("social_agent", "social_agent")
        seen = self.post.id
        self.receive(
            self.payload("Wait!", handle="@cleo", parent_id=self.post.external_id)
        )
        _result, error = self.call(seen_id=seen)
        self.assertEqual(
            error["data"]["name"],
            "odoo.addons.social_engagement.models.collision.NewerMessages",
        )
        [newer] = error["data"]["context"]["newer"]
        self.assertEqual(newer["text"], "Wait!")
        self.assertFalse(self.answers())
        self.call(seen_id=seen, anyway=True)
        self.assertEqual(len(self.answers()), 1)

    @mute_logger("odoo.http")
    def test_without_the_right_there_is_nothing_to_see(self):
        self.make_user("stranger")
        self.make_user("visitor", "base.group_portal")
        for login in ("stranger", "visitor"):
            self.authenticate(login, login)
            for path in ("/checks", "/suggestions"):
                body = {"body": "Hi"} if path == "/checks" else {}
                result, error = self.ask(path, **body)
                self.assertFalse(result)
                self.assertNotIn("nice shop", str(error))
