from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged
from odoo.tools import SQL, mute_logger

from ..models import social_message_reconcile as reconcile
from ..networks.base import Item, NetworkError, Reason, Reread, Usage
from ..networks.revision import is_newer
from .common import Scripted, SocialCase

RECONCILE = "odoo.addons.social_engagement.models.social_message_reconcile"
WORD = "Xylophonkonzert"


def tables_with(env, word):
    """The tables and columns of the whole database in which a word stands."""
    env.flush_all()
    columns = env.execute_query(
        SQL(
            """SELECT c.table_name, c.column_name FROM information_schema.columns c
               JOIN information_schema.tables t USING (table_schema, table_name)
               WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
               AND c.data_type IN ('text', 'character varying', 'jsonb', 'json')"""
        )
    )
    found = []
    for table, column in columns:
        where = SQL("%s::text ILIKE %s", SQL.identifier(column), f"%{word}%")
        query = SQL("SELECT 1 FROM %s WHERE %s LIMIT 1", SQL.identifier(table), where)
        if env.execute_query(query):
            found.append(f"{table}.{column}")
    packed = env["social.intake"].sudo().search([])._packed()
    if any(word.lower() in payload.lower() for payload in packed.values()):
        found.append("social_intake.packed")
    return found


class TestGone(SocialCase):
    def gone(self, *external_ids, **more):
        self.env["social.message"]._gone(self.channel, external_ids, **more)
        self.env.invalidate_all()

    def lost(self, **values):
        """A post that is worked on, followed by a colleague, and then deleted."""
        [post] = self.receive(self.payload(f"{WORD}, where is it?", **values))
        conversation = post.conversation_id
        conversation._bring_to_desk()
        follower = self.make_user("follower", "social_engagement.group_social_user")
        conversation._desk_thread().message_subscribe(follower.partner_id.ids)
        parent = post.external_id
        self.receive(self.payload("Hello?", parent_id=parent, title=WORD))
        return conversation

    def test_nothing_of_its_text_is_left(self):
        conversation = self.lost(title=f"My {WORD}")
        before = tables_with(self.env, WORD)
        for column in ("social_message.body", "social_intake.packed"):
            self.assertIn(column, before)
        self.assertIn("mail_message.body", before)
        posts = conversation.social_message_ids
        self.gone(*posts.mapped("external_id"))
        left = [name for name in tables_with(self.env, WORD) if "bus_bus" not in name]
        self.assertFalse(left)
        self.assertFalse(self.env["social.message"].search([("body", "like", WORD)]))

    def test_when_and_why_remains(self):
        [post] = self.receive(self.payload(WORD))
        post.conversation_id._bring_to_desk()
        self.gone(post.external_id)
        self.assertTrue(post.gone_at)
        self.assertEqual(post.gone_reason, "deleted by author")
        self.assertIn("Deleted by its author", post.mail_message_id.body)
        self.assertEqual(post._chatter_facts()["gone"], "Deleted by its author")
        self.assertEqual(post.display_name, "Deleted post")
        self.assertEqual(post.conversation_id.name, "Deleted post")
        self.assertTrue(post.profile_id and post.posted_at and post.external_id)

    def test_a_subject_of_ours_stays(self):
        conversation = self.receive(self.payload(WORD)).conversation_id
        conversation.name = "Ours"
        self.gone(conversation.social_message_ids.external_id)
        self.assertEqual(conversation.name, "Ours")

    def test_it_does_not_come_back(self):
        payload = self.payload(WORD)
        [post] = self.receive(payload)
        self.gone(post.external_id)
        self.env["social.intake"].search([]).action_replay()
        self.env["social.intake"]._store(
            self.feed, [Item(payload["id"], payload, "again")]
        )
        self.waiting()._process()
        self.assertFalse(post.body)
        self.assertFalse(tables_with(self.env, WORD))

    def test_a_deletion_that_arrives_before_its_post(self):
        payload = self.payload(WORD)
        self.gone(payload["id"])
        self.gone(payload["id"])
        self.receive(payload)
        self.assertFalse(self.env["social.conversation"].search([]))
        self.assertFalse(tables_with(self.env, WORD))
        [trace] = self.env["social.message"].search([("gone_at", "!=", False)])
        self.assertEqual(trace.external_id, payload["id"])

    def test_another_channel_keeps_its_post(self):
        other = self.make_feed(self.make_channel(name="Other"))
        payload = self.payload(WORD)
        [post] = self.receive(payload, feed=other)
        self.gone(payload["id"])
        self.assertEqual(post.body, WORD)

    def test_an_open_answer_says_that_the_post_is_gone(self):
        first = self.payload("One")
        conversation = self.receive(first).conversation_id.with_user(self.agent)
        [second] = self.receive(self.payload("Two", parent_id=first["id"]))
        self.gone(second.external_id)
        target = conversation._answer_target()
        self.assertEqual(target.external_id, first["id"], "what is still there")
        self.gone(first["id"])
        facts = conversation._composer_facts()
        self.assertFalse(facts["may_answer"])
        self.assertIn("deleted this post", facts["advice"])
        with self.assertRaisesRegex(UserError, "deleted this post"):
            conversation._answer_target()._answer("Hi")

    def test_an_answer_of_ours_that_is_gone_was_withdrawn(self):
        [post] = self.receive(self.payload())
        answer = post.with_user(self.agent)._answer("Here!")
        self.send()
        self.gone(answer.external_id)
        self.assertEqual(answer.delivery_state, "withdrawn")
        self.assertEqual(answer.body, "Here!")

    def test_it_asks_for_no_decision(self):
        conversation = self.receive(self.payload()).conversation_id
        conversation.state = "solved"
        self.gone(conversation.social_message_ids.external_id)
        self.assertEqual(conversation.state, "solved")


