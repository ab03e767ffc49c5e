"""What is special to Bluesky."""

import base64
import json
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

from ..networks import get
from ..networks.atproto import tid, tid_seconds
from ..networks.base import (
    Account,
    Attachment,
    Known,
    NetworkError,
    Outgoing,
    Reason,
)
from ..networks.bluesky import record_key
from .network_case import TIMEOUT, NetworkCase, answer, recorded
from .network_contract import SECRET, WithReplies

Bluesky = get("bluesky")
NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
TOKENS = {"did": "did:plc:brand", "handle": "brand.test"}
TOKENS |= {"accessJwt": "access-1", "refreshJwt": "refresh-1"}
REFERENCE = {
    "root": {"uri": "at://root", "cid": "r"},
    "parent": {"uri": "at://parent", "cid": "p"},
}


def notification(number, minutes, reason="mention"):
    """One as of app.bsky.notification.listNotifications, indexed so long after NOW."""
    moment = (NOW + timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
    return {
        "uri": f"at://did:plc:fan/app.bsky.feed.post/{number}",
        "cid": f"cid{number}",
        "author": {"did": "did:plc:fan", "handle": "fan.test"},
        "reason": reason,
        "record": {"text": f"number {number}", "createdAt": moment},
        "indexedAt": moment,
    }


def expired(code="ExpiredToken", status=400):
    return answer({"error": code, "message": "Token has expired"}, status)


class BlueskyCase(NetworkCase):
    def setUp(self):
        super().setUp()
        self.kept = []
        session = {"identifier": "brand.test", "did": "did:plc:brand"}
        session |= {"access": "access-0", "refresh": "refresh-0"}
        self.account = Account(
            "https://bsky.social",
            "brand.test",
            "app-password",
            session=session,
            renew_session=self.renew,
        )
        self.adapter = Bluesky(self.account)

    def renew(self, change):
        session = change(self.account.session)
        if session != self.account.session:
            self.kept.append(session)
        return session

    def paths(self):
        return [urlsplit(call.url).path.rsplit("/")[-1] for call in self.calls]


class TestSession(BlueskyCase):
    def query(self, *answers):
        type(self).answers = list(answers)
        return self.adapter._session.get("some.query", {})

    def test_signs_in_once(self):
        self.account.session = {}
        self.query(answer(TOKENS), answer({}), answer({}))
        self.adapter._session.get("some.query", {})
        self.assertEqual(len(self.kept), 1)
        self.assertNotIn("app-password", str(self.kept))
        sent = self.sent(0)
        self.assertEqual(sent, {"identifier": "brand.test", "password": "app-password"})
        self.assertEqual(self.calls[1].headers["Authorization"], "Bearer access-1")
        self.assertEqual(len(self.calls), 3)

    def test_renews_what_has_expired(self):
        self.query(expired(), answer(TOKENS), answer({}))
        self.assertEqual(self.paths()[1], "com.atproto.server.refreshSession")
        self.assertEqual(self.calls[1].headers["Authorization"], "Bearer refresh-0")
        self.assertEqual(self.calls[2].headers["Authorization"], "Bearer access-1")
        self.assertEqual(self.kept[0]["refresh"], "refresh-1")

    def test_signs_in_again_when_it_can_not_be_renewed(self):
        self.query(expired(), expired(), answer(TOKENS), answer({}))
        self.assertEqual(self.paths()[2], "com.atproto.server.createSession")

    def test_does_not_sign_in_for_ever(self):
        with self.assertRaises(NetworkError) as caught:
            self.query(expired(), expired(), expired("AuthenticationRequired", 401))
        self.assertEqual(caught.exception.reason, Reason.AUTHORISATION)
        self.assertEqual(len(self.calls), 3)

    def test_keeps_the_session_when_the_server_is_down(self):
        with self.assertRaises(NetworkError) as caught:
            self.query(expired(), answer(b"", 502))
        self.assertEqual(caught.exception.reason, Reason.SERVER)
        self.assertEqual(self.kept, [])

    def test_another_account_signs_in(self):
        self.account.username = "other.test"
        self.query(answer(TOKENS), answer({}))
        self.assertEqual(self.kept[0]["identifier"], "other.test")

    def test_reasons(self):
        for code, reason in (
            ("AccountTakedown", Reason.AUTHORISATION),
            ("AuthFactorTokenRequired", Reason.AUTHORISATION),
            ("RateLimitExceeded", Reason.RATE_LIMIT),
            ("NotFound", Reason.NOT_FOUND),
            ("InvalidRequest", Reason.REFUSED),
        ):
            with self.assertRaises(NetworkError) as caught:
                self.query(expired(code))
            self.assertEqual(caught.exception.reason, reason)


class TestBluesky(BlueskyCase):
    def fetch(self, *answers):
        type(self).answers = list(answers)
        return self.adapter.fetch("mentions", "", {"seen": NOW.isoformat()})

    def test_adds_what_is_known_of_the_author(self):
        profile = {"did": "did:plc:fan", "followersCount": 7, "postsCount": 9}
        listed = answer({"notifications": [notification(1, 1)]})
        [item] = self.fetch(listed, answer({"profiles": [profile]})).items
        author = Bluesky.normalise(item.payload).author
        self.assertEqual((author.followers, author.posts), (7, 9))
        for failure in (answer(b"", 500), answer({"profiles": None}), answer([])):
            [item] = self.fetch(listed, failure).items
            self.assertIsNone(Bluesky.normalise(item.payload).author.followers)

    def test_asks_for_25_profiles_at_once(self):
        listed = [notification(n, n) for n in range(1, 61)]
        for number, entry in enumerate(listed):
            entry["author"] = {"did": f"did:plc:{number}", "handle": "x.test"}
        empty = answer({"profiles": []})
        self.fetch(answer({"notifications": listed}), empty, empty, empty)
        asked = [parse_qs(urlsplit(c.url).query).get("actors", []) for c in self.calls]
        self.assertEqual([len(actors) for actors in asked], [0, 25, 25, 10])

    def test_broken_notifications_are_kept(self):
        broken = {"reason": "mention", "indexedAt": NOW.isoformat()}
        page = self.fetch(answer({"notifications": [None, broken, "x"]}))
        self.assertEqual(len(page.items), 3)
        self.assertTrue(all(i.external_id.startswith("sha256:") for i in page.items))

    def test_moment_is_never_after_its_arrival(self):
        entry = notification(1, 1)
        entry["record"]["createdAt"] = "2099-01-01T00:00:00Z"
        post = Bluesky.normalise({"notification": entry})
        self.assertEqual(post.posted_at, NOW + timedelta(minutes=1))
        entry["record"]["createdAt"] = "2026-01-01T00:00:00Z"
        post = Bluesky.normalise({"notification": entry})
        self.assertEqual(post.posted_at.month, 1)

    def test_thread(self):
        entry = notification(1, 1, "reply")
        entry["record"]["reply"] = REFERENCE
        post = Bluesky.normalise({"notification": entry})
        self.assertEqual((post.kind, post.thread_id), ("reply", "at://root"))
        self.assertEqual(post.parent_id, "at://parent")
        self.assertEqual(post.reply_ref["root"], REFERENCE["root"])
        self.assertEqual(post.reply_ref["parent"]["uri"], entry["uri"])

    def test_language(self):
        for langs, language in (
            (["pt-BR"], "pt"),
            (["en", "de"], None),
            (["haw"], None),
            ("en", None),
            (None, None),
        ):
            entry = notification(1, 1)
            entry["record"]["langs"] = langs
            post = Bluesky.normalise({"notification": entry})
            self.assertEqual(post.language, language)

    def outgoing(self, key="k", text="Hello"):
        return Outgoing(key, text, REFERENCE, "public", NOW, "en")

    def reply(self, *answers):
        type(self).answers = list(answers)
        return self.adapter.reply(self.outgoing())

    def test_reply_is_put_under_a_key_of_ours(self):
        there = answer({"posts": [{"uri": "at://parent", "author": {}}]})
        self.reply(there, answer({"uri": "at://did:plc:brand/x/1"}))
        sent = self.sent()
        self.assertEqual(self.paths()[-1], "com.atproto.repo.putRecord")
        self.assertEqual(sent["repo"], "did:plc:brand")
        self.assertEqual(sent["record"]["reply"], REFERENCE)
        self.assertEqual(sent["record"]["langs"], ["en"])
        self.assertEqual(sent["record"]["createdAt"], "2026-11-23T12:00:00.000Z")
        self.reply(there, answer({"uri": "at://did:plc:brand/x/1"}))
        self.assertEqual(self.sent(), sent)

    def test_record_keys(self):
        keys = {record_key(self.outgoing(key)) for key in map(str, range(1000))}
        self.assertEqual(len(keys), 1000)
        for key in keys:  # https://atproto.com/specs/tid
            self.assertRegex(key, r"^[234567abcdefghij][234567a-z]{12}$")
        self.assertEqual(len({key[:7] for key in keys}), 1)  # of one second

    def test_what_can_not_be_answered(self):
        closed = {"uri": "at://parent", "viewer": {"replyDisabled": True}, "author": {}}
        blocked = {"uri": "at://parent", "author": {"viewer": {"blockedBy": True}}}
        for posts, reason in (
            ([], Reason.NOT_FOUND),
            ([closed], Reason.REFUSED),
            ([blocked], Reason.BLOCKED),
        ):
            with self.assertRaises(NetworkError) as caught:
                self.reply(answer({"posts": posts}))
            self.assertEqual(caught.exception.reason, reason)
            self.assertFalse(caught.exception.uncertain)

    def test_too_long(self):
        said = "Record/text must not be longer than 300 graphemes"
        there = answer({"posts": [{"uri": "at://parent", "author": {}}]})
        refused = answer({"error": "InvalidRequest", "message": said}, 400)
        with self.assertRaises(NetworkError) as caught:
            self.reply(there, refused)
        self.assertEqual(caught.exception.reason, Reason.TOO_LONG)

    def test_finds_what_was_sent(self):
        uri = f"at://did:plc:brand/app.bsky.feed.post/{record_key(self.outgoing())}"
        type(self).answers = [answer({"uri": uri}), expired("RecordNotFound")]
        self.assertEqual(self.adapter.find_sent(self.outgoing()).external_id, uri)
        self.assertIsNone(self.adapter.find_sent(self.outgoing()))

    def test_length(self):
        family = "👨‍👩‍👧‍👦"
        for text, length in ((family, 1), ("a" * 300, 300), ("ä" * 300, 300)):
            self.assertEqual(Bluesky.length(text), length)
        self.assertGreater(Bluesky.length(family * 200), 300)  # 5,000 bytes

    def test_verify(self):
        type(self).answers = [answer(recorded("bluesky.json")["profile"])]
        identity = self.adapter.verify()
        self.assertEqual((identity.handle, identity.max_length), ("@brand.test", 300))

    def test_verify_a_new_account(self):
        unknown = {"error": "InvalidRequest", "message": "Profile not found"}
        type(self).answers = [answer(unknown, 400)]
        identity = self.adapter.verify()
        self.assertEqual(identity.external_id, "did:plc:brand")
        self.assertEqual(identity.handle, "@brand.test")


class TestBlueskyEmbeds(BlueskyCase):
    """What stands below a post's text."""

    cid = "bafkreiabc"

    def post(self, embed, text="", quoted=None):
        entry = notification(1, 1)
        entry["record"] |= {"text": text, "embed": embed}
        payload = {"notification": entry, "profile": None, "quoted": quoted}
        return Bluesky.normalise(payload)

    def external(self, uri="https://acme.example/help", title="How to get help"):
        card = {"uri": uri, "title": title, "description": "…"}
        return {"$type": "app.bsky.embed.external", "external": card}

    def test_the_card_of_a_page(self):
        shown = "How to get help\nhttps://acme.example/help"
        self.assertEqual(self.post(self.external()).text, shown)
        self.assertEqual(self.post(self.external(), "Look").text, f"Look\n\n{shown}")
        text = "Look: https://acme.example/help"
        self.assertEqual(self.post(self.external(), text).text, text)
        odd = self.post(self.external("javascript:alert(1)"))
        self.assertEqual(odd.text, "")

    def record(self, uri="at://did:plc:other/app.bsky.feed.post/3k"):
        named = {"uri": uri, "cid": "c"}
        return {"$type": "app.bsky.embed.record", "record": named}

    def view(self, text="It is awful\n\nReally"):
        author = {"did": "did:plc:other", "handle": "other.test"}
        uri = self.record()["record"]["uri"]
        return {"uri": uri, "author": author, "record": {"text": text}}

    def test_a_quote_is_marked(self):
        post = self.post(self.record(), "Solved.", self.view())
        self.assertEqual(
            post.text,
            "Solved.\n\n> @other.test: It is awful\n>\n> Really",
        )
        address = "https://bsky.app/profile/did:plc:other/post/3k"
        self.assertEqual(self.post(self.record()).text, f"> {address}")
        feed = self.record("at://did:plc:other/app.bsky.feed.generator/hot")
        self.assertEqual(
            self.post(feed).text, "https://bsky.app/profile/did:plc:other/feed/hot"
        )

    def video(self):
        blob = {"$type": "blob", "ref": {"$link": self.cid}, "mimeType": "video/mp4"}
        return {"$type": "app.bsky.embed.video", "video": blob, "alt": "It burns"}

    def test_a_video_has_a_still(self):
        post = self.post(self.video())
        self.assertEqual(post.text, "[Video] It burns")
        [still] = post.media
        self.assertEqual(
            still.url,
            f"https://video.bsky.app/watch/did%3Aplc%3Afan/{self.cid}/thumbnail.jpg",
        )
        self.assertEqual(
            (still.mime_type, still.description), ("image/jpeg", "It burns")
        )
        self.assertEqual(self.post(self.video(), "Look").text, "Look")

    def test_a_quote_with_pictures(self):
        image = {"image": {"ref": {"$link": self.cid}, "mimeType": "image/png"}}
        image["alt"] = "A box"
        images = {"$type": "app.bsky.embed.images", "images": [image]}
        both = {"$type": "app.bsky.embed.recordWithMedia", "record": self.record()}
        post = self.post({**both, "media": images}, "Hm.", self.view("Great"))
        self.assertEqual(post.text, "Hm.\n\n> @other.test: Great")
        self.assertEqual([m.description for m in post.media], ["A box"])
        self.assertEqual(self.post(images).text, "[Photo] A box")
        post = self.post({**both, "media": self.external()}, "Hm.", self.view("Great"))
        self.assertIn("https://acme.example/help", post.text)
        self.assertIn("> @other.test: Great", post.text)
        post = self.post({**both, "media": self.video()})
        self.assertEqual(len(post.media), 1)

    def test_asks_for_what_is_quoted(self):
        entry = notification(1, 1)
        entry["record"]["embed"] = self.record()
        listed = answer({"notifications": [entry]})
        profiles, quotes = answer({"profiles": []}), answer({"posts": [self.view()]})
        cursor = {"seen": NOW.isoformat()}
        type(self).answers = [listed, profiles, quotes]
        [item] = self.adapter.fetch("mentions", "", cursor).items
        self.assertIn("> @other.test:", Bluesky.normalise(item.payload).text)
        type(self).answers = [listed, profiles, answer(b"", 502)]
        [item] = self.adapter.fetch("mentions", "", cursor).items
        self.assertIn("/post/3k", Bluesky.normalise(item.payload).text)

    def test_odd_embeds(self):
        for odd in ("x", [], {"images": "x"}, {"record": "x"}, {"external": []}):
            self.assertEqual(self.post(odd, "hi").text, "hi")


class TestBlueskyActions(BlueskyCase):
    """Searching, asking again, liking, withdrawing, pictures."""

    post = "at://did:plc:fan/app.bsky.feed.post/3mfrd2kqzbk2a"

    def view(self, **values):
        entry = notification(1, 1) | {"uri": self.post} | values
        return {**entry, "likeCount": 3, "repostCount": 2}

    def test_search(self):
        own = self.view(uri="at://did:plc:brand/app.bsky.feed.post/1")
        found = {"posts": [self.view(), own, "?"], "cursor": None}
        type(self).answers = [answer(found), answer({"profiles": []})]
        page = self.adapter.fetch("search", "broken router", {})
        self.assertEqual(len(page.items), 2, "own posts are left out, odd ones kept")
        post = Bluesky.normalise(page.items[1].payload)
        self.assertEqual((post.external_id, post.likes, post.shares), (self.post, 3, 2))
        self.assertTrue(post.answerable)
        asked = parse_qs(urlsplit(self.calls[0].url).query)
        self.assertEqual((asked["q"], asked["sort"]), (["broken router"], ["latest"]))

    def test_a_post_found_twice_is_one(self):
        listed = answer({"notifications": [self.view()]})
        found = answer({"posts": [self.view()]})
        profiles = answer({"profiles": []})
        type(self).answers = [listed, profiles, found, profiles]
        [one] = self.adapter.fetch("mentions", "", {"seen": NOW.isoformat()}).items
        [two] = self.adapter.fetch("search", "x", {"seen": NOW.isoformat()}).items
        self.assertEqual(
            (one.external_id, one.revision), (two.external_id, two.revision)
        )

    def reread(self, *answers):
        type(self).answers = list(answers)
        return self.adapter.reread([Known(self.post, "post", {})])

    def test_reread(self):
        found = self.reread(answer({"posts": [self.view(cid="edited")]}))
        [item] = found.items
        self.assertEqual((found.gone, item.revision), (frozenset(), "edited"))
        none = answer({"posts": []})
        missing = "Could not locate record: at://x"
        refused = answer({"error": "InvalidRequest", "message": missing}, 400)
        author = answer({"did": "did:plc:fan", "handle": "fan.test"})
        self.assertEqual(self.reread(none, refused, author).gone, {self.post})
        closed = answer(
            {"error": "InvalidRequest", "message": "Profile not found"}, 400
        )
        self.assertEqual(self.reread(none, refused, closed).gone, {self.post})
        for code in ("AccountTakedown", "AccountDeactivated"):
            away = answer({"error": code, "message": "Account is away"}, 400)
            self.assertEqual(self.reread(none, refused, away).gone, frozenset(), code)
        for code in ("RepoTakendown", "AccountTakedown"):
            away = answer({"error": code, "message": "It is away"}, 400)
            self.assertEqual(self.reread(none, away).gone, frozenset(), code)
        for failure in (answer(b"", 502), answer({}, 429), answer({}, 401)):
            with self.assertRaises(NetworkError):
                self.reread(none, refused, failure)
        there = self.reread(none, answer({"uri": self.post, "cid": "c", "value": {}}))
        self.assertEqual((there.gone, there.items), (frozenset(), ()))
        unknown = self.reread(none, answer({"error": "InvalidRequest"}, 400))
        self.assertEqual((unknown.gone, unknown.items), (frozenset(), ()))
        for failure in (answer(b"", 502), answer({}, 429)):
            with self.assertRaises(NetworkError):
                self.reread(none, failure)

    def like(self, liked, **viewer):
        view = self.view(viewer=viewer)
        type(self).answers = [answer({"posts": [view]}), answer({}), answer({})]
        self.adapter.like({"parent": {"uri": self.post, "cid": "c"}}, liked)

    def test_likes_under_a_key_of_ours(self):
        self.like(True)
        sent = self.sent()
        self.assertEqual(sent["record"]["subject"], {"uri": self.post, "cid": "c"})
        self.like(True)
        self.assertEqual(self.sent()["rkey"], sent["rkey"])
        type(self).calls = []
        self.like(True, like="at://did:plc:brand/app.bsky.feed.like/3x")
        self.assertEqual(self.paths(), ["app.bsky.feed.getPosts"])
        self.like(False, like="at://did:plc:brand/app.bsky.feed.like/3x")
        deleted = {self.sent(n)["rkey"] for n in (-1, -2)}
        self.assertEqual(deleted, {"3x", sent["rkey"]})

    def test_an_author_who_is_suspended_is_not_our_own_loss(self):
        for code in ("AccountTakedown", "AccountDeactivated"):
            away = answer({"error": code, "message": "Account is away"}, 400)
            type(self).answers = [away]
            with self.assertRaises(NetworkError) as caught:
                self.adapter.follow({"parent": {"uri": self.post, "cid": "c"}})
            self.assertEqual(caught.exception.reason, Reason.NOT_FOUND)

    def follow(self, followed, following=""):
        viewer = {"viewer": {"following": following}} if following else {}
        profile = {"did": "did:plc:fan", "handle": "fan.test", **viewer}
        type(self).answers = [answer(profile), *[answer({})] * 2]
        post = {"uri": self.post, "cid": "c"}
        self.adapter.follow({"root": post, "parent": post}, followed)

    def test_follows_under_a_key_of_ours(self):
        self.follow(True)
        sent = self.sent()
        self.assertEqual(sent["collection"], "app.bsky.graph.follow")
        self.assertEqual(sent["record"]["subject"], self.post.split("/")[2])
        self.follow(True)
        self.assertEqual(self.sent()["rkey"], sent["rkey"])
        made = "at://did:plc:brand/app.bsky.graph.follow/3x"
        type(self).calls = []
        self.follow(True, following=made)
        self.assertEqual(self.paths(), ["app.bsky.actor.getProfile"])
        self.follow(False, following=made)
        deleted = {self.sent(n)["rkey"] for n in (-1, -2)}
        self.assertEqual(deleted, {"3x", sent["rkey"]})

    def test_withdraws_its_own_only(self):
        type(self).answers = [answer(b"")]  # older servers say nothing
        self.adapter.withdraw("at://did:plc:brand/app.bsky.feed.post/3x")
        self.assertEqual(self.sent()["rkey"], "3x")
        with self.assertRaises(NetworkError) as caught:
            self.adapter.withdraw("at://did:plc:brandy/app.bsky.feed.post/3x")
        self.assertEqual(caught.exception.reason, Reason.PERMISSION)

    def test_pictures(self):
        picture = Attachment("a.png", "image/png", b"PNG", "A dot")
        outgoing = Outgoing("k", "See", REFERENCE, "public", NOW, "en", (picture,))
        there = answer({"posts": [{"uri": "at://parent", "author": {}}]})
        written = answer({"uri": "at://did:plc:brand/x/1", "cid": "c"})
        type(self).answers = [there, answer({"blob": {"ref": "b"}}), written]
        sent = self.adapter.reply(outgoing)
        [image] = self.sent()["record"]["embed"]["images"]
        self.assertEqual(image, {"image": {"ref": "b"}, "alt": "A dot"})
        self.assertEqual(self.calls[1].headers["Content-Type"], "image/png")
        self.assertEqual(self.calls[1].body, b"PNG")
        below = {"uri": "at://did:plc:brand/x/1", "cid": "c"}
        self.assertEqual(sent.reply_ref, {"root": REFERENCE["root"], "parent": below})
        type(self).answers = [there, TIMEOUT]
        with self.assertRaises(NetworkError) as caught:
            self.adapter.reply(outgoing)
        self.assertFalse(caught.exception.uncertain, "nothing was published")

    def test_goes_on_under_its_own_answer(self):
        own = {"uri": "at://did:plc:brand/app.bsky.feed.post/1", "cid": "c"}
        reference = {"root": REFERENCE["root"], "parent": own}
        type(self).answers = [answer({"uri": "at://did:plc:brand/x/2", "cid": "d"})]
        self.adapter.reply(Outgoing("k2", "more", reference, "public", NOW))
        self.assertEqual(self.paths(), ["com.atproto.repo.putRecord"])

    def test_keys_tell_their_time(self):
        for seconds in (0, 1, int(NOW.timestamp())):
            self.assertEqual(tid_seconds(tid(seconds, "any")), seconds)
        for odd in ("", "self", "x" * 13 + "1", "é" * 13):
            self.assertEqual(tid_seconds(odd), 0)

    def test_renews_what_ends_within_the_hour(self):
        def token(seconds):
            claims = json.dumps({"exp": time.time() + seconds}).encode()
            return f"x.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.y"

        for access, renewed in (
            (token(7000), False),
            (token(3000), True),
            ("opaque", False),
            ("a.b.c", False),
        ):
            self.account.session = {**self.account.session, "access": access}
            type(self).answers = [answer(TOKENS)]
            type(self).calls = []
            self.adapter.keep_alive()
            self.assertEqual(len(self.calls), renewed, access)

    def test_says_what_it_can(self):
        type(self).answers = [answer({"notifications": []})]
        self.assertTrue(all(finding.ok for finding in self.adapter.diagnose()))
        type(self).answers = [expired("AccountTakedown")]
        findings = self.adapter.diagnose()
        self.assertEqual({f.reason for f in findings}, {Reason.AUTHORISATION})


class TestBlueskyContract(WithReplies, NetworkCase):
    network = "bluesky"
    delivery = answer(recorded("bluesky.json")["notifications"])
    before_write = (answer({"posts": [{"uri": "at://x", "author": {}}]}),)
    written = answer({"uri": "at://did:plc:brand/app.bsky.feed.post/1", "cid": "c"})

    def account(self):
        tokens = {"did": "did:plc:brand", "access": SECRET, "refresh": "r" + SECRET}
        session = {"identifier": "brand.test", **tokens}
        return Account("https://bsky.social", "brand.test", SECRET, session=session)

    def payloads(self):
        listed = recorded("bluesky.json")["notifications"]["notifications"]
        profile = recorded("bluesky.json")["profiles"]["profiles"][0]
        return [{"notification": n, "profile": profile} for n in listed]

    def after_delivery(self):
        return (answer(recorded("bluesky.json")["profiles"]),)
