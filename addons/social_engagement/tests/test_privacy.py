from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form

from ..models import social_retention
from .common import SocialCase
from .test_direct import unrouted
from .test_gone import tables_with

WORD = "Xylophonkonzert"


class TestRetention(SocialCase):
    """What is kept no longer goes; what is needed stays; how much it was is said."""

    def setUp(self):
        super().setUp()
        unrouted(self)

    def retain(self):
        self.env.flush_all()
        self.run_job("cron_retain")
        self.env.invalidate_all()

    def aged(self, records, days):
        moment = fields.Datetime.now() - timedelta(days=days)
        records.flush_recordset()
        self.env.cr.execute(
            f"UPDATE {records._table} SET create_date = %s WHERE id = ANY(%s)",
            (moment, records.ids),
        )
        records.invalidate_recordset()

    def log(self):
        logs = self.env["social.privacy.log"].search(
            [("channel_id", "=", self.channel.id), ("done", "=", "retained")]
        )
        return [dict(log.counts) for log in logs]

    def test_raw_payloads(self):
        self.channel.keep_payloads_days = 30
        posts = self.receive(self.payload(WORD), self.payload(WORD))
        intakes = self.env["social.intake"].search([("message_id", "in", posts.ids)])
        waiting = self.store(self.payload("Waits"))
        failed = self.env["social.intake"].search([("id", "in", waiting.ids)])
        self.aged(intakes[0] + failed, 31)
        self.retain()
        self.assertEqual([bool(i.delivered) for i in intakes], [False, True])
        self.assertTrue(failed.payload, "nothing delivered is lost")
        self.assertEqual(posts.mapped("body"), [WORD, WORD])
        self.assertEqual(self.log(), [{"Delivered payloads": 1}])
        intakes.action_replay()
        self.assertEqual(len(self.env["social.message"].search([])), 2)

    def test_for_ever(self):
        self.channel.keep_payloads_days = 0
        [post] = self.receive(self.payload(WORD))
        post.conversation_id.state = "solved"
        self.aged(self.env["social.intake"].search([]), 3650)
        self.retain()
        self.assertTrue(post.body)
        self.assertFalse(self.log())

    def test_texts(self):
        self.channel.keep_messages_days = 100
        closed, still_open = self.receive(
            self.payload(f"I hate the {WORD}!"), self.payload(WORD, handle="@bob")
        )
        recent = self.receive(
            self.payload(
                WORD,
                handle="@cid",
                at=(fields.Datetime.now() - timedelta(days=99)).isoformat() + "+00:00",
            )
        )
        answer = closed.with_user(self.agent)._answer(f"About the {WORD}")
        later = still_open.with_user(self.agent)._answer("Ours")
        answer.write({"delivery_state": "sent", "posted_at": closed.posted_at})
        (closed + recent).conversation_id.state = "solved"
        mood = closed.sentiment_label
        self.retain()
        self.assertFalse(closed.body or answer.body)
        self.assertEqual(closed.sentiment_label, mood, "figures remain")
        self.assertIn("Kept no longer", closed.mail_message_id.body)
        self.assertEqual(answer.delivery_state, "sent")
        self.assertTrue(still_open.body and recent.body and later.body)
        self.assertEqual(self.log(), [{"Posts and answers": 2}])

    def test_nothing_of_a_text_is_left(self):
        self.channel.keep_messages_days = self.channel.keep_payloads_days = 10
        [post] = self.receive(self.payload(WORD, title=f"The {WORD}"))
        post.conversation_id._bring_to_desk()
        post.conversation_id.state = "solved"
        self.retain()
        left = [name for name in tables_with(self.env, WORD) if "bus_bus" not in name]
        self.assertFalse(left)

    def test_authors(self):
        self.channel.keep_messages_days = 10
        self.channel.keep_profiles_days = 20
        posts = self.receive(
            self.payload("One", author={"handle": "@ann", "name": WORD}),
            self.payload("Two", handle="@bob"),
            self.payload("Three", handle="@cid"),
        )
        ann, bob, cid = posts.profile_id.sorted("handle")
        ann.write({"about": f"I play the {WORD}", "place": f"{WORD} hall"})
        (ann + bob).conversation_ids.state = "solved"
        cid.conversation_ids.state = "open"
        bob.partner_id = self.env["res.partner"].create({"name": "Bob"})
        self.aged(ann + bob + cid, 21)
        self.retain()
        self.assertFalse(ann.name or ann.handle or ann.influence)
        self.assertFalse(ann.about or ann.place)
        self.assertFalse(tables_with(self.env, WORD))
        self.assertEqual((bob.name, cid.name), ("Bob", "Cid"))
        self.retain()
        self.assertEqual(
            self.log(), [{"Posts and answers": 2, "Profiles": 1}], "and once only"
        )
        anew = self.receive(self.payload("Hello again"))
        self.assertEqual(anew.profile_id.handle, "ann")
        self.assertNotEqual(anew.profile_id, ann)

    def test_the_longest_time_counts(self):
        self.channel.keep_profiles_days = 20
        other = self.make_channel(name="Other")
        profile = self.receive(self.payload()).profile_id
        profile.conversation_ids.state = "solved"
        profile.message_ids._forget("not there")
        self.aged(profile, 30)
        self.retain()
        self.assertTrue(profile.name, "for ever is longest")
        other.keep_profiles_days = 40
        self.retain()
        self.assertTrue(profile.name)
        self.aged(profile, 41)
        self.retain()
        self.assertFalse(profile.name)

    def test_who_is_still_needed_stays(self):
        self.channel.keep_profiles_days = 20
        recent = (fields.Datetime.now() - timedelta(days=19)).isoformat() + "+00:00"
        posts = self.receive(
            self.payload("Its text is here", handle="@ann"),
            self.payload("Not long ago", handle="@bob", at=recent),
            self.payload("Somebody works on it", handle="@cid"),
            self.payload("Nobody needs it", handle="@dan"),
        )
        for post in posts[1:]:
            post._forget("not there")
        posts.conversation_id.state = "solved"
        posts[2].conversation_id.state = "open"
        self.aged(posts.profile_id, 21)
        self.retain()
        names = [bool(post.profile_id.name) for post in posts]
        self.assertEqual(names, [True, True, True, False])

    def test_answers_that_are_not_settled_stay(self):
        self.channel.keep_messages_days = 10
        post = self.receive(self.payload())
        states = ("queued", "sending", "withdrawing", "to_approve", "sent", "failed")
        answers = self.env["social.message"]
        for state in states:
            answer = post.with_user(self.agent)._answer(f"About the {WORD}").sudo()
            answer.write({"delivery_state": state, "posted_at": post.posted_at})
            answers += answer
        post.conversation_id.state = "solved"
        self.retain()
        kept = [bool(answer.body) for answer in answers]
        self.assertEqual(kept, [True, True, True, True, False, False])

    def test_overtaken_it_looks_again(self):
        self.channel.keep_messages_days = 10
        post = self.receive(self.payload(WORD))
        post.conversation_id.state = "solved"
        delete, done = social_retention._forget, []

        def overtaken(messages):
            done.append("delete")
            if len(done) == 2:
                raise SerializationFailure()
            delete(messages)

        find = type(self.channel)._old_messages

        def found(channel):
            if channel == self.channel:
                done.append("find")
            return find(channel)

        with (
            patch.object(social_retention, "_forget", overtaken),
            patch.object(type(self.channel), "_old_messages", found),
        ):
            self.retain()
        self.assertEqual(done, ["find", "delete", "find", "delete", "find"])
        self.assertFalse(post.body)

    def test_no_negative_days(self):
        with self.assertRaises(ValidationError):
            self.channel.keep_messages_days = -1


