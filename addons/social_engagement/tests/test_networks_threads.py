import random

from odoo.tests import BaseCase, tagged

from ..networks.media import is_allowed, mime_type_of
from ..networks.plaintext import graphemes
from ..networks.threads import MOST_PARTS, split


@tagged("post_install", "-at_install")
class TestSplit(BaseCase):
    def check(self, text, limit, length=len):
        parts = split(text, limit, length)
        for number, part in enumerate(parts, 1):
            self.assertLessEqual(length(part), limit)
            self.assertTrue(part.endswith(f" ({number}/{len(parts)})"))
        kept = "".join(part.rpartition(" (")[0] for part in parts)
        self.assertEqual("".join(kept.split()), "".join(text.split()))
        return parts

    def test_what_fits_stays_whole(self):
        self.assertEqual(split(" Hello. ", 6, len), ["Hello."])

    def test_cut_where_a_reader_would(self):
        text = "One paragraph. Of two.\n\nAnother one here, a bit longer. Its end."
        for limit, beginnings in (
            (45, ["One paragraph. Of two.", "Another one here, a bit longer."]),
            (28, ["One paragraph. Of two.", "Another one here, a"]),
            (20, ["One paragraph.", "Of two."]),
        ):
            parts = self.check(text, limit)
            cut = [part.rpartition(" (")[0] for part in parts[:2]]
            self.assertEqual(cut, beginnings, limit)

    def test_a_boundary_far_away_is_none(self):
        [first, *_others] = self.check("Hi.\n\n" + "word " * 30, 60)
        self.assertGreater(len(first), 40)

    def test_a_word_that_is_too_long(self):
        self.check("x" * 200, 50)
        family = "👨‍👩‍👧‍👦"
        for part in self.check(family * 30, 50):
            self.assertEqual(part.rpartition(" (")[0].replace(family, ""), "")

    def test_what_the_network_counts_counts(self):
        self.check("漢字だ。" * 60, 100, lambda text: len(text.encode()))
        self.check("👨‍👩‍👧‍👦🇩🇪 " * 60, 40, graphemes)
        with_mention = self.check("word " * 60, 100, lambda text: len("@ann " + text))
        self.assertGreater(len(with_mention), 3)

    def test_ten_parts_and_more(self):
        self.assertGreater(len(self.check("word " * 100, 50)), 9)
        with self.assertRaises(ValueError):
            split("word " * 1000, 50, len)
        with self.assertRaises(ValueError):
            split("abc def", 5, len)

    def test_any_text(self):
        chance = random.Random(4)
        letters = "ab .!\n\n漢。é👍🏽🇩🇪"
        for _n in range(200):
            text = "".join(chance.choices(letters, k=chance.randint(1, 300))).strip()
            limit = chance.randint(30, 60)
            parts = split(text, limit, len)
            self.assertLessEqual(len(parts), MOST_PARTS)
            if len(parts) > 1:
                self.check(text, limit)


@tagged("post_install", "-at_install")
class TestMediaTypes(BaseCase):
    def test_by_what_is_in_it(self):
        for beginning, expected in (
            (b"\x89PNG\r\n\x1a\n...", "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"GIF89a", "image/gif"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
            (b"RIFF\0\0\0\0AVI LIST", None),
            (b"\0\0\0\x18ftypmp42", "video/mp4"),
            (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
            (b"\0\0\0\x18ftypavif", "image/avif"),
            (b"\x1aE\xdf\xa3", "video/webm"),
            (b"OggS", "audio/ogg"),
            (b"ID3\3", "audio/mpeg"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
            (b"<!DOCTYPE html>", None),
            (b"%PDF-1.7", None),
            (b"", None),
        ):
            self.assertEqual(mime_type_of(beginning), expected, beginning)

    def test_what_is_allowed(self):
        self.assertTrue(is_allowed("image/png", ("image/*",)))
        self.assertTrue(is_allowed("video/mp4", ("image/*", "video/mp4")))
        self.assertFalse(is_allowed("video/webm", ("image/*", "video/mp4")))
        self.assertFalse(is_allowed("image/png", ()))
