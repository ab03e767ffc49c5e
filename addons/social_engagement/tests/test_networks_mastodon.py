"""What is special to Mastodon."""

from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from ..networks import get, mastodon
from ..networks.base import (
    Account,
    Attachment,
    BadPayload,
    Identity,
    Known,
    NetworkError,
    Outgoing,
    Reason,
)
from .network_case import NOW, TIMEOUT, NetworkCase, answer, recorded
from .network_contract import HTML, SECRET, WithReplies, WithSignIn

Mastodon = get("mastodon")


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


class TestMastodonActions(NetworkCase):
    """Searching, asking again, liking, withdrawing, pictures, scopes."""

    reference = {"id": "1001", "acct": "lena@far.example", "visibility": "unlisted"}

    def setUp(self):
        super().setUp()
        account = Account("https://social.example", secret="s3cret")
        account.external_id = "https://social.example/@brand"
        self.adapter = Mastodon(account)

    def told(self, *answers):
        type(self).calls = []
        type(self).answers = list(answers)

    def paths(self):
        return [f"{c.method} {urlsplit(c.url).path}" for c in self.calls]

    def asked(self, number=-1):
        return parse_qs(urlsplit(self.calls[number].url).query)

    def test_registers_an_app(self):
        self.told(answer({"client_id": "c", "client_secret": "s", "id": "1"}))
        app = self.adapter.register_app("https://odoo.example/cb")
        self.assertEqual(app, {"client_id": "c", "client_secret": "s"})
        self.assertEqual(self.paths(), ["POST /api/v1/apps"])
        sent = parse_qs(self.calls[0].body)
        self.assertEqual(sent["redirect_uris"], ["https://odoo.example/cb"])
        self.assertIn("write:statuses", sent["scopes"][0].split())
        self.assertNotIn("Authorization", self.calls[0].headers)

    def test_searches_words(self):
        own = status(3)
        own["account"]["url"] = "https://social.example/@brand"
        found = {"statuses": [status(5), own, status(4)]}
        self.told(answer(found), answer({"statuses": []}))
        page = self.adapter.fetch("search", "broken #router", {})
        self.assertEqual([i.external_id for i in page.items], ["4", "5"])
        self.assertTrue(Mastodon.normalise(page.items[0].payload).answerable)
        self.assertEqual(self.asked()["q"], ["broken #router"])
        self.assertTrue(page.more)
        page = self.adapter.fetch("search", "broken #router", page.cursor)
        self.assertEqual(self.asked()["offset"], ["40"])
        self.assertEqual((page.items, page.more), ([], False))

    def test_follows_hashtags(self):
        self.told(answer([status(5), status(4)]), answer([]))
        page = self.adapter.fetch("search", "#Müll #router", {})
        self.assertTrue(self.calls[0].url.count("/api/v1/timelines/tag/M%C3%BCll"))
        self.assertEqual(self.asked()["any[]"], ["router"])
        self.adapter.fetch("search", "#Müll #router", page.cursor)
        self.assertEqual(self.asked()["max_id"], ["4"])

    def test_a_search_does_not_repeat_what_others_like(self):
        self.told(answer([status(5)]), answer([]))
        _first = self.adapter.fetch("search", "#x", {})
        page = self.adapter.fetch("search", "#x", _first.cursor)
        self.told(answer([status(5, favourites_count=9), status(4)]), answer([]))
        page = self.adapter.fetch("search", "#x", page.cursor)
        self.assertEqual([i.external_id for i in page.items], ["4"])

    def reread(self, *answers, ids=("5", "6")):
        self.told(*answers)
        return self.adapter.reread([Known(i, "post", {}) for i in ids])

    def test_rereads_many_at_once(self):
        edited = status(5, edited_at="2026-11-23T10:00:00.000Z")
        found = self.reread(answer([edited, status(6)]))
        self.assertEqual(self.asked()["id[]"], ["5", "6"])
        self.assertEqual([i.external_id for i in found.items], ["5", "6"])
        self.assertEqual(found.items[0].revision, "2026-11-23T10:00:00+00:00")
        self.assertEqual((found.items[1].revision, found.gone), ("", frozenset()))

    def test_rereads_one_by_one_where_the_server_knows_no_better(self):
        me, none = answer({"id": "1"}), answer(HTML, 404)
        found = self.reread(none, answer(status(77)), none, me)
        self.assertEqual(found.gone, {"6"})
        [item] = found.items  # snac: another id after an edit
        self.assertEqual(item.external_id, "5")
        self.assertEqual(Mastodon.normalise(item.payload).external_id, "5")

    def test_nothing_is_gone_because_a_server_is(self):
        none = answer(HTML, 404)
        for failure in (none, answer({}, 401), answer(HTML, 502), answer(HTML)):
            with self.assertRaises(NetworkError):
                self.reread(none, none, none, failure)
        for failure in (answer({}, 401), answer({}, 429), TIMEOUT):
            with self.assertRaises(NetworkError):
                self.reread(failure)
            with self.assertRaises(NetworkError):
                self.reread(none, failure)
        found = self.reread(answer([status(5)]), answer({}, 429))
        self.assertEqual((len(found.items), found.gone), (1, frozenset()))

    def test_likes(self):
        for liked, call in ((True, "favourite"), (False, "unfavourite")):
            self.told(answer(status(1001)))
            self.adapter.like(self.reference, liked)
            self.assertEqual(self.paths(), [f"POST /api/v1/statuses/1001/{call}"])

    def test_follows_the_author(self):
        author = status(1001)["account"]["id"]
        for followed, call in ((True, "follow"), (False, "unfollow")):
            self.told(answer(status(1001)), answer({}))
            self.adapter.follow(self.reference, followed)
            self.assertEqual(
                self.paths(),
                ["GET /api/v1/statuses/1001", f"POST /api/v1/accounts/{author}/{call}"],
            )

    def test_private_messages_begin_with_our_name(self):
        us = Identity("1", "@brand@social.example")
        self.assertEqual(get("mastodon").private_way(us), "@brand@social.example")

    def test_withdraws(self):
        self.told(answer({}))
        self.adapter.withdraw("9")
        self.assertEqual(self.paths(), ["DELETE /api/v1/statuses/9"])
        self.told(answer({}, 404), answer({}, 404))
        self.adapter.withdraw("9")
        self.told(answer(HTML, 404), answer(status(9)))
        with self.assertRaises(NetworkError) as caught:
            self.adapter.withdraw("9")
        self.assertEqual(caught.exception.reason, Reason.REFUSED)

    def reply(self, *answers):
        self.told(answer(status(1001)), *answers)
        picture = Attachment("a.png", "image/png", b"PNG...", "A dot")
        outgoing = ("k", "@lena hi", self.reference, "unlisted", NOW, "en", (picture,))
        # the module's own: other threads sleep as well
        with patch.object(mastodon, "time", SimpleNamespace(sleep=self.slept.append)):
            return self.adapter.reply(Outgoing(*outgoing))

    def test_pictures(self):
        self.slept = []
        media = {"id": "m1", "url": None}
        working = answer(media, 206)
        stands = answer({"id": "9", "url": "https://social.example/@brand/9"})
        sent = self.reply(answer(media, 202), working, answer(media), stands)
        self.assertEqual(self.slept, [1, 2])
        self.assertEqual(self.sent()["media_ids"], ["m1"])
        self.assertIn(b"PNG...", self.calls[1].body)
        self.assertIn(b"A dot", self.calls[1].body)
        self.assertEqual(sent.reply_ref, self.reference | {"id": "9"})
        for failures in (
            [TIMEOUT],
            [answer(HTML)],
            [answer(media, 202), *[working] * 6],
        ):
            with self.assertRaises(NetworkError) as caught:
                self.reply(*failures)
            self.assertFalse(caught.exception.uncertain, "nothing was published")
        self.assertLessEqual(sum(self.slept[2:]), 60)

    def diagnose(self, *answers):
        self.told(*answers)
        return {f.ability: (f.ok, f.detail) for f in self.adapter.diagnose()}

    def test_names_the_missing_scope(self):
        self.adapter.account.session = {"scope": "read write:statuses"}
        found = self.diagnose(answer([]))
        self.assertEqual(found["like"], (False, "write:favourites"))
        missing = {a for a, (ok, _said) in found.items() if not ok}
        self.assertEqual(missing, {"like", "follow"})
        self.adapter.account.session = {}
        app = answer({"scopes": ["write:statuses", "read:search"]})
        self.assertEqual(self.diagnose(app)["mentions"], (False, "read:notifications"))
        untold = self.diagnose(answer(HTML, 404), answer({}, 403))
        self.assertEqual(untold["mentions"][0], False)
        self.assertEqual(untold["answer"], (None, ""))

    def test_a_login_that_is_disabled(self):
        said = "Your login is currently disabled"
        self.told(answer({"error": said}, 403))
        with self.assertRaises(NetworkError) as caught:
            self.adapter.fetch("mentions", "", {})
        self.assertEqual(caught.exception.reason, Reason.AUTHORISATION)


class TestMastodonContract(WithSignIn, WithReplies, NetworkCase):
    network = "mastodon"
    delivery = answer(recorded("mastodon.json")["notifications"][::-1])
    before_write = (answer(recorded("mastodon.json")["notifications"][0]["status"]),)
    written = answer({"id": "1", "url": "https://social.example/@brand/1"})
    token_answers = (
        answer({"access_token": "a-token", "token_type": "Bearer", "scope": "read"}),
    )

    def account(self):
        return Account(
            "https://social.example",
            secret=SECRET,
            client_id="an-app",
            client_secret="its-" + SECRET,
        )

    def payloads(self):
        return recorded("mastodon.json")["notifications"]