class TestProcessingStopped(SocialCase):
    """A person may ask that nothing is made of what they write."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user(
            "social_manager", "social_engagement.group_social_manager"
        )

    def setUp(self):
        super().setUp()
        unrouted(self)
        self.first = self.receive(self.payload("I hate it, it is terrible!"))
        self.profile = self.first.profile_id
        self.assertEqual(self.first.sentiment_label, "negative")

    def stop(self):
        self.profile.with_user(self.manager).action_stop_processing("objection")

    def test_what_was_made_of_it_is_gone(self):
        self.assertTrue(self.profile.influence)
        self.stop()
        conversation = self.first.conversation_id
        for record in (self.first, conversation):
            self.assertFalse(record.sentiment_label or record.language)
            self.assertFalse(record.needs_answer or record.topic_ids)
        self.assertFalse(self.profile.influence or self.profile.influence_value_ids)
        self.assertEqual(self.first.body, "I hate it, it is terrible!", "it is kept")

    def test_nothing_is_made_of_what_comes(self):
        self.stop()
        routed = []
        conversations = self.env.registry["social.conversation"]
        self.patch(conversations, "_route", lambda _self, posts: routed.extend(posts))
        mine, other = self.receive(
            self.payload("I hate it so much, where is it? @bob"),
            self.payload("I hate it so much, where is it? @ann", handle="@bob"),
        )
        self.assertEqual(routed, [other])
        self.assertTrue(mine.body and mine.conversation_id)
        self.assertFalse(mine.sentiment_label or mine.language or mine.needs_answer)
        self.assertTrue(other.sentiment_label)
        self.assertFalse(other.copy_of_id, "it is compared with nothing")
        self.assertFalse(self.env["social.interaction"].search([]))
        mine.with_user(self.agent).action_correct("sentiment", "positive")
        self.assertFalse(mine.label_ids or mine.sentiment_label)
        self.env["social.influence.due"]._rank()
        due = self.env["social.influence.due"].search([])
        self.assertNotIn(self.profile, due.profile_id)
        self.env["social.influence.due"]._refresh_batch()
        self.env.invalidate_all()
        self.assertFalse(self.profile.influence)

    def test_an_edit_is_not_processed_either(self):
        self.stop()
        payload = {
            **self.payload("I love it!"),
            "id": self.first.external_id,
            "revision": "2",
        }
        self.receive(payload)
        self.assertEqual(self.first.body, "I love it!")
        self.assertFalse(self.first.sentiment_label)

    def test_they_can_be_answered(self):
        self.stop()
        answer = self.first.with_user(self.agent)._answer("Hello")
        self.send()
        self.assertEqual(answer.delivery_state, "sent")
        self.assertFalse(self.first.label_ids)

    def test_it_is_visible_and_reversible(self):
        self.stop()
        self.assertEqual(self.profile.processing_stopped_reason, "objection")
        self.assertTrue(self.profile.processing_stopped_at)
        form = Form(self.profile.with_user(self.manager))
        self.assertTrue(form.processing_stopped)
        self.profile.with_user(self.manager).action_resume_processing()
        self.assertTrue(self.profile.influence)
        again = self.receive(self.payload("I hate it, it is terrible!!"))
        self.assertEqual(again.sentiment_label, "negative")
        logs = self.env["social.privacy.log"].search([])
        self.assertEqual(logs.mapped("done"), ["resumed", "stopped"])
        self.assertEqual(logs.user_id, self.manager)

    def test_managers_decide(self):
        for action in ("action_stop_processing", "action_resume_processing"):
            with self.assertRaises(AccessError):
                getattr(self.profile.with_user(self.agent), action)()
        with self.assertRaises(AccessError):
            self.profile.with_user(self.manager).processing_stopped = True
