"""Making text and payloads of strangers fit for people and databases."""

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from odoo.tests import BaseCase

from ..networks.base import Author, BadPayload, Post
from ..networks.facets import expand, facets
from ..networks.payload import NO_TIME, Fields, as_time, in_time, item_id, language
from ..networks.plaintext import (
    bounded,
    clean,
    graphemes,
    html_to_text,
    one_line,
    without_shortcodes,
)

SCRIPTS = "Æ Ω Ж א ع अ ก 中 한 ㅋ 𓀀 👩🏽‍🚀 e\u0301 \u202eabc\u202c Z̸̢̛"


class TestPlainText(BaseCase):
    def test_html(self):
        for html, text in (
            ("", ""),
            ("plain", "plain"),
            ("a<br>b<br/><br>c", "a\nb\n\nc"),
            ("<p>a</p><p>b</p>", "a\n\nb"),
            ("<div>a</div><div>b</div>", "a\nb"),
            ("<ul><li>1</li><li>2</li></ul>", "- 1\n- 2"),
            ("a\n  b\t c", "a b c"),
            ("1 &lt; 2 &amp; 3 &#128512;", "1 < 2 & 3 😀"),
            ("<script>x()</script><style>y</style>z<!-- c -->!", "z!"),
            ('<img src="x" alt="a cat">', "a cat"),
            ('<a href="https://x.example/">here</a>', "here (https://x.example/)"),
            ('<a href="https://x.example">x.example</a>', "x.example"),
            ('<a href="javascript:alert(1)">here</a>', "here"),
            ("<p>not <b>closed", "not closed"),
            ("a < b > c", "a < b > c"),
            ("\0a\ud800b&#0;&#3;c", "abc"),
            ("<p></p>", ""),
        ):
            self.assertEqual(html_to_text(html).replace("\ufffd", ""), text, html)

    def test_quotes_are_marked(self):
        for html, text in (
            ("<blockquote>them</blockquote>me", "> them\n\nme"),
            ("me<blockquote><p>a</p>b<br>c</blockquote>", "me\n\n> a\n>\n> b\n> c"),
            (
                "<blockquote>a<blockquote>b</blockquote>c</blockquote>d",
                "> a\n>\n> > b\n>\n> c\n\nd",
            ),
            ("<blockquote> </blockquote>me", "me"),
            ("<blockquote><pre>a\n b</pre></blockquote>", "> a\n>  b"),
            ("&#3;no quote&#4; of ours", "no quote of ours"),
        ):
            self.assertEqual(html_to_text(html), text, html)
        self.assertLess(len(html_to_text("<blockquote>a" * 200)), 10_000)

    def test_code_keeps_its_lines(self):
        for html, text in (
            ("<pre>if a:\n    b\n\n\n  c</pre>d", "if a:\n    b\n\n\n  c\n\nd"),
            ("a  b<pre><code>\n  c<b>\n d</b></code></pre>", "a b\n\n  c\n d"),
            ("<pre>a<br>\tb</pre>", "a\n\tb"),
        ):
            self.assertEqual(html_to_text(html), text, html)

    def test_relative_links(self):
        base = "https://news.example/blog/one"
        for href, target in (
            ("/help", " (https://news.example/help)"),
            ("two?a=b", " (https://news.example/blog/two?a=b)"),
            ("../x", " (https://news.example/x)"),
            ("//cdn.example/y", " (https://cdn.example/y)"),
            ("https://other.example/z", " (https://other.example/z)"),
            ("#top", ""),
            ("mailto:a@b.example", ""),
            ("javascript:alert(1)", ""),
            ("//[x", ""),
        ):
            html = f'<a href="{href}">help</a>'
            self.assertEqual(html_to_text(html, base), f"help{target}")
        self.assertEqual(html_to_text('<a href="/help">help</a>'), "help")
        self.assertEqual(html_to_text('<a href="/r/odoo">r/odoo</a>', base), "r/odoo")

    def test_every_script(self):
        self.assertEqual(html_to_text(f"<p>{SCRIPTS}</p>"), SCRIPTS)
        upright = SCRIPTS.replace("\u202e", "").replace("\u202c", "")
        self.assertEqual(one_line(SCRIPTS), upright, "nothing turns its neighbours")
        self.assertEqual(clean(SCRIPTS), SCRIPTS)

    def test_bounds(self):
        self.assertEqual(bounded("x" * 100_000), "x" * 100_000)
        cut = bounded("x" * 100_001)
        self.assertEqual((len(cut), cut[-4:]), (100_000, " […]"[-4:]))
        self.assertEqual(len(one_line("name " * 10_000)), 256)
        self.assertLess(len(html_to_text("<div>" * 200_000)), 10)

    def test_graphemes(self):
        for text, count in (("", 0), ("abc", 3), ("é", 1), ("👨‍👩‍👧", 1), ("🇩🇪", 1)):
            self.assertEqual(graphemes(text), count)


