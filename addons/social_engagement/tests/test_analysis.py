import random
import threading
import time

from odoo.tests import BaseCase

from ..analysis import analyse, analyse_batch, language, needs_answer, sentiment
from ..analysis.language import detect
from ..analysis.text import tokens
from ..analysis.words import read_words


class TestLanguage(BaseCase):
    def test_each_shipped_language_is_told(self):
        for code, text in (
            ("ar", "أين طلبي؟ أنتظر منذ أسبوعين"),
            ("de", "Wo bleibt mein Paket?"),
            ("en", "Where is my parcel?"),
            ("es", "¿Dónde está mi pedido?"),
            ("fr", "Où est passé mon colis ?"),
            ("it", "Dove si trova il mio pacco?"),
            ("nl", "Waar blijft mijn pakket?"),
            ("pt", "Cadê a minha encomenda?"),
            ("zh", "我的快递在哪里？"),
        ):
            self.assertEqual(detect(text)[0], code, text)

    def test_too_little_text_is_unknown(self):
        for text in ("", "😀", "ok", "@somebody", "https://example.com", "12:30", "#"):
            self.assertEqual(detect(text), (None, 0.0), text)

    def test_links_and_names_say_nothing(self):
        text = "@the_quick_brown_fox https://example.com/the-english-page Danke schön!"
        self.assertEqual(detect(text)[0], "de")

    def test_only_configured_languages_are_answered(self):
        text = "Waar blijft mijn pakket? Ik wacht al twee weken."
        self.assertEqual(detect(text, languages=["nl", "en"])[0], "nl")
        self.assertNotEqual(detect(text, languages=["de", "en"])[0], "nl")
        self.assertIsNone(detect("Где моя посылка?", languages=["de", "en"])[0])
        self.assertEqual(detect("Где моя посылка?", languages=["ru", "en"])[0], "ru")

    def test_kana_and_hangul_are_not_chinese(self):
        self.assertIsNone(detect("荷物はどこですか")[0])
        self.assertEqual(detect("荷物はどこですか", languages=["ja", "zh"])[0], "ja")
        self.assertIsNone(detect("내 소포는 어디에 있습니까")[0])

    def test_another_language_is_unknown_not_the_nearest(self):
        text = "Gdzie jest moja paczka? Czekam na nią już od dwóch tygodni, to skandal."
        self.assertIsNone(detect(text)[0])

    def test_dialect_is_not_another_language(self):
        text = "اهيه الي مسويه اكونت غوتشي امس اتوقع انها ما تدري وين"
        self.assertEqual(detect(text)[0], "ar")

    def test_the_networks_word_is_believed_unless_the_text_says_otherwise(self):
        self.assertEqual(detect("ok", "fr")[0], "fr")
        self.assertEqual(detect("Hallo", "nl")[0], "nl")
        german = "Ich warte seit drei Wochen auf meine Bestellung und höre nichts."
        self.assertEqual(detect(german, "en")[0], "de")
        self.assertEqual(detect(german, "de-AT")[0], "de")
        self.assertEqual(detect("我的快递在哪里", "en")[0], "zh")
        self.assertEqual(detect("Kde je můj balík?", "cs")[0], "cs")

    def test_the_same_text_gets_the_same_answer(self):
        self.assertEqual(len({detect("una casa grande") for _time in range(50)}), 1)

    def test_threads_never_see_a_half_built_detector(self):
        languages = ("da", "en", "fi", "sv", "tr")  # a set nobody has asked for yet
        answers, start = [], threading.Barrier(8)

        def call():
            start.wait()
            answers.append(detect("Var är mitt paket någonstans?", None, languages)[0])

        threads = [threading.Thread(target=call) for _thread in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, ["sv"] * 8)

    def test_codes_are_understood_as_networks_write_them(self):
        for written, code in (("pt_BR", "pt"), ("zh-Hans", "zh"), ("nb", "no")):
            self.assertEqual(language.normalise(written), code)
        for nonsense in (None, "", 5, "english", "x"):
            self.assertIsNone(language.normalise(nonsense))