class TestEdit(SocialCase):
    def edited(self, payload, text, revision="", **values):
        """The payload in another revision, taken in."""
        payload = {**payload, "text": text, "revision": revision, **values}
        item = Item(payload["id"], payload, revision)
        self.env["social.intake"]._store(self.feed, [item])
        self.waiting()._process()
        self.env.invalidate_all()

    def setUp(self):
        super().setUp()
        self.original = self.payload("I hate it, it is terrible!")
        [self.post] = self.receive(self.original)
        self.conversation = self.post.conversation_id
        self.conversation._bring_to_desk()

    def test_an_edit_is_followed_everywhere(self):
        self.assertEqual(self.post.sentiment_label, "negative")
        self.edited(self.original, "I love it, it is wonderful!", "2026-01-02T00:00Z")
        self.assertEqual(self.post.body, "I love it, it is wonderful!")
        self.assertEqual(self.post.sentiment_label, "positive")
        self.assertIn("wonderful", self.post.mail_message_id.body)
        self.assertNotIn("terrible", self.post.mail_message_id.body)
        self.assertTrue(self.post._chatter_facts()["edited"])
        self.assertEqual(self.conversation.name, "I love it, it is wonderful!")
        self.assertEqual(self.conversation.sentiment_label, "positive")
        self.assertEqual(self.conversation.message_count, 1)

    def test_what_agents_said_of_it_stays(self):
        topic = self.env.ref("social_engagement.topic_press")
        said = self.post.with_user(self.agent)
        said.action_correct("topic", str(topic.id))
        said.action_correct("sentiment", "neutral")
        self.edited(self.original, "I love it, it is wonderful!", "2026-01-02T00:00Z")
        self.assertEqual(self.post.topic_ids, topic)
        self.assertEqual(self.post.sentiment_label, "neutral")
        self.assertEqual(self.conversation.sentiment_label, "neutral")
        said.action_correct("language", "de")
        self.edited(self.original, "I loved it!", "2026-01-03T00:00Z")
        self.assertEqual(self.post.language, "de")
        self.assertEqual(self.post.topic_ids, topic)

    def test_an_older_state_that_arrives_later_changes_nothing(self):
        self.edited(self.original, "Third", "2026-01-03T00:00Z")
        self.edited(self.original, "Second", "2026-01-02T00:00Z")
        self.edited(self.original, "First", "")
        self.assertEqual(self.post.body, "Third")

    def test_where_revisions_tell_no_order_the_last_delivered_counts(self):
        self.edited(self.original, "Second", "b")
        self.edited(self.original, "Third", "a")
        self.assertEqual(self.post.body, "Third")
        for intake in self.env["social.intake"].search([]):
            intake.action_replay()
        self.assertEqual(self.post.body, "Third", "replaying changes nothing")

    def test_states_that_arrive_together(self):
        states = [("Third", "3"), ("Second", "2"), ("First", "")]
        self.env["social.intake"]._store(
            self.feed,
            [
                Item("x", {**self.original, "id": "x", "text": t, "revision": r}, r)
                for t, r in states
            ],
        )
        self.waiting()._process()
        [post] = self.env["social.message"].search([("external_id", "=", "x")])
        self.assertEqual(post.body, "Third")

    def test_what_is_no_other_text_is_no_edit(self):
        self.edited(self.original, self.original["text"], "2", reply_ref={"cid": "2"})
        self.assertEqual(self.post.reply_ref, {"cid": "2"})
        self.assertFalse(self.post.edited_at)

    def test_a_subject_of_ours_stays(self):
        self.conversation.name = "Ours"
        self.edited(self.original, "Second", "2")
        self.assertEqual(self.conversation.name, "Ours")