class TestBounds(BaseCase):
    def test_rows_of_flags_are_counted_in_time(self):
        flag = "\U0001f1e9\U0001f1ea"
        self.assertEqual(graphemes(flag * 3 + flag[0]), 4)
        self.assertEqual(graphemes(f"{flag}\u0301{flag[0]}\u0301{flag}"), 3)
        self.assertEqual(graphemes(f"a{flag}\u200d\U0001f600b"), 4)
        self.assertLess(seconds(graphemes, flag * 200_000), 2)

    def test_no_html_takes_the_square_of_its_length(self):
        for html in (
            "<a " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x</a>",
            '<img src="data:image/png;base64,' + "A" * 900_000 + '" alt="cat">',
            "<a href=https://a.example><div>" * 30_000,
            "<script>" * 100_000,
            "<" * 500_000,
            "&#x" * 300_000,
            "<b><i>" * 100_000,
            " \n" * 400_000,
        ):
            self.assertLess(seconds(html_to_text, html), 4, html[:20])

    def test_html_nested_however_deep(self):
        for depth in (10, 253, 254, 255, 256, 300, 3000, 80_000):
            html = "<div>" * depth + "deep &amp; <b>dark</b><script>x()</script>"
            html += "</div>" * depth + "and<br>after"
            with self.subTest(depth):
                self.assertEqual(html_to_text(html), "deep & dark\nand\nafter")

    def test_a_picture_in_a_page_keeps_its_words(self):
        html = f'<img src="data:image/png;base64,{"A" * 9000}" alt="A cat"> said'
        self.assertEqual(html_to_text(html), "A cat said")

    def test_names_without_the_pictures_of_their_server(self):
        for name, shown in (
            ("Ann :verified:", "Ann"),
            (":fox_2: Ann :fox_2::cat:", "Ann"),
            (":verified:", ":verified:"),
            ("Open 10:30:45", "Open 10:30:45"),
            ("Ann::B", "Ann::B"),
            ("Ann: B :)", "Ann: B :)"),
            ("a:bc:d", "a:bc:d"),
            ("", ""),
        ):
            self.assertEqual(without_shortcodes(name), shown)


class TestFields(BaseCase):
    def test_reads_by_type(self):
        fields = Fields({"a": "x", "n": 7, "t": "2026-01-01T00:00:00Z", "o": {"b": 1}})
        self.assertEqual(fields.text("a"), "x")
        self.assertEqual(fields.count("n"), 7)
        self.assertEqual(fields.id("n"), "7")
        self.assertEqual(fields.time("t").year, 2026)
        self.assertEqual(fields.child("o").count("b"), 1)
        for wrong in ("n", "o", "missing"):
            self.assertEqual(fields.text(wrong, "default"), "default")

    def test_names_what_is_missing(self):
        fields = Fields({"o": {"p": {"x": None}}})
        with self.assertRaisesRegex(BadPayload, "o.p.x is missing"):
            fields.child("o").child("p").text("x")
        with self.assertRaisesRegex(BadPayload, "o.q is not an object"):
            fields.child("o").child("q")

    def test_figures(self):
        for value in (-1, True, "7", 1.5, None, float("inf")):
            self.assertIsNone(Fields({"n": value}).count("n"))
        self.assertEqual(Fields({"n": 10**30}).count("n"), 2**31 - 1)

    def test_addresses(self):
        for value in (
            "javascript:alert(1)",
            "/path",
            7,
            "https://" + "x" * 3000,
            "https://[x",
            "https://",
        ):
            self.assertEqual(Fields({"u": value}).url("u"), "")

    def test_times(self):
        for value in ("", "yesterday", 7, None, "9999-12-31T23:59:59-12:00", "x" * 99):
            self.assertIsNone(as_time(value), value)
        self.assertEqual(as_time("2026-01-01T00:00:00").utcoffset().seconds, 0)

    def test_times_that_no_calendar_has(self):
        for value in (
            "0000-00-00T00:00:00Z",
            "-0001-11-30T00:00:00Z",
            "9999-12-31T23:59:59-12:00",
            "0001-01-01T00:00:00+14:00",
            "2026-02-30T00:00:00Z",
        ):
            self.assertEqual(Fields({"t": value}).time("t"), NO_TIME, value)
            self.assertIsNone(Fields({"t": value}).time("t", None), value)
        for value in (0, -5, 1e300, 10**40, 1518693890000000):
            self.assertEqual(Fields({"t": value}).epoch("t"), NO_TIME, value)
        for value in ("soon", "", None, True, []):
            with self.assertRaises(BadPayload):
                Fields({"t": value}).time("t")

    def test_times_that_can_not_be(self):
        arrived = datetime(2026, 12, 1, 12, tzinfo=timezone.utc)
        author = Author("a", "a", created_at=NO_TIME)
        for moment, right in (
            (NO_TIME, arrived),
            (datetime(1970, 1, 1, tzinfo=timezone.utc), arrived),
            (datetime(2100, 1, 1, tzinfo=timezone.utc), arrived),
            (datetime.max.replace(tzinfo=timezone.utc), arrived),
            (arrived + timedelta(hours=8), arrived),
            (arrived + timedelta(minutes=1), arrived + timedelta(minutes=1)),
            (arrived - timedelta(days=9000), arrived - timedelta(days=9000)),
        ):
            post = in_time(Post("1", "post", "", author, moment), arrived)
            self.assertEqual(post.posted_at, right, moment)
            self.assertIsNone(post.author.created_at)
        young = replace(author, created_at=arrived)
        post = in_time(Post("1", "post", "", young, arrived), arrived)
        self.assertEqual(post.author.created_at, arrived)

    def test_names(self):
        for value, name in (
            ("Ann &amp; Co", "Ann & Co"),
            ("AT&T", "AT&T"),
            ("M&#252;ller&nbsp;&lt;3", "Müller <3"),
            ("&#8238;evil", "evil"),
        ):
            self.assertEqual(Fields({"n": value}).name("n"), name)
        self.assertEqual(
            Fields({"n": "&#0;"}).name("n", "?").replace("\ufffd", "?"), "?"
        )

    def test_ids(self):
        self.assertEqual(item_id("abc", {}), "abc")
        self.assertEqual(item_id(7, {}), "7")
        for value in (None, "", True, [], "x" * 600, "a\0b", "\ud800", 1.5):
            made = item_id(value, {"a": value, "b": 1})
            self.assertRegex(made, "^sha256:[0-9a-f]{64}$")
            self.assertEqual(made, item_id(value, {"b": 1, "a": value}))

    def test_languages(self):
        self.assertEqual(language("pt-BR"), "pt")
        self.assertEqual(language("EN_us"), "en")
        for value in ("haw", "", None, 7, "e1", "日本"):
            self.assertIsNone(language(value))


