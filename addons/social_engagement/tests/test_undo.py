from datetime import timedelta

from odoo.exceptions import AccessError, UserError

from .common import SocialCase

AGENT = "social_engagement.group_social_user"


class TestDeskUndo(SocialCase):
    """What an agent does by accident can be taken back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls.make_user("social_colleague", AGENT)

    def setUp(self):
        super().setUp()
        self.receive(self.payload("A nice shop, and sunny."))
        self.post = self.env["social.message"].search([], limit=1)
        self.conversation = self.post.conversation_id.with_user(self.agent)

    def undo(self, done, user=None):
        token = done["params"]["token"]
        conversations = self.env["social.conversation"].with_user(user or self.agent)
        conversations.undo(token)

    def told(self):
        """What is stored of the conversation, its post and what was learnt of it."""
        self.env.flush_all()
        self.env.invalidate_all()
        labels = self.env["social.label"].search([("message_id", "=", self.post.id)])
        # What was deleted comes back as a new record.
        skipped = {"id", "create_date", "create_uid", "write_date", "write_uid"}
        return [
            {
                name: value
                for name, value in record.read(load=None)[0].items()
                if record._fields[name].store and name not in skipped
                if record._fields[name].type != "one2many"
            }
            for record in (self.conversation.sudo(), self.post, *labels)
        ]

    def check(self, do):
        before = self.told()
        done = do()
        self.assertNotEqual(self.told(), before)
        self.assertEqual(done["params"]["seconds"], 10)
        self.undo(done)
        self.assertEqual(self.told(), before)

    def test_everything_at_the_desk(self):
        topic = self.env["social.topic"].create({"name": "Parcels"})
        macro = self.env["social.macro"].create(
            {
                "name": "Mine, tomorrow",
                "assign": "me",
                "snooze": "tomorrow",
                "topic_ids": topic.ids,
            }
        )
        place = ("social.conversation", self.conversation.id)
        mine = macro.with_user(self.agent)
        wizard = self.env["social.conversation.change"].with_user(self.agent)
        wizard = wizard.create(
            {
                "conversation_ids": self.conversation.ids,
                "user_id": self.colleague.id,
                "topic_ids": topic.ids,
            }
        )
        conversation = self.conversation
        for name, do in {
            "solve": conversation.action_solve,
            "no action": conversation.action_no_action,
            "spam": conversation.action_spam,
            "spam of a post": self.post.with_user(self.agent).action_spam,
            "assign": conversation.action_assign,
            "assign to another": lambda: conversation.action_assign(self.colleague.id),
            "snooze": lambda: conversation.action_snooze_for("hour"),
            "correct": lambda: conversation.action_correct("sentiment", "negative"),
            "language": lambda: conversation.action_correct("language", "de"),
            "macro": lambda: mine.apply_on(
                *place, mine.preview_on(*place)["token"], "k"
            ),
            "many": wizard.action_apply,
        }.items():
            with self.subTest(name):
                self.check(do)

    def test_what_is_undone_of_what_was_done(self):
        conversation = self.conversation
        conversation.action_spam()
        self.assertTrue(self.post.label_ids)
        self.check(self.post.with_user(self.agent).action_not_spam)
        conversation.action_snooze_for("hour")
        self.check(conversation.action_unsnooze)
        conversation.action_solve()
        self.check(conversation.action_open)

    def test_what_was_learnt_before_stays(self):
        self.conversation.action_correct("needs_answer", "1")
        self.check(self.conversation.action_spam)
        label = self.post.label_ids
        self.assertEqual((label.value, label.source), ("1", "agent"))

    def test_nothing_of_it_is_left_in_the_chatter(self):
        done = self.conversation.action_solve()
        self.env.cr.precommit.run()  # as on commit
        tracked = self.conversation.sudo().message_ids.tracking_value_ids
        self.assertTrue(tracked)
        self.undo(done)
        self.env.cr.precommit.run()
        self.assertFalse(self.conversation.sudo().message_ids.tracking_value_ids)

    def test_many_at_once(self):
        self.receive(*[self.payload(f"Post {n}", handle=f"@fan{n}") for n in range(3)])
        many = self.env["social.conversation"].search([]).with_user(self.agent)
        states = many.mapped("state")
        done = many.action_no_action()
        self.assertIn("4 conversations", done["params"]["text"])
        self.undo(done)
        self.assertEqual(many.mapped("state"), states)
        self.assertFalse(self.env["social.label"].search([]))

    def test_not_over_what_somebody_else_did_meanwhile(self):
        done = self.conversation.action_solve()
        self.conversation.with_user(self.colleague).action_open()
        self.conversation.with_user(self.colleague).action_no_action()
        with self.assertRaisesRegex(UserError, "changed meanwhile"):
            self.undo(done)
        self.assertEqual(self.conversation.state, "no_action")

    def test_what_the_customer_says_meanwhile_counts(self):
        done = self.conversation.action_assign()
        self.receive(
            self.payload("It is broken!", parent_id=self.post.external_id),
        )
        self.undo(done)
        self.assertFalse(self.conversation.user_id)
        self.assertEqual(self.conversation.message_count, 2)

    def test_once_soon_and_by_who_did_it(self):
        done = self.conversation.action_solve()
        with self.assertRaises(AccessError):
            self.undo(done, self.colleague)
        self.undo(done)
        with self.assertRaisesRegex(UserError, "too late"):
            self.undo(done)
        done = self.conversation.action_solve()
        undo = self.env["social.undo"].search([], limit=1, order="id desc")
        undo.done_at -= timedelta(minutes=6)
        with self.assertRaisesRegex(UserError, "too late"):
            self.undo(done)
        self.assertEqual(self.conversation.state, "solved")

    def test_nobody_without_the_right_to_change_it(self):
        done = self.conversation.action_solve()
        self.agent.group_ids = self.env.ref("base.group_user")
        with self.assertRaises(AccessError):
            self.undo(done)

    def test_not_from_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.agent.company_ids += other
        done = self.conversation.action_solve()
        token = done["params"]["token"]
        elsewhere = self.conversation.browse().with_context(
            allowed_company_ids=other.ids
        )
        with self.assertRaises(AccessError):
            elsewhere.undo(token)
        self.assertEqual(self.conversation.state, "solved")
        self.conversation.undo(token)
        self.assertEqual(self.conversation.state, "new")

    def test_spam_of_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.make_user(
            "social_stranger", AGENT, company_id=other.id, company_ids=other.ids
        )
        before = self.told()
        post = self.post.with_user(stranger)
        conversation = self.conversation.with_user(stranger)
        for attack in (
            post.action_spam,
            post.action_not_spam,
            post.spam_effects,
            conversation.action_spam,
            conversation.action_no_action,
            conversation.action_solve,
            conversation.action_assign,
        ):
            with self.assertRaises(AccessError):
                attack()
        self.assertEqual(self.told(), before)

    def test_forged_tokens(self):
        self.conversation.action_solve()
        for token in (False, None, "", "%", "x", 1, [], {"a": 1}):
            with self.assertRaisesRegex(UserError, "too late"):
                self.conversation.browse().undo(token)

    def test_spam_says_what_it_will_do(self):
        effects = self.post.with_user(self.agent).spam_effects()
        self.assertIn("closed", effects[0])
        self.assertIn("learns", effects[1])
