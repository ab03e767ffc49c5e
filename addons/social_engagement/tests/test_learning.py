import random

from odoo.exceptions import AccessError, ValidationError

from ..analysis.learning import Model
from ..models import social_learner
from .common import SocialCase

MOODS = {
    "negative": ("wibbler blinked red", "wibbler hummed twice"),
    "positive": ("gronk purred", "gronk glowed green"),
    "neutral": ("zamp sat there", "zamp lay flat"),
}


class LearningCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user(
            "social_steering", "social_engagement.group_social_manager"
        )

    def labels(self, messages, task=None):
        domain = [("message_id", "in", messages.ids)]
        return self.env["social.label"].search(
            domain + ([("task", "=", task)] if task else [])
        )

    def teach(self, number=90):
        """Labels of moods that no lexicon knows, and the learner they train."""
        draw = random.Random(1)
        moods = [list(MOODS)[n % 3] for n in range(number)]
        texts = [f"{draw.choice(MOODS[mood])} no {draw.random()}" for mood in moods]
        messages = self.receive(*(self.payload(text) for text in texts))
        for message, mood in zip(messages, moods, strict=True):
            message.with_user(self.agent).action_correct("sentiment", mood)
        self.run_job("cron_train")
        return self.learner("sentiment")

    def learner(self, task):
        return self.env["social.learner"].search(
            [("task", "=", task), ("company_id", "=", self.channel.company_id.id)]
        )


class TestCorrections(LearningCase):
    def test_a_corrected_topic_is_the_conversations_too(self):
        """Also where an earlier post was about something else."""
        old, right = self.env["social.topic"].create([{"name": "A"}, {"name": "B"}])
        first = self.receive(self.payload("One"))
        last = self.receive(self.payload("Two", parent_id=first.external_id))
        conversation = first.conversation_id
        (first + last).topic_ids = old
        conversation._sum_up()
        self.assertEqual(conversation.topic_ids, old)
        conversation.with_user(self.agent).action_correct("topic", str(right.id))
        self.assertEqual(conversation.topic_ids, right)
        [told] = [t for t in conversation.corrections if t["task"] == "topic"]
        self.assertEqual(told["text"], "B")

    def test_one_call_corrects_post_and_conversation(self):
        [message] = self.receive(self.payload("The meadow is wide."))
        conversation = message.conversation_id
        conversation.state = "no_action"
        topic = self.env.ref("social_engagement.topic_press")
        posts = message.with_user(self.agent)
        posts.action_correct("sentiment", "negative")
        posts.action_correct("needs_answer", "1")
        posts.action_correct("topic", str(topic.id))
        for record in (message, conversation):
            self.assertEqual(record.sentiment_label, "negative")
            self.assertLess(record.sentiment, 0)
            self.assertEqual(record.needs_answer, 1)
            self.assertEqual(record.topic_ids, topic)
        self.assertEqual(conversation.state, "open")
        label = self.labels(message, "sentiment")
        self.assertEqual((label.before, label.value), ("neutral", "negative"))
        self.assertEqual(label.user_id, self.agent)
        self.assertEqual(label.source, "agent")
        self.assertEqual(self.labels(message, "topic").value_text, "Press")

    def test_a_language_is_corrected_with_what_depends_on_it(self):
        [message] = self.receive(self.payload("Danke, wunderbar!", language="en"))
        message.language = "en"
        message.with_user(self.agent).action_correct("needs_answer", "1")
        message.with_user(self.agent).action_correct("language", "de")
        self.assertEqual(message.language, "de")
        self.assertEqual(message.sentiment_label, "positive")
        self.assertEqual(message.needs_answer, 1, "what was said before stays")

    def test_on_the_conversation_it_is_the_last_post(self):
        one = self.payload("The meadow is wide.")
        two = self.payload("The sky as well.", parent_id=one["id"])
        first, last = self.receive(one, two)
        first.conversation_id.with_user(self.agent).action_correct(
            "sentiment", "positive"
        )
        self.assertEqual(last.sentiment_label, "positive")
        self.assertEqual(first.sentiment_label, "neutral")
        shown = {c["task"]: c for c in last.conversation_id.corrections}
        self.assertTrue(shown["sentiment"]["corrected"])
        self.assertFalse(shown["language"]["corrected"])
        self.assertIn(["de", "German"], shown["language"]["choices"])

    def test_nonsense_is_refused(self):
        message = self.receive(self.payload()).with_user(self.agent)
        for task, value in (
            ("sentiment", "purple"),
            ("needs_answer", "2"),
            ("topic", "x"),
            ("topic", "999999999"),
            ("language", "german"),
            ("body", "I never said that"),
        ):
            with self.assertRaises(ValidationError, msg=(task, value)):
                message.action_correct(task, value)
        self.assertFalse(self.labels(message))

    def test_only_agents_correct_and_nobody_forges(self):
        message = self.receive(self.payload())
        with self.assertRaises(AccessError):
            message.with_user(self.make_user("social_nobody")).action_correct(
                "sentiment", "negative"
            )
        message.with_user(self.agent).action_correct("sentiment", "negative")
        label = self.labels(message).with_user(self.agent)
        for write in (
            lambda: label.write({"value": "positive"}),
            lambda: label.create(
                {"message_id": message.id, "task": "topic", "source": "agent"}
            ),
            lambda: message.with_user(self.manager).write({"topic_ids": False}),
        ):
            with self.assertRaises(AccessError):
                write()

    def test_what_agents_do_is_a_weaker_label(self):
        answered, closed, said = self.receive(
            *(self.payload(f"The meadow is wide {n}.", handle=f"@{n}") for n in "abc")
        )
        answered.with_user(self.agent)._answer("Thanks!")
        closed.conversation_id.with_user(self.agent).action_no_action()
        said.with_user(self.agent).action_correct("needs_answer", "1")
        said.conversation_id.with_user(self.agent).action_no_action()
        needs = self.labels(answered + closed + said, "needs_answer")
        by_message = {label.message_id: (label.value, label.source) for label in needs}
        self.assertEqual(by_message[answered], ("1", "behaviour"))
        self.assertEqual(by_message[closed], ("0", "behaviour"))
        self.assertEqual(by_message[said], ("1", "agent"), "an agent's word stands")
        answered.conversation_id.with_user(self.agent).action_solve()
        self.assertEqual(self.labels(answered, "needs_answer").value, "1")

    def test_what_jobs_do_is_no_label(self):
        message = self.receive(self.payload())
        message.conversation_id.with_user(self.env.ref("base.user_root")).write(
            {"state": "no_action"}
        )
        self.assertFalse(self.labels(message))