class TestFacets(BaseCase):
    def found(self, text):
        known = {"fan.test": "did:plc:fan"}
        raw = text.encode()
        return [
            raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
            for facet in facets(text, known.get)
        ]

    def test_parts(self):
        for text, parts in (
            ("👋 @fan.test see https://x.example/ä?b=1.", ["@fan.test", None]),
            ("(https://x.example/a_(b))", ["https://x.example/a_(b)"]),
            (
                "https://x.example/#tag #tag1 #1 a#b",
                ["https://x.example/#tag", "#tag1"],
            ),
            ("@nobody.test mail@fan.test @fan", []),
            ("中文 #标签, @fan.test。", ["#标签", "@fan.test"]),
            ("谢谢@fan.test，再见", ["@fan.test"]),
            ("see“https://x.example/a”", ["https://x.example/a"]),
            (
                "[https://x.example/a] {https://x.example/b}",
                ["https://x.example/a", "https://x.example/b"],
            ),
            ("详见https://acme.example/help。谢谢您", ["https://acme.example/help"]),
            ("https://acme.example/help、请看", ["https://acme.example/help"]),
            ("「https://acme.example/help」", ["https://acme.example/help"]),
            ("（https://acme.example/help）", ["https://acme.example/help"]),
            ("详见https://acme.example谢谢", ["https://acme.example"]),
            (
                "»https://acme.example/a«, ‘https://acme.example/b’",
                ["https://acme.example/a", "https://acme.example/b"],
            ),
            (
                "https://zh.wikipedia.org/wiki/中文",
                ["https://zh.wikipedia.org/wiki/中文"],
            ),
            ("**https://acme.example/a**…", ["https://acme.example/a"]),
            ("https:// and http://. too", []),
        ):
            parts = [part or "https://x.example/ä?b=1" for part in parts]
            self.assertEqual(self.found(text), parts, text)

    def test_targets_of_links_are_shown(self):
        def link(start, end, uri):
            index = {"byteStart": start, "byteEnd": end}
            return {"index": index, "features": [{"uri": uri}]}

        text = "📦 x.example/lo... and here"
        found = [
            link(5, 20, "https://x.example/long"),
            link(25, 29, "https://evil.example"),
        ]
        self.assertEqual(
            expand(text, found),
            "📦 https://x.example/long and here (https://evil.example)",
        )
        for odd in (None, [None], [{"index": 1}], [link(-1, 99, "https://x")], "x"):
            self.assertEqual(expand(text, odd), text)


def seconds(function, text):
    """How long a function takes for a text, at best of two."""
    taken = []
    for _try in range(2):
        start = time.process_time()
        function(text)
        taken.append(time.process_time() - start)
    return min(taken)
