from datetime import timedelta, timezone
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models import retry
from ..models.social_message_outbox import PATIENCE
from ..networks.base import NetworkError, Reason, Sent
from ..networks.deadline import left
from .common import US, Killed, SocialCase

OUTBOX = "odoo.addons.social_engagement.models.social_message_outbox"


class OutboxCase(SocialCase):
    def setUp(self):
        super().setUp()
        [self.post] = self.receive(self.payload("Where is my parcel?"))
        self.conversation = self.post.conversation_id

    def answer(self, text="On its way!", key=None, to=None):
        post = self.post if to is None else to
        return post.with_user(self.agent)._answer(text, key=key)

    def later(self, answer):
        """As if the time until the next try had passed."""
        long_ago = fields.Datetime.now() - timedelta(days=1)
        if answer.delivery_state == "queued":
            answer.try_at = long_ago
        else:
            answer.sending_since = long_ago

    def send_and_be_killed(self, before=False):
        """The process dies during the call: the answer stands there, or not yet."""

        def die(outgoing):
            if not before:
                self.script.sent.append(outgoing)
            raise Killed

        self.script.replies = [die]
        with self.job() as env:
            env["social.message"]._cron_send()

    def notification(self, answer):
        return answer.mail_message_id.notification_ids.filtered(
            lambda n: n.notification_type == "social"
        )


