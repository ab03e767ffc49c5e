"""What is special to feeds."""

import hmac
from dataclasses import replace
from urllib.parse import parse_qs

from ..networks import get, websub
from ..networks.base import Account, Call, NetworkError, Reason
from .network_case import NetworkCase, answer, recorded
from .network_contract import SECRET, OverHttp, WithWebhook

Rss = get("rss")
FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>
<title>News</title><link>https://news.example/</link><language>de-DE</language>{}
</channel></rss>"""


def feed(*entries):
    items = "".join(f"<item>{entry}</item>" for entry in entries)
    items = items.replace("<guid>", '<guid isPermaLink="false">')
    return answer(FEED.format(items).encode())


def atom(*entries):
    entries = "".join(f"<entry>{entry}</entry>" for entry in entries)
    namespace = 'xmlns="http://www.w3.org/2005/Atom"'
    body = f"<feed {namespace}><title>News</title><id>tag:feed</id>{entries}</feed>"
    return answer(body.encode())


class TestRss(NetworkCase):
    def fetch(self, *answers, cursor=None, query=""):
        type(self).answers = list(answers)
        adapter = Rss(Account("https://news.example/feed"))
        return adapter.fetch("feed", query, cursor or {})

    def posts(self, *answers, **kwargs):
        return [Rss.normalise(i.payload) for i in self.fetch(*answers, **kwargs).items]

    def refused(self, body, **headers):
        with self.assertRaises(NetworkError) as caught:
            self.fetch(answer(body, headers=headers))
        self.assertEqual(caught.exception.reason, Reason.BAD_PAYLOAD)
        return caught.exception.detail

    def test_wordpress(self):
        first, post = self.posts(answer(recorded("wordpress.rss")))
        self.assertEqual(post.title, "Brand & rivals: a test")
        self.assertEqual(
            post.text,
            "The brand 📦 parcel: see here (https://example.com/x).\n\n- one\n- two",
        )
        self.assertEqual((post.kind, post.language), ("article", "en"))
        self.assertEqual(
            (post.answerable, post.unanswerable_reason), (False, "read_only")
        )
        self.assertEqual(post.author.name, "admin")
        self.assertLess(first.posted_at, post.posted_at)

    def test_atom_says_the_same(self):
        rss = self.posts(answer(recorded("wordpress.rss")))
        atom = self.posts(answer(recorded("wordpress.atom")))
        for one, other in zip(rss, atom, strict=True):
            self.assertEqual(one.external_id, other.external_id)
            self.assertEqual(one.text, other.text)
            self.assertEqual(one.posted_at, other.posted_at)

    def test_what_did_not_change_is_not_delivered_again(self):
        body = recorded("wordpress.rss")
        marks = {"ETag": '"1"', "Last-Modified": "Mon, 23 Nov 2026 04:11:51 GMT"}
        page = self.fetch(answer(body, 200, marks))
        again = self.fetch(answer(b"", 304), cursor=page.cursor)
        self.assertEqual((again.items, again.cursor), ([], page.cursor))
        sent = self.calls[-1].headers
        self.assertEqual(sent["If-None-Match"], '"1"')
        self.assertEqual(sent["If-Modified-Since"], marks["Last-Modified"])
        self.assertEqual(self.fetch(answer(body), cursor=page.cursor).items, [])

    def test_an_edit_is_another_revision(self):
        page = self.fetch(feed("<guid>1</guid><title>a</title>"))
        changed = feed("<guid>1</guid><title>b</title>")
        [item] = self.fetch(changed, cursor=page.cursor).items
        self.assertEqual(item.external_id, page.items[0].external_id)
        self.assertNotEqual(item.revision, page.items[0].revision)

    def test_identity(self):
        by_link = "<link>https://news.example/2</link><title>b</title>"
        neither = "<title>c</title>"
        items = self.fetch(feed("<guid>1</guid>", by_link, neither)).items
        ids = [item.external_id for item in items]
        self.assertTrue(ids[0].startswith("sha256:"))
        self.assertEqual(ids[1:], ["https://news.example/2", "1"])
        self.assertEqual([Rss.normalise(i.payload).external_id for i in items], ids)
        again = self.fetch(feed("<guid>1</guid>", by_link, neither)).items
        self.assertEqual([item.external_id for item in again], ids)

    def test_articles_that_share_an_id(self):
        for one, other in (
            ("<guid>1</guid><title>a</title>", "<guid>1</guid><title>b</title>"),
            ("<title>a</title>", "<title>b</title>"),
            (
                "<link>https://news.example/</link><title>a</title>",
                "<link>https://news.example/</link><title>b</title>",
            ),
            (
                "<guid>1</guid><link>https://news.example/a</link>",
                "<guid>1</guid><link>https://news.example/b</link>",
            ),
        ):
            page = self.fetch(feed(one, other))
            posts = [Rss.normalise(item.payload) for item in page.items]
            self.assertEqual(len({post.external_id for post in posts}), 2, one)
            self.assertEqual(
                [item.external_id for item in page.items],
                [post.external_id for post in posts],
            )
            again = self.fetch(feed(one, other), cursor=page.cursor)
            self.assertEqual(again.items, [])
            self.assertEqual(self.fetch(feed(one), cursor=page.cursor).items, [])

    def test_who_was_known_by_a_shared_id_keeps_it(self):
        one, other, third = (f"<guid>1</guid><title>{n}</title>" for n in "abc")
        first = self.fetch(feed(one))
        second = self.fetch(feed(other, one), cursor=first.cursor)
        self.assertEqual([i.payload["entry"]["title"] for i in second.items], ["b"])
        last = self.fetch(feed(third), cursor=second.cursor)
        ids = [page.items[0].external_id for page in (first, second, last)]
        self.assertEqual(ids[0], "1")
        self.assertEqual(len(set(ids)), 3)

    def test_an_id_of_atom_is_one_entry(self):
        page = self.fetch(
            atom(
                "<id>tag:1</id><title>new</title><link href='/1'/>",
                "<id>tag:1</id><title>old</title><link href='/1'/>",
            )
        )
        [item] = page.items
        self.assertEqual(item.payload["entry"]["title"], "new")

    def test_known_articles_stay_known_when_the_feed_moves(self):
        body = FEED.format(
            "<item><guid>abc 1</guid><title>a</title><link>/1</link></item>"
            "<item><guid>post/2</guid><title>b</title></item>"
        ).encode()
        page = self.fetch(answer(body))
        self.assertEqual([i.external_id for i in page.items], ["post/2", "abc 1"])
        moved = answer(b"", 301, {"Location": "https://new.example/other/feed"})
        again = self.fetch(moved, answer(body), cursor=page.cursor)
        self.assertEqual(self.calls[-1].url, "https://new.example/other/feed")
        self.assertEqual(again.items, [])
        posts = [Rss.normalise(item.payload) for item in page.items]
        self.assertEqual([p.url for p in posts], ["", "https://news.example/1"])

    def test_texts_of_atom_are_what_their_type_says(self):
        for kind, said, title, text in (
            ("text", "if x&lt;y then z", "if x<y then z", "if x<y then z"),
            ("text", "Fix List&lt;String&gt;", *["Fix List<String>"] * 2),
            ("text", "a &amp;amp; b", "a &amp; b", "a &amp; b"),
            ("text", "one\n two\n\nthree", "one two three", "one\n two\n\nthree"),
            ("html", "Caf&amp;eacute; &lt;b>news&lt;/b>", *["Café news"] * 2),
            ("html", "a&lt;br>b &amp;amp; c", "a b & c", "a\nb & c"),
            (
                "xhtml",
                "<div xmlns='http://www.w3.org/1999/xhtml'>a &lt; b<br/>c</div>",
                "a < b c",
                "a < b\nc",
            ),
        ):
            for name in ("content", "summary"):
                [post] = self.posts(
                    atom(
                        f"<id>1</id><title type='{kind}'>{said}</title>"
                        f"<{name} type='{kind}'>{said}</{name}>"
                    )
                )
                self.assertEqual((post.title, post.text), (title, text))
        [post] = self.posts(atom("<id>1</id><title>Fix List&lt;String&gt;</title>"))
        self.assertEqual(post.title, "Fix List<String>")

    def test_texts_of_rss(self):
        [post] = self.posts(
            feed(
                "<guid>1</guid><link>https://news.example/blog/1</link>"
                "<title>Caf&amp;eacute; &amp;amp; &lt;b>news&lt;/b></title>"
                "<description>&lt;p>a &lt;a href='../help'>help&lt;/a></description>"
            )
        )
        self.assertEqual(post.title, "Café & news")
        self.assertEqual(post.text, "a help (https://news.example/help)")
        [post] = self.posts(
            feed("<guid>1</guid><description>\n a\n  b &amp;amp; c\n</description>")
        )
        self.assertEqual(post.text, "a\nb & c", "without markup lines are all there is")

    def test_dates(self):
        year_ago = "<pubDate>Thu, 15 Feb 2018 11:24:50</pubDate>"
        [post] = self.posts(feed(f"<guid>1</guid>{year_ago}"))
        self.assertEqual(post.posted_at.isoformat(), "2018-02-15T11:24:50+00:00")
        [post] = self.posts(
            feed(
                "<guid>1</guid><pubDate>soon</pubDate>"
                "<dc:date xmlns:dc='http://purl.org/dc/elements/1.1/'>2018-02-15</dc:date>"
            )
        )
        self.assertEqual(post.posted_at.isoformat(), "2018-02-15T00:00:00+00:00")
        for odd in (
            "Mon, 01 Jan 0001 00:00:00 +0000",
            "0001-01-01T00:00:00Z",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Fri, 01 Jan 2100 00:00:00 GMT",
            "9999-12-31T23:59:59-12:00",
            "0",
            "tomorrow",
        ):
            [item] = self.fetch(feed(f"<guid>1</guid><pubDate>{odd}</pubDate>")).items
            received = item.payload["entry"]["received"]
            self.assertEqual(
                Rss.normalise(item.payload).posted_at.isoformat(), received, odd
            )

    def test_pictures(self):
        media = 'xmlns:media="http://search.yahoo.com/mrss/"'
        for said, found in (
            (f'<media:thumbnail {media} url="/t.jpg"/>', [("t.jpg", "image/*")]),
            (
                f'<media:content {media} url="/c" medium="image"/>'
                f'<media:thumbnail {media} url="/t.jpg"/>',
                [("c", "image/*")],
            ),
            ('<enclosure url="/e.png"/>', [("e.png", "image/png")]),
            ('<enclosure url="/e.mp3?x=1"/>', [("e.mp3?x=1", "audio/mpeg")]),
            (
                f'<media:group {media}><media:content url="/v" type="text/html"/>'
                '<media:thumbnail url="/t.jpg"/></media:group>',
                [("t.jpg", "image/*")],
            ),
            (
                '<enclosure url="/e.png" type="image/png"/>'
                f'<media:content {media} url="/e.png" type="image/png"/>',
                [("e.png", "image/png")],
            ),
        ):
            [post] = self.posts(feed(f"<guid>1</guid>{said}"))
            self.assertEqual(
                [(m.url, m.mime_type) for m in post.media],
                [(f"https://news.example/{name}", kind) for name, kind in found],
            )

    def test_authors(self):
        creator = '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">'
        for said, name in (
            ("<author>x@long.engineering (Ann Long)</author>", "Ann Long"),
            ("<author>x@y.photography (Ann), b@c.example (Bob)</author>", "Ann"),
            ("<author>Ann Long (x@long.engineering)</author>", "Ann Long"),
            ("<author>Ann &lt;x@long.engineering></author>", "Ann"),
            ("<author>x@long.engineering</author>", "x@long.engineering"),
            ("<author>Ann</author>", "Ann"),
            ("<author>Ann &amp;amp; Co</author>", "Ann & Co"),
            (f"{creator}Ann</dc:creator>{creator}Bob</dc:creator>", "Ann"),
            (
                "<author>x@long.engineering (Ann)</author><author>b@c.de (B)</author>",
                "Ann",
            ),
            ("<author></author>", "News"),
        ):
            [post] = self.posts(feed(f"<guid>1</guid>{said}"))
            self.assertEqual(post.author.name, name, said)
        two = "<author><name>Ann</name></author><author><name>Bob</name></author>"
        [post] = self.posts(atom(f"<id>1</id>{two}"))
        self.assertEqual(post.author.name, "Ann")

    def test_words(self):
        entries = (
            "<guid>1</guid><title>Our Router</title>",
            "<guid>2</guid><description>routers &amp; more</description>",
            "<guid>3</guid><description>Wort: &lt;b&gt;Müll&lt;/b&gt;</description>",
        )
        for query, ids in (
            ("", {"1", "2", "3"}),
            ("router", {"1"}),
            (" ROUTER , müll,", {"1", "3"}),
            ("nothing", set()),
            ("(", set()),
        ):
            items = self.fetch(feed(*entries), query=query).items
            self.assertEqual({item.external_id for item in items}, ids, query)

    def test_without_a_date_or_an_author(self):
        [post] = self.posts(feed("<guid>1</guid><title>Hi</title>"))
        self.assertEqual(post.author.name, "News")
        self.assertIn("https://news.example/~", post.author.external_id)
        self.assertEqual((post.text, post.language), ("Hi", "de"))

    def test_a_web_page_is_no_feed(self):
        for page in (b"<!DOCTYPE html><h1>Hi</h1>", b"<?xml?>\n<html><body>"):
            self.assertIn("web page", self.refused(page))
        for other in (b"", b"{}", b"\x89PNG", b"/etc/passwd", b"<xml><a></xml>"):
            self.assertIn("not a feed", self.refused(other))

    def test_entities_are_refused(self):
        bomb = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><rss version="2.0">'
        self.assertIn("entities", self.refused(bomb + b"<channel>&b;</channel></rss>"))
        self.assertIn("entities", self.refused(bomb.decode().encode("utf-16")))
        hidden = bomb.replace(b"<!ENTITY", b"+ADwAIQ-ENTITY") + b"<channel/></rss>"
        kind = {"Content-Type": "application/xml; charset=utf-7"}
        self.assertIn("entities", self.refused(hidden, **kind))

    def test_a_truncated_feed_gives_what_is_whole(self):
        body = recorded("wordpress.rss")
        cut = body[: body.index(b"Hello world!")]
        page = self.fetch(answer(cut, 200, {"ETag": '"1"'}))
        self.assertTrue(page.items)
        self.assertNotIn("etag", page.cursor)
        whole = self.fetch(answer(body), cursor=page.cursor)
        titles = [Rss.normalise(item.payload).title for item in whole.items]
        self.assertIn("Hello world!", titles)

    def test_broken_and_long(self):
        self.assertIn(
            "too long", self.refused(b"<rss><channel><item>" + b"<" * 600_000)
        )

    def test_other_character_sets(self):
        body = FEED.replace("utf-8", "iso-8859-1").format(
            "<item><guid>1</guid><title>Grüße</title></item>"
        )
        [post] = self.posts(answer(body.encode("iso-8859-1")))
        self.assertEqual(post.title, "Grüße")

    def test_verify(self):
        type(self).answers = [answer(recorded("wordpress.rss"))]
        identity = Rss(Account("https://news.example/feed")).verify()
        self.assertEqual(identity.name, "Peer")
        self.assertEqual(identity.external_id, "https://news.example/feed")


class TestWebSub(NetworkCase):
    """Being told by the feed's hub."""

    topic = "https://news.example/the-feed"
    feed = FEED.replace(
        "<title>News",
        '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" '
        f'href="{topic}"/><atom:link xmlns:atom="http://www.w3.org/2005/Atom" '
        'rel="hub" href="https://hub.example/"/><title>News',
    ).format("")

    def setUp(self):
        super().setUp()
        self.account = Account("https://news.example/feed")
        self.account.webhook_secret = SECRET
        self.account.webhook_url = "https://odoo.example/hook"

    def subscribe(self, body=None, headers=None):
        type(self).calls = []
        found = answer((body or self.feed).encode(), 200, headers)
        type(self).answers = [found, answer(b"", 202)]
        Rss(self.account).subscribe()
        return [(call.method, call.url) for call in self.calls[1:]]

    def challenge(self, **changed):
        params = {"hub.mode": "subscribe", "hub.topic": self.topic}
        params |= {"hub.challenge": "42", "hub.lease_seconds": "864000"}
        params |= {f"hub.{name}": value for name, value in changed.items()}
        return Rss(self.account).answer_challenge(Call("GET", params, {}))

    def test_asks_the_hub_that_the_feed_names(self):
        self.assertEqual(self.subscribe(), [("POST", "https://hub.example/")])
        sent = {n: v for n, [v] in parse_qs(self.calls[-1].body).items()}
        self.assertEqual(sent["hub.topic"], self.topic)
        self.assertEqual(sent["hub.callback"], self.account.webhook_url)
        self.assertEqual((sent["hub.mode"], sent["hub.secret"]), ("subscribe", SECRET))

    def test_asks_the_hub_that_the_header_names(self):
        for link in (
            '<https://other.example/>; rel="hub", </me>; rel=self',
            "</me>;rel=self;type=x,<https://other.example/> ; x=y; rel='a' ,"
            '<https://other.example/>; rel="icon hub"',
        ):
            asked = self.subscribe(headers={"Link": link})
            self.assertEqual(asked, [("POST", "https://other.example/")])
            self.assertEqual(self.account.session["topic"], "https://news.example/me")

    def test_a_feed_without_a_hub_is_polled(self):
        self.subscribe()
        self.assertEqual(self.subscribe(FEED.format("")), [])
        self.assertEqual(self.account.session, {})
        Rss(self.account).keep_alive()

    def test_keeps_its_secret(self):
        plain = self.feed.replace("https://hub.example", "http://hub.example")
        with self.assertRaises(NetworkError) as caught:
            self.subscribe(plain)
        self.assertEqual(caught.exception.reason, Reason.REFUSED)
        self.account.webhook_secret = ""
        with self.assertRaises(NetworkError):
            self.subscribe()
        self.assertEqual(self.account.session, {})

    def test_lets_the_subscription_end(self):
        self.subscribe()
        self.account.webhook_url = ""
        type(self).answers = []
        Rss(self.account).subscribe()
        self.assertEqual(self.account.session, {})

    def test_an_address_keeps_its_keys(self):
        authors = []
        for path in ("key-1", "key-2"):
            type(self).answers = [feed("<guid>1</guid><title>a</title>")]
            address = f"https://me:geheim@news.example:8080/{path}?key-3"
            page = Rss(Account(address)).fetch("feed", "", {})
            self.assertNotIn("geheim", str(page.items[0].payload))
            self.assertNotIn("key-", str(page.items[0].payload))
            authors.append(Rss.normalise(page.items[0].payload).author.external_id)
        self.assertNotEqual(*authors)
        self.assertIn("//news.example:8080/", authors[0])

    def test_confirms_what_was_asked_for_only(self):
        with self.assertRaises(NetworkError):
            self.challenge()
        self.subscribe()
        self.assertTrue(websub.ends_soon(self.account.session))
        self.assertEqual(self.challenge(), "42")
        self.assertFalse(websub.ends_soon(self.account.session))
        for changed in (
            {"topic": "https://evil.example/"},
            {"topic": ""},
            {"mode": "unsubscribe"},
            {"mode": "denied", "topic": "https://evil.example/"},
            {"challenge": ""},
        ):
            with self.assertRaises(NetworkError) as caught:
                self.challenge(**changed)
            self.assertEqual(caught.exception.reason, Reason.REFUSED)
        call = Call("GET", {"other": "1"}, {})
        self.assertIsNone(Rss(self.account).answer_challenge(call))

    def test_a_hub_that_denies(self):
        for confirmed in (False, True):
            self.subscribe()
            if confirmed:
                self.challenge()
            said = self.challenge(mode="denied", reason="Not\nyou", challenge="")
            self.assertEqual(said, "")
            self.assertEqual(self.account.session, {"denied": "Not you"})
            self.assertEqual(Rss(self.account).why_uncalled(), "Not you")
            type(self).answers = [answer(self.feed.encode())]
            finding = Rss(self.account).diagnose()[-1]
            self.assertEqual((finding.ok, finding.detail), (False, "Not you"))
            self.assertFalse(websub.ends_soon(self.account.session), "not asked again")
            Rss(self.account).keep_alive()
        self.subscribe()
        self.assertEqual(Rss(self.account).why_uncalled(), "")
        self.challenge(mode="denied")
        self.assertTrue(Rss(self.account).why_uncalled())

    def test_asks_again_before_the_hub_forgets(self):
        self.subscribe()
        for lease, again in (("864000", 0), ("3600", 2), ("x", 0), ("9" * 30, 0)):
            self.challenge(lease_seconds=lease)
            type(self).calls = []
            type(self).answers = [answer(self.feed.encode()), answer(b"", 202)]
            Rss(self.account).keep_alive()
            self.assertEqual(len(self.calls), again, lease)

    def test_an_entry_can_not_pretend(self):
        author = "<author>ceo@bank.example (The CEO)</author>"
        source = feed(f"<guid>1</guid><title>a</title>{author}")
        posts = []
        for address in ("https://news.example/feed?key=1", "https://evil.example/feed"):
            type(self).answers = [source]
            page = Rss(Account(address)).fetch("feed", "", {})
            posts.append(Rss.normalise(page.items[0].payload))
        one, other = (post.author for post in posts)
        self.assertNotEqual(one.external_id, other.external_id)
        self.assertNotIn("key=1", one.external_id)
        payload = page.items[0].payload
        payload["entry"]["author_detail"] = {"href": "https://bank.example/ceo"}
        self.assertEqual(Rss.normalise(payload).author.url, "https://news.example/")


class TestRssContract(WithWebhook, OverHttp, NetworkCase):
    network = "rss"
    delivery = answer(recorded("wordpress.rss"))

    def account(self):
        return Account("https://blog.example/feed", webhook_secret=SECRET)

    def payloads(self):
        return [item.payload for item in self.fetch(self.delivery).items]

    def deliveries(self):
        return [recorded("wordpress.rss"), recorded("wordpress.atom"), b"anything"]

    def signed(self, body, method="sha256"):
        mac = hmac.new(SECRET.encode(), body, method).hexdigest()
        return Call("POST", {}, {"x-hub-signature": f"{method}={mac}"}, body)

    def test_takes_every_method_of_the_standard(self):
        for method in ("sha1", "sha256", "sha384", "sha512"):
            self.adapter().check_signature(self.signed(b"x", method))
        self.refusal(self.signed(b"x", "md5"))
        self.refusal(replace(self.signed(b"x"), body=b"y"))
