"""What is special to YouTube. The payloads are as its documentation shows them."""

import copy
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

from ..networks import get
from ..networks.base import (
    Account,
    BadPayload,
    Known,
    NetworkError,
    Outgoing,
    Reason,
)
from .network_case import NOW, NetworkCase, answer, recorded
from .network_contract import SECRET, WithReplies, WithSignIn

YouTube = get("youtube")
DATA = recorded("youtube.json")
BRAND = "UCbrandbrandbrandbrandbr"


def stamp(minutes):
    moment = NOW - timedelta(minutes=minutes)
    return moment.isoformat().replace("+00:00", "Z")


def fresh(threads):
    """Documented threads as if they were of today: a first fetch looks back a week."""
    threads = copy.deepcopy(threads)
    for thread in threads["items"]:
        comments = [thread["snippet"]["topLevelComment"]]
        for comment in comments + thread["replies"]["comments"]:
            held = comment["snippet"]
            edited = held["updatedAt"] != held["publishedAt"]
            held["publishedAt"], held["updatedAt"] = stamp(60), stamp(60 - 5 * edited)
    return threads


THREADS = fresh(DATA["threads"])
[THREAD] = THREADS["items"]
TOP = THREAD["snippet"]["topLevelComment"]
REPLY, OWN = THREAD["replies"]["comments"]


def comment(name, minutes=30, **values):
    made = copy.deepcopy(TOP)
    made["id"] = name
    made["snippet"] |= {"publishedAt": stamp(minutes), "updatedAt": stamp(minutes)}
    made["snippet"] |= values
    return made


def thread(name, minutes=30, replies=(), total=None, **values):
    made = copy.deepcopy(THREAD)
    made["snippet"] |= {"topLevelComment": comment(name, minutes, **values)}
    made["snippet"]["totalReplyCount"] = len(replies) if total is None else total
    made["replies"] = {"comments": list(replies)}
    return made


def top(comment):
    made = thread(comment["id"])
    made["snippet"]["topLevelComment"] = comment
    return made


def listing(*items, token=None):
    body = {"kind": "youtube#list", "items": list(items)}
    return answer(body | ({"nextPageToken": token} if token else {}))


NOBODY = answer({"kind": "youtube#channelListResponse"})


def failed(status, reason, message="no"):
    errors = [{"reason": reason, "domain": "youtube", "message": message}]
    told = {"code": status, "message": message, "errors": errors}
    return answer({"error": told}, status)


def account(**values):
    known = {"external_id": BRAND, "handle": "@brand", "client_id": "app"}
    session = {"access_token": SECRET, "refresh_token": "r-1"}
    known |= {"client_secret": "hush-77", "session": session}
    return Account("https://www.googleapis.com", **known | values)