class TestLearner(LearningCase):
    def mood(self, text):
        return self.receive(self.payload(text)).sentiment_label

    def test_what_cannot_be_used_any_more_is_trained_anew(self):
        learner = self.teach()
        self.assertTrue(learner.in_use)
        self.assertFalse(self.env["social.learner"]._due())
        learner.data = "{}"
        self.assertEqual(self.env["social.learner"]._due(), learner)
        self.run_job("cron_train")
        self.assertTrue(Model.from_json(learner.data).beats_rules)

    def test_what_agents_taught_is_used(self):
        self.assertEqual(self.mood("my wibbler blinked red"), "neutral")
        learner = self.teach()
        self.assertEqual(learner.state, "better")
        self.assertGreater(learner.model_score, learner.rules_score)
        self.assertEqual(learner.examples, 90)
        [message] = self.receive(self.payload("my wibbler blinked red"))
        self.assertEqual(message.sentiment_label, "negative")
        self.assertLess(message.sentiment, 0)
        learner.with_user(self.manager).enabled = False
        self.assertEqual(self.mood("my wibbler blinked red"), "neutral")

    def test_a_model_is_read_once_and_again_after_training(self):
        learner = self.teach()
        read = []
        self.patch(
            social_learner.Model,
            "from_json",
            staticmethod(lambda text, old=Model.from_json: read.append(1) or old(text)),
        )
        for _time in range(3):
            self.mood("my wibbler blinked red")
        self.assertLessEqual(len(read), 1)
        read.clear()
        learner.trained_at = "2020-01-01"
        self.mood("my wibbler blinked red")
        self.mood("my wibbler blinked red")
        self.assertEqual(len(read), 1)

    def test_no_better_no_use(self):
        said = {"negative": "I hate it, awful", "positive": "I love it, wonderful"}
        moods = list(said) * 30
        texts = [f"{said[mood]} {number}" for number, mood in enumerate(moods)]
        messages = self.receive(*(self.payload(text) for text in texts))
        for message, mood in zip(messages, moods, strict=True):
            message.with_user(self.agent).action_correct("sentiment", mood)
        self.run_job("cron_train")
        learner = self.learner("sentiment")
        self.assertEqual((learner.state, learner.rules_score), ("rules", 1))
        self.assertFalse(learner.in_use)
        self.assertFalse(learner.data)

    def test_few_labels_say_so(self):
        learner = self.teach(9)
        self.assertEqual(learner.state, "few")
        self.assertEqual([bar["value"] for bar in learner.comparison], [None, None])

    def test_only_new_labels_train_again(self):
        learner = self.teach(9)
        learner.trained_at = learner.trained_at.replace(year=2100)
        before = learner.trained_at
        self.run_job("cron_train")
        self.assertEqual(learner.trained_at, before)

    def test_topics_need_answers_and_languages_are_learnt_too(self):
        topic = self.env.ref("social_engagement.topic_press")
        texts = [("wibbler blinked", True), ("gronk purred", False)] * 40
        messages = self.receive(
            *(self.payload(f"{text} {n}") for n, (text, _y) in enumerate(texts))
        )
        for message, (_text, yes) in zip(messages, texts, strict=True):
            message = message.with_user(self.agent)
            message.action_correct("topic", str(topic.id) if yes else "")
            message.action_correct("needs_answer", "1" if yes else "0")
            message.action_correct("language", "nl" if yes else "it")
        self.run_job("cron_train")
        [message] = self.receive(self.payload("a wibbler blinked", language=None))
        self.assertEqual(message.topic_ids, topic)
        self.assertGreaterEqual(message.needs_answer, 0.5)
        self.assertIn("similar posts", message.reasons_text)
        self.assertEqual(message.language, "nl")
        [message] = self.receive(self.payload("a gronk purred", language=None))
        self.assertFalse(message.topic_ids)
        self.assertLess(message.needs_answer, 0.5)

    def test_another_companys_model_is_not_ours(self):
        learner = self.teach()
        learner.company_id = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self.mood("my wibbler blinked red"), "neutral")

    def test_managers_switch_but_do_not_forge(self):
        learner = self.teach(9).with_user(self.manager)
        for values in ({"state": "better"}, {"model_score": 1}, {"data": "{}"}):
            with self.assertRaises(AccessError):
                learner.write(values)
        with self.assertRaises(AccessError):
            learner.with_user(self.agent).read(["state"])
