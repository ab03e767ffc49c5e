"""What is checked before an answer is sent, in words."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .common import Scripted
from .test_outbox import OutboxCase

IBAN = "DE89 3704 0044 0532 0130 00"


class TestChecks(OutboxCase):
    def setUp(self):
        super().setUp()
        self.env.company.write(
            {
                "email": "help@brand.example",
                "phone": "+49 30 901820",
                "website": "https://brand.example",
            }
        )

    def checks(self, text="", split=False, post=None):
        post = (post or self.post).with_user(self.agent)
        return {check["rule"]: check for check in post._checks(text, split)}

    def levels(self, *arguments, **values):
        checks = self.checks(*arguments, **values)
        return {rule: c["level"] for rule, c in checks.items() if c["level"] != "ok"}

    def test_a_good_answer_passes_them_all(self):
        checks = self.checks("Thank you, it is on its way to you since yesterday!")
        self.assertEqual(
            list(checks),
            "length window visibility cost personal promise link language".split(),
        )
        self.assertEqual({c["level"] for c in checks.values()}, {"ok"})
        self.assertTrue(all(c["label"] and c["text"] for c in checks.values()))
        self.assertFalse(self.levels(""), "nothing was typed yet")

    def test_length(self):
        self.assertEqual(self.levels("x" * 101), {"length": "block"})
        check = self.checks("x" * 101)["length"]
        self.assertIn("101 of at most 100", check["text"])
        self.assertIn("several posts", check["way_out"])
        long = "All about your parcel. " * 16
        self.assertIn("4 posts", self.checks(long, split=True)["length"]["text"])
        self.patch(Scripted, "threads", False)
        self.assertNotIn("several", self.checks(long)["length"]["way_out"])
        self.channel.max_length = 0
        self.assertIn("no limit", self.checks(long)["length"]["text"])

    def test_length_as_the_server_counts_links(self):
        text = "See https://acme.example/" + "x" * 200
        self.channel.network = "mastodon"
        self.post.reply_ref = {"id": "1", "acct": "ann@fan.example"}
        self.channel.max_length = 100
        self.assertEqual(self.channel._length(text), 27)
        facts = self.conversation.with_user(self.agent)._composer_facts()
        self.assertEqual(facts["link_length"], 0)
        self.channel.link_length = -1
        self.assertEqual(self.channel._length(text), len(text))
        facts = self.conversation.with_user(self.agent)._composer_facts()
        self.assertEqual(facts["link_length"], -1)

    def test_a_closing_window_is_said_before_it_closes(self):
        self.patch(Scripted, "window", {"post": timedelta(hours=24)})
        now = fields.Datetime.now()
        self.post.posted_at = now - timedelta(hours=1)
        self.assertFalse(self.levels())
        self.post.posted_at = now - timedelta(hours=23, minutes=30)
        check = self.checks()["window"]
        self.assertEqual(check["level"], "warn")
        self.assertRegex(check["text"], "0 h (29|30) min")
        facts = self.conversation.with_user(self.agent)._composer_facts()
        ends = self.post.posted_at + timedelta(hours=24)
        self.assertEqual(facts["window_ends"], fields.Datetime.to_string(ends))
        self.post.posted_at = now - timedelta(hours=25)
        self.assertEqual(self.levels(), {"possible": "block"})
        self.assertFalse(self.post._drafted("Hello"))
        with self.assertRaisesRegex(UserError, "another way"):
            self.answer()

    def test_a_manager_may_override_a_block_and_says_why(self):
        manager = self.make_user(
            "social_override", "social_engagement.group_social_manager"
        )
        text, reason = f"Transfer it to {IBAN}", "Our donation account"
        check = self.checks(text)["personal"]
        self.assertEqual((check["level"], check["may_override"]), ("block", False))
        with self.assertRaises(AccessError):
            self.post.with_user(self.agent)._answer(text, override=reason)
        post = self.post.with_user(manager)
        told = {check["rule"]: check for check in post._checks(text)}["personal"]
        self.assertTrue(told["may_override"])
        with self.assertRaisesRegex(UserError, "bank account"):
            post._answer(text, override="  ")
        answer = post._answer(text, override=reason)
        self.assertEqual(answer.override_reason, reason)
        thread = self.conversation._desk_thread()
        [note] = thread.message_ids.filtered(lambda m: reason in m.body)
        self.assertTrue(note.is_internal or note.subtype_id.internal)
        self.assertEqual(note.author_id, manager.partner_id)
        plain = post._answer("Thank you!", override=reason)
        self.assertFalse(plain.override_reason, "nothing was blocked")

    def test_cost(self):
        self.patch(Scripted, "costs", {"write": 0.5})
        self.patch(Scripted, "cost_unit", "USD")
        self.channel.budget = 0
        self.assertIn("Costs 0.5 USD", self.checks("Hi")["cost"]["text"])
        self.channel.budget = 1.2
        self.assertIn("1.2 of 1.2 USD are left", self.checks("Hi")["cost"]["text"])
        long = self.levels("All about your parcel. " * 16, split=True)
        self.assertEqual(long, {"cost": "warn"}, "four posts")

    def test_personal_data(self):
        for text in (
            "We write to ann@mail.example",
            "We call 030 1234567",
            "Order no. 4711-0815 left",
        ):
            check = self.checks(text)["personal"]
            self.assertEqual(check["level"], "warn", text)
            self.assertIn("private", check["way_out"])
            self.assertTrue(self.answer(text), "the agent decides")
        own = "Write to help@brand.example or call 030 901820"
        self.assertFalse(self.levels(own))

    def test_a_bank_account_is_never_published(self):
        text = f"We sent it to {IBAN}."
        self.assertEqual(self.levels(text), {"personal": "block"})
        before = self.env["social.message"].search_count([])
        with self.assertRaisesRegex(UserError, "Take it out, or invite"):
            self.answer(text)
        self.assertEqual(self.env["social.message"].search_count([]), before)
        [private] = self.receive(
            self.payload("My bank?", kind="direct", visibility="direct")
        )
        self.assertFalse(self.levels(text, post=private))
        self.assertTrue(self.answer(text, to=private))

    def test_promises(self):
        check = self.checks("We will refund you.")["promise"]
        self.assertEqual(check["level"], "warn")
        self.assertIn("“refund”", check["text"])
        [private] = self.receive(
            self.payload("Hm?", handle="@eve", kind="direct", visibility="direct")
        )
        self.assertFalse(self.levels("We will refund you.", post=private))

    def test_links(self):
        self.assertFalse(self.levels("See https://brand.example/help"))
        check = self.checks("See https://bit.ly/3x")["link"]
        self.assertEqual(check["level"], "warn")
        self.assertIn("“https://bit.ly/3x”: It hides", check["text"])
        self.assertIn("own website", self.checks("https://x.example/")["link"]["text"])
        self.env.company.website = False
        self.assertFalse(self.levels("See https://x.example/help"))

    def test_the_customers_language(self):
        german = "Vielen Dank für Ihre Nachricht, das tut uns wirklich sehr leid!"
        check = self.checks(german)["language"]
        self.assertEqual(check["level"], "warn")
        self.assertIn("The customer writes English", check["text"])
        self.assertFalse(self.levels("OK"), "too little to tell")
        self.post.language = "de"
        self.assertFalse(self.levels(german))

    def test_a_mention_lets_others_read_a_private_answer(self):
        [private] = self.receive(
            self.payload("Psst", kind="direct", visibility="direct")
        )
        self.assertFalse(self.levels("@ann hello", post=private))
        check = self.checks("@ann and @ben, hello", post=private)["visibility"]
        self.assertEqual(check["level"], "warn")
        self.assertIn("@ben", check["text"])

    def test_the_preview_is_what_goes_out(self):
        self.channel.signature = "initials"
        post = self.post.with_user(self.agent)
        for text, split in (("Hello", False), ("All about your parcel. " * 16, True)):
            drafted = post._drafted(text, split)
            first = post._answer(text, split=split).sudo()
            parts = first + first._parts_after()
            self.assertEqual(drafted, parts.mapped("body"))
        self.assertEqual(len(post._drafted("x" * 200)), 1, "whole, where it can't go")
        self.assertEqual(post._drafted("  "), [])
