"""Several things at once, or none."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import SocialCase


@tagged("post_install", "-at_install")
class TestMacro(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.max_length = 500
        cls.topic = cls.env["social.topic"].create({"name": "Delivery"})
        cls.macro = cls.env["social.macro"].create(
            {
                "name": "We look into it",
                "answer": "Sorry, {customer}. {agent} of {company} looks into it.",
                "assign": "me",
                "topic_ids": cls.topic.ids,
                "state": "open",
                "snooze": "tomorrow",
            }
        )

    def setUp(self):
        super().setUp()
        [self.post] = self.receive(self.payload("A nice shop, and sunny."))
        self.conversation = self.post.conversation_id

    def where(self):
        return self.conversation._name, self.conversation.id

    def preview(self, macro=None, user=None):
        macro = (macro or self.macro).with_user(user or self.agent)
        return macro.preview_on(*self.where())

    def apply(self, macro=None, user=None, token=None, key="key"):
        token = token or self.preview(macro, user)["token"]
        macro = (macro or self.macro).with_user(user or self.agent)
        macro.apply_on(*self.where(), token, key)

    def answers(self):
        return self.conversation.social_message_ids.filtered(
            lambda m: m.direction == "outbound"
        )

    def test_what_it_would_do_and_that_it_does_it(self):
        preview = self.preview()
        text = f"Sorry, Ann. {self.agent.name} of {self.channel.company_id.name}"
        self.assertIn(text, preview["answer"])
        self.assertEqual(len(preview["steps"]), 5)
        self.assertFalse(preview["obstacle"])
        self.assertFalse(self.answers(), "a preview does nothing")
        self.apply()
        self.assertEqual(self.answers().body, preview["answer"])
        self.assertEqual(self.conversation.state, "open")
        self.assertEqual(self.conversation.user_id, self.agent)
        self.assertEqual(self.conversation.topic_ids, self.topic)
        self.assertTrue(self.conversation.is_snoozed)

    def test_twice_with_one_key_answers_once(self):
        token = self.preview()["token"]
        self.apply(token=token)
        with self.assertRaisesRegex(UserError, "Something changed"):
            self.apply(token=token)
        self.apply()
        self.assertEqual(len(self.answers()), 1)

    def test_all_or_nothing(self):
        self.macro.write({"assign": "user", "user_id": self.agent.id})
        self.patch(
            type(self.env["social.conversation"]), "action_snooze_for", self.break_down
        )
        with self.assertRaisesRegex(ValueError, "broken"), self.env.cr.savepoint():
            self.apply()
        self.env.invalidate_all()
        self.assertFalse(self.answers())
        self.assertFalse(self.conversation.user_id)

    @staticmethod
    def break_down(*_args):
        raise ValueError("broken")

    def test_what_changed_since_the_preview_is_not_done(self):
        token = self.preview()["token"]
        self.receive(self.payload("Forget it", parent_id=self.post.external_id))
        with self.assertRaisesRegex(UserError, "Something changed"):
            self.apply(token=token)
        token = self.preview()["token"]
        self.macro.answer = "Something rude"
        with self.assertRaisesRegex(UserError, "Something changed"):
            self.apply(token=token)
        self.assertFalse(self.answers())

    def test_what_cant_be_answered(self):
        self.channel.state = "draft"
        self.assertIn("not connected", self.preview()["obstacle"])
        with self.assertRaises(UserError):
            self.apply()

    def test_a_trainee_asks_for_approval(self):
        trainee = self.make_user(
            "trainee",
            "social_engagement.group_social_user",
            "social_engagement.group_social_trainee",
        )
        self.assertIn("Ask for approval", self.preview(user=trainee)["steps"][0])
        self.apply(user=trainee)
        self.assertEqual(self.answers().delivery_state, "to_approve")

    def test_names_are_no_mentions_and_no_links(self):
        for name, spoken in (
            ("@boss evil.example", "boss evil example"),
            ("<b>Ann</b> O'Neil-Smith", "b Ann b O'Neil-Smith"),
            ("https://evil.example/?a=1 #win", "https evil example a 1 win"),
            ("Zoë\n\n王小明", "Zoë 王小明"),
            ("{agent}", "agent"),
            ("x" * 200, "x" * 60),
        ):
            self.conversation.profile_id.name = name
            self.macro.answer = "Hello {customer}"
            self.assertEqual(self.preview()["answer"], f"Hello {spoken}")

    def test_nothing_else_can_be_filled_in(self):
        for answer in ("{secret}", "{env}", "{customer.__class__}{}"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.macro.answer = answer
        self.macro.answer = "{customer.__class__} {0!r} {{ agent }} %(agent)s"
        self.assertEqual(self.preview()["answer"], self.macro.answer)

    def test_keys(self):
        for key in ("1", "b", "Z"):
            self.macro.hotkey = key
        facts = self.conversation.with_user(self.agent)._composer_facts()
        [offered] = [m for m in facts["macros"] if m["id"] == self.macro.id]
        self.assertEqual(offered["hotkey"], "z")
        for key in ("m", "A", "?", "é"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.macro.hotkey = key

    def test_whose_they_are(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.macro.company_id = company
        other = self.make_channel(name="Other")
        here = self.macro.copy({"company_id": False, "channel_ids": other.ids})
        for macro in (self.macro, here):
            with self.assertRaises(UserError):
                self.preview(macro)
        here.channel_ids = self.channel
        self.assertTrue(self.preview(here))
        with self.assertRaises(AccessError):
            here.with_user(self.agent).answer = "Mine now"
        for group in ("base.group_user", "base.group_portal"):
            with self.assertRaises(AccessError):
                self.preview(here, self.make_user(group, group))
        with self.assertRaises(UserError):
            here.with_user(self.agent).preview_on("res.partner", 1)

    def test_who_may_only_read_the_conversation(self):
        self.env["ir.rule"].create(
            {
                "name": "Read only",
                "model_id": self.env["ir.model"]._get_id("social.conversation"),
                "domain_force": [(0, "=", 1)],
                "perm_read": False,
            }
        )
        self.macro.write({"answer": False, "assign": False, "snooze": False})
        with self.assertRaises(AccessError):
            self.preview()

    def test_those_shipped(self):
        for name in ("thanks", "look_into_it", "tomorrow"):
            macro = self.env.ref(f"social_engagement.social_macro_{name}")
            self.assertTrue(self.preview(macro)["steps"])
