from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import SocialCase

CHANNEL = "social_desk"
WAITING = "odoo.addons.social_engagement.models.social_conversation_waiting"


@tagged("post_install", "-at_install")
class TestWaiting(SocialCase):
    """The list agents work from."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["social.conversation"].search([]).state = "no_action"

    def setUp(self):
        super().setUp()
        self.model = self.env["social.conversation"].with_user(self.agent)

    def conversations(self, *texts, **values):
        """One conversation a text, in order."""
        messages = self.receive(
            *(
                self.payload(text, handle=f"@fan{next(self.numbers)}", **values)
                for text in texts
            )
        )
        return messages.conversation_id.with_user(self.agent)

    def page(self, after=None, limit=40, **filters):
        return self.model.waiting_page(filters, after, limit)

    def ids(self, **filters):
        return [row["id"] for row in self.page(**filters)["rows"]]

    def many(self, count):
        """Conversations made past the analysis, with a post each."""
        first = self.conversations("The first")
        values = {
            "channel_id": self.channel.id,
            "profile_id": first.profile_id.id,
            "state": "new",
        }
        conversations = self.env["social.conversation"].create(
            [
                {
                    **values,
                    "name": f"Number {n}",
                    "thread_key": f"many-{count}-{n}",
                    "needs_answer": (n % 7) / 10,
                    "last_message_at": fields.Datetime.now(),
                }
                for n in range(count)
            ]
        )
        self.env["social.message"].create(
            [
                {
                    "channel_id": self.channel.id,
                    "conversation_id": conversation.id,
                    "profile_id": first.profile_id.id,
                    "direction": "inbound",
                    "external_id": f"many-{conversation.id}",
                    "body": "Hello",
                    "posted_at": fields.Datetime.now(),
                }
                for conversation in conversations
            ]
        )
        return conversations

    # ------------------------------------------------------------------
    # What is in the list, and in which order
    # ------------------------------------------------------------------

    def test_pages_follow_each_other_without_gap_or_repetition(self):
        self.many(25)
        seen, after = [], None
        while True:
            page = self.page(after, limit=7)
            self.assertLessEqual(len(page["rows"]), 7)
            seen += page["rows"]
            after = page["next"]
            if not after:
                break
        self.assertEqual(len(seen), 26)
        self.assertEqual(len({row["id"] for row in seen}), 26)
        expected = sorted(seen, key=lambda row: (-row["rank"], row["id"]))
        self.assertEqual(seen, expected)

    def test_pages_by_time_follow_each_other_too(self):
        self.many(12).with_user(self.agent).action_solve()
        seen, after = [], None
        while True:
            page = self.page(after, limit=5, box="done", channel_id=self.channel.id)
            seen += [row["id"] for row in page["rows"]]
            after = page["next"]
            if not after:
                break
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(len(seen), 12)

    def test_a_page_has_an_end(self):
        self.many(50)
        self.assertEqual(len(self.page(limit=10_000)["rows"]), 40)

    def test_no_limit_is_not_all(self):
        self.conversations("One", "Two", "Three")
        for limit in (0, -1, -9):
            self.assertEqual(len(self.page(limit=limit)["rows"]), 1)

    def test_boxes(self):
        mine, free, answered, slept, done = self.conversations(*"abcde")
        mine.action_assign()
        answered.state = "waiting"
        later = fields.Datetime.now() + timedelta(hours=1)
        slept.sudo().snoozed_until = later
        done.action_solve()
        self.assertEqual(set(self.ids()), {mine.id, free.id})
        self.assertEqual(self.ids(box="mine"), mine.ids)
        self.assertEqual(self.ids(box="unassigned"), free.ids)
        self.assertEqual(self.ids(box="waiting"), answered.ids)
        self.assertEqual(self.ids(box="snoozed"), slept.ids)
        self.assertIn(done.id, self.ids(box="done"))
        counts = self.model.waiting_counts()
        self.assertEqual(
            counts,
            {"todo": 2, "mine": 1, "unassigned": 1, "waiting": 1, "snoozed": 1},
        )
        slept.sudo().snoozed_until = fields.Datetime.now() - timedelta(hours=1)
        self.assertIn(slept.id, self.ids())

    def test_what_is_counted_has_an_end(self):
        self.many(120)
        self.assertEqual(self.model.waiting_counts()["todo"], 101)

    def test_filters(self):
        [german] = self.conversations("Wo bleibt mein Paket?", language="de")
        [english] = self.conversations("Where is my parcel?")
        other = self.make_channel(name="Other", account_external_id="other")
        self.assertEqual(self.ids(language="de"), german.ids)
        self.assertEqual(self.ids(text="parcel"), english.ids)
        handle = german.profile_id.handle
        self.assertEqual(self.ids(text=handle), german.ids)
        self.assertEqual(self.ids(text=f"@{handle}"), german.ids)  # as it is shown
        self.assertEqual(self.ids(channel_id=other.id), [])
        self.assertEqual(set(self.ids(text="  ")), {german.id, english.id})
        self.assertEqual(self.ids(text="nobody said this"), [])

    def test_the_contact_is_searched_by_name(self):
        conversation = self.receive(self.payload("Hello")).conversation_id
        contact = self.env["res.partner"].create({"name": "Carla Kettle"})
        conversation.profile_id.partner_id = contact
        self.assertEqual(self.ids(text="kettle"), conversation.ids)

    def test_text_is_searched_in_all_posts(self):
        [conversation] = self.conversations("It began harmlessly")
        first = conversation.social_message_ids
        self.receive(
            self.payload(
                "but then my toaster exploded",
                handle=f"@{first.profile_id.handle}",
                parent_id=first.external_id,
            )
        )
        self.assertEqual(self.ids(text="toaster"), conversation.ids)
        [row] = self.page()["rows"]
        self.assertEqual(row["text"], "but then my toaster exploded")

    def test_one_or_two_letters_are_looked_for_in_the_latest_posts(self):
        [refund] = self.conversations("请问退款什么时候到账")
        author = {"handle": "@zoe", "name": "Qu Li"}
        quick = self.receive(self.payload("Hello", author=author)).conversation_id
        self.assertEqual(self.ids(text="退款"), refund.ids)
        self.assertEqual(self.ids(text="zo"), quick.ids)
        self.assertEqual(self.ids(text="@z"), quick.ids)
        self.assertEqual(self.ids(text="qu"), quick.ids)
        self.assertEqual(self.ids(text="oe"), [], "where names begin")
        with patch(f"{WAITING}.LATEST", 1):
            self.assertEqual(self.ids(text="退款"), [])
            self.assertEqual(
                self.ids(text="退款什么"), refund.ids, "three have an index"
            )

    def test_an_unknown_box_is_refused(self):
        with self.assertRaises(KeyError):
            self.page(box="everything")

    def test_changed_conversations_belong_into_the_list_or_not(self):
        first, second = self.conversations("a", "b")
        second.action_solve()
        rows = self.model.waiting_rows([first.id, second.id, 0])
        self.assertEqual([row["id"] for row in rows], first.ids)

    def test_as_many_queries_however_long_the_list(self):
        self.many(10)
        self.page()  # what is read once is read
        self.model.waiting_counts()

        def queries():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.page()
            self.model.waiting_counts()
            return self.cr.sql_log_count - before

        at_ten = queries()
        self.many(1000)
        self.env.invalidate_all()
        with self.assertQueryCount(at_ten):
            self.page()
            self.model.waiting_counts()
        self.assertLess(at_ten, 25)

    # ------------------------------------------------------------------
    # Opening and working
    # ------------------------------------------------------------------

    def test_opening_brings_the_posts_into_the_chatter(self):
        [conversation] = self.conversations("Look at me")
        self.assertFalse(conversation.in_chatter)
        row = conversation.waiting_open()
        thread = self.env[row["thread"]["model"]].browse(row["thread"]["id"])
        self.assertIn("Look at me", thread.message_ids[:1].body)
        self.assertTrue(row["in_chatter"])
        conversation.waiting_open()
        self.assertEqual(len(conversation.social_message_ids.mail_message_id), 1)

    def test_other_companies_see_nothing(self):
        [conversation] = self.conversations("Only for us")
        company = self.env["res.company"].create({"name": "Others"})
        stranger = self.make_user(
            "stranger",
            "social_engagement.group_social_user",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        model = self.env["social.conversation"].with_user(stranger)
        self.assertEqual(model.waiting_page()["rows"], [])
        self.assertEqual(model.waiting_rows(conversation.ids), [])
        self.assertEqual(model.waiting_counts()["todo"], 0)
        with self.assertRaises(AccessError):
            conversation.with_user(stranger).waiting_open()

    def test_whoever_is_no_agent_sees_nothing(self):
        portal = self.make_user("portal_reader", "base.group_portal")
        for call in ("waiting_page", "waiting_counts", "waiting_choices"):
            with self.assertRaises(AccessError):
                getattr(self.env["social.conversation"].with_user(portal), call)()

    def test_earlier_conversations_of_the_author(self):
        [first] = self.conversations("First")
        handle = f"@{first.profile_id.handle}"
        second = self.receive(self.payload("Second", handle=handle)).conversation_id
        [other] = self.conversations("Somebody else")
        self.assertEqual(second.with_user(self.agent).earlier_ids, first)
        partner = self.env["res.partner"].create({"name": "Ann"})
        (first + other).profile_id.partner_id = partner
        self.env.invalidate_all()
        self.assertEqual(second.with_user(self.agent).earlier_ids, first + other)

    # ------------------------------------------------------------------
    # Live
    # ------------------------------------------------------------------

    def told(self):
        """What the bus was given since it was asked last: lists of ids."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([("channel", "like", CHANNEL)])
        told = rows.mapped("message")
        rows.unlink()
        return told

    def test_a_batch_is_one_notice_without_a_word_of_it(self):
        self.told()
        conversations = self.conversations("a secret", "another")
        [notice] = self.told()
        self.assertIn(f'"ids":{sorted(conversations.ids)}'.replace(" ", ""), notice)
        self.assertNotIn("secret", notice)

    def test_what_moves_a_conversation_is_told(self):
        [conversation] = self.conversations("a")
        for change in ("action_assign", "action_solve", "action_open"):
            self.told()
            getattr(conversation, change)()
            self.assertEqual(len(self.told()), 1, change)
        conversation.sudo().turns_scored = 5
        self.assertEqual(self.told(), [])
