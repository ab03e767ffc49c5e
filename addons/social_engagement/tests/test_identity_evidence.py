from odoo.tests import BaseCase

from ..identity import Contact, Person, certainty, confidence, masked, match, shared
from ..identity.evidence import SUREST, WORTH_SUGGESTING
from ..identity.traces import phone, site, traces


def said(text, origin="public", source=None):
    return {(t.kind, t.value) for t in traces(text, origin, source)}


def evidence(person, contact, others=()):
    return match(person, contact, shared(person, [contact, *others]))


class TestTraces(BaseCase):
    def test_addresses(self):
        self.assertEqual(
            said("Mail Ann.Lee+x@Shop.Example. Or ann@mail.example!"),
            {("email", "ann.lee+x@shop.example"), ("email", "ann@mail.example")},
        )

    def test_a_handle_is_no_address(self):
        self.assertEqual(said("@ann@social.example and @bob"), set())

    def test_numbers(self):
        self.assertEqual(said("call +49 (30) 1234-5678"), {("phone", "12345678")})
        self.assertEqual(phone("030 12345678"), phone("+49 30 12345678"))
        self.assertEqual(phone("12"), "")
        self.assertEqual(said("since 01.03.2026"), set())
        self.assertEqual(said("电话13800138000"), {("phone", "00138000")})
        self.assertEqual(said("call 1-800-555-0199"), {("phone", "05550199"[-8:])})
        spanish = traces("llama al 612 345 678", countries=("ES",))
        self.assertEqual([each.value for each in spanish], ["12345678"])
        self.assertEqual(said("on 2026-01-02 at 10:30 I paid 1000"), set())

    def test_websites(self):
        self.assertEqual(site("https://www.Shop.example/about"), "shop.example")
        self.assertEqual(site("https://github.com/Ann/"), "github.com/ann")
        self.assertEqual(site("https://github.com"), "")
        for bad in ("", None, "nonsense", "http://[", "javascript:alert(1)"):
            self.assertEqual(site(bad), "", bad)
        self.assertIn(("website", "shop.example"), said("see www.shop.example/x."))

    def test_references(self):
        self.assertEqual(
            said("order S00042 and INV/2026/00007"),
            {("reference", "S00042"), ("reference", "INV/2026/00007")},
        )

    def test_hostile_texts_take_no_time(self):
        for text in (
            "a" * 50_000,
            "a@" * 20_000,
            "+0 " * 20_000,
            "a." * 20_000,
            "1 " * 20_000,
        ):
            traces(text, countries=("US", "DE"))
            self.assertFalse([t for t in traces(text) if t.kind == "email"])

    def test_only_the_masked_form_is_shown(self):
        [mail] = traces("ann@shop.example")
        self.assertEqual(masked(mail), "a…@shop.example")
        [number] = traces("+49 30 12345678")
        self.assertEqual(masked(number), "…678")


class TestEvidence(BaseCase):
    ANN = Contact(
        name="Ann Lee",
        city="Łódź",
        email="ann@shop.example",
        phone="12345678",
        website="shop.example",
        references=frozenset({"S00042"}),
    )

    def person(self, *texts, origin="public", **values):
        found = [t for n, text in enumerate(texts) for t in traces(text, origin, n)]
        return Person(traces=tuple(found), **values)

    def kinds(self, person, contact=ANN, others=()):
        return [each.kind for each in evidence(person, contact, others)]

    def test_each_kind(self):
        for text, kind in (
            ("ann@shop.example", "email"),
            ("+49 30 12345678", "phone"),
            ("www.shop.example", "website"),
            ("S00042", "reference"),
        ):
            self.assertEqual(self.kinds(self.person(text)), [kind])

    def test_nothing_fits(self):
        person = self.person("bob@shop.example", name="Bob", place="Łódź")
        self.assertEqual(evidence(person, self.ANN), [])
        self.assertEqual(evidence(Person(), Contact()), [])

    def test_name_counts_with_the_place_only(self):
        here = Person(name="LEE, Ánn", place="Łódź, Poland")
        self.assertEqual(self.kinds(here), ["place"])
        there = Person(name="Ann Lee", place="Kraków")
        self.assertEqual(self.kinds(there), ["name"])
        alone = confidence(e.strength for e in evidence(there, self.ANN))
        self.assertLess(alone, WORTH_SUGGESTING)
        self.assertEqual(self.kinds(Person(name="Ann"), Contact(name="Ann")), [])

    def test_private_words_weigh_more_than_public_ones(self):
        public = evidence(self.person("ann@shop.example"), self.ANN)
        private = evidence(self.person("ann@shop.example", origin="private"), self.ANN)
        self.assertGreater(private[0].strength, public[0].strength)

    def test_said_twice_is_one_piece_of_evidence(self):
        once = evidence(self.person("ann@shop.example"), self.ANN)
        twice = evidence(self.person("ann@shop.example", "ann@shop.example"), self.ANN)
        self.assertEqual(len(twice), 1)
        self.assertEqual(once[0].strength, twice[0].strength)

    def test_what_fits_two_contacts_is_worth_half(self):
        person = self.person("ann@shop.example")
        double = Contact(name="Ann L.", email="ann@shop.example")
        [alone] = evidence(person, self.ANN)
        [divided] = evidence(person, self.ANN, [double])
        self.assertAlmostEqual(divided.strength, alone.strength / 2)

    def test_more_evidence_makes_surer_and_never_certain(self):
        one = confidence([0.6])
        two = confidence([0.6, 0.5])
        self.assertAlmostEqual(two, 0.8)
        self.assertGreater(two, one)
        self.assertEqual(confidence([0.9] * 20), SUREST)
        self.assertEqual(confidence([]), 0)

    def test_words(self):
        words = [certainty(value) for value in (0.3, 0.6, 0.85, SUREST, 1.0)]
        self.assertEqual(
            words, ["possible", "likely", "very_likely", "very_likely", "certain"]
        )