class TestReconcile(SocialCase):
    def setUp(self):
        super().setUp()
        self.recent = (fields.Datetime.now() - timedelta(days=2)).isoformat() + "+00:00"

    def posts(self, number):
        payloads = [self.payload(f"Post {n}", at=self.recent) for n in range(number)]
        posts = self.receive(*payloads)
        posts.checked_at = fields.Datetime.now() - timedelta(days=2)
        return posts

    def check(self):
        self.run_job("cron_reconcile")
        self.env.invalidate_all()

    def asked(self):
        return [known.external_id for batch in self.script.reread for known in batch]

    def test_what_is_gone_and_what_was_edited(self):
        gone, edited, same = self.posts(3)
        state = {
            "id": edited.external_id,
            "text": "Edited",
            "at": self.recent,
            "revision": "2",
        }
        self.script.became = Reread(
            frozenset({gone.external_id, "unheard of"}),
            (Item(edited.external_id, state, "2"),),
        )
        self.check()
        self.listen()
        self.env.invalidate_all()
        self.assertEqual(gone.gone_reason, "not there")
        self.assertFalse(gone.body)
        self.assertEqual(edited.body, "Edited")
        self.assertEqual(same.body, "Post 2")
        self.assertFalse(
            self.env["social.message"].search([("external_id", "=", "unheard of")])
        )

    def test_what_was_hidden_here_is_not_deleted(self):
        [post] = self.posts(1)
        self.patch(type(post), "_is_wanted", lambda message, kind: kind == "hide")
        self.script.became = Reread(frozenset({post.external_id}))
        self.check()
        self.assertFalse(post.gone_at)
        self.assertEqual(post.body, "Post 0")

    def test_shares_and_likes_by_now(self):
        shared, untold, broken = self.posts(3)
        counts = {shared: {"shares": 500, "likes": 7}, untold: {}}
        states = [
            {"id": post.external_id, "text": post.body, "at": self.recent, **said}
            for post, said in counts.items()
        ]
        self.script.became = Reread(
            items=(*self.items(*states), Item(broken.external_id, {}, "2"))
        )
        untold.share_count = 3
        self.check()
        self.listen()
        self.env.invalidate_all()
        self.assertEqual((shared.share_count, shared.like_count), (500, 7))
        self.assertGreater(shared.amplification, 0)
        self.assertFalse(shared.edited_at, "nobody edited anything")
        self.assertEqual(untold.share_count, 3)

    def test_each_once_a_day_in_batches(self):
        posts = self.posts(7)
        posts[4].checked_at -= timedelta(days=1)
        self.check()
        self.assertEqual([len(batch) for batch in self.script.reread], [3, 3, 1])
        self.assertEqual(self.asked()[0], posts[4].external_id, "the longest first")
        self.assertEqual(set(self.asked()), set(posts.mapped("external_id")))
        self.check()
        self.assertEqual(len(self.asked()), 7)

    def test_many_are_asked_about_in_one_run_and_no_channel_waits(self):
        self.posts(70)
        other = self.make_channel(name="Other")
        feed, self.feed = self.feed, self.make_feed(other)
        last = self.receive(self.payload("Other", at=self.recent), feed=self.feed)
        last.checked_at = fields.Datetime.now() - timedelta(days=2)
        self.feed = feed
        self.check()
        self.assertEqual(len(self.asked()), 71)
        self.assertIn(last.external_id, self.asked()[:4], "the channels take turns")

    def test_more_than_can_be_asked_about_is_said(self):
        posts = self.posts(2)
        posts.checked_at = fields.Datetime.now() - timedelta(days=1)
        self.assertFalse(self.channel.is_late_checking)
        now = fields.Datetime.now()
        posts.posted_at = now - timedelta(days=4)
        posts.checked_at = now - timedelta(days=3)
        self.env.invalidate_all()
        self.assertTrue(self.channel.is_late_checking)
        self.assertIn("checked for edits and deletions", self.channel.health_message)
        self.check()
        self.assertFalse(self.channel.is_late_checking)

    def test_what_gets_too_old_is_not_looked_at_any_more(self):
        post, old = self.posts(2)
        old.posted_at = fields.Datetime.now() - reconcile.RECENT + timedelta(hours=9)
        self.check()
        self.assertEqual(len(self.asked()), 2)
        self.assertTrue(post.checked_at)
        self.assertFalse(old.checked_at)

    def test_what_is_not_asked_about(self):
        old, gone, fresh = self.posts(3)
        old.posted_at -= reconcile.RECENT
        fresh.checked_at = fields.Datetime.now()
        self.env["social.message"]._gone(self.channel, [gone.external_id])
        self.check()
        self.channel.state = "draft"
        self.posts(1)
        self.check()
        self.channel.state = "connected"
        self.patch(Scripted, "can_reread", False)
        self.check()
        self.assertFalse(self.asked())

    def test_listening_comes_first(self):
        self.posts(6)
        reread = Scripted.reread

        def nearly_used_up(adapter, known):
            adapter.meter.usage = Usage(100, 10, 60)
            return reread(adapter, known)

        self.patch(Scripted, "reread", nearly_used_up)
        self.check()
        self.assertEqual(len(self.script.reread), 1)

    def test_a_question_that_fails_costs_all_the_same(self):
        def reread(adapter, known):
            adapter.meter.count("list")
            raise NetworkError(Reason.SERVER, "500")

        self.posts(1)
        self.patch(Scripted, "reread", reread)
        self.check()
        costs = self.env["social.channel.cost"]
        cost = costs.search([("channel_id", "=", self.channel.id)])
        self.assertEqual((cost.what, cost.count), ("list", 1))

    def test_edits_are_followed_without_a_feed(self):
        [post] = self.posts(1)
        state = {"id": post.external_id, "text": "Edited", "at": self.recent}
        item = Item(post.external_id, {**state, "revision": "2"}, "2")
        self.script.became = Reread(items=(item,))
        self.channel.feed_ids.unlink()
        self.check()
        self.listen()
        self.env.invalidate_all()
        self.assertEqual(post.body, "Edited")

    @mute_logger(RECONCILE)
    def test_failures(self):
        posts = self.posts(3)
        self.script.became = NetworkError(Reason.SERVER, "500")
        self.check()
        self.check()
        self.assertEqual(len(self.script.reread), 2, "it is tried again")
        for failure in (NetworkError(Reason.BAD_PAYLOAD, "?"), KeyError("oops")):
            posts.checked_at = fields.Datetime.now() - timedelta(days=2)
            self.script.became, before = failure, len(self.script.reread)
            self.check()
            self.check()
            self.assertEqual(len(self.script.reread), before + 1, "not for ever")
        posts.checked_at = fields.Datetime.now() - timedelta(days=2)
        self.script.became = NetworkError(Reason.AUTHORISATION, "revoked")
        self.check()
        self.assertEqual(self.channel.state, "reauthorise")


@tagged("post_install", "-at_install")
class TestRevision(BaseCase):
    def test_which_is_newer(self):
        for one, other, expected in (
            ("", "", False),
            ("a", "a", False),
            ("a", "", True),
            ("", "a", False),
            ("10", "9", True),
            ("9", "10", False),
            ("2026-01-02T00:00:00+00:00", "2026-01-01T23:00:00-05:00", False),
            ("2026-01-02T05:00:00+00:00", "2026-01-01T23:00:00-05:00", True),
            ("b", "a", None),
            ("10", "a", None),
        ):
            self.assertIs(is_newer(one, other), expected, (one, other))
