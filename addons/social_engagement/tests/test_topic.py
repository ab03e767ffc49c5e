import random
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError

from .common import SocialCase


class TestTopic(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user(
            "social_steering", "social_engagement.group_social_manager"
        )

    def topics(self, text, **values):
        return self.receive(self.payload(text, **values)).topic_ids.mapped("key")

    def suggested(self):
        return self.env["social.topic.suggestion"].search([("state", "=", "new")])

    def receive_now(self, text, times, **values):
        now = fields.Datetime.now().isoformat() + "+00:00"
        digits = [random.Random(n).choices("0123456789", k=60) for n in range(times)]
        texts = [f"{text} {''.join(end)}" for end in digits]  # copies count once
        return self.receive(*(self.payload(t, at=now, **values) for t in texts))

    def test_what_ships_finds_topics_in_several_languages(self):
        self.assertIn("delivery", self.topics("Where is my parcel?"))
        self.assertIn("billing", self.topics("Die Rechnung ist falsch", language="de"))
        self.assertEqual(self.topics("A walk by the sea"), [])

    def test_a_conversation_has_the_topics_of_its_posts(self):
        one = self.payload("Where is my parcel?")
        conversation = self.receive(one).conversation_id
        self.receive(self.payload("And the invoice?", parent_id=one["id"]))
        keys = set(conversation.topic_ids.mapped("key"))
        self.assertLessEqual({"delivery", "billing"}, keys)

    def test_a_managers_words_count_at_once(self):
        topics = self.env["social.topic"].with_user(self.manager)
        topic = topics.create(
            {"name": "Solar", "word_ids": [(0, 0, {"words": "solar panel*\nXR-500"})]}
        )
        [message] = self.receive(self.payload("Two solar panels here"))
        self.assertEqual(message.topic_ids, topic)
        topic.word_ids.words = "windmill"
        [message] = self.receive(self.payload("Three solar panels there"))
        self.assertFalse(message.topic_ids)
        topic.active = False
        [message] = self.receive(self.payload("A windmill"))
        self.assertFalse(message.topic_ids)

    def test_topics_of_another_company_are_not_ours(self):
        company = self.env["res.company"].create({"name": "Other"})
        topic = self.env["social.topic"].create(
            {
                "name": "Theirs",
                "company_id": company.id,
                "word_ids": [(0, 0, {"words": "zeppelin"})],
            }
        )
        [message] = self.receive(self.payload("A zeppelin"))
        self.assertFalse(message.topic_ids)
        self.assertNotIn(topic, topic.with_user(self.manager).search([]))

    def test_agents_may_not_change_topics(self):
        topic = self.env.ref("social_engagement.topic_delivery")
        with self.assertRaises(AccessError):
            topic.with_user(self.agent).name = "Mine"

    def test_new_words_are_suggested_once(self):
        self.receive_now("the wobbleplate rattles", 4)
        self.run_job("cron_suggest_topics")
        [found] = self.suggested().filtered(lambda s: s.term == "wobbleplate")
        self.assertEqual((found.language, found.message_count), ("en", 4))
        found.with_user(self.manager).action_reject()
        self.run_job("cron_suggest_topics")
        self.assertNotIn("wobbleplate", self.suggested().mapped("term"))
        self.assertEqual(found.state, "rejected", "what was decided stays")

    def test_an_accepted_word_is_listed(self):
        self.receive_now("the wobbleplate rattles", 4)
        self.run_job("cron_suggest_topics")
        by_term = {s.term: s for s in self.suggested().with_user(self.manager)}
        topic = self.env.ref("social_engagement.topic_fault")
        by_term["wobbleplate"].topic_id = topic
        (by_term["wobbleplate"] + by_term["rattles"]).action_accept()
        self.assertIn("fault", self.topics("my wobbleplate"))
        [message] = self.receive(self.payload("it rattles"))
        self.assertEqual(message.topic_ids.mapped("name"), ["Rattles"])
        with self.assertRaises(AccessError):
            by_term["rattles"].state = "new"

    def test_old_posts_suggest_nothing(self):
        old = fields.Datetime.now() - timedelta(days=9)
        self.receive_now("the wobbleplate rattles", 4).posted_at = old
        self.run_job("cron_suggest_topics")
        self.assertNotIn("wobbleplate", self.suggested().mapped("term"))


class TestCopies(SocialCase):
    TEXT = "The new app signs me out every single time I open it, please fix this soon"

    def test_a_text_copied_many_times_is_one_event(self):
        [original] = self.receive(self.payload(self.TEXT))
        self.receive(
            *(
                self.payload(
                    f"RT @ann: {self.TEXT} {'!' * number}", handle=f"@{number}"
                )
                for number in range(100)
            )
        )
        self.assertEqual(original.copy_count, 100)
        self.assertEqual(len(original.copy_ids), 100)
        self.assertFalse(original.copy_of_id)

    def test_copies_within_a_batch(self):
        messages = self.receive(
            self.payload(self.TEXT),
            self.payload("Quite another"),
            self.payload(self.TEXT),
        )
        self.assertEqual(messages.mapped("copy_count"), [1, 0, 0])
        self.assertEqual(messages[2].copy_of_id, messages[0])
        self.assertFalse(messages[1].copy_of_id)

    def test_other_texts_and_other_companies(self):
        self.receive(self.payload(self.TEXT))
        [other] = self.receive(self.payload("When does the shop in Leeds open today?"))
        self.assertFalse(other.copy_of_id)
        company = self.env["res.company"].create({"name": "Other"})
        feed = self.make_feed(self.make_channel(name="O", company_id=company.id))
        [theirs] = self.receive(self.payload(self.TEXT), feed=feed)
        self.assertFalse(theirs.copy_of_id)

    def test_the_number_of_queries_does_not_grow_with_the_posts(self):
        def queries(number):
            intakes = self.store(
                *(
                    self.payload(
                        f"Nice colours and paper today {n}", handle=f"@{number}-{n}"
                    )
                    for n in range(number)
                )
            )
            before = self.env.cr.sql_log_count
            intakes._process()
            return self.env.cr.sql_log_count - before

        queries(5)
        self.assertLess(abs(queries(100) - queries(10)), 15)

    def test_fingerprints_are_forgotten(self):
        [original] = self.receive(self.payload(self.TEXT))
        self.env.cr.execute(
            "UPDATE social_message SET create_date = '2020-01-01' WHERE id = %s",
            [original.id],
        )
        self.env["social.message.band"]._gc_bands()
        [copy] = self.receive(self.payload(self.TEXT))
        self.assertFalse(copy.copy_of_id)
