"""The sandbox's story, at any speed."""

from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from ..networks import get, sandbox
from ..networks.base import Account, NetworkError, Outgoing, Reason
from .network_case import NetworkCase
from .network_contract import Contract

Sandbox = get("sandbox")


class TestSandbox(NetworkCase):
    def setUp(self):
        super().setUp()
        self.now = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
        self.kept = {}
        patched = patch.object(sandbox, "now", lambda: self.now)
        patched.start()
        self.addCleanup(patched.stop)

    def adapter(self):
        """As each job makes it anew, from what is stored."""
        account = Account("", session=dict(self.kept), renew_session=self.renew)
        return Sandbox(account)

    def renew(self, change):
        self.kept = change(self.kept)
        return self.kept

    def fetch(self, cursor, seconds=0):
        self.now += timedelta(seconds=seconds)
        page = self.adapter().fetch("mentions", "", cursor)
        return [Sandbox.normalise(item.payload) for item in page.items], page.cursor

    def answer(self, post, key, text="We are on it."):
        outgoing = Outgoing(key, text, post.reply_ref, "public", self.now)
        return self.adapter().reply(outgoing)

    def test_arrives_over_five_minutes(self):
        posts, cursor = self.fetch({})
        self.assertEqual(len(posts), 1)
        while self.now < datetime(2026, 11, 23, 12, 6, tzinfo=timezone.utc):
            more, cursor = self.fetch(cursor, 7)
            self.assertLessEqual(len(more), 2)
            posts += more
        ids = [post.external_id for post in posts]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertGreaterEqual(len(posts), 14)
        languages = {post.language for post in posts}
        self.assertEqual(languages, {"en", "de", "fr", "es", "zh"})
        followers = sorted(post.author.followers for post in posts)
        self.assertEqual((followers[0], followers[-1]), (52, 2_000_000))
        self.assertLess(len({post.thread_id for post in posts}), len(posts))
        self.assertEqual(self.fetch(cursor, 3600)[0], [])

    def test_a_late_first_look_sees_the_same(self):
        self.fetch({})
        slow, _cursor = self.fetch({}, 400)
        self.kept = {"started_at": self.kept["started_at"]}
        self.assertEqual(self.fetch({})[0], slow)

    def test_is_marked(self):
        posts, _cursor = self.fetch({}) and self.fetch({}, 400)
        for post in posts:
            self.assertTrue(post.author.handle.endswith("@sandbox.example"))
            self.assertTrue(post.url.startswith("https://sandbox.example/"))
            self.assertIn("sandbox", post.author.name)

    def test_authors_react(self):
        self.fetch({})
        posts, cursor = self.fetch({}, 400)
        for post in posts:
            if post.parent_id:
                continue
            sent = self.answer(post, f"key of {post.external_id}")
            self.assertEqual(self.fetch(cursor, 19)[0], [])
            [reaction], cursor = self.fetch(cursor, 2)
            self.assertEqual(reaction.author, post.author)
            self.assertEqual(reaction.thread_id, post.thread_id)
            self.assertEqual(reaction.parent_id, sent.external_id)

    def test_an_angry_author_calms_down_at_the_second_answer(self):
        self.fetch({})
        posts, cursor = self.fetch({}, 400)
        post = next(post for post in posts if "@tom@" in post.author.handle)
        texts = []
        for number in range(3):
            self.answer(post, f"answer {number}")
            reactions, cursor = self.fetch(cursor, 30)
            texts += [reaction.text for reaction in reactions]
        self.assertEqual(len(texts), 2)
        self.assertIn("still broken", texts[0])
        self.assertIn("thank you", texts[1])

    def test_answers_once(self):
        [post], cursor = self.fetch({})
        outgoing = Outgoing("key", "Yes.", post.reply_ref, "public", self.now)
        self.assertIsNone(self.adapter().find_sent(outgoing))
        sent = self.adapter().reply(outgoing)
        self.assertEqual(self.adapter().reply(outgoing), sent)
        self.assertEqual(self.adapter().find_sent(outgoing), sent)
        self.assertEqual(len(self.kept["answers"]), 1)

    def test_what_is_not_there_can_not_be_answered(self):
        reference = {"id": "story-99", "thread": "story-99"}
        outgoing = Outgoing("key", "Yes.", reference, "public", self.now)
        with self.assertRaises(NetworkError) as caught:
            self.adapter().reply(outgoing)
        self.assertEqual(caught.exception.reason, Reason.NOT_FOUND)

    def test_goes_on_below_an_answer(self):
        [post], cursor = self.fetch({})
        sent = self.answer(post, "first")
        outgoing = Outgoing("second", "And.", sent.reply_ref, "public", self.now)
        self.assertNotEqual(
            self.adapter().reply(outgoing).external_id, sent.external_id
        )
        reactions = [p for p in self.fetch(cursor, 25)[0] if p.parent_id]
        self.assertEqual([p.parent_id for p in reactions], [sent.external_id])

    def test_withdraws(self):
        [post], cursor = self.fetch({})
        outgoing = Outgoing("key", "Yes.", post.reply_ref, "public", self.now)
        sent = self.adapter().reply(outgoing)
        for _time in range(2):
            self.adapter().withdraw(sent.external_id)
        self.assertIsNone(self.adapter().find_sent(outgoing))
        self.assertFalse([p for p in self.fetch(cursor, 60)[0] if p.parent_id])

    def test_likes(self):
        [post], _cursor = self.fetch({})
        for liked, kept in ((True, ["story-1"]), (True, ["story-1"]), (False, [])):
            self.adapter().like(post.reply_ref, liked)
            self.assertEqual(self.kept["liked"], kept)

    def test_verify(self):
        self.assertIn("sandbox", self.adapter().verify().name)


class TestSandboxContract(Contract, NetworkCase):
    network = "sandbox"

    def account(self):
        started = datetime(2026, 1, 1, tzinfo=timezone.utc).isoformat()
        return Account("https://sandbox.example", session={"started_at": started})

    def payloads(self):
        return [i.payload for i in self.adapter().fetch("mentions", "", {}).items]
