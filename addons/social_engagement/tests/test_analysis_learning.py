import json
import math
import random

from odoo.tests import BaseCase

from ..analysis import duplicates, topics
from ..analysis.learning import Model, macro_f1, row_of, train
from ..models.social_learner import _said_by

OPENINGS = ("yesterday the", "again my", "our little", "this morning the", "their new")
ENDINGS = ("in Leeds", "on the way home", "near the lake", "before lunch", "at work")


def posts(seed, count, wording):
    """Posts whose label hangs on a company's own words, which no rule knows."""
    draw = random.Random(seed)
    found = []
    for _post in range(count):
        label = draw.choice(sorted(wording))
        words = (
            draw.choice(OPENINGS),
            draw.choice(wording[label]),
            draw.choice(ENDINGS),
        )
        found.append((" ".join(words), "en", label))
    return found


MOODS = {
    "negative": ("wibbler blinked red", "gronk went sideways", "snaffle turned purple"),
    "neutral": ("wibbler sat there", "gronk was blue", "snaffle stood upright"),
    "positive": ("wibbler hummed along", "gronk purred", "snaffle sparkled twice"),
}


class TestLearning(BaseCase):
    def test_a_companys_own_words_are_learnt(self):
        model = train(posts(1, 240, MOODS))
        self.assertTrue(model.beats_rules)
        self.assertGreater(model.model_score, model.rules_score + 0.2)
        others = posts(2, 100, MOODS)
        guesses = [(label, model.predict(text, code)) for text, code, label in others]
        self.assertGreater(macro_f1(guesses), 0.9)

    def test_labels_without_pattern_leave_the_rules_in_charge(self):
        draw = random.Random(3)
        noise = [
            (text, code, draw.choice(sorted(MOODS)))
            for text, code, _label in posts(3, 150, MOODS)
        ]
        clear = [("Wonderful, I love it", "en", "positive")] * 60
        clear += [("Terrible, I hate it", "en", "negative")] * 60
        clear += [("The train goes to York", "en", "neutral")] * 60
        for examples in (noise, clear):
            model = train(examples)
            self.assertFalse(model.beats_rules)
            self.assertIsNone(model.predict("gronk purred", "en"))
            self.assertIn("labels it has not seen", model.reason)

    def test_weak_labels_count_less(self):
        said = [("gronk purred", "en", "1", 1.0), ("zamp flat", "en", "0", 1.0)] * 20
        done = [("gronk purred", "en", "0", 0.3)] * 90
        model = train(said + done)
        self.assertEqual(model.predict("gronk purred", "en"), "1")
        self.assertEqual(macro_f1([(1, 1), (1, 2), (2, 2)], [1, 0, 1]), 1)

    def test_rare_labels_are_left_out(self):
        examples = posts(1, 240, MOODS) + [("snaffle", "en", "neutralish")]
        model = train(examples, rules=lambda text, language: None)
        self.assertTrue(model.beats_rules)
        self.assertNotIn("neutralish", model.labels)

    def test_too_few_labels(self):
        for examples in ([], posts(4, 10, MOODS), posts(4, 90, {"neutral": ("a b",)})):
            model = train(examples)
            self.assertIsNone(model.predict("gronk purred", "en"))
            self.assertIn("too few", model.reason)

    def test_any_tasks_labels(self):
        needs = {"1": ("wibbler blinked red",), "0": ("gronk purred",)}
        self.assertTrue(train(posts(5, 120, needs)).beats_rules)
        things = {"Cars": ("wibbler blinked",), "Boats": ("gronk purred",)}
        model = train(posts(6, 120, things))
        self.assertEqual(model.predict("again my gronk purred near", "en"), "Boats")

    def test_a_model_survives_json_and_holds_no_words(self):
        model = train(posts(7, 200, MOODS))
        stored = model.to_json()
        self.assertNotIn("wibbler", stored)
        again = Model.from_json(stored)
        for text, code, _label in posts(8, 30, MOODS):
            self.assertEqual(again.predict(text, code), model.predict(text, code))
        self.assertEqual(again.model_score, model.model_score)
        other = {**json.loads(stored), "version": -1}
        self.assertIsNone(Model.from_json(json.dumps(other)).predict("gronk", "en"))

    def test_a_damaged_model_says_nothing(self):
        stored = train(posts(7, 200, MOODS)).to_json()
        whole = json.loads(stored)
        damaged = [
            json.dumps({**whole, name: value})
            for name in ("labels", "bias", "weights")
            for value in (None, [])
        ]
        damaged.append(json.dumps({**whole, "bias": [math.nan] * 3}))
        for text in (None, "", "null", "[]", "{}", stored[:300], *damaged):
            model = Model.from_json(text)
            said = _said_by(model, "sentiment", row_of("gronk purred", "en"), {}, set())
            self.assertEqual((model.beats_rules, said), (False, {}))
            self.assertIn("cannot be read", model.reason)


