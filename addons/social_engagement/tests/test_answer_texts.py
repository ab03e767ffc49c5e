"""The plain room about answers: no database."""

from odoo.tests import BaseCase, tagged

from ..answers import (
    invitation,
    personal_data,
    promises,
    questionable_links,
    rank,
)
from ..answers.promising import LANGUAGES


@tagged("post_install", "-at_install")
class TestAnswerTexts(BaseCase):
    def kinds(self, text, own=()):
        return [found.kind for found in personal_data(text, own)]

    def test_personal_data(self):
        for text, kind in (
            ("Write to ann.lee+x@mail.example.com.", "email"),
            ("Call +49 (30) 901820 please", "phone"),
            ("Call 030/9018201", "phone"),
            ("Call 1-800-555-0199 now", "phone"),
            ("(415) 555-2671 it is", "phone"),
            ("Call 415.555.2671", "phone"),
            ("我的电话是13800138000", "phone"),
            ("call 138 0013 8000", "phone"),
            ("Call 01 23 45 67 89", "phone"),
            ("Tel. 0049 30 901820", "phone"),
            ("It went to DE89 3704 0044 0532 0130 00 today", "iban"),
            ("from GB82WEST12345698765432", "iban"),
            ("IBAN DE89370400440532013000 BIC COBADEFFXXX OK", "iban"),
            ("it is de89 3704 0044 0532 0130 00, right", "iban"),
            ("your card 4111 1111 1111 1111 is", "card"),
            ("card 4111-1111-1111-1111 123 12/27", "card"),
            ("Your order no. 4711-0815 left", "order"),
            ("Ihre Bestellnummer: AB123456", "order"),
            ("Votre commande n° 123456", "order"),
            ("su pedido #123456", "order"),
            ("您的订单号123456", "order"),
        ):
            with self.subTest(text):
                self.assertEqual(self.kinds(text), [kind])

    def test_what_is_none(self):
        for text in (
            "",
            "@fan@social.example hello",
            "@fan.bsky.social see https://x.example/4111111111111111/a@b.example",
            "Since 2019 we had 1,000,000 parcels in 24 hours, 12.50 EUR",
            "DE88 3704 0044 0532 0130 00",  # wrong check digits
            "4111 1111 1111 1112",
            "Our order of things",
            "Version 10.0.22621.1 from 2026-11-25 at 10:30",
            "0" * 16,
            "Since 01.03.2026 it is down",
            "01/03/2026, 01-03-2026, 1.3.26, 2026-03-01, (01.03.2026)",
            "From 01.03.2026 - 15.03.2026",
            "It has 12345678901 and 555 123 parts, 4155552671 of them",
            "Since 2019 138001380001 of them",
        ):
            with self.subTest(text):
                self.assertEqual(self.kinds(text), [])

    def test_an_order_number_is_no_card(self):
        """Though a tenth of all numbers have Luhn's check digit."""
        for text in (
            "Tracking number 677777777777777",
            "Your order 4111111111111111 is on its way",
            "Sendungsnummer: 4242 4242 4242 4242",
            "Ihre Bestellnummer lautet 4000000000000002",
            "Numéro de suivi : 5105105105105100",
            "IMEI 490154203237518",
            "4111 1111 1111 1111 is your tracking number",
        ):
            with self.subTest(text):
                self.assertEqual(self.kinds(text), ["order"])
        for digits in (
            "677777777777777",
            "8901260123456789017",
            "9400100000000000000002",
        ):
            with self.subTest(digits):
                self.assertNotIn("card", self.kinds(digits))

    def test_a_card_is_one(self):
        for digits in (
            "4111111111111111",
            "5500 0000 0000 0004",
            "2221 0000 0000 0009",
            "3782 822463 10005",
            "6011000990139424",
            "30569309025904",
            "3530111333300000",
            "6200000000000005",
            "6759649826438453",
            "2200000000000004",
        ):
            for text in (
                digits,
                f"It is {digits}.",
                f"For your order we charged the card {digits}",
                f"My order: paid by {digits}",
            ):
                with self.subTest(text):
                    self.assertEqual(self.kinds(text), ["card"])

    def test_a_bank_account_has_its_countrys_form(self):
        self.assertEqual(self.kinds("NL91 ABNA 0417 1643 00"), ["iban"])
        # Right check digits, but no account of any country.
        self.assertNotIn("iban", self.kinds("XX44 1234 5678 9012 34"))
        self.assertNotIn("iban", self.kinds("DE36 1234 5678 9012 34"))

    def test_phones_of_a_known_country(self):
        for text, country in (
            ("Call 612 345 678", "ES"),
            ("Call 4155552671", "US"),
            ("Ring 20 12 34 56", "DK"),
            ("Ligue 912 345 678", "PT"),
        ):
            with self.subTest(text):
                found = personal_data(text, (), (country,))
                self.assertEqual([each.kind for each in found], ["phone"])
                self.assertEqual(self.kinds(text), [])
        found = personal_data("Call 030 9018201, +49 30 9018202", (), ("DE",))
        self.assertEqual(
            [each.text for each in found], ["+49 30 9018202", "030 9018201"]
        )
        for text in ("Since 01.03.2026", "on 2026-01-02 at 10:30 I paid 1000"):
            self.assertEqual(personal_data(text, (), ("DE", "US", "XX")), [])

    def test_the_companys_own_may_be_told(self):
        own = ("help@brand.example", "+49 30 901820", False)
        self.assertFalse(self.kinds("Mail Help@Brand.example, 030 901820", own))
        self.assertEqual(self.kinds("Mail ann@brand.example", own), ["email"])

    def test_hostile_texts_take_no_time(self):
        for text in ("a" * 100_000, "1 " * 50_000, "a@" * 50_000, "DE12" * 25_000):
            personal_data(text)
            personal_data(text, (), ("US", "DE"))
            questionable_links("https://" * 5000 + text)
            promises(text)
            rank(text, [text] * 3)

    def test_promises(self):
        for language, text in (
            ("en", "We'll send you a refund"),
            ("de", "Wir werden Ihnen den Betrag erstatten"),
            ("fr", "Nous allons vous rembourser"),
            ("es", "Vamos a devolver el dinero"),
            ("zh", "我们会为您退款"),
        ):
            with self.subTest(language):
                self.assertEqual(len(promises(text, language)), 2)
                self.assertTrue(promises(text))
                self.assertTrue(promises(text, "nl"), "its words are not known: all")
        self.assertEqual(
            promises("Thanks for telling us! Our well-known shop", "en"), []
        )
        self.assertEqual(promises("A refundable ticket", "en"), ["refundable"])
        self.assertEqual(set(LANGUAGES), {"de", "en", "es", "fr", "zh"})

    def test_links(self):
        own = ("https.example", "brand.example")
        for link, what in (
            ("https://brand.example/help.", ""),
            ("https://www.brand.example", ""),
            ("https://shop.brand.example", ""),
            ("https://notbrand.example", "foreign"),
            ("http://brand.example", "insecure"),
            ("https://bit.ly/3x", "shortener"),
            ("https://bränd.example", "unreadable"),
            ("https://xn--brnd-loa.example", "unreadable"),
            ("https://[brand.example", "unreadable"),
        ):
            with self.subTest(link):
                found = [told for _link, told in questionable_links(f"See {link}", own)]
                self.assertEqual(found, [what] if what else [])
        self.assertFalse(questionable_links("https://anywhere.example"))

    def test_invitations(self):
        self.assertIn("https://m.me/1", invitation("https://m.me/1", "de"))
        self.assertEqual(invitation("x", "pt"), invitation("x", "en"))

    def test_ranking(self):
        texts = ["Your parcel is on its way", "The router needs a restart", "Thanks"]
        scores = rank("My router is dead, routers like this!", texts)
        self.assertEqual(scores.index(max(scores)), 1)
        self.assertEqual((scores[0], scores[2]), (0, 0))
        self.assertGreater(rank("路由器坏了", ["重启路由器", "谢谢"])[0], 0)
        self.assertEqual(rank("", []), [])
