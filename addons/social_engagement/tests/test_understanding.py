from ..analysis.needs_answer import WEIGHTS
from ..models.social_message_analysis import REASONS
from .common import SocialCase


class TestUnderstanding(SocialCase):
    def test_a_post_is_understood_on_arrival(self):
        [message] = self.receive(self.payload("The app is awful. Where is my order?"))
        self.assertEqual(message.language, "en")
        self.assertEqual(message.sentiment_label, "negative")
        self.assertIn("awful", message.sentiment_words_text)
        self.assertGreaterEqual(message.needs_answer, 0.5)
        [spam] = self.receive(
            self.payload("Earn money from home, passive income, guaranteed profit!")
        )
        self.assertGreaterEqual(spam.spam, 0.5)

    def test_title_and_text_are_read_together(self):
        [message] = self.receive(
            self.payload("See below.", title="Where is my parcel? Nothing arrived!")
        )
        self.assertGreaterEqual(message.needs_answer, 0.5)

    def test_reasons_are_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        [message] = self.receive(self.payload("Where is my order?"))
        self.assertIn("question_mark", message.reasons)
        self.assertIn("asks a question", message.reasons_text)
        for name, (_weight, reason) in WEIGHTS.items():
            shown = REASONS[name]._source if name in REASONS else None
            self.assertEqual(shown, reason, name)

    def test_every_turn_is_scored_and_the_change_shown(self):
        first = self.payload("This is terrible, I hate it!")
        conversation = self.receive(first).conversation_id
        self.assertFalse(conversation.mood_course, "one post is no course")
        self.receive(
            self.payload("I still hate it, awful.", parent_id=first["id"]),
            self.payload("I love it now, wonderful!", parent_id=first["id"]),
        )
        moods = conversation.social_message_ids.sorted("posted_at").mapped("sentiment")
        self.assertEqual(len(moods), 3)
        self.assertEqual(conversation.turns_scored, 3)
        change = conversation.sentiment_change
        self.assertAlmostEqual(change, moods[2] - moods[0], 5)
        self.assertEqual(conversation.mood_course, "better")
        self.receive(self.payload("Worst thing ever, awful!", parent_id=first["id"]))
        self.assertEqual(conversation.mood_course, "same")

    def test_less_angry_is_not_better(self):
        first = self.payload("This is terrible, I hate it, worst service ever!")
        conversation = self.receive(first).conversation_id
        text = "And now your status page says everything is fine. It is NOT fine."
        self.receive(self.payload(text, parent_id=first["id"]))
        self.assertEqual(conversation.sentiment_label, "negative")
        self.assertIn(conversation.mood_course, ("same", "worse"))

    def test_a_post_that_arrives_late_is_not_the_last_word(self):
        early = self.payload("I love it, wonderful! Thanks.")
        middle = self.payload("Awful! Where is my order?", parent_id=early["id"])
        late = self.payload("Wat een mooie dag.", parent_id=early["id"], language="nl")
        newest = self.payload("Terrible! Where is it?", parent_id=early["id"])
        self.receive(middle)
        conversation = self.receive(newest).conversation_id
        told = ("language", "sentiment", "sentiment_label", "needs_answer")
        last_words = conversation.read(told)
        at = conversation.last_message_at
        self.receive(late)
        self.receive(early)
        self.assertEqual(conversation.read(told), last_words)
        self.assertEqual(conversation.last_message_at, at)
        self.assertEqual(conversation.message_count, 4)
        self.assertEqual(conversation.mood_course, "worse", "the early one was happy")
        posts = conversation.social_message_ids
        scored = posts.filtered("sentiment_label").sorted("posted_at")
        self.assertEqual(conversation.turns_scored, len(scored))
        self.assertEqual(conversation.sentiment_first, scored[0].sentiment)
        newer = self.payload("Wat is dit?", parent_id=early["id"], language="nl")
        self.receive(newer)
        self.assertEqual(conversation.language, "nl")

    def test_late_posts_are_taken_in_few_queries(self):
        def queries(number):
            late = [
                self.payload(handle=f"@{number}-{n}", thread_id=f"{number}-{n}")
                for n in range(number)
            ]
            self.receive(
                *(
                    self.payload(
                        handle=each["author"]["handle"], thread_id=each["thread_id"]
                    )
                    for each in late
                )
            )
            intakes = self.store(*late)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            intakes._process()
            self.env.flush_all()
            self.assertEqual(set(intakes.mapped("state")), {"done"})
            return self.env.cr.sql_log_count - before

        queries(3)  # fills caches
        few, many = queries(10), queries(40)
        self.assertLessEqual(many - few, 40, f"{few} → {many}")

    def test_a_post_without_a_mood_changes_none(self):
        first = self.payload("I love it, wonderful!")
        conversation = self.receive(first).conversation_id
        self.receive(
            self.payload("Gdzie jest?", parent_id=first["id"], language="pl"),
            self.payload("I hate it, terrible.", parent_id=first["id"]),
        )
        self.assertEqual(conversation.turns_scored, 2)
        self.assertEqual(conversation.mood_course, "worse")