class TestSentiment(BaseCase):
    def label(self, text, code):
        return sentiment.score(text, code).label

    def test_each_language_hears_good_and_bad(self):
        for code, good, bad in (
            ("ar", "خدمة رائعة شكرا", "خدمة سيئة جدا"),
            ("de", "Großartiger Service!", "Furchtbarer Service!"),
            ("en", "Wonderful service!", "Terrible service!"),
            ("es", "¡Servicio excelente!", "¡Servicio pésimo!"),
            ("fr", "Service excellent !", "Service lamentable !"),
            ("it", "Servizio eccellente!", "Servizio pessimo!"),
            ("nl", "Geweldige service!", "Waardeloze service!"),
            ("pt", "Atendimento excelente!", "Atendimento péssimo!"),
            ("zh", "服务非常好，很满意", "服务太差了，很失望"),
        ):
            self.assertEqual(self.label(good, code), "positive", good)
            self.assertEqual(self.label(bad, code), "negative", bad)

    def test_no_lexicon_no_mood(self):
        self.assertEqual(sentiment.score("Suurepärane!", "et"), sentiment.Mood())
        self.assertEqual(sentiment.score("Great!", None), sentiment.Mood())

    def test_negation_turns_a_word_round(self):
        for code, text in (
            ("de", "Das gefällt mir nicht."),
            ("de", "Das ist nicht gut."),
            ("fr", "Ce n'est pas bon."),
            ("es", "No es bueno."),
            ("en", "This is not good."),
            ("zh", "不喜欢"),
        ):
            self.assertLess(sentiment.score(text, code).value, 0, text)

    def test_a_negation_ends_with_its_clause(self):
        self.assertGreater(sentiment.score("Warum nicht? Tolle Idee!", "de").value, 0)

    def test_thanks_for_nothing_is_none(self):
        for code, text in (
            ("ar", "شكرا على لا شيء"),
            ("en", "Thanks for nothing"),
            ("de", "Seit Tagen kein Netz. Danke für gar nichts"),
            ("es", "Otra vez sin línea. Gracias por nada"),
            ("fr", "Encore en retard, merci pour rien"),
            ("it", "Treno soppresso, grazie per niente"),
            ("nl", "Weer te laat, bedankt voor niks"),
            ("pt", "Mais um atraso, obrigado por nada"),
        ):
            self.assertEqual(self.label(text, code), "negative", text)
        self.assertNotEqual(self.label("Merci de me rembourser", "fr"), "positive")
        self.assertNotEqual(self.label("Burned my hand", "en"), "positive")

    def test_intensifiers_and_but(self):
        plain = sentiment.score("gut", "de").value
        self.assertGreater(sentiment.score("sehr gut", "de").value, plain)
        self.assertLess(sentiment.score("etwas gut", "de").value, plain)
        text = "Schönes Design, aber der Service ist schlecht"
        self.assertLess(sentiment.score(text, "de").value, 0)

    def test_accents_and_stretching_do_not_matter(self):
        self.assertEqual(self.label("PESIMO servicio", "es"), "negative")
        self.assertEqual(self.label("suuuuper", "de"), "positive")

    def test_emoji_count_in_every_language(self):
        for code in sentiment.LANGUAGES:
            self.assertGreater(sentiment.score("😍", code).value, 0)
            self.assertLess(sentiment.score("😡", code).value, 0)

    def test_the_words_that_decided_are_named(self):
        words = sentiment.score("Der Service war furchtbar", "de").words
        self.assertEqual([word for word, weight in words if weight < 0], ["furchtbar"])


