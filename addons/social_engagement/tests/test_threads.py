"""Long answers, answers for later, answers with files, answers that come too late."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..networks.base import NetworkError, Reason, Sent
from .common import Scripted
from .test_outbox import US, OutboxCase

LONG = "All about your parcel. " * 16  # four posts


class TestThreads(OutboxCase):
    def thread(self, text=LONG):
        first = self.post.with_user(self.agent)._answer(text, split=True).sudo()
        return first + first._parts_after()

    def sent(self):
        return [outgoing.text for outgoing in self.script.sent]

    def test_only_when_the_agent_says_so(self):
        with self.assertRaisesRegex(ValidationError, "too long"):
            self.answer(LONG)
        self.patch(Scripted, "threads", False)
        with self.assertRaisesRegex(ValidationError, "too long"):
            self.thread()

    def test_each_part_goes_under_the_one_before(self):
        parts = self.thread()
        self.assertEqual(len(parts), 4)
        self.assertEqual(self.conversation.message_count, 1 + len(parts))
        self.assertEqual(len(parts.mail_message_id), len(parts))
        self.send()
        self.assertEqual(self.sent(), parts.mapped("body"))
        under = [outgoing.reply_ref["id"] for outgoing in self.script.sent]
        names = parts.mapped("external_id")
        self.assertEqual(under, [self.post.external_id, *names[:-1]])
        self.assertEqual(parts[1].parent_external_id, parts[0].external_id)
        self.assertTrue(all(part.endswith("/4)") for part in self.sent()))

    def test_a_text_that_fits_is_one_post(self):
        self.assertEqual(len(self.thread("Short.")), 1)

    def test_one_key_is_one_thread(self):
        answer = self.post.with_user(self.agent)._answer
        first = answer(LONG, key="k", split=True)
        self.assertEqual(answer(LONG, key="k", split=True), first)
        self.assertEqual(
            self.env["social.message"].search_count([("key", "=like", "k%")]), 4
        )

    def test_without_a_part_the_rest_is_not_sent(self):
        parts = self.thread()
        self.script.replies = [None, NetworkError(Reason.BLOCKED, "no")]
        self.send()
        self.assertEqual(
            parts.mapped("delivery_state"), ["sent", "failed", "failed", "failed"]
        )
        for part in parts[1:]:
            self.assertEqual(part.failure_reason, "blocked")
            self.assertEqual(self.notification(part).notification_status, "exception")
        with self.assertRaisesRegex(UserError, "part before"):
            parts[2].with_user(self.agent).action_send_again()
        parts[1].with_user(self.agent).action_send_again()
        self.send()
        self.assertEqual(set(parts.mapped("delivery_state")), {"sent"})
        self.assertEqual(self.sent(), parts.mapped("body"))

    def test_an_uncertain_part_holds_up_the_rest(self):
        parts = self.thread()
        self.script.replies = [NetworkError(Reason.UNKNOWN, "?", uncertain=True)]
        self.send()
        self.assertEqual(
            parts.mapped("delivery_state"), ["uncertain", "failed", "failed", "failed"]
        )
        # it came back through a feed: it was sent, and the rest can follow
        back = self.payload(
            parts[0].body,
            author={"handle": "@us", "external_id": US},
            parent_id=self.post.external_id,
        )
        self.receive(back)
        self.assertEqual(parts[0].delivery_state, "sent")
        parts[1].with_user(self.agent).action_send_again()
        self.send()
        self.assertEqual(self.script.sent[0].reply_ref, {"id": back["id"]})

    def test_a_network_that_does_not_tell_how_to_go_on(self):
        parts = self.thread()
        self.script.replies = [Sent("first")]
        self.send()
        self.assertEqual(parts[1].delivery_state, "failed")
        self.assertEqual(parts[1].failure_reason, "refused")
        self.assertEqual(len(self.script.sent), 1)

    def test_given_up_with_all_that_follows(self):
        parts = self.thread()
        parts[1].with_user(self.agent).action_give_up()
        self.send()
        self.assertEqual(parts.mapped("delivery_state"), ["sent", *3 * ["cancelled"]])

    def test_killed_between_two_parts(self):
        parts = self.thread()
        self.send_and_be_killed()
        self.later(parts[0])
        self.script.found = Sent("there", "", {"id": "there"})
        self.send()
        self.assertEqual(self.sent(), parts.mapped("body"))
        self.assertEqual(self.script.sent[1].reply_ref, {"id": "there"})


class TestLater(OutboxCase):
    def later_on(self, hours=1, text="Later"):
        moment = fields.Datetime.now() + timedelta(hours=hours)
        return self.post.with_user(self.agent)._answer(text, send_at=moment).sudo()

    def test_it_waits_for_its_time(self):
        answer = self.later_on()
        self.send()
        self.assertFalse(self.script.sent)
        self.assertEqual(answer.delivery_state, "queued")
        said = answer._chatter_facts()["send_at"]
        self.assertEqual(said, fields.Datetime.to_string(answer.send_at))
        cron = self.env.ref("social_engagement.cron_send")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(answer.send_at, triggers.mapped("call_at"))
        past = fields.Datetime.now() - timedelta(minutes=1)
        answer.write({"send_at": past, "try_at": past})
        self.send()
        self.assertEqual(answer.delivery_state, "sent")
        self.assertFalse(answer._chatter_facts()["send_at"])

    def test_an_answer_for_now_does_not_wait_for_it(self):
        later, now = self.later_on(), self.answer("Now")
        self.send()
        self.assertEqual(now.delivery_state, "sent")
        self.assertEqual(later.delivery_state, "queued")

    def test_it_can_be_cancelled_or_sent_at_once(self):
        cancelled, at_once = self.later_on(), self.later_on()
        nobody = self.make_user("employee")
        self.assertEqual(cancelled.with_user(nobody).sudo()._possible_actions(), [])
        facts = cancelled.with_user(self.agent).sudo()._chatter_facts()
        self.assertEqual(facts["actions"], ["withdraw"])
        cancelled.with_user(self.agent).action_withdraw()
        at_once.with_user(self.agent).action_send_again()
        self.send()
        self.assertEqual(cancelled.delivery_state, "cancelled")
        self.assertEqual(at_once.delivery_state, "sent")
        self.assertEqual(len(self.script.sent), 1)
        self.assertFalse(self.script.acted)

    def test_a_time_that_makes_no_sense(self):
        for hours in (-1, 24 * 400):
            with self.assertRaisesRegex(UserError, "within the next year"):
                self.later_on(hours)


class TestWindow(OutboxCase):
    def setUp(self):
        super().setUp()
        self.patch(Scripted, "window", {"direct": timedelta(hours=24)})
        [self.post] = self.receive(self.direct(hours=1))
        self.conversation = self.post.conversation_id

    def direct(self, hours, **values):
        at = fields.Datetime.now() - timedelta(hours=hours)
        values = {"kind": "direct", "handle": "@cleo", **values}
        return self.payload("Help?", at=at.isoformat() + "+00:00", **values)

    def test_said_before_the_agent_types(self):
        conversation = self.conversation.with_user(self.agent)
        self.assertTrue(conversation._composer_facts()["may_answer"])
        self.post.posted_at -= timedelta(hours=24)
        facts = conversation._composer_facts()
        self.assertFalse(facts["may_answer"])
        self.assertIn("the network allows an answer is over", facts["advice"])
        with self.assertRaisesRegex(UserError, "allows an answer is over"):
            self.answer()

    def test_the_authors_last_word_counts(self):
        self.post.posted_at -= timedelta(hours=24)
        self.receive(self.direct(0, parent_id=self.post.external_id))
        self.assertTrue(self.answer(to=self.conversation._answer_target()))

    def test_checked_again_when_it_is_sent(self):
        answer = self.answer()
        self.post.posted_at -= timedelta(hours=24)
        self.send()
        self.assertEqual(answer.failure_reason, "window_closed")
        self.assertFalse(self.script.sent)

    def test_what_was_sent_in_time_and_interrupted_is_found(self):
        answer = self.answer()
        self.send_and_be_killed()
        self.post.posted_at -= timedelta(hours=24)
        self.later(answer)
        self.script.found = Sent("there")
        self.send()
        self.assertEqual(answer.delivery_state, "sent")

    def test_nothing_is_scheduled_past_its_end(self):
        with self.assertRaisesRegex(UserError, "allows an answer is over"):
            self.post.with_user(self.agent)._answer(
                "Hi", send_at=fields.Datetime.now() + timedelta(hours=23, minutes=30)
            )

    def test_other_kinds_have_no_end(self):
        self.post.write(
            {"kind": "post", "posted_at": self.post.posted_at - timedelta(9)}
        )
        self.assertTrue(self.answer())

    def test_private_answers_have_a_length_of_their_own(self):
        self.patch(Scripted, "direct_max_length", 300)
        self.assertTrue(self.answer("x" * 300))
        with self.assertRaisesRegex(ValidationError, "at most 300"):
            self.answer("x" * 301)
        facts = self.conversation.with_user(self.agent)._composer_facts()
        self.assertEqual(facts["max_length"], 300)

    def test_an_answer_to_what_is_gone_is_not_sent(self):
        answer = self.answer()
        self.env["social.message"]._gone(self.channel, [self.post.external_id])
        self.send()
        self.assertEqual(answer.failure_reason, "not_found")
        self.assertFalse(self.script.sent)


@tagged("post_install", "-at_install")
class TestFiles(OutboxCase):
    PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 90

    def file(self, name="picture.png", raw=PNG, user=None, **values):
        return (
            self.env["ir.attachment"]
            .with_user(user or self.agent)
            .create(
                {
                    "name": name,
                    "raw": raw,
                    "res_model": "mail.compose.message",
                    "res_id": 0,
                    **values,
                }
            )
        )

    def with_files(self, *files):
        files = self.env["ir.attachment"].union(*files).with_user(self.agent)
        return self.post.with_user(self.agent)._answer("See:", attachments=files)

    def test_they_go_out_with_the_answer(self):
        files = self.file(), self.file("other.png", description="A parcel")
        answer = self.with_files(*files).sudo()
        self.assertEqual(answer.mail_message_id.attachment_ids, files[0] | files[1])
        for file in files:
            self.assertEqual(file.res_model, "mail.message")
            self.assertFalse(file.public)
        portal = self.make_user("outsider", "base.group_portal")
        with self.assertRaises(AccessError):
            files[0].with_user(portal).read(["raw"])
        self.send()
        [outgoing] = self.script.sent
        first, second = outgoing.attachments
        self.assertEqual(
            (first.name, first.mime_type, first.data),
            ("picture.png", "image/png", self.PNG),
        )
        self.assertEqual(second.description, "A parcel")

    def test_what_the_network_does_not_take(self):
        for files, said in (
            ([self.file("a.pdf", b"%PDF-1.4 x")], "does not take “a.pdf”"),
            ([self.file(raw=self.PNG * 20)], "too big"),
            ([self.file() for _n in range(3)], "at most 2 files"),
        ):
            with self.assertRaisesRegex(UserError, said):
                self.with_files(*files)
        self.patch(Scripted, "media", None)
        with self.assertRaisesRegex(UserError, "takes no files"):
            self.with_files(self.file())

    def test_whose_they_are(self):
        other = self.make_user("other", "social_engagement.group_social_user")
        theirs = self.file(user=other).sudo()
        partner = self.agent.partner_id
        elsewhere = self.file()
        elsewhere.sudo().write({"res_model": "res.partner", "res_id": partner.id})
        for file in (theirs, elsewhere):
            with self.assertRaises(AccessError):
                self.with_files(file)

    def test_a_file_deleted_meanwhile_is_missed(self):
        file = self.file()
        answer = self.with_files(file).sudo()
        file.sudo().unlink()
        self.send()
        self.assertEqual(answer.failure_reason, "not_found")
        self.assertFalse(self.script.sent)
