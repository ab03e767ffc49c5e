"""What is special to Bluesky."""

from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

from ..networks import atproto, get
from ..networks.base import Account, NetworkError, Outgoing, Reason
from ..networks.bluesky import record_key
from ..networks.facets import expand, facets
from .network_case import NetworkCase, answer, recorded
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


class TestWalk(BlueskyCase):
    """Reading backwards, page after page, with a break wherever it hurts."""

    def setUp(self):
        super().setUp()
        self.stored = [notification(n, n) for n in range(1, 251)]
        self.profiles = 0
        self.pages = 0

    def network(self, page):
        """What the app view does: the newest first, its cursor the last one's time."""
        newest_first = sorted(self.stored, key=lambda n: n["indexedAt"], reverse=True)
        if page:
            before = atproto.as_time(page)
            newest_first = [
                n for n in newest_first if atproto.as_time(n["indexedAt"]) < before
            ]
        found = newest_first[:100]
        self.pages += 1
        return {
            "notifications": found,
            "cursor": found[-1]["indexedAt"] if found else None,
        }

    def step(self, cursor):
        return atproto.walk(self.network, cursor, lambda n: n["reason"] != "like")

    def walk(self, cursor):
        found = []
        while True:
            entries, cursor = self.step(cursor)
            found += [entry["cid"] for entry in entries]
            if "page" not in cursor:
                return found, cursor

    def start(self):
        return {"seen": NOW.isoformat(), "known": []}

    def all(self):
        return {n["cid"] for n in self.stored}

    def test_reads_all(self):
        found, cursor = self.walk(self.start())
        self.assertEqual(sorted(found), sorted(self.all()))
        self.assertEqual(self.walk(cursor), ([], cursor))

    def test_what_arrives_during_the_walk_comes_after_it(self):
        entries, cursor = self.step(self.start())
        found = [entry["cid"] for entry in entries]
        self.stored.append(notification(300, 300))
        rest, cursor = self.walk(cursor)
        later, cursor = self.walk(cursor)
        self.assertEqual(set(found + rest + later), self.all())
        self.assertEqual(self.walk(cursor)[0], [])

    def test_what_is_filed_late_is_not_lost(self):
        _found, cursor = self.walk(self.start())
        self.stored.append(notification(301, 249.5))
        found, cursor = self.walk(cursor)
        self.assertEqual(found, ["cid301"])
        self.assertEqual(self.walk(cursor)[0], [])

    def test_same_millisecond_at_the_edge_of_a_page(self):
        self.stored = [notification(n, n // 7) for n in range(1, 251)]
        found, cursor = self.walk(self.start() | {"seen": "2026-11-01T00:00:00+00:00"})
        self.assertEqual(sorted(found), sorted(self.all()))

    def test_a_page_full_of_one_millisecond_does_not_hold_it_up(self):
        self.stored = [notification(n, 1) for n in range(1, 151)]
        self.walk(self.start())
        self.assertLess(self.pages, 4)

    def test_stops_where_it_was(self):
        _found, cursor = self.walk(self.start())
        self.stored += [notification(n, n) for n in range(300, 310)]
        self.pages = 0
        self.assertEqual(len(self.walk(cursor)[0]), 10)
        self.assertEqual(self.pages, 1)

    def test_first_goes_back_a_week(self):
        now = datetime.now(timezone.utc) - NOW
        self.stored = [
            notification(n, now.total_seconds() / 60 - n * 60) for n in range(400)
        ]
        found, _cursor = self.walk({})
        self.assertIn(len(set(found)), (168, 169))

    def test_likes_are_passed_over(self):
        self.stored = [notification(n, n, "like") for n in range(1, 251)]
        self.stored[0]["reason"] = "reply"
        found, cursor = self.walk(self.start())
        self.assertEqual(found, ["cid1"])
        self.assertEqual(self.walk(cursor)[0], [])

    def test_begins_again_when_the_page_is_forgotten(self):
        def forgetful(page):
            if page:
                raise NetworkError(Reason.REFUSED, "InvalidCursor")
            return self.network(page)

        _entries, cursor = self.step(self.start())
        entries, cursor = atproto.walk(forgetful, cursor, lambda n: True)
        self.assertEqual(len(entries), 100)

    def test_no_notifications(self):
        self.stored = []
        found, cursor = self.walk({})
        self.assertEqual(found, [])
        self.assertEqual(self.walk(cursor)[0], [])


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


class TestFacets(NetworkCase):
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