class TestNeedsAnswer(BaseCase):
    def need(self, text):
        return analyse(text).needs_answer

    def test_questions_requests_complaints_and_irony_want_one(self):
        for text in (
            "How do I change the address of my order",
            "Könnt ihr mir bitte sagen, wie ich meinen Vertrag kündigen kann",
            "J'ai été débité deux fois pour la même commande !",
            "Gracias por nada, otra vez el vuelo cancelado y sin información",
            "请问怎么取消我的会员",
            "التطبيق لا يعمل ولا أحد يرد من خدمة العملاء",
        ):
            self.assertGreaterEqual(self.need(text), 0.5, text)

    def test_praise_thanks_jokes_news_and_what_is_settled_do_not(self):
        for text in (
            "Best coffee in town, love it",
            "Vielen Dank, hat alles geklappt, tolles Team!",
            "mdr trop drôle 😂",
            "Stasera gioca la Juve contro l'Inter",
            "Ya está, ya funciona, gracias",
            "已经收到了，谢谢",
        ):
            self.assertLess(self.need(text), 0.5, text)

    def test_what_burns_bursts_or_hurts_wants_one(self):
        for text in (
            "The toy's battery exploded and burned my son's hand",
            "Das Ladegerät ist mir gestern Abend geschmolzen",
            "La batterie de mon téléphone a pris feu",
            "La batería de mi móvil explotó anoche",
            "La batteria del mio telefono è esplosa",
            "A bateria do meu celular explodiu",
            "De accu van mijn telefoon is ontploft",
            "انفجرت بطارية جوالي",
            "我的充电宝突然冒烟，差点着火",
        ):
            self.assertGreaterEqual(self.need(text), 0.5, text)

    def test_a_service_account_is_somebody_to_answer(self):
        text = "my card does nothing any more"
        self.assertGreater(self.need(f"@bank_help {text}"), self.need(text))

    def test_advertising_and_spam_are_told_apart(self):
        offer = analyse("Get 20% off, free shipping, shop now: https://example.com")
        self.assertGreaterEqual(offer.advertising, 0.5)
        self.assertEqual(offer.spam, 0.0)
        prize = analyse("You won a $1000 gift card, click http://bit.ly/x to claim")
        self.assertGreaterEqual(prize.spam, 0.5)
        for text in ("You won a customer for life", "How do I claim your refund"):
            self.assertEqual(analyse(text).spam, 0.0, text)
        spam = analyse("Earn money from home, passive income, guaranteed profit!")
        self.assertGreaterEqual(spam.spam, 0.5)
        self.assertLess(spam.needs_answer, 0.5)

    def test_reasons_are_given(self):
        reasons = analyse("Where is my order? The app is broken.").reasons
        self.assertIn("asks a question", reasons)
        self.assertIn("names a problem", reasons)
        self.assertTrue(all(isinstance(reason, str) for reason in reasons))

    def test_every_section_of_every_cue_file_is_weighed(self):
        for code in needs_answer.LANGUAGES:
            found = {section for section, _, _ in read_words(f"cues/{code}.txt")}
            known = {*needs_answer.WEIGHTS, *needs_answer.HELPERS, "opener"}
            self.assertLessEqual(found, known, code)
            self.assertLessEqual({"problem", "request", "thanks", "spam"}, found, code)


class TestAnalyse(BaseCase):
    def test_bad_input_gets_an_answer(self):
        stacked = "".join(char + "\u0335\u0321\u0489" * 9 for char in "Where is it?")
        for text in (
            None,
            b"bytes",
            12,
            "",
            " \n\t",
            "😀",
            "https://example.com https://example.org",
            "x" * 100_000,
            "中" * 100_000,
            "a@" * 50_000,
            "\ud83d",
            "abc \udc00 def",
            "\u202eabc\u202c \u200f\u200e",
            "Привет hello 你好 مرحبا",
            stacked,
        ):
            result = analyse(text)
            self.assertTrue(0 <= result.needs_answer <= 1)
            self.assertTrue(result.sentiment is None or -1 <= result.sentiment <= 1)
        self.assertEqual(analyse(stacked).language, "en")

    def test_no_repetition_makes_cutting_slow(self):
        for text in ("<", "a", "((((", "@a ", "http://", "a.", ":-", "'", ">:"):
            started = time.process_time()
            tokens(text * 20_000)
            self.assertLess(time.process_time() - started, 1, text)

    def test_noise_never_raises(self):
        draw = random.Random(0)
        for _post in range(300):
            size = draw.randrange(60)
            noise = "".join(chr(draw.randrange(0x110000)) for _char in range(size))
            analyse(noise, draw.choice([None, "en", "ar", "zh-Hant", "", 5]))

    def test_a_batch_is_as_one_by_one(self):
        posts = [("Where is it?", "en"), ("Danke!", None), ("", None)]
        self.assertEqual(
            analyse_batch(posts), [analyse(text, code) for text, code in posts]
        )