class TestYouTube(NetworkCase):
    def setUp(self):
        super().setUp()
        self.adapter = YouTube(account())

    def fetch(self, cursor, *answers):
        type(self).answers = list(answers)
        page = self.adapter.fetch("comments", "", cursor)
        self.assertEqual(self.answers, [], "not everything was asked")
        return page

    def names(self, page):
        return [item.external_id for item in page.items]

    def asked(self, number=-1):
        parts = urlsplit(self.calls[number].url)
        return parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()}

    def failure(self, call, *answers):
        type(self).answers = list(answers)
        with self.assertRaises(NetworkError) as caught:
            call()
        return caught.exception

    def posts(self):
        page = self.fetch({}, answer(THREADS), answer(DATA["channels"]))
        return [YouTube.normalise(item.payload) for item in page.items]

    def test_an_author_without_a_channel(self):
        for gone in ({}, None):
            made = comment("c1", authorDisplayName="")
            made["snippet"]["authorChannelId"] = gone
            [item] = self.fetch({}, listing(top(made))).items
            author = YouTube.normalise(item.payload).author
            self.assertEqual(author.external_id, "unknown:c1")
            self.assertEqual((author.name, author.url), ("YouTube user", ""))

    def test_a_comment_that_is_a_picture(self):
        picture = "https://yt3.ggpht.com/a.jpg"
        [item] = self.fetch(
            {}, listing(thread("c1", textDisplay="", imageUrl=picture)), NOBODY
        ).items
        post = YouTube.normalise(item.payload)
        self.assertEqual((post.text, post.media[0].url), ("[Photo]", picture))

    def test_comments(self):
        first, reply = self.posts()
        path, asked = self.asked(0)
        self.assertEqual(path, "/youtube/v3/commentThreads")
        self.assertEqual(asked["allThreadsRelatedToChannelId"], BRAND)
        self.assertEqual((asked["order"], asked["textFormat"]), ("time", "plainText"))
        self.assertEqual(first.external_id, TOP["id"])
        self.assertTrue(first.url.endswith(f"/watch?v=vIdEoIdEo01&lc={TOP['id']}"))
        self.assertEqual(first.author.external_id, "UClenalenalenalenalenale")
        self.assertEqual(first.author.name, "Lena Fox 🦊")
        self.assertEqual(first.author.followers, 1520)
        self.assertEqual((first.likes, first.revision, first.parent_id), (3, "", None))
        self.assertEqual((reply.parent_id, reply.thread_id), (TOP["id"], TOP["id"]))
        self.assertIsNone(reply.author.followers, "hidden by its owner")
        self.assertTrue(reply.revision)

    def test_authors_are_asked_about_together_and_may_stay_unknown(self):
        self.posts()
        path, asked = self.asked()
        self.assertEqual(path, "/youtube/v3/channels")
        self.assertEqual(len(asked["id"].split(",")), 2)
        page = self.fetch({}, answer(THREADS), answer({}, 500))
        self.assertEqual(len(page.items), 2)

    def test_nothing_new_is_delivered_again(self):
        page = self.fetch({}, answer(THREADS), NOBODY)
        page = self.fetch(page.cursor, answer(THREADS))
        self.assertEqual((page.items, page.more), ([], False))

    def test_a_reply_to_a_known_thread_is_new(self):
        old = 20 * 24 * 60
        newest = thread("new", 1)
        page = self.fetch({}, listing(newest, thread("t1", old)), NOBODY)
        self.assertEqual(self.names(page), ["new"], "the first fetch looks back a week")
        replied = thread("t1", old, [comment("t1.r1", 2, parentId="t1")])
        page = self.fetch(page.cursor, listing(newest, replied), NOBODY)
        self.assertEqual(self.names(page), ["t1.r1"])

    def test_reads_the_replies_that_were_not_delivered(self):
        given = comment("t1.r9", 2, parentId="t1")
        several = [comment(f"t1.r{n}", 3, parentId="t1") for n in range(4)]
        page = self.fetch(
            {},
            listing(thread("t1", 30, [given], total=5)),
            listing(*several, token="next"),
            listing(given),
            NOBODY,
        )
        self.assertEqual(len(page.items), 6)
        self.assertEqual(self.asked(1)[1]["parentId"], "t1")
        self.assertEqual(self.asked(2)[1]["pageToken"], "next")
        gone = failed(404, "parentCommentNotFound")
        threads = listing(thread("t1", 30, [given], total=5))
        self.assertEqual(len(self.fetch({}, threads, gone, NOBODY).items), 2)

    def test_walks_back_and_loses_nothing(self):
        page = self.fetch({}, listing(thread("t1", 90)), NOBODY)
        newest = listing(thread("t4", 1), thread("t3", 2), token="older")
        page = self.fetch(page.cursor, newest, NOBODY)
        self.assertTrue(page.more)
        rest = listing(thread("t2", 3), thread("t1", 90))
        page = self.fetch(page.cursor, rest, NOBODY)
        self.assertEqual(self.asked(-2)[1]["pageToken"], "older")
        self.assertEqual((self.names(page), page.more), (["t2"], False))

    def test_looks_through_older_threads_now_and_then(self):
        page = self.fetch({}, listing(thread("t1", 5)), NOBODY)
        self.assertFalse(page.more)
        due = page.cursor | {"swept": int(time.time()) - 7 * 3600}
        page = self.fetch(due, listing(thread("t1", 5)))
        self.assertTrue(page.more)
        page = self.fetch(page.cursor, listing(thread("t1", 5), token="p2"), NOBODY)
        self.assertTrue(page.more)
        reply = comment("t0.r1", 2, parentId="t0")
        older = listing(thread("t0", 40 * 24 * 60, [reply]), token="p3")
        page = self.fetch(page.cursor, older, NOBODY)
        self.assertEqual((self.names(page), page.more), (["t0.r1"], False))
        self.assertEqual(self.asked(-2)[1]["pageToken"], "p2")
        newest = listing(thread("t2", 1), thread("t1", 5))
        page = self.fetch(page.cursor, newest, NOBODY)
        self.assertEqual((self.names(page), page.more), (["t2"], False))

    def test_a_page_that_is_not_known_any_more_ends_looking_through(self):
        cursor = {"sweep": {"page": "p2", "left": 3}, "seen": stamp(5), "known": []}
        page = self.fetch(cursor, failed(400, "invalidPageToken"))
        self.assertEqual((page.items, page.more), ([], False))
        self.assertEqual(page.cursor["seen"], stamp(5))
        cursor["sweep"] = {"page": "p2", "left": 1}
        page = self.fetch(cursor, listing(thread("t1"), token="p3"), NOBODY)
        self.assertFalse(page.more, "there is an end to it")

    def test_what_is_broken_is_kept(self):
        page = self.fetch({}, listing("what?", {"id": "t9"}, thread("t1")), NOBODY)
        self.assertEqual(len(page.items), 3)
        for item in page.items[1:]:
            with self.assertRaises(BadPayload):
                YouTube.normalise(item.payload)

    def test_a_closed_thread_takes_no_answer(self):
        closed = thread("t1")
        closed["snippet"]["canReply"] = False
        page = self.fetch({}, listing(closed), NOBODY)
        post = YouTube.normalise(page.items[0].payload)
        self.assertEqual((post.answerable, post.unanswerable_reason), (False, "closed"))

    def test_counts_what_it_costs(self):
        self.posts()
        self.assertEqual(self.adapter.meter.spent, {"list": 2})
        self.reply(answer(OWN))
        self.assertEqual(self.adapter.meter.spent, {"list": 2, "write": 1})

    def test_follows_edits_and_deletions(self):
        known = [Known(n, "comment", {"video": "v1"}) for n in ("c1", "c2")]
        edited = comment("c1", 30, updatedAt=stamp(2), textDisplay="now so")
        shown = listing({"id": "v1", "status": {"privacyStatus": "public"}})
        channels = answer(DATA["channels"])
        type(self).answers = [listing(edited), channels, shown, listing(), listing()]
        found = self.adapter.reread(known)
        path, asked = self.asked(0)
        self.assertEqual((path, asked["id"]), ("/youtube/v3/comments", "c1,c2"))
        self.assertEqual(found.gone, {"c2"})
        [item] = found.items
        post = YouTube.normalise(item.payload)
        self.assertEqual((post.text, post.revision), ("now so", item.revision))
        self.assertIn("v=v1", post.url)
        self.assertEqual(post.author.followers, 1520)

    def test_what_is_not_shown_is_not_deleted(self):
        known = [Known("c1", "comment", {"video": "v1"})]
        public = listing({"id": "v1", "status": {"privacyStatus": "public"}})
        private = listing({"id": "v1", "status": {"privacyStatus": "private"}})
        for told in (
            [private],
            [listing()],
            [public, listing({"id": "c1"}), listing()],
            [public, listing(), listing({"id": "c1"})],
        ):
            type(self).answers = [listing(), *told]
            self.assertEqual(self.adapter.reread(known).gone, frozenset(), told)
        type(self).answers = [listing(), public, listing(), listing()]
        self.assertEqual(self.adapter.reread(known).gone, {"c1"})

    def test_a_broken_answer_deletes_nothing(self):
        for body in ({}, {"kind": "youtube#commentListResponse"}, []):
            error = self.failure(
                lambda: self.adapter.reread([Known("c1", "comment", {})]), answer(body)
            )
            self.assertEqual(error.reason, Reason.BAD_PAYLOAD)

    def reply(self, *answers):
        first, _reply = self.posts() if not answers else (None, None)
        reference = first.reply_ref if first else {"parent": "t1", "video": "v1"}
        type(self).answers = list(answers) or [answer(OWN)]
        text = "We are on it."
        return self.adapter.reply(Outgoing("k", text, reference, "public", NOW))

    def test_reply(self):
        sent = self.reply()
        held = {"parentId": TOP["id"], "textOriginal": "We are on it."}
        self.assertEqual(self.sent(), {"snippet": held})
        self.assertEqual(self.asked(), ("/youtube/v3/comments", {"part": "snippet"}))
        self.assertEqual(sent.external_id, OWN["id"])
        self.assertTrue(sent.url.endswith(f"v=vIdEoIdEo01&lc={OWN['id']}"))

    def test_who_replied_is_mentioned(self):
        first, reply = self.posts()
        self.assertEqual(YouTube.compose("Hi", first.reply_ref), "Hi")
        text = YouTube.compose("Hi", reply.reply_ref)
        self.assertEqual(text, "@noor-99 Hi")
        self.assertEqual(YouTube.compose(text, reply.reply_ref), text)

    def test_names_the_reason(self):
        for status, code, reason in (
            (403, "quotaExceeded", Reason.BUDGET),
            (403, "rateLimitExceeded", Reason.RATE_LIMIT),
            (403, "commentsDisabled", Reason.REFUSED),
            (403, "forbidden", Reason.PERMISSION),
            (403, "insufficientPermissions", Reason.PERMISSION),
            (400, "commentTextTooLong", Reason.TOO_LONG),
            (400, "processingFailure", Reason.REFUSED),
            (401, "authError", Reason.AUTHORISATION),
            (404, "parentCommentNotFound", Reason.NOT_FOUND),
        ):
            error = self.refusal(failed(status, code, f"no {SECRET}"))
            self.assertEqual((error.reason, error.code), (reason, code))
            self.assertNotIn(SECRET, error.detail)
            self.assertFalse(error.uncertain)

    def refusal(self, said):
        with self.assertRaises(NetworkError) as caught:
            self.reply(said)
        return caught.exception

    def test_the_quota_is_given_anew_at_midnight(self):
        error = self.refusal(answer(DATA["quota"], 403))
        self.assertEqual(error.reason, Reason.BUDGET)
        anew = datetime.now(timezone.utc) + timedelta(seconds=error.retry_after)
        self.assertAlmostEqual(anew.hour * 60 + anew.minute, 8 * 60, delta=1)

    def find(self, *comments):
        type(self).answers = [listing(*comments)]
        reference, text = {"parent": "t1", "video": "v1"}, "We are\non it."
        return self.adapter.find_sent(Outgoing("k", text, reference, "public", NOW))

    def test_finds_what_was_sent(self):
        own = {"authorChannelId": {"value": BRAND}, "textDisplay": "We are\non it."}
        sent = self.find(comment("t1.r1", 0), comment("t1.r2", 0, **own))
        self.assertEqual(sent.external_id, "t1.r2")

    def test_what_is_not_listed_may_stand_there_all_the_same(self):
        own = {"authorChannelId": {"value": BRAND}, "textDisplay": "We are\non it."}
        other = own | {"textDisplay": "We are on it, too."}
        theirs = own | {"authorChannelId": {"value": "UCother"}}
        for minutes, said in ((60, own), (0, other), (0, theirs)):
            with self.assertRaises(NetworkError) as caught:
                self.find(comment("t1.r2", minutes, **said))
            self.assertEqual(caught.exception.reason, Reason.UNKNOWN)

    def test_hides_and_shows(self):
        for hidden, status in ((True, "heldForReview"), (False, "published")):
            type(self).answers = [answer(b"", 204)]
            self.adapter.hide({"comment": "c1"}, hidden)
            path, asked = self.asked()
            self.assertEqual(path, "/youtube/v3/comments/setModerationStatus")
            self.assertEqual(asked, {"id": "c1", "moderationStatus": status})

    def test_withdraws(self):
        for said in (answer(b"", 204), failed(404, "commentNotFound")):
            type(self).answers = [said]
            self.adapter.withdraw("t1.r2")
            self.assertEqual(self.calls[-1].method, "DELETE")
            self.assertEqual(self.asked()[1], {"id": "t1.r2"})
        said = failed(403, "forbidden")
        error = self.failure(lambda: self.adapter.withdraw("c"), said)
        self.assertEqual(error.reason, Reason.PERMISSION)

    def test_verify(self):
        type(self).answers = [answer(DATA["mine"])]
        identity = self.adapter.verify()
        self.assertEqual((identity.external_id, identity.handle), (BRAND, "@brand"))
        error = self.failure(self.adapter.verify, NOBODY)
        self.assertEqual(error.reason, Reason.PERMISSION)


class TestYouTubeContract(WithReplies, WithSignIn, NetworkCase):
    network = "youtube"
    delivery = answer(THREADS)
    written = answer(OWN)
    token_answers = (answer(DATA["token"]),)

    def account(self):
        return account()

    def after_delivery(self):
        return (answer(DATA["channels"]),)

    def payloads(self):
        channels = DATA["channels"]["items"]
        about = {"video": "vIdEoIdEo01", "can_reply": True}
        pairs = zip((TOP, REPLY), channels, strict=True)
        return [{"comment": c, "author": a, **about} for c, a in pairs]

    def test_asks_for_a_refresh_token(self):
        url, _pending = self.adapter().sign_in_page(self.redirect_uri, "s")
        self.assertTrue(url.startswith("https://accounts.google.com/o/oauth2/v2/auth"))
        self.assertIn("access_type=offline", url)
        self.assertIn("prompt=consent", url)
