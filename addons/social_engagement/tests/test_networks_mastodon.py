"""What is special to Mastodon."""

from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from ..networks import get, mastodon, mastodon_search
from ..networks.base import (
    AS_WRITTEN,
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


def mention(number, text="hello", **values):
    return {
        "id": str(number),
        "type": "mention",
        "created_at": NOW.isoformat(),
        "status": status(1000 + number, text, **values),
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
            ("See https://acme.example/help.", 28),
            ("(see https://acme.example/help).", 30),
            ("(see https://acme.example/help_(en))!", 30),
            ("“https://acme.example/help”, he said", 34),
            ("https://acme.example/a?b=1&c=(2)", 23),
            ("https://", 8),
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

    def find_private(self, listed, *more):
        me = answer({"id": "1", "acct": "brand"})
        pages = [answer(listed), answer([])] if listed else [answer([])]
        type(self).answers = [me, *pages, *more]
        reference = {"id": "1001", "acct": "lena@far.example", "visibility": "direct"}
        outgoing = Outgoing("k", "@lena@far.example hello", reference, "direct", NOW)
        return self.adapter.find_sent(outgoing)

    def test_finds_a_private_answer_that_is_not_listed(self):
        own = status(2000, "@lena hello", in_reply_to_id="1001", visibility="direct")
        own["account"]["id"] = "1"
        theirs = status(2001, "@lena hello", in_reply_to_id="1001")
        below = {"ancestors": [], "descendants": ["?", theirs, own]}
        self.assertEqual(self.find_private([], answer(below)).external_id, "2000")
        self.assertIn("/api/v1/statuses/1001/context", self.calls[-1].url)
        for nothing in ({"descendants": []}, {"descendants": [theirs]}, {}):
            with self.assertRaises(NetworkError) as caught:
                self.find_private([], answer(nothing))
            self.assertEqual(caught.exception.reason, Reason.UNKNOWN)
        with self.assertRaises(NetworkError):
            self.find_private([], answer({}, 404))

    def test_a_server_that_lists_private_statuses_is_believed(self):
        before = status(1900, "else", visibility="private")
        self.assertIsNone(self.find_private([before]))
        sent = status(2000, "@lena hello", in_reply_to_id="1001", visibility="direct")
        self.assertEqual(self.find_private([sent]).external_id, "2000")

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
        self.assertEqual((identity.max_length, identity.link_length), (100_000, 32))
        type(self).answers = [answer(me), answer({}), answer({})]
        identity = self.adapter.verify()
        self.assertEqual((identity.max_length, identity.link_length), (500, 0))

    def verified(self, reserved=23, **instance):
        limits = {"max_characters": 500, "characters_reserved_per_url": reserved}
        if reserved is None:
            del limits["characters_reserved_per_url"]
        told = {"configuration": {"statuses": limits}} | instance
        me = status(1)["account"] | {"acct": "brand", "username": "brand"}
        type(self).answers = [answer(me), answer(told)]
        return self.adapter.verify()

    def test_counts_links_as_the_server_does(self):
        link = "see https://example.com/" + "x" * 200
        for reserved, instance, length in (
            (23, {"version": "4.5.0"}, 27),
            (40, {"version": "4.5.0"}, 44),
            (0, {"version": "2.7.2 (compatible; Pleroma 2.9.1)"}, len(link)),
            (None, {}, len(link)),
            (25, {"source_url": "https://codeberg.org/x/gotosocial"}, len(link)),
            (23, {"version": "takahe/0.11.0"}, len(link)),
            (23, {"version": "3.5.3 (compatible; Pixelfed 0.12.4)"}, len(link)),
        ):
            identity = self.verified(reserved, **instance)
            counted = Mastodon.length(link, identity.link_length)
            self.assertEqual(counted, length, (reserved, instance))
        me, old = status(1)["account"] | {"acct": "brand"}, {"max_toot_chars": 5000}
        type(self).answers = [answer(me), answer({}, 404), answer(old)]
        identity = self.adapter.verify()  # an old Pleroma
        self.assertEqual(
            (identity.max_length, identity.link_length), (5000, AS_WRITTEN)
        )
        whole = "@lena@far.example " + link
        self.assertEqual(Mastodon.length(whole, AS_WRITTEN), len(whole))

    def test_a_domain_that_is_not_the_servers(self):
        for told, handle in (
            ({"domain": "brand.test"}, "@brand@brand.test"),
            (
                {"domain": "social.example", "account_domain": "brand.test"},
                "@brand@brand.test",
            ),
            ({"uri": "https://social.example/"}, "@brand@social.example"),
            ({"domain": "no domain"}, "@brand@social.example"),
            ({}, "@brand@social.example"),
        ):
            self.assertEqual(self.verified(**told).handle, handle, told)
        self.adapter.account.handle = "@brand@brand.test"
        near = mention(7)
        near["status"]["account"] |= {"acct": "fan", "username": "fan"}
        near["status"]["account"]["url"] = "https://social.example/@fan"
        [item] = self.fetch({"min_id": "5"}, [near]).items
        author = Mastodon.normalise(item.payload).author
        self.assertEqual(author.handle, "@fan@brand.test")
        self.assertEqual(author.external_id, "https://social.example/@fan")
        [item] = self.fetch({"min_id": "5"}, [mention(7)]).items
        author = Mastodon.normalise(item.payload).author
        self.assertEqual(author.handle, "@lena@far.example")
        self.adapter.account.handle = "@brand@social.example"
        [item] = self.fetch({"min_id": "5"}, [mention(7)]).items
        self.assertEqual(item.payload, mention(7), "as it was delivered")

    def test_a_poll(self):
        options = [{"title": "Yes", "votes_count": 1}, {"title": "No"}, "?"]
        poll = {"id": "1", "options": options}
        post = Mastodon.normalise(mention(1, "Will it?", poll=poll))
        self.assertEqual(post.text, "[Poll] Will it?\n- Yes\n- No")
        post = Mastodon.normalise(mention(1, "", poll=poll))
        self.assertEqual(post.text, "[Poll]\n- Yes\n- No")

    def test_what_is_no_text_is_told_in_words(self):
        def text(*attachments, content=""):
            values = {"media_attachments": list(attachments), "content": content}
            return Mastodon.normalise(mention(1, **values)).text

        url = "https://files.example/1"
        picture = {"type": "image", "url": url, "description": "A broken\nbox"}
        self.assertEqual(text(picture), "[Photo] A broken\nbox")
        self.assertEqual(
            text({"type": "video", "url": url}, {"type": "audio", "url": url}),
            "[Video]\n[Audio]",
        )
        self.assertEqual(text({"type": "unknown", "url": url}), "[File]")
        self.assertEqual(text(picture, content="<p>look</p>"), "look")

    def test_a_quote_is_marked(self):
        said = status(9, "It is awful</p><p>Really")
        quote = {"state": "accepted", "quoted_status": said}
        post = Mastodon.normalise(mention(1, "Solved since.", quote=quote))
        self.assertEqual(
            post.text, "Solved since.\n\n> @lena@far.example: It is awful\n>\n> Really"
        )


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
        every = {"scopes_supported": [*Mastodon.oauth.scopes, "push"]}
        made = answer({"client_id": "c", "client_secret": "s", "id": "1"})
        self.told(answer(every), made)
        app = self.adapter.register_app("https://odoo.example/cb")
        self.assertEqual(app, {"client_id": "c", "client_secret": "s"})
        metadata = "GET /.well-known/oauth-authorization-server"
        self.assertEqual(self.paths(), [metadata, "POST /api/v1/apps"])
        sent = parse_qs(self.calls[-1].body)
        self.assertEqual(sent["redirect_uris"], ["https://odoo.example/cb"])
        scopes = sent["scopes"][0].split()
        self.assertIn("write:statuses", scopes)
        self.assertNotIn("write", scopes)
        self.assertIn("read", scopes, "Takahe gives the own account for it only")
        self.assertNotIn("Authorization", self.calls[-1].headers)

    def test_asks_for_scopes_that_the_server_knows(self):
        made = answer({"client_id": "c", "client_secret": "s"})
        some = answer({"scopes_supported": ["read", "write", "follow", "push"]})
        for told in (answer(HTML, 404), some, answer({}), answer(HTML)):
            self.told(told, made)
            adapter = Mastodon(Account("https://social.example", client_id="c"))
            adapter.register_app("https://odoo.example/cb")
            self.assertEqual(
                parse_qs(self.calls[-1].body)["scopes"], ["read write follow"]
            )
            page, _pending = adapter.sign_in_page("https://odoo.example/cb", "a-state")
            asked = parse_qs(urlsplit(page).query)
            self.assertEqual(asked["scope"], ["read write follow"])
        self.assertIn("write:statuses", Mastodon.oauth.scopes, "others are as before")

    def test_says_that_the_own_account_needs_another_scope(self):
        self.told(answer({"error": "out_of_scope_for_token"}, 403))
        with self.assertRaises(NetworkError) as caught:
            self.adapter.verify()
        self.assertEqual(caught.exception.reason, Reason.PERMISSION)
        self.assertIn("scope read", caught.exception.detail)

    def test_a_token_that_is_refused_in_other_words(self):
        for status_code, said in (
            (400, b"Invalid Bearer token"),  # Takahe, as plain text
            (400, {"error": "Invalid Bearer token"}),
            (400, {"error": "invalid_token"}),
            (400, {"error": "The access token is invalid"}),
            (400, {"error": "the token has expired"}),
            (403, {"error": "Invalid credentials."}),  # Pleroma
            (422, {"error": "This method requires an authenticated user"}),
            (422, b""),  # snac
            (401, {"error": "Unauthenticated."}),
        ):
            self.told(answer(said, status_code))
            with self.assertRaises(NetworkError) as caught:
                self.adapter.fetch("mentions", "", {})
            self.assertEqual(caught.exception.reason, Reason.AUTHORISATION, said)
        self.told(answer({"error": "limit must be a number"}, 400))
        with self.assertRaises(NetworkError) as caught:
            self.adapter.fetch("mentions", "", {})
        self.assertEqual(caught.exception.reason, Reason.REFUSED)

    def reply_failure(self, status_code, said):
        self.told(answer(status(1001)), answer(said, status_code))
        outgoing = Outgoing("k", "@lena hi", self.reference, "unlisted", NOW)
        with self.assertRaises(NetworkError) as caught:
            self.adapter.reply(outgoing)
        return caught.exception.reason

    def test_too_long_in_every_dialect(self):
        for status_code, said in (
            (422, "Validation failed: Text character limit of 500 exceeded"),
            (
                400,
                "Bad Request: text with spoiler exceed max chars (500)",
            ),  # GoToSocial
            (400, "Status is too long"),  # Takahe
            (422, "The status is over the character limit"),  # Pleroma
            (422, "The status must not be greater than 500 characters."),  # Pixelfed
            (413, "Payload Too Large"),
        ):
            self.assertEqual(
                self.reply_failure(status_code, {"error": said}), Reason.TOO_LONG, said
            )
        said = {"error": "Bad Request: media files exceed max count (4)"}
        self.assertEqual(self.reply_failure(400, said), Reason.REFUSED)

    def test_an_author_who_lets_not_everybody_reply(self):
        for said in (
            {"error": "Forbidden: you do not have permission to reply to this status"},
            {"error": "This action is not allowed"},
            {},
        ):
            self.assertEqual(self.reply_failure(403, said), Reason.REFUSED)
        for said in (
            "This action is outside the authorized scopes",
            "out_of_scope_for_token",
            "Insufficient permissions: write:statuses.",
        ):
            self.assertEqual(
                self.reply_failure(403, {"error": said}), Reason.PERMISSION, said
            )
        said = {"error": "Duplicate idempotency key."}  # Pixelfed
        self.assertEqual(self.reply_failure(400, said), Reason.DUPLICATE)

    def test_closed_by_the_interaction_policy(self):
        def answerable(rules, **more):
            payload = mention(1, interaction_policy={"can_reply": rules}) | more
            post = Mastodon.normalise(payload)
            self.assertEqual(
                post.unanswerable_reason, "" if post.answerable else "closed"
            )
            return post.answerable

        search = {"type": None}
        self.assertFalse(answerable({"always": ["author"], "with_approval": []}))
        self.assertFalse(answerable({"always": [], "with_approval": []}))
        self.assertFalse(answerable({"automatic_approval": ["author", "followers"]}))
        self.assertFalse(
            answerable({"automatic_approval": ["author", "mentioned"]}, **search)
        )
        self.assertTrue(answerable({"always": ["author", "mentioned"]}))
        self.assertTrue(answerable({"always": ["author", "me"]}, **search))
        self.assertTrue(answerable({"always": ["public"], "with_approval": []}))
        self.assertTrue(
            answerable(
                {"automatic_approval": ["author"], "manual_approval": ["public"]}
            )
        )
        for broken in (None, [], {}, {"always": "author"}, {"always": None}):
            self.assertTrue(answerable(broken))

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

    def test_follows_each_hashtag(self):
        both = status(4)
        self.told(answer([status(5), both]), answer([both, status(3)]))
        page = self.adapter.fetch("search", "#Müll #router", {})
        self.assertEqual(
            self.paths(),
            [
                "GET /api/v1/timelines/tag/M%C3%BCll",
                "GET /api/v1/timelines/tag/router",
            ],
        )
        self.assertNotIn("any[]", self.asked(), "not every server knows it")
        self.assertEqual({i.external_id for i in page.items}, {"5", "4", "3"})
        self.assertEqual(len(page.items), 3)
        self.assertTrue(page.more)
        old = status(2, created_at=(NOW - timedelta(days=8)).isoformat())
        self.told(answer([old]), answer([status(2)]))
        page = self.adapter.fetch("search", "#Müll #router", page.cursor)
        self.assertEqual(self.asked(0)["max_id"], ["4"])
        self.assertEqual(self.asked(1)["max_id"], ["3"])
        self.told(answer([]))  # the first one is through, the second goes on
        page = self.adapter.fetch("search", "#Müll #router", page.cursor)
        self.assertEqual((page.items, page.more), ([], False))
        self.told(answer([status(9)]), answer([both]))
        page = self.adapter.fetch("search", "#Müll #router", page.cursor)
        self.assertEqual([i.external_id for i in page.items], ["9"])

    def test_a_hashtag_nobody_has_used(self):
        self.told(answer({"error": "Record not found"}, 404), answer([status(4)]))
        page = self.adapter.fetch("search", "#nobody #router", {})
        self.assertEqual([i.external_id for i in page.items], ["4"])

    def test_goes_on_from_a_cursor_of_all_hashtags(self):
        before = {"seen": (NOW - timedelta(hours=3)).isoformat(), "known": []}
        old = status(4, created_at=(NOW - timedelta(hours=5)).isoformat())
        self.told(answer([status(5), old]), answer([old]))
        page = self.adapter.fetch("search", "#a #b", before | {"page": "1"})
        self.assertEqual(
            ([i.external_id for i in page.items], page.more), (["5"], False)
        )

    def search_all(self, answer_of):
        """All that a word search finds, from a server that answers so."""
        found, cursor, more = [], {}, True
        for _page in range(20):
            with patch.object(mastodon_search.Search, "_matches", answer_of):
                page = self.adapter.fetch("search", "router", cursor)
            found += [int(i.external_id) for i in page.items]
            cursor, more = page.cursor, page.more
            if not more:
                return sorted(found)
        raise AssertionError("the search does not end")

    def test_searches_on_servers_without_offset(self):
        hits = list(range(165, 100, -1))  # 65 of them

        def page_of(offset=0, max_id=None):
            older = [n for n in hits if max_id is None or n < int(max_id)]
            return [status(n) for n in older[int(offset) :][:40]]

        def empty(_search, _query, offset="0", max_id=None):  # GoToSocial
            return page_of(0, max_id) if int(offset) == 0 else []

        def ignores(_search, _query, offset="0", max_id=None):
            return page_of(0, max_id)

        def refuses(_search, _query, offset="0", max_id=None):
            if int(offset):
                raise NetworkError(Reason.REFUSED, "offset is not known")
            return page_of(0, max_id)

        def knows_both(_search, _query, offset="0", max_id=None):  # Mastodon
            return page_of(offset, max_id)

        def knows_no_ids(_search, _query, offset="0", max_id=None):  # Pleroma
            return page_of(offset)

        for server in (empty, ignores, refuses, knows_both, knows_no_ids):
            with self.subTest(server.__name__):
                self.assertEqual(self.search_all(server), sorted(hits))

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
        self.assertEqual(found.gone, set(), "nobody could say that it is deleted")
        [item] = found.items  # snac: another id after an edit
        self.assertEqual(item.external_id, "5")
        self.assertEqual(Mastodon.normalise(item.payload).external_id, "5")

    def test_one_that_is_refused_does_not_stand_in_the_way_of_others(self):
        none, refused = answer(HTML, 404), answer({"error": "no"}, 403)
        found = self.reread(none, refused, answer(status(6)))
        self.assertEqual([i.external_id for i in found.items], ["6"])
        self.assertEqual(found.gone, frozenset())

    def is_gone(self, visibility="public", url="https://far.example/@lena/5", **says):
        """Whether a status counts as deleted that the account can't read. What the
        server says to whom: "relation", "account", "anybody", "origin", each an answer;
        what is not told is not known to it.
        """
        none = answer({"error": "Record not found"}, 404)
        unknown = answer({"error": "no such call"}, 501)
        sent = []

        def answer_to(call):
            sent.append(call)
            path = urlsplit(call.url).path
            if call.url.startswith(url):
                return says.get("origin", answer({}, 401))
            if path == "/api/v1/statuses/5" and "Authorization" not in call.headers:
                return says.get("anybody", answer({}, 401))
            if path.endswith("verify_credentials"):
                return answer({"id": "1"})
            if path.endswith("/relationships"):
                return says.get("relation", none)
            if path == "/api/v1/accounts/7":
                return says.get("account", none)
            return unknown if path.endswith("/lookup") else none

        def send(session, request, **_kwargs):
            type(self).answers = [answer_to(request)]
            return type(self)._request_handler(session, request)

        reference = {"id": "5", "acct": "lena@far.example", "account": "7"}
        known = Known("5", "post", reference | {"visibility": visibility}, url)
        with patch("requests.Session.send", send):
            found = self.adapter.reread([known])
        for call in sent:
            if not call.url.startswith("https://social.example/"):
                self.assertNotIn("Authorization", call.headers)
        return found.gone == {"5"}

    def test_a_block_deletes_nothing(self):
        blocked, none = answer([{"id": "7", "blocked_by": True}]), answer({}, 404)
        there = answer(status(5))
        self.assertFalse(self.is_gone(relation=blocked))
        self.assertFalse(self.is_gone(relation=blocked, anybody=none, origin=none))
        self.assertFalse(self.is_gone(anybody=there), "no relationship told")
        self.assertFalse(self.is_gone("direct", relation=blocked))
        ours = answer([{"id": "7", "blocked_by": False, "blocking": True}])
        self.assertFalse(self.is_gone(relation=ours), "GoToSocial hides it both ways")

    def test_what_is_not_shown_is_not_deleted(self):
        fine, none = answer([{"id": "7", "blocked_by": False}]), answer({}, 404)
        suspended = answer(status(5)["account"] | {"suspended": True})
        self.assertFalse(self.is_gone(account=suspended, relation=fine, anybody=none))
        kept = answer({"type": "Note", "id": "https://far.example/5"})
        self.assertFalse(
            self.is_gone(relation=fine, anybody=none, origin=kept),
            "the server has dropped its copy",
        )
        for trouble in (TIMEOUT, answer(HTML, 502), answer({}, 429)):
            self.assertFalse(self.is_gone(relation=fine, anybody=none, origin=trouble))
        self.assertFalse(self.is_gone(), "nobody says anything")
        self.assertFalse(self.is_gone("private"), "nobody says anything")
        for visibility in ("private", "direct"):  # which nobody else is shown
            self.assertFalse(self.is_gone(visibility, anybody=none, origin=none))
        for trouble in (TIMEOUT, answer(HTML, 502), answer({}, 429)):
            with self.assertRaises(NetworkError):
                self.is_gone(relation=trouble)
            with self.assertRaises(NetworkError):
                self.is_gone(anybody=trouble)

    def test_what_is_deleted_is_gone(self):
        fine, none = answer([{"id": "7", "blocked_by": False}]), answer({}, 404)
        account = answer(status(5)["account"])
        self.assertTrue(
            self.is_gone(account=account, relation=fine, anybody=none, origin=none)
        )
        self.assertTrue(self.is_gone(relation=fine), "GoToSocial: signed in only")
        self.assertTrue(self.is_gone(origin=none), "snac: tells no blocks")
        self.assertTrue(self.is_gone(origin=answer({}, 410)))
        self.assertTrue(self.is_gone(origin=answer({"type": "Tombstone"})))
        self.assertTrue(self.is_gone(anybody=none))
        self.assertTrue(self.is_gone("direct", relation=fine))
        page = answer(HTML)  # of a server that has the same page for everything
        self.assertTrue(self.is_gone(anybody=none, origin=page))

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
