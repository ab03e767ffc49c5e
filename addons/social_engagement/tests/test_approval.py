"""A second pair of eyes on answers."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SocialCase

MANAGER = "social_engagement.group_social_manager"
TRAINEE = "social_engagement.group_social_trainee"
USER = "social_engagement.group_social_user"


class ApprovalCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trainee = cls.make_user("social_trainee", USER, TRAINEE)
        cls.manager = cls.make_user(
            "social_manager", MANAGER, notification_type="inbox"
        )

    def setUp(self):
        super().setUp()
        [self.post] = self.receive(self.payload("Where is my parcel?"))
        self.conversation = self.post.conversation_id

    def answer(self, text="On its way!", user=None, **options):
        return self.post.with_user(user or self.trainee)._answer(text, **options)

    def approve(self, answer, user=None, digest=None, **options):
        answer = answer.with_user(user or self.manager)
        digest = digest or answer.approval_digest
        return answer.action_approve(digest, **options)

    def sent(self):
        self.send()
        return [outgoing.text for outgoing in self.script.sent]

    def notification(self, answer):
        return answer.mail_message_id.notification_ids.filtered(
            lambda n: n.notification_type == "social"
        )


@tagged("post_install", "-at_install")
class TestApproval(ApprovalCase):
    def test_a_trainees_answer_waits_and_is_sent_once_when_approved(self):
        answer = self.answer()
        self.assertEqual(answer.delivery_state, "to_approve")
        self.assertEqual(answer.approval_cause, "trainee")
        self.assertEqual(answer.asked_by_id, self.trainee)
        self.assertEqual(self.conversation.state, "new", "nobody was answered yet")
        self.assertFalse(self.sent())
        self.approve(answer)
        self.assertEqual(answer.delivery_state, "queued")
        self.assertEqual(answer.decided_by_id, self.manager)
        self.assertEqual(self.conversation.state, "waiting")
        self.assertEqual(self.sent(), ["On its way!"])
        self.assertEqual(self.sent(), ["On its way!"])
        with self.assertRaisesRegex(UserError, "It is now: Sent"):
            self.approve(answer, digest="x")

    def test_whose_answers_need_approval(self):
        self.assertEqual(self.answer(user=self.agent).delivery_state, "queued")
        self.channel.approval = "none"
        self.assertEqual(self.answer().delivery_state, "queued")
        self.channel.approval = "all"
        for user in (self.agent, self.manager, self.trainee):
            answer = self.answer(user=user)
            self.assertEqual(answer.delivery_state, "to_approve")
            self.assertEqual(answer.approval_cause, "channel")
        self.channel.approval = "none"
        self.conversation.needs_approval = True
        self.assertEqual(self.answer(user=self.agent).approval_cause, "rule")

    def test_those_who_may_approve_are_told(self):
        answer = self.answer()
        notices = self.env["mail.notification"].search(
            [
                ("res_partner_id", "=", self.manager.partner_id.id),
                ("mail_message_id.message_type", "=", "user_notification"),
            ]
        )
        self.assertEqual(notices.notification_type, "inbox")
        said = notices.mail_message_id
        desk = self.conversation._desk_thread()
        self.assertEqual((said.model, said.res_id), (desk._name, desk.id))
        self.assertIn("asks you to approve", said.body)
        self.assertNotIn(answer.body, said.body)

    def test_nobody_approves_their_own_and_trainees_none(self):
        self.channel.approval = "all"
        own = self.answer(user=self.manager)
        self.assertFalse(own.with_user(self.manager).may_approve)
        with self.assertRaises(AccessError):
            self.approve(own, user=self.manager)
        self.channel.approver_ids = self.trainee
        for user in (self.trainee, self.agent):
            self.assertFalse(own.with_user(user).may_approve)
            for decide in (
                lambda u: self.approve(own, user=u),
                lambda u: own.with_user(u).action_refuse("No"),
            ):
                with self.assertRaises(AccessError):
                    decide(user)
        self.channel.approver_ids = self.agent
        self.assertTrue(own.with_user(self.agent).may_approve)
        self.approve(own, user=self.agent)
        self.assertEqual(self.sent(), [own.body])

    def test_who_is_asked(self):
        self.assertIn(self.manager, self.conversation._deciders(self.trainee))
        self.channel.approver_ids = self.agent
        self.assertEqual(self.conversation._deciders(self.trainee), self.agent)
        asked = self.conversation._deciders(self.agent)
        self.assertIn(self.manager, asked, "who is named alone asks the managers")
        answer = self.answer()
        self.assertTrue(answer.with_user(self.manager).may_approve)

    def test_other_companies_decide_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self.make_user(
            "elsewhere",
            MANAGER,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        answer = self.answer()
        self.channel.approver_ids = elsewhere
        digest = answer.approval_digest
        answer = answer.with_user(elsewhere)
        for call in (
            lambda: answer.action_approve(digest),
            lambda: answer.action_refuse("No"),
            lambda: answer.action_ask_again(),
            lambda: answer.action_send_again(),
        ):
            with self.assertRaises(AccessError):
                call()
        outsider = self.make_user("outsider", "base.group_portal")
        with self.assertRaises(AccessError):
            answer.with_user(outsider).action_approve(digest)

    def test_the_state_cant_be_forged(self):
        answer = self.answer()
        for user in (self.trainee, self.manager):
            for values in (
                {"delivery_state": "queued"},
                {"approved_digest": answer.approval_digest},
                {"approval_cause": False},
                {"body": "Another text"},
            ):
                with self.assertRaises(AccessError):
                    answer.with_user(user).write(values)
        with self.assertRaises(AccessError):
            self.conversation.with_user(self.trainee).needs_approval = False
        for call in ("action_send_again", "action_give_up", "action_withdraw"):
            answer.with_user(self.trainee)
            if call == "action_send_again":
                with self.assertRaisesRegex(UserError, "Waiting for approval"):
                    answer.with_user(self.trainee).action_send_again()
            else:
                getattr(answer.with_user(self.trainee), call)()
                self.assertEqual(answer.delivery_state, "cancelled")
        answer.with_user(self.trainee).action_send_again()
        self.assertEqual(answer.delivery_state, "to_approve", "asked again, not sent")
        self.assertFalse(self.sent())

    def test_approval_binds_to_the_exact_text(self):
        answer = self.answer()
        seen = answer.with_user(self.manager).approval_digest
        answer.body = "Something else"
        with self.assertRaisesRegex(UserError, "not the one you looked at"):
            self.approve(answer, digest=seen)
        for nothing in (None, False, ""):
            with self.assertRaises(UserError):
                answer.with_user(self.manager).action_approve(nothing)
        self.approve(answer)
        answer.body = "Quite another thing"
        self.assertFalse(self.sent())
        self.assertEqual(answer.delivery_state, "failed")
        answer.with_user(self.trainee).action_send_again()
        self.assertEqual(answer.delivery_state, "to_approve")
        self.approve(answer)
        self.assertEqual(self.sent(), ["Quite another thing"])

    def test_approval_binds_to_the_files(self):
        picture = (
            self.env["ir.attachment"]
            .with_user(self.trainee)
            .create(
                {
                    "name": "p.png",
                    "mimetype": "image/png",
                    "raw": b"one",
                    "res_model": "mail.compose.message",
                }
            )
        )
        answer = self.answer(attachments=picture)
        self.approve(answer)
        picture.sudo().raw = b"two"
        self.assertFalse(self.sent())
        self.assertEqual(answer.delivery_state, "failed")

    def test_change_and_approve(self):
        answer = self.answer("Its on it's way!")
        self.approve(answer, text="It's on its way!")
        self.assertEqual(answer.body, "It's on its way!")
        self.assertEqual(answer.changed_by_id, self.manager)
        self.assertEqual(answer.user_id, self.trainee)
        self.assertIn("on its way", answer.mail_message_id.body)
        self.assertEqual(self.sent(), ["It's on its way!"])

    def test_a_change_is_checked_too(self):
        answer = self.answer()
        for text in ("", "x" * 101):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                self.approve(answer, text=text)
        self.env.invalidate_all()
        self.assertEqual(answer.delivery_state, "to_approve")

    def test_a_check_is_overridden_for_these_words_only(self):
        self.channel.approval = "all"
        approver = self.make_user("social_approver", USER)
        self.channel.approver_ids = approver
        account = "Transfer it to DE89 3704 0044 0532 0130 00"
        answer = self.answer(account, self.manager, override="Our own account")
        changed = "Transfer it to GB82 WEST 1234 5698 7654 32"
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.approve(answer, approver, text=changed)
        self.env.invalidate_all()
        self.assertEqual(answer.body, account)
        self.assertEqual(answer.delivery_state, "to_approve")
        self.approve(answer, approver, text=account)
        self.assertEqual(self.sent(), [account])

    def test_a_long_answer_is_approved_as_a_whole(self):
        answer = self.answer("Long words. " * 15, split=True)
        parts = answer | answer._parts_after()
        self.assertGreater(len(parts), 1)
        self.assertEqual(set(parts.mapped("delivery_state")), {"to_approve"})
        with self.assertRaisesRegex(UserError, "several posts"):
            self.approve(answer, text="Short")
        self.approve(parts[1])
        self.send()
        self.send()
        self.assertEqual(len(self.script.sent), len(parts))

    def test_refused_with_a_reason(self):
        answer = self.answer()
        with self.assertRaisesRegex(UserError, "what is to be changed"):
            answer.with_user(self.manager).action_refuse("  ")
        answer.with_user(self.manager).action_refuse("Too curt.")
        self.assertEqual(answer.delivery_state, "refused")
        self.assertFalse(self.sent())
        self.assertEqual(
            answer.failure_advice, f"{self.manager.name} did not approve it: Too curt."
        )
        notification = self.notification(answer)
        self.assertEqual(notification.notification_status, "exception")
        self.assertEqual(notification.author_id, self.trainee.partner_id)
        with self.assertRaisesRegex(UserError, "Not approved"):
            self.approve(answer, digest="x")
        facts = answer.with_user(self.trainee)._chatter_facts()
        self.assertEqual(facts["approval"]["text"], "On its way!")

    def test_a_newer_post_stops_it(self):
        answer = self.answer()
        other = self.receive(self.payload("And mine?", handle="@ben"))
        other = other.with_user(self.trainee)._answer("Yours too")
        self.receive(self.payload("It came!", parent_id=self.post.external_id))
        self.assertEqual(answer.delivery_state, "overtaken")
        self.assertEqual(other.delivery_state, "to_approve")
        self.assertIn("wrote again", answer.failure_advice)
        self.assertEqual(self.notification(answer).notification_status, "exception")
        with self.assertRaisesRegex(UserError, "Overtaken"):
            self.approve(answer, digest="x")
        self.assertFalse(self.sent())
        answer.with_user(self.trainee).action_ask_again()
        self.assertEqual(answer.delivery_state, "to_approve")
        self.approve(answer)
        self.assertEqual(self.sent(), ["On its way!"])

    def test_a_post_that_came_while_it_was_asked_for(self):
        """Neither transaction saw the other: the approval notices."""
        answer = self.answer()
        conversations = type(self.env["social.conversation"])
        with patch.object(conversations, "_overtake"):
            self.receive(self.payload("It came!", parent_id=self.post.external_id))
        self.assertEqual(answer.delivery_state, "to_approve")
        told = self.approve(answer)
        self.assertEqual(answer.delivery_state, "overtaken")
        self.assertIn("wrote again", told["params"]["message"])
        self.assertFalse(self.sent())

    def test_what_is_waiting_is_not_sent_by_what_comes_after(self):
        waiting = self.answer("First")
        after = self.answer("Second", user=self.agent)
        self.assertEqual(self.sent(), ["Second"])
        self.assertEqual(after.delivery_state, "sent")
        self.assertEqual(waiting.delivery_state, "to_approve")

    def test_the_dialog(self):
        answer = self.answer()
        action = answer.with_user(self.manager).action_open_decision()
        dialogs = self.env[action["res_model"]].with_user(self.manager)
        dialog = dialogs.with_context(**action["context"]).create({})
        self.assertEqual(dialog.text, "On its way!")
        dialog.text = "It is on its way."
        dialog.action_change()
        self.assertEqual(self.sent(), ["It is on its way."])

    def test_what_the_chatter_shows(self):
        answer = self.answer()
        # What the chatter shows could be forged by its author; this could not.
        answer.mail_message_id.body = "<p>Harmless</p>"
        facts = answer.with_user(self.manager).sudo()._chatter_facts()["approval"]
        self.assertTrue(facts["may_approve"])
        self.assertEqual(facts["text"], "On its way!")
        self.assertEqual(facts["digest"], answer.approval_digest)
        facts = answer.with_user(self.trainee).sudo()._chatter_facts()["approval"]
        self.assertFalse(facts["may_approve"])
        self.assertTrue(facts["is_own"])
        plain = self.answer(user=self.agent)
        self.assertNotIn("approval", plain._chatter_facts())


@tagged("post_install", "-at_install")
class TestNobodyApproves(ApprovalCase):
    """Only the author may approve: said at once, not waited for ever."""

    def setUp(self):
        super().setUp()
        self.channel.approval = "all"
        group = self.env.ref(MANAGER)
        self.others = group.all_user_ids - self.manager
        self.others.active = False

    def test_it_is_said_before_and_when_it_is_sent(self):
        facts = self.conversation.with_user(self.manager)._composer_facts()
        self.assertFalse(facts["may_answer"])
        self.assertIn("An administrator can name somebody", facts["advice"])
        with self.assertRaisesRegex(UserError, "nobody else may approve it"):
            self.answer(user=self.manager)
        facts = self.conversation.with_user(self.agent)._composer_facts()
        self.assertTrue(facts["may_answer"], "the manager approves it")
        self.assertEqual(self.answer(user=self.agent).delivery_state, "to_approve")

    def test_who_can_be_named(self):
        self.channel.approver_ids = self.trainee | self.manager
        with self.assertRaises(UserError):
            self.answer(user=self.manager)
        self.channel.approver_ids = self.agent | self.manager
        answer = self.answer(user=self.manager)
        facts = answer.with_user(self.manager).sudo()._chatter_facts()["approval"]
        self.assertEqual(facts["asked"], self.agent.name)

    def test_when_the_last_one_leaves(self):
        answer = self.answer(user=self.agent)
        self.assertFalse(self.channel.health_message)
        self.manager.active = False
        self.channel.invalidate_recordset()
        self.assertIn("nobody may approve them", self.channel.health_message)
        facts = answer.with_user(self.agent).sudo()._chatter_facts()["approval"]
        self.assertEqual(facts["asked"], "")
        answer.with_user(self.agent).action_give_up()
        with self.assertRaisesRegex(UserError, "nobody else may approve it"):
            answer.with_user(self.agent).action_send_again()
        self.assertEqual(answer.delivery_state, "cancelled")
