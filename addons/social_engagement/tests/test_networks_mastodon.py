"""What is special to Mastodon."""

from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

from ..networks import get
from ..networks.base import Account, BadPayload, NetworkError, Outgoing, Reason
from .network_case import NetworkCase, answer, recorded
from .network_contract import SECRET, WithReplies

Mastodon = get("mastodon")
NOW = datetime.now(timezone.utc)


def status(number, text="hello", **values):
    """A status as https://docs.joinmastodon.org/entities/Status/ describes it."""
    return {
        "id": str(number),
        "created_at": NOW.isoformat(),
        "content": f"<p>{text}</p>",
        "visibility": "public",
        "url": f"https://far.example/@lena/{number}",
        "in_reply_to_id": None,
        "account": {
            "id": "7",
            "acct": "lena@far.example",
            "username": "lena",
            "display_name": "Lena 🦊",
            "url": "https://far.example/@lena",
            "created_at": "2019-01-01T00:00:00.000Z",
            "followers_count": 52,
            "following_count": 3,
            "statuses_count": 200,
            "bot": False,
        },
    } | values


def mention(number, **values):
    return {
        "id": str(number),
        "type": "mention",
        "created_at": NOW.isoformat(),
        "status": status(1000 + number, **values),
    }


class TestMastodon(NetworkCase):
    def setUp(self):
        super().setUp()
        self.adapter = Mastodon(Account("https://social.example", secret="s3cret"))

    def fetch(self, cursor, *bodies):
        type(self).answers = [answer(body) for body in bodies]
        return self.adapter.fetch("mentions", "", cursor)

    def asked(self, number=-1):
        query = parse_qs(urlsplit(self.calls[number].url).query)
        return {name: values[0] for name, values in query.items()}

    def test_goes_on_after_the_newest(self):
        page = self.fetch({"min_id": "5"}, [mention(7), mention(6)])
        self.assertEqual([i.external_id for i in page.items], ["1006", "1007"])
        self.assertEqual(page.cursor, {"min_id": "7"})
        self.assertFalse(page.more)
        self.assertEqual(self.asked()["min_id"], "5")
        self.assertEqual(self.asked()["types[]"], "mention")
        page = self.fetch(page.cursor, [])
        self.assertEqual((page.items, page.cursor), ([], {"min_id": "7"}))

    def test_a_full_page_is_not_the_last(self):
        page = self.fetch({"min_id": "9"}, [mention(n) for n in range(90, 10, -1)])
        self.assertTrue(page.more)
        self.assertEqual(page.cursor, {"min_id": "90"})

    def test_ids_are_numbers_of_any_length(self):
        page = self.fetch({"min_id": "9"}, [mention(100), mention(99)])
        self.assertEqual(page.cursor, {"min_id": "100"})

    def test_first_walks_the_last_week_backwards(self):
        page = self.fetch({}, [mention(n) for n in range(200, 120, -1)])
        self.assertTrue(page.more)
        self.assertEqual(page.cursor, {"min_id": "200", "max_id": "121"})
        page = self.fetch(page.cursor, [mention(n) for n in range(120, 40, -1)])
        self.assertNotIn("min_id", self.asked())
        self.assertEqual(self.asked()["max_id"], "121")
        self.assertEqual(page.cursor, {"min_id": "200", "max_id": "41"})
        old = [mention(n) for n in range(40, 0, -1)]
        old[-1]["created_at"] = (NOW - timedelta(days=8)).isoformat()
        page = self.fetch(page.cursor, old)
        self.assertEqual((page.cursor, page.more), ({"min_id": "200"}, False))

    def test_an_empty_account(self):
        page = self.fetch({}, [])
        self.assertEqual((page.items, page.cursor, page.more), ([], {}, False))

    def test_a_server_that_gives_the_same_page_again_ends(self):
        same = [mention(n) for n in range(90, 10, -1)]
        self.assertFalse(self.fetch({"min_id": "90"}, same).more)

    def test_only_mentions_and_what_is_broken(self):
        broken = {"id": "3", "type": "mention"}
        page = self.fetch(
            {"min_id": "1"},
            ["what?", broken, {"id": "4", "type": "favourite"}, mention(2)],
        )
        self.assertEqual(len(page.items), 3)
        odd = [i for i in page.items if i.external_id.startswith("sha256:")]
        self.assertEqual(len(odd), 2)
        for item in odd:
            with self.assertRaisesRegex(BadPayload, "status"):
                Mastodon.normalise(item.payload)

    def test_an_edit_is_another_revision(self):
        edited = mention(2, edited_at="2026-11-23T10:00:00.000Z")
        first, second = self.fetch({"min_id": "1"}, [edited, mention(2)]).items
        self.assertEqual(first.external_id, second.external_id)
        self.assertNotEqual(first.revision, second.revision)

    def test_author_is_the_same_from_everywhere(self):
        here = mention(1)
        here["status"]["account"] |= {"acct": "lena", "id": "123"}
        near, far = Mastodon.normalise(here), Mastodon.normalise(mention(1))
        self.assertEqual(near.author.external_id, far.author.external_id)
        self.assertEqual(near.author.handle, "@lena@far.example")
        self.assertEqual(far.author.followers, 52)

    def test_text(self):
        html = (
            '<p><span class="h-card"><a href="https://social.example/@brand" '
            'class="u-url mention">@<span>brand</span></a></span> hi<br>there</p><p>'
            '<a href="https://example.com/long/path"><span class="invisible">https://'
            '</span><span class="ellipsis">example.com/lo</span>'
            '<span class="invisible">ng/path</span></a> '
            '<a href="https://evil.example/">my bank</a> '
            '<a href="https://far.example/tags/x" rel="tag">#<span>x</span></a></p>'
        )
        post = Mastodon.normalise(mention(1, content=html, spoiler_text="Beware"))
        self.assertEqual(
            post.text,
            "Beware\n\n@brand hi\nthere\n\n"
            "https://example.com/long/path my bank (https://evil.example/) #x",
        )

    def test_an_empty_post_and_a_huge_one(self):
        self.assertEqual(Mastodon.normalise(mention(1, content="")).text, "")
        huge = Mastodon.normalise(mention(1, content="<p>" + "word " * 250_000))
        self.assertEqual(len(huge.text), 100_000)
        self.assertTrue(huge.text.endswith(" […]"))

    def test_answers_in_the_visibility_it_was_written_to_in(self):
        for visibility, kept in (
            ("public", "public"),
            ("unlisted", "unlisted"),
            ("private", "followers"),
            ("direct", "direct"),
            ("local", "followers"),
        ):
            post = Mastodon.normalise(mention(1, visibility=visibility))
            self.assertEqual(post.visibility, kept)
            self.assertEqual(post.kind, "direct" if kept == "direct" else "post")
            self.reply(post.reply_ref)
            self.assertEqual(self.sent()["visibility"], visibility)

    def reply(self, reference, text="hello"):
        sent = answer({"id": "9", "url": "https://social.example/@brand/9"})
        type(self).answers = [answer(status(1)), sent]
        return self.adapter.reply(Outgoing("k", text, reference, "public", NOW, "de"))

    def test_reply(self):
        post = Mastodon.normalise(mention(1))
        text = Mastodon.compose("We are on it.", post.reply_ref)
        self.assertEqual(text, "@lena@far.example We are on it.")
        sent = self.reply(post.reply_ref, text)
        self.assertEqual(sent.external_id, "9")
        self.assertEqual(self.sent()["status"], text)
        self.assertEqual(self.sent()["in_reply_to_id"], "1001")
        self.assertEqual(self.sent()["language"], "de")
        self.assertEqual(self.calls[-1].headers["Idempotency-Key"], "k")
        self.assertEqual(self.calls[-1].headers["Authorization"], "Bearer s3cret")

    def test_a_text_the_server_finds_too_long(self):
        said = "Validation failed: Text character limit of 500 exceeded"
        type(self).answers = [answer(status(1)), answer({"error": said}, 422)]
        reference = Mastodon.normalise(mention(1)).reply_ref
        with self.assertRaises(NetworkError) as caught:
            self.adapter.reply(Outgoing("k", "x", reference, "public", NOW))
        self.assertEqual(caught.exception.reason, Reason.TOO_LONG)

    def test_mention_that_is_there_is_not_repeated(self):
        reference = {"acct": "lena@far.example"}
        for text in ("@lena@far.example hi", "Hi @Lena@far.example!"):
            self.assertEqual(Mastodon.compose(text, reference), text)
        for text in ("hi", "@lena@far.example.org", "x@lena@far.example"):
            self.assertNotEqual(Mastodon.compose(text, reference), text)

    def test_length(self):
        for text, length in (
            ("@lena@far.example hi", 8),
            ("see https://example.com/" + "x" * 100, 27),
            ("👨‍👩‍👧", 1),
            ("🇩🇪🇫🇷", 2),
            ("mail lena@far.example", 21),
        ):
            self.assertEqual(Mastodon.length(text), length, text)

    def find(self, *statuses):
        me = answer({"id": "1", "acct": "brand"})
        type(self).answers = [me, answer(list(statuses)), answer([])]
        reference = {"id": "1001", "acct": "lena@far.example", "visibility": "public"}
        text = "@lena@far.example Sorry! See https://example.com/help *now* 👋"
        return self.adapter.find_sent(Outgoing("k", text, reference, "public", NOW))

    def test_finds_what_was_sent(self):
        shown = (
            '<a class="mention">@<span>lena</span></a> Sorry! See '
            '<a href="https://example.com/help">example.com/help</a> <em>now</em> 👋'
        )
        own = status(2000, shown, in_reply_to_id="1001")
        self.assertEqual(self.find(status(2001), own).external_id, "2000")
        earlier = own | {"created_at": (NOW - timedelta(hours=1)).isoformat()}
        other = status(2000, "@lena Something else", in_reply_to_id="1001")
        elsewhere = own | {"in_reply_to_id": "77"}
        for not_it in (earlier, other, elsewhere):
            self.assertIsNone(self.find(not_it))
        self.assertIsNone(self.find())

    def test_does_not_know_when_it_can_not_look_back_far_enough(self):
        pages = [[status(n) for n in range(p * 40, p * 40 + 40)] for p in range(12)]
        me = answer({"id": "1", "acct": "brand"})
        type(self).answers = [me, *map(answer, pages)]
        reference = {"id": "1001", "acct": "lena", "visibility": "public"}
        with self.assertRaises(NetworkError) as caught:
            self.adapter.find_sent(Outgoing("k", "hi", reference, "public", NOW))
        self.assertEqual(caught.exception.reason, Reason.UNKNOWN)

    def test_verify(self):
        me = recorded("mastodon.json")["account"]
        instance = recorded("mastodon.json")["instance"]
        type(self).answers = [answer(me), answer(b"", 404), answer(instance)]
        identity = self.adapter.verify()
        self.assertEqual(identity.external_id, me["url"])
        self.assertEqual(identity.max_length, 100_000)
        type(self).answers = [answer(me), answer({}), answer({})]
        self.assertEqual(self.adapter.verify().max_length, 500)


class TestMastodonContract(WithReplies, NetworkCase):
    network = "mastodon"
    delivery = answer(recorded("mastodon.json")["notifications"][::-1])
    before_write = (answer(recorded("mastodon.json")["notifications"][0]["status"]),)
    written = answer({"id": "1", "url": "https://social.example/@brand/1"})

    def account(self):
        return Account("https://social.example", secret=SECRET)

    def payloads(self):
        return recorded("mastodon.json")["notifications"]