class TestAnswer(OutboxCase):
    def test_an_answer_waits_is_sent_and_is_shown(self):
        answer = self.answer()
        self.assertEqual(answer.delivery_state, "queued")
        self.assertEqual(self.conversation.state, "waiting")
        self.assertEqual(self.conversation.message_count, 2)
        shown = answer.mail_message_id
        self.assertEqual(shown.message_type, "social")
        self.assertEqual(shown.author_id, self.agent.partner_id)
        self.assertIn("On its way!", shown.body)
        self.assertEqual((shown.model, shown.res_id), self.desk())
        self.assertEqual(self.notification(answer).notification_status, "ready")
        self.send()
        [outgoing] = self.script.sent
        self.assertEqual(outgoing.text, "On its way!")
        self.assertEqual(outgoing.reply_ref, {"id": self.post.external_id})
        self.assertEqual(outgoing.key, answer.key)
        self.assertEqual(outgoing.created_at.tzinfo, timezone.utc)
        self.assertEqual(answer.delivery_state, "sent")
        self.assertEqual(answer.external_id, "answer-1")
        self.assertEqual(answer.url, "https://x.example/a")
        self.assertEqual(self.notification(answer).notification_status, "sent")

    def desk(self):
        thread = self.conversation._desk_thread()
        return thread._name, thread.id

    def test_a_second_run_sends_nothing(self):
        self.answer()
        self.send()
        self.send()
        self.assertEqual(len(self.script.sent), 1)

    def test_one_key_is_one_answer(self):
        answer = self.answer(key="k")
        self.assertEqual(self.answer("Something else", key="k"), answer)
        self.send()
        self.assertEqual(self.answer(key="k"), answer)
        self.send()
        self.assertEqual([o.text for o in self.script.sent], ["On its way!"])
        self.assertEqual(len(self.conversation.social_message_ids), 2)
        self.assertNotEqual(self.answer(), self.answer(), "without a key: two answers")

    def test_a_key_belongs_to_one_conversation(self):
        [other] = self.receive(self.payload("And mine?", handle="@ben"))
        self.answer(key="k")
        with self.assertRaises(ValidationError):
            self.answer(key="k", to=other)

    def test_what_the_author_says_meanwhile_doesnt_double_an_answer(self):
        answer = self.answer(key="k")
        [further] = self.receive(
            self.payload("Hello?", parent_id=self.post.external_id)
        )
        self.assertEqual(self.answer(key="k", to=further), answer)

    def test_what_cant_be_published_is_refused_at_once(self):
        for text in ("", "  \n", "\0", None):
            with self.assertRaisesRegex(UserError, "empty"):
                self.answer(text)
        with self.assertRaisesRegex(ValidationError, "101 of at most 100"):
            self.answer("x" * 101)
        self.assertTrue(self.answer("x" * 100))

    def test_any_characters(self):
        answer = self.answer("\ud83dHalf, NUL \0, 漢字, <b>&amp;</b>\n👨‍👩‍👧‍👦")
        self.assertEqual(answer.body, "Half, NUL , 漢字, <b>&amp;</b>\n👨‍👩‍👧‍👦")
        self.assertIn("&lt;b&gt;", answer.mail_message_id.body)

    def test_without_a_limit_any_length_goes(self):
        self.channel.max_length = 0
        self.assertTrue(self.answer("x" * 10_000))

    def test_what_cant_be_answered_says_why(self):
        [article] = self.receive(
            self.payload(answerable=False, unanswerable_reason="read_only")
        )
        with self.assertRaisesRegex(UserError, "Open the original"):
            self.answer(to=article)
        answer = self.answer()
        with self.assertRaises(UserError):
            self.answer(to=answer)
        with self.assertRaisesRegex(UserError, "no post to answer"):
            self.answer(to=self.env["social.message"])

    def test_a_channel_that_is_not_connected_is_said_at_once(self):
        for values in ({"state": "draft"}, {"state": "reauthorise"}, {"active": False}):
            self.channel.write({"state": "connected", "active": True, **values})
            with self.assertRaisesRegex(UserError, "Scripted is not connected"):
                self.answer()
        facts = self.conversation.with_user(self.agent)._composer_facts()
        self.assertFalse(facts["may_answer"])
        self.assertIn("not connected", facts["advice"])

    def test_only_agents_answer(self):
        for login, group in (
            ("employee", "base.group_user"),
            ("outsider", "base.group_portal"),
        ):
            user = self.make_user(login, group)
            with self.assertRaises(AccessError):
                self.post.with_user(user)._answer("Hi")
        with self.assertRaises(AccessError):
            self.post.with_user(self.env.ref("base.public_user"))._answer("Hi")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self.make_user(
            "elsewhere",
            "social_engagement.group_social_user",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self.assertRaises(AccessError):
            self.post.with_user(elsewhere)._answer("Hi")
        answer = self.answer()
        answer.delivery_state = "failed"
        for action in ("action_send_again", "action_give_up"):
            with self.assertRaises(AccessError):
                getattr(answer.with_user(elsewhere), action)()

    def test_nothing_but_an_answer_goes_out(self):
        thread = self.conversation
        for values in (
            {"message_type": "social"},
            {"message_type": "social", "subtype_xmlid": "social_engagement.mt_social"},
            {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"},
        ):
            thread.with_user(self.agent).message_post(body="Forged", **values)
        self.send()
        self.assertFalse(self.script.sent)
        outbound = [("direction", "=", "outbound")]
        self.assertFalse(self.env["social.message"].search(outbound))

    # ------------------------------------------------------------------
    # Who is told
    # ------------------------------------------------------------------

    def told(self, message):
        """(partner, how) of everybody but the answer's own row."""
        rows = message.notification_ids.filtered("res_partner_id")
        return {(n.res_partner_id, n.notification_type) for n in rows}

    def followers(self):
        by_mail = self.make_user("mail", "social_engagement.group_social_user")
        inbox = self.make_user(
            "inbox", "social_engagement.group_social_user", notification_type="inbox"
        )
        customer = self.env["res.partner"].create(
            {"name": "Ann", "email": "ann@x.example"}
        )
        portal = self.make_user("follower", "base.group_portal").partner_id
        self.post.profile_id.partner_id = customer
        desk = self.conversation._desk_thread()
        desk.message_subscribe(
            (by_mail.partner_id | inbox.partner_id | customer | portal).ids,
            # whatever they chose to hear of
            self.env["mail.message.subtype"].search([]).ids,
        )
        return by_mail.partner_id, inbox.partner_id

    def test_our_answer_reaches_colleagues_inbox_only(self):
        _by_mail, inbox = self.followers()
        answer = self.answer()
        self.assertEqual(self.told(answer.mail_message_id), {(inbox, "inbox")})

    def test_what_a_customer_says_reaches_colleagues_only(self):
        by_mail, inbox = self.followers()
        [further] = self.receive(
            self.payload("Hello?", parent_id=self.post.external_id)
        )
        self.assertEqual(
            self.told(further.mail_message_id), {(inbox, "inbox"), (by_mail, "email")}
        )
        mail = self.env["mail.mail"].search(
            [("mail_message_id", "=", further.mail_message_id.id)]
        )
        self.assertEqual(mail.recipient_ids, by_mail)

    def test_a_customer_is_not_told_even_when_named(self):
        by_mail, inbox = self.followers()
        customer = self.post.profile_id.partner_id
        desk = self.conversation._desk_thread()
        named = (customer | by_mail | inbox).ids
        message = desk.message_post(
            body="Forged",
            message_type="social",
            partner_ids=named,
            author_id=False,
            email_from="Ben",
        )
        self.assertNotIn(customer, message.notification_ids.res_partner_id)

    def test_posts_are_internal_in_the_chatter(self):
        portal = self.make_user("outsider", "base.group_portal")
        shown = self.post.mail_message_id + self.answer().mail_message_id
        for message in shown:
            self.assertTrue(message.is_internal or message.subtype_id.internal)
            with self.assertRaises(AccessError):
                message.with_user(portal).read(["body"])

    # ------------------------------------------------------------------
    # Our own posts coming back
    # ------------------------------------------------------------------

    def own(self, text="On its way!", **values):
        author = {"handle": "@us", "external_id": US}
        return self.payload(text, author=author, **values)

    def test_a_sent_answer_coming_back_is_recognised(self):
        answer = self.answer()
        self.send()
        back = self.own(id=answer.external_id, parent_id=self.post.external_id)
        before = self.env["social.message"].search_count([])
        self.assertEqual(self.receive(back), answer)
        self.assertEqual(self.env["social.message"].search_count([]), before)

    def test_an_unsettled_answer_coming_back_is_settled(self):
        for state in ("sending", "uncertain", "failed", "cancelled", "queued"):
            with self.subTest(state):
                answer = self.answer(state)
                answer.delivery_state = state
                back = self.own(state, parent_id=self.post.external_id)
                self.assertEqual(self.receive(back), answer)
                self.assertEqual(answer.delivery_state, "sent")
                self.assertEqual(answer.external_id, back["id"])
                self.assertEqual(self.notification(answer).notification_status, "sent")
        self.send()
        self.assertFalse(self.script.sent)

    def test_the_same_words_to_somebody_else_settle_nothing(self):
        answer = self.answer()
        answer.delivery_state = "failed"
        back = self.own(parent_id="somebody else's post")
        self.assertNotEqual(self.receive(back), answer)
        self.assertEqual(answer.delivery_state, "failed")

    def test_a_post_written_elsewhere_is_recorded_and_not_routed(self):
        self.answer("Still waiting").delivery_state = "failed"
        back = self.own("Written on a phone", parent_id=self.post.external_id)
        [message] = self.receive(back)
        self.assertEqual(message.direction, "outbound")
        self.assertEqual(message.delivery_state, "sent")
        self.assertEqual(message.conversation_id, self.conversation)
        self.assertFalse(message.profile_id)
        [alone] = self.receive(self.own("A post of ours"))
        self.assertFalse(alone.conversation_id, "it answers nobody")
        self.assertEqual(self.env["social.conversation"].search_count([]), 1)
        self.send()
        self.assertFalse(self.script.sent)

    def test_an_answer_that_came_back_before_it_was_settled(self):
        # While it was sent it was locked, so that it could not be recognised.
        answer = self.answer()
        self.receive(self.own("On its way!\n", id="early"))  # a little changed, too
        self.script.replies = [Sent("early")]
        self.send()
        self.assertEqual(answer.delivery_state, "sent")
        known = self.env["social.message"].search([("external_id", "=", "early")])
        self.assertEqual(known, answer)


class TestDelivery(OutboxCase):
    # ------------------------------------------------------------------
    # Interrupted
    # ------------------------------------------------------------------

    def test_sending_is_committed_before_the_network_is_called(self):
        answer = self.answer()
        self.send_and_be_killed()
        self.assertEqual(answer.delivery_state, "sending")
        self.assertEqual(answer.attempts, 1)

    def test_a_row_being_sent_is_left_alone_for_a_while(self):
        answer = self.answer()
        self.send_and_be_killed()
        self.send()
        with self.job() as env:
            env["social.message"].browse(answer.id)._deliver()
        self.assertFalse(self.script.looked_up)
        self.assertEqual(answer.delivery_state, "sending")

    def test_killed_after_the_network_had_it(self):
        answer = self.answer()
        self.send_and_be_killed()
        self.later(answer)
        self.script.found = Sent("there", "https://x.example/there")
        self.send()
        self.assertEqual(len(self.script.sent), 1, "not sent a second time")
        self.assertEqual(answer.delivery_state, "sent")
        self.assertEqual(answer.external_id, "there")
        self.assertEqual(self.script.looked_up[0].key, answer.key)

    def test_killed_before_the_network_had_it(self):
        answer = self.answer()
        self.send_and_be_killed(before=True)
        self.assertFalse(self.script.sent)
        self.later(answer)
        self.send()
        self.assertEqual(len(self.script.looked_up), 1)
        self.assertEqual(len(self.script.sent), 1)
        self.assertEqual(answer.delivery_state, "sent")

    def test_what_cant_be_known_is_for_a_person(self):
        answer = self.answer()
        self.send_and_be_killed()
        self.later(answer)
        self.script.found = NetworkError(Reason.UNKNOWN, "no way to look")
        self.send()
        self.assertEqual(answer.delivery_state, "uncertain")
        self.assertIn("Look at the original", answer.failure_advice)
        notification = self.notification(answer)
        self.assertEqual(notification.notification_status, "exception")
        self.assertEqual(notification.failure_reason, answer.failure_advice)
        self.later(answer)
        self.send()
        self.assertEqual(len(self.script.sent), 1)

    def test_after_the_clock_was_set_back(self):
        back = fields.Datetime.now() - timedelta(hours=2)
        self.channel.undo_seconds = 60
        fresh = self.answer()
        with freeze_time(back):
            self.send()
        self.assertEqual(fresh.delivery_state, "sent")
        self.channel.undo_seconds = 0
        tried = self.answer("Tried once.")
        self.script.replies = [NetworkError(Reason.SERVER, "500")]
        self.send()
        self.assertEqual(tried.delivery_state, "queued")
        with freeze_time(back):
            self.send()
        self.assertEqual(tried.delivery_state, "sent")

    def test_what_was_interrupted_before_the_clock_was_set_back(self):
        answer = self.answer()
        self.send_and_be_killed()
        self.script.found = Sent("there")
        with freeze_time(fields.Datetime.now() - timedelta(hours=2)):
            self.send()
        self.assertEqual(answer.external_id, "there")

    def test_a_moment_that_people_chose_stays(self):
        moment = fields.Datetime.now() + timedelta(hours=5)
        answer = self.post.with_user(self.agent)._answer("Later.", send_at=moment)
        with freeze_time(fields.Datetime.now() - timedelta(hours=2)):
            self.send()
        self.assertEqual(answer.delivery_state, "queued")

    def test_a_sending_has_its_time(self):
        told = []
        self.script.replies = [lambda outgoing: told.append(left())]
        self.answer()
        self.send()
        self.assertAlmostEqual(told[0], PATIENCE, delta=2)

    def test_a_look_that_fails_for_a_while_is_repeated(self):
        answer = self.answer()
        self.send_and_be_killed()
        for attempt in range(2, retry.TRIES):
            self.later(answer)
            self.script.found = NetworkError(Reason.NETWORK, "no route")
            self.send()
            self.assertEqual(answer.delivery_state, "sending")
            self.assertEqual(answer.attempts, attempt)
        self.send()
        self.assertEqual(answer.attempts, attempt, "not before its time")
        self.later(answer)
        self.send()
        self.assertEqual(answer.delivery_state, "uncertain")
        self.assertEqual(len(self.script.sent), 1)

    def test_a_broken_connection_is_looked_up(self):
        answer = self.answer()
        broken = NetworkError(Reason.NETWORK, "reset", uncertain=True)
        self.script.replies = [broken]
        self.send()
        self.assertEqual(answer.delivery_state, "sending")
        self.assertAlmostEqual(
            answer.sending_since,
            fields.Datetime.now(),
            delta=timedelta(seconds=60),
            msg="a network that lists it late has its time",
        )
        self.later(answer)
        self.script.found = Sent("there")
        self.send()
        self.assertEqual(answer.external_id, "there")
        self.assertFalse(self.script.sent)

    @mute_logger(OUTBOX)
    def test_an_adapters_own_fault_is_for_a_person(self):
        answer, other = self.answer(), self.another()
        self.script.replies = [KeyError("oops")]
        self.send()
        self.assertEqual(answer.delivery_state, "uncertain")
        self.assertEqual(answer.failure_detail, "KeyError")
        self.assertEqual(other.delivery_state, "sent")

    def another(self):
        [post] = self.receive(self.payload("And mine?", handle="@ben"))
        return self.answer("Yours too", to=post)

    @mute_logger(OUTBOX)
    def test_an_answer_that_cant_be_settled_stops_no_other(self):
        answer, other = self.answer(), self.another()
        settle = type(answer)._settle_sent

        def fail_first(message, sent):
            if message == answer:
                raise ValueError("oops")
            settle(message, sent)

        with patch.object(type(answer), "_settle_sent", fail_first):
            self.send()
        self.assertEqual(answer.delivery_state, "sending")
        self.assertEqual(other.delivery_state, "sent")
        self.later(answer)
        self.script.found = Sent("there")
        self.send()
        self.assertEqual(answer.external_id, "there")

    def test_an_earlier_answer_with_the_same_text_is_another(self):
        first = self.answer("Yes")
        self.send()
        second = self.answer("Yes")
        self.send_and_be_killed(before=True)
        self.later(second)
        self.script.found = Sent(first.external_id)
        self.send()
        self.assertEqual(second.delivery_state, "uncertain")
        self.assertEqual(first.delivery_state, "sent")

    # ------------------------------------------------------------------
    # Refused
    # ------------------------------------------------------------------

    def test_a_temporary_failure_is_tried_again_later_each_time(self):
        answer = self.answer()
        for pause in (30, 60, 120, 240, 480):
            self.script.replies = [NetworkError(Reason.SERVER, "500")]
            self.send()
            self.assertEqual(answer.delivery_state, "queued")
            waits = (answer.try_at - fields.Datetime.now()).total_seconds()
            self.assertAlmostEqual(waits, pause, delta=10)
            self.assertEqual(self.notification(answer).notification_status, "ready")
            self.send()
            self.assertFalse(self.script.sent, "not before its time")
            self.later(answer)
        self.script.replies = [NetworkError(Reason.SERVER, "500")]
        self.send()
        self.assertEqual(answer.delivery_state, "failed", "at last")

    def test_a_temporary_failure_then_success(self):
        answer = self.answer()
        self.script.replies = [NetworkError(Reason.SERVER, "500")]
        self.send()
        self.later(answer)
        self.send()
        self.assertEqual(answer.delivery_state, "sent")
        self.assertFalse(answer.failure_reason or answer.failure_detail)
        self.assertFalse(self.script.looked_up, "it was certain")

    def test_the_network_says_when_to_come_back(self):
        for said, pause in ((600, 600), (10**15, retry.LONGEST_PAUSE)):
            answer = self.answer()
            self.script.replies = [
                NetworkError(Reason.RATE_LIMIT, "slow down", retry_after=said)
            ]
            self.send()
            waits = (answer.try_at - fields.Datetime.now()).total_seconds()
            self.assertAlmostEqual(waits, pause, delta=10)
            answer.action_give_up()

    def test_each_reason_reaches_the_agent_in_words(self):
        for reason in Reason:
            error = NetworkError(reason, "said \0 so")
            if error.temporary:
                continue
            with self.subTest(reason):
                self.channel.state = "connected"
                answer = self.answer()
                self.script.replies = [error]
                self.send()
                self.assertEqual(answer.delivery_state, "failed")
                self.assertEqual(answer.failure_reason, reason.value)
                self.assertEqual(answer.failure_detail, "said  so")
                notification = self.notification(answer)
                self.assertEqual(notification.notification_status, "exception")
                self.assertEqual(notification.failure_type, f"social_{reason.value}")
                self.assertTrue(notification.failure_reason)
                self.assertEqual(notification.author_id, self.agent.partner_id)
                self.assertTrue(answer.mail_message_id.has_error)
                answer.with_user(self.agent).action_give_up()
        self.assertFalse(self.script.sent)

    def test_the_agent_is_told_what_the_network_said(self):
        said = "HTTP 403 from api.x.com: 186: It needs to be a bit shorter"
        self.script.replies = [NetworkError(Reason.TOO_LONG, said)]
        answer = self.answer()
        self.send()
        advice = answer.with_user(self.agent).failure_advice
        self.assertIn("Shorten it", advice)
        self.assertIn("says: “186: It needs to be a bit shorter”", advice)
        self.assertNotIn("api.x.com", advice)

    def test_a_failure_is_in_its_authors_menu(self):
        answer = self.answer()
        self.script.replies = [NetworkError(Reason.BLOCKED, "blocked")]
        self.send()
        failures = (
            self.env["mail.message"]
            .with_user(self.agent)
            .search(
                [("has_error", "=", True), ("author_id", "=", self.agent.partner_id.id)]
            )
        )
        self.assertEqual(failures, answer.mail_message_id)
        desk = self.env[answer.mail_message_id.model]
        desk.with_user(self.agent).notify_cancel_by_type("social")
        self.assertEqual(self.notification(answer).notification_status, "canceled")
        self.assertEqual(answer.delivery_state, "failed", "it stays as it is")

    def test_send_again(self):
        answer = self.answer()
        self.script.replies = [NetworkError(Reason.BLOCKED, "blocked")]
        self.send()
        key = answer.key
        answer.with_user(self.agent).action_send_again()
        self.assertEqual(answer.delivery_state, "queued")
        self.assertEqual(self.notification(answer).notification_status, "ready")
        self.assertFalse(self.notification(answer).failure_type)
        self.send()
        self.assertEqual(answer.delivery_state, "sent")
        self.assertEqual(self.script.sent[0].key, key)
        answer.with_user(self.agent).action_send_again()
        self.assertEqual(
            answer.delivery_state, "sent", "what was sent is not sent again"
        )

    def test_given_up_is_not_sent(self):
        answer = self.answer()
        answer.with_user(self.agent).action_give_up()
        self.send()
        self.assertFalse(self.script.sent)
        self.assertEqual(answer.delivery_state, "cancelled")
        self.assertEqual(self.notification(answer).notification_status, "canceled")

    def test_lost_authorisation_is_visible_everywhere(self):
        answer, other = self.answer(), self.another()
        self.script.replies = [NetworkError(Reason.AUTHORISATION, "revoked")]
        self.send()
        self.assertEqual(self.channel.state, "reauthorise")
        for message in (answer, other):
            self.assertEqual(message.delivery_state, "failed")
            self.assertEqual(message.failure_reason, "authorisation")
        self.assertFalse(self.script.sent, "no second call with a dead token")

    def test_what_was_interrupted_stays_unknown_without_a_connection(self):
        answer = self.answer()
        self.send_and_be_killed()
        self.later(answer)
        self.channel.state = "draft"
        self.send()
        self.assertEqual(answer.delivery_state, "uncertain")

    # ------------------------------------------------------------------
    # In order
    # ------------------------------------------------------------------

    def test_answers_of_a_conversation_keep_their_order(self):
        first, second, other = self.answer("One"), self.answer("Two"), self.another()
        self.script.replies = [NetworkError(Reason.SERVER, "500")]
        self.send()
        self.assertEqual([o.text for o in self.script.sent], ["Yours too"])
        self.assertEqual(second.delivery_state, "queued", "it waits for the first")
        self.assertEqual(other.delivery_state, "sent")
        self.later(first)
        self.send()
        texts = [outgoing.text for outgoing in self.script.sent]
        self.assertEqual(texts, ["Yours too", "One", "Two"])

    def test_a_failed_answer_holds_up_nothing(self):
        self.answer("One")
        second = self.answer("Two")
        self.script.replies = [NetworkError(Reason.BLOCKED, "no")]
        self.send()
        self.assertEqual(second.delivery_state, "sent")

    def test_the_job_wakes_for_the_next_try(self):
        answer = self.answer()
        self.script.replies = [NetworkError(Reason.SERVER, "500")]
        self.send()
        cron = self.env.ref("social_engagement.cron_send")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(answer.try_at, triggers.mapped("call_at"))


class AnswerRouteCase(HttpCase, OutboxCase):
    def setUp(self):
        super().setUp()
        # no request: it stays in the conversation's own chatter
        [self.post] = self.receive(self.payload("A nice shop.", handle="@cleo"))
        self.conversation = self.post.conversation_id

    def call(self, **params):
        params = {
            "thread_model": "social.conversation",
            "thread_id": self.conversation.id,
            "body": "On its way!",
            "key": "k",
            **params,
        }
        answer = self.url_open(
            "/social_engagement/answer", json={"jsonrpc": "2.0", "params": params}
        ).json()
        return answer.get("result"), answer.get("error", {})

    def answers(self):
        return self.env["social.message"].search([("direction", "=", "outbound")])


@tagged("post_install", "-at_install")
class TestAnswerRoute(AnswerRouteCase):
    """What the browser calls."""

    def test_an_agent_answers(self):
        self.authenticate("social_agent", "social_agent")
        result, _error = self.call()
        [answer] = self.answers()
        self.assertEqual(result["message_id"], answer.mail_message_id.id)
        [shown] = result["store_data"]["mail.message"]
        self.assertEqual(shown["id"], answer.mail_message_id.id)
        self.assertEqual(shown["social"]["delivery_state"], "queued")
        self.assertEqual(answer.user_id, self.agent)
        again, _error = self.call(body="On its way!!")
        self.assertEqual(again["message_id"], result["message_id"])
        self.assertEqual(self.answers(), answer)

    @mute_logger("odoo.http")
    def test_a_key_of_another_conversation_is_refused(self):
        self.authenticate("social_agent", "social_agent")
        self.call()
        [other] = self.receive(self.payload("And mine?", handle="@ben"))
        _result, error = self.call(thread_id=other.conversation_id.id)
        self.assertIn("ValidationError", error["data"]["name"])
        self.assertEqual(len(self.answers()), 1)

    @mute_logger("odoo.http")
    def test_what_is_not_there(self):
        self.authenticate("social_agent", "social_agent")
        partner = self.env.user.partner_id
        for values in (
            {"thread_id": 10**9},
            {"thread_model": "no.such.model"},
            {"thread_model": "res.country", "thread_id": self.env.ref("base.be").id},
            {"thread_model": "res.partner", "thread_id": partner.id},
        ):
            with self.subTest(values):
                _result, error = self.call(**values)
                self.assertIn("NotFound", error["data"]["name"])
        self.assertFalse(self.answers())

    @mute_logger("odoo.http")
    def test_without_the_right(self):
        self.make_user("employee")
        self.make_user("outsider", "base.group_portal")
        for login in ("employee", "outsider"):
            self.authenticate(login, login)
            _result, error = self.call()
            self.assertTrue(error, login)
            self.assertNotIn("nice shop", str(error))
        self.authenticate(None, None)
        _result, error = self.call()
        self.assertTrue(error)
        self.assertFalse(self.answers())

    @mute_logger("odoo.http")
    def test_what_cant_be_published(self):
        self.authenticate("social_agent", "social_agent")
        for body in ("", "x" * 101, None):
            _result, error = self.call(body=body)
            self.assertRegex(error["data"]["name"], "UserError|ValidationError")
        self.assertFalse(self.answers())

    @mute_logger("odoo.http")
    def test_a_forged_message_sends_nothing(self):
        self.authenticate("social_agent", "social_agent")
        self.url_open(
            "/mail/message/post",
            json={
                "jsonrpc": "2.0",
                "params": {
                    "thread_model": "social.conversation",
                    "thread_id": self.conversation.id,
                    "post_data": {"body": "Forged", "message_type": "social"},
                },
            },
        )
        self.assertFalse(self.answers())