class TestTopics(BaseCase):
    def setUp(self):
        super().setUp()
        self.matcher = topics.Matcher(topics.default_topics())

    def match(self, text, code):
        return [topic for topic, _words in self.matcher.match(text, code)]

    def test_every_topic_ships_in_every_language(self):
        for topic, words in topics.default_topics().items():
            self.assertEqual(sorted(words), list(topics.LANGUAGES), topic)

    def test_stems_phrases_and_hashtags(self):
        self.assertEqual(self.match("Meine Bestellung kam kaputt an", "de"), ["fault"])
        self.assertEqual(self.match("mon telephone ne marche pas", "fr"), ["fault"])
        self.assertIn("billing", self.match("#Rechnung falsch", "de"))
        self.assertIn("delivery", self.match("我的快递还没到", "zh"))
        self.assertIn("delivery", self.match("لم يصل الطرد", "ar"))
        self.assertEqual(self.match("A walk by the sea", "en"), [])

    def test_a_managers_own_words(self):
        matcher = topics.Matcher({7: {"en": ["solar panel*"], None: ["XR-500"]}})
        found = matcher.match("two solar panels broke", "en")
        self.assertEqual(found, [(7, ["solar panels"])])
        self.assertEqual(matcher.match("mein xr-500", "de"), [(7, ["xr 500"])])

    def test_suggestions_are_what_became_more_frequent(self):
        earlier = [("nice weather and a long queue", "en")] * 40
        recent = [("the wobble plate again, long queue", "en")] * 10
        found = topics.suggest(recent, earlier, known=["again"])
        terms = [term for term, _language, _count in found]
        self.assertIn("wobble plate", terms)
        self.assertNotIn("the", terms)
        self.assertNotIn("weather", terms)
        self.assertEqual(topics.suggest(recent[:2], earlier), [])


class TestDuplicates(BaseCase):
    TEXT = "The new app signs me out every single time I open it, please fix this soon"

    def share_a_band(self, first, second):
        return bool(set(duplicates.bands(first)) & set(duplicates.bands(second)))

    def test_copies_are_found(self):
        for copy in (
            f"RT @somebody: {self.TEXT}",
            f"{self.TEXT.upper()}!!! https://example.com",
            self.TEXT.replace("soon", "now"),
        ):
            self.assertTrue(duplicates.similar(self.TEXT, copy), copy)
            self.assertTrue(self.share_a_band(self.TEXT, copy), copy)

    def test_other_texts_are_not(self):
        other = "When does the shop in Leeds open on Sunday, does anybody know?"
        self.assertFalse(duplicates.similar(self.TEXT, other))
        self.assertFalse(self.share_a_band(self.TEXT, other))

    def test_short_texts_must_be_closer(self):
        self.assertFalse(duplicates.similar("Thank you very much", "Thank you all"))
        self.assertTrue(
            duplicates.similar("Thank you very much", "thank you VERY much!")
        )

    def test_bands_are_stable_and_fit_an_integer_column(self):
        bands = duplicates.bands(self.TEXT)
        self.assertEqual(bands, duplicates.bands(self.TEXT))
        self.assertEqual(len(bands), 16)
        self.assertTrue(all(-(2**31) <= band < 2**31 for band in bands))
        self.assertEqual(duplicates.bands("ok"), [])
        self.assertEqual(duplicates.bands(""), [])
