"""What is special to X. The payloads follow X's documentation and API description: see
:mod:`..networks.x_posts`.
"""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from ..networks import get
from ..networks.base import (
    Account,
    Attachment,
    BadPayload,
    Call,
    Known,
    NetworkError,
    Outgoing,
    Reason,
)
from ..networks.payload import Fields
from ..networks.x_posts import author_of, message_item, post_items
from .network_case import NOW, TIMEOUT, NetworkCase, answer, recorded
from .network_contract import SECRET, Contract, WithReplies, WithSignIn, WithWebhook

X = get("x")
DATA = recorded("x.json")
BRAND, LENA, KUNDE = ("1" * 19, "2" * 19, "3" * 19)
MENTION, REPLY, FIRST, EDITED = (
    "2080765813578191303",
    "2090000000000000001",
    "2090000000000000007",
    "2090000000000000009",
)
API_KEY = "api-key-of-the-app"


def account(**values):
    """A channel that has signed in and has the app's key for webhooks."""
    session = {"access_token": SECRET, "scope": " ".join(X.oauth.scopes)}
    known = {"username": API_KEY, "secret": "api-secret", "external_id": BRAND}
    known |= {"client_id": "id", "client_secret": "secret-of-the-app"}
    return Account("https://api.x.com", session=session, **(known | values))


def post(number, text="hello", **values):
    return {
        "id": str(number),
        "author_id": LENA,
        "text": text,
        "created_at": NOW.isoformat(),
        "edit_history_post_ids": [str(number)],
    } | values


def page(*found, token=None, **includes):
    meta = {"result_count": len(found)} | ({"next_token": token} if token else {})
    return {"data": list(found), "includes": includes, "meta": meta}


def problem(kind, number, detail="Could not find post with ids: [1]."):
    url = f"https://api.x.com/2/problems/{kind}"
    return {"type": url, "title": "No", "detail": detail, "resource_id": str(number)}


class XCase(NetworkCase):
    def setUp(self):
        super().setUp()
        self.adapter = X(account())

    def answers_are(self, *given):
        type(self).answers = [g if isinstance(g, tuple) else answer(g) for g in given]

    def asked(self, number=-1):
        query = parse_qs(urlsplit(self.calls[number].url).query)
        return {name: values[0] for name, values in query.items()}

    def fetch(self, cursor, *bodies, kind="mentions", query=""):
        self.answers_are(*bodies)
        return self.adapter.fetch(kind, query, cursor)

    def messages(self, cursor, *bodies):
        return self.fetch(cursor, *bodies, kind="direct")

    def failure(self, call, *bodies):
        self.answers_are(*bodies)
        with self.assertRaises(NetworkError) as caught:
            call()
        return caught.exception


class TestXReading(XCase):
    def test_posts_are_whole(self):
        items = self.fetch({}, DATA["mentions"]).items
        keys = [(item.external_id, item.revision) for item in items]
        self.assertEqual(keys, [(MENTION, ""), (REPLY, ""), (FIRST, EDITED)])
        first, reply, edited = [X.normalise(item.payload) for item in items]
        words = "hey @ExampleUser my 📦 is late & wet https://example.com/a?b=1&c=2"
        self.assertEqual(first.text, words)
        self.assertEqual(first.media[0].url, "https://pbs.twimg.com/media/example.jpg")
        self.assertEqual(first.media[0].description, "a wet box")
        self.assertEqual((first.kind, first.language), ("post", "en"))
        self.assertEqual((first.likes, first.shares), (3, 2))
        self.assertEqual(first.url, f"https://x.com/OtherUser/status/{MENTION}")
        self.assertEqual((reply.kind, reply.language), ("reply", "de"))
        self.assertEqual(reply.parent_id, "2080761390344937796")
        self.assertEqual(reply.thread_id, "2080761390344937796")
        self.assertTrue(edited.text.endswith("on https://example.com/story"))
        self.assertIsNone(edited.language)
        self.assertEqual(edited.reply_ref, {"id": EDITED})
        self.assertEqual((edited.external_id, edited.revision), (FIRST, EDITED))

    def test_authors(self):
        items = self.fetch({}, DATA["mentions"]).items
        lena, kunde = [X.normalise(item.payload).author for item in items[:2]]
        self.assertEqual((lena.external_id, lena.handle), (LENA, "@OtherUser"))
        self.assertEqual((lena.followers, lena.posts, lena.listed), (97, 50, 4))
        self.assertEqual(lena.created_at.year, 2019)
        self.assertEqual((lena.verified, kunde.verified), (False, True))

    def test_whom_it_can_answer(self):
        quote = post(5, referenced_posts=[{"type": "quoted", "id": "4"}])
        own = {"id": "4", "author_id": BRAND}
        other = {"id": "4", "author_id": KUNDE}
        named = post(6, entities={"mentions": [{"id": BRAND}]})
        namesake = post(6, entities={"mentions": [{"id": KUNDE}]})
        for body, can in (
            (page(quote, posts=[own]), True),
            (page(quote, posts=[other]), False),
            (page(named), True),
            (page(namesake), False),
            (page(post(7, "about brand")), False),
        ):
            [item] = self.fetch({}, body, kind="search", query="brand").items
            read = X.normalise(item.payload)
            self.assertEqual(read.answerable, can)
            self.assertEqual(read.unanswerable_reason, "" if can else "not_addressed")

    def test_leaves_out_copies_and_own_posts(self):
        copy = post(5, referenced_posts=[{"type": "retweeted", "id": "4"}])
        own = post(6, author_id=BRAND)
        items = self.fetch({}, page(post(7), own, copy, "what?")).items
        self.assertEqual(len(items), 2)
        with self.assertRaises(BadPayload):
            X.normalise(items[0].payload)

    def test_protected_posts_are_for_followers(self):
        user = {"id": LENA, "username": "lena", "protected": True}
        [item] = self.fetch({}, page(post(7), users=[user])).items
        self.assertEqual(X.normalise(item.payload).visibility, "followers")

    def test_ids_that_could_lead_elsewhere(self):
        for broken in (post("7/../8"), post(7, author_id="lena"), post("9" * 20)):
            [item] = self.fetch({}, page(broken)).items
            with self.assertRaises(BadPayload):
                X.normalise(item.payload)

    def test_goes_on_after_the_newest(self):
        got = self.fetch({"since_id": "100"}, page(post(120), post(110)))
        self.assertEqual([i.external_id for i in got.items], ["110", "120"])
        self.assertEqual((got.cursor, got.more), ({"since_id": "120"}, False))
        self.assertEqual(self.asked()["since_id"], "100")
        empty = self.fetch(got.cursor, {"meta": {"result_count": 0}})
        self.assertEqual((empty.items, empty.cursor), ([], {"since_id": "120"}))

    def test_loses_nothing_between_pages(self):
        """Whatever page the walk breaks off after, the rest is read from its cursor."""
        waiting = [post(number) for number in range(130, 100, -1)]
        first, second, third = waiting[:10], waiting[10:20], waiting[20:]
        got = self.fetch({"since_id": "100"}, page(*first, token="t1"))
        self.assertTrue(got.more)
        new = post(140)  # written meanwhile
        seen = [i.external_id for i in got.items]
        got = self.fetch(got.cursor, page(*second, token="t2"))
        self.assertEqual(self.asked()["pagination_token"], "t1")
        self.assertEqual(self.asked()["since_id"], "100")
        seen += [i.external_id for i in got.items]
        got = self.fetch(json.loads(json.dumps(got.cursor)), page(*third))
        seen += [i.external_id for i in got.items]
        self.assertEqual((got.cursor, got.more), ({"since_id": "130"}, False))
        got = self.fetch(got.cursor, page(new))
        seen += [i.external_id for i in got.items]
        self.assertEqual(sorted(seen, key=int), [*map(str, range(101, 131)), "140"])

    def test_a_token_that_has_ended(self):
        walk = {"since_id": "100", "newest": "130", "page": "old", "until_id": "121"}
        ended = answer({"detail": "invalid token", "title": "Invalid Request"}, 400)
        got = self.fetch(walk, ended, page(post(115), token="t3"))
        self.assertEqual(self.asked()["until_id"], "121")
        self.assertNotIn("pagination_token", self.asked())
        self.assertEqual([i.external_id for i in got.items], ["115"])
        expected = {"since_id": "100", "newest": "130", "page": "t3", "until_id": "115"}
        self.assertEqual(got.cursor, expected)

    def test_an_empty_page_is_not_the_last(self):
        walk = {"since_id": "100", "newest": "130", "page": "t1", "until_id": "121"}
        got = self.fetch(walk, {"meta": {"result_count": 0, "next_token": "t2"}})
        self.assertEqual((got.cursor, got.more), (walk | {"page": "t2"}, True))

    def test_looks_a_week_back_at_first(self):
        self.fetch({}, page())
        since = (int(self.asked()["since_id"]) >> 22) + 1288834974657
        self.assertAlmostEqual(since / 1000, time.time() - 7 * 86400, delta=60)

    def test_search(self):
        got = self.fetch(
            {"since_id": "5"}, page(post(9)), kind="search", query="a OR b"
        )
        self.assertEqual(self.asked()["query"], f"(a OR b) -is:retweet -from:{BRAND}")
        # X refuses to search before the last seven days
        since = (int(self.asked()["since_id"]) >> 22) + 1288834974657
        self.assertGreater(since / 1000, time.time() - 7 * 86400)
        self.assertEqual(self.adapter.meter.spent, {"post_read": 1})
        self.assertEqual(len(got.items), 1)
        for query in ("", " ", "x" * 500):
            error = self.failure(lambda q=query: self.adapter.fetch("search", q, {}))
            self.assertEqual(error.reason, Reason.REFUSED)

    def test_what_reading_costs(self):
        self.fetch({}, DATA["mentions"])
        self.assertEqual(self.adapter.meter.spent, {"owned_read": 3})
        self.assertLessEqual(set(self.adapter.meter.spent), set(X.costs))

    def test_problems_instead_of_posts(self):
        for kind, reason in (
            ("not-authorized-for-resource", Reason.PERMISSION),
            ("resource-not-found", Reason.NOT_FOUND),
        ):
            body = {"errors": [problem(kind, 1, "No.")]}
            error = self.failure(lambda: self.adapter.fetch("mentions", "", {}), body)
            self.assertEqual(error.reason, reason)

    def message(self, number, **values):
        return {"id": str(number), "sender_id": LENA, "text": "hi"} | values

    def test_direct_messages(self):
        [item] = self.messages({"since_id": "1"}, DATA["messages"]).items
        read = X.normalise(item.payload)
        self.assertEqual(read.external_id, "dm:2080765901528535096")
        self.assertEqual((read.kind, read.visibility), ("direct", "direct"))
        self.assertEqual(read.text, "hello! https://example.com/help")
        self.assertEqual(read.thread_id, f"{BRAND}-{LENA}")
        self.assertEqual(read.reply_ref, {"dm": LENA})
        self.assertEqual(read.author.followers, 97)

    def test_walks_messages_back_to_those_it_knows(self):
        own = self.message(119, sender_id=BRAND)
        got = self.messages(
            {"since_id": "110"}, page(self.message(120), own, token="t" * 16)
        )
        self.assertEqual([i.external_id for i in got.items], ["dm:120"])
        self.assertTrue(got.more)
        got = self.messages(
            got.cursor,
            page(self.message(118), self.message(110), token="u" * 16),
        )
        self.assertEqual(self.asked()["pagination_token"], "t" * 16)
        self.assertEqual([i.external_id for i in got.items], ["dm:118"])
        self.assertFalse(got.more)
        self.assertEqual(got.cursor["since_id"], "120")

    def test_messages_begin_anew_when_the_token_has_ended(self):
        walk = {"since_id": "110", "newest": "120", "page": "t" * 16, "day": "x"}
        ended = answer({"detail": "invalid token"}, 400)
        got = self.messages(walk, ended, page(self.message(121), self.message(110)))
        self.assertEqual([i.external_id for i in got.items], ["dm:121"])
        self.assertEqual(got.cursor["since_id"], "121")

    def test_known_messages_cost_once_a_day(self):
        body = page(self.message(120), self.message(110))
        cursor = self.messages({"since_id": "110"}, body).cursor
        self.assertEqual(self.adapter.meter.spent, {"dm_read": 2})
        self.messages(cursor, body)
        self.assertEqual(self.adapter.meter.spent, {"dm_read": 2})
        self.messages(cursor | {"day": "2026-01-01"}, body)
        self.assertEqual(self.adapter.meter.spent, {"dm_read": 4})

    def test_rereads(self):
        known = [Known(str(n), "post", {"id": str(n)}) for n in (7, 8, 9, 10, 11)]
        known.append(Known("dm:5", "direct", {"dm": LENA}))
        known.append(Known("sha256:0", "post", {}))
        body = page(post(7), post(8, edit_history_post_ids=["8", "80"]))
        body["errors"] = [
            problem("resource-not-found", 9),
            problem("not-authorized-for-resource", 10),
            problem("resource-unavailable", 11),
        ]
        newest = post(80, "now", edit_history_post_ids=["8", "80"])
        self.answers_are(body, page(newest))
        told = self.adapter.reread(known)
        self.assertEqual(self.asked(0)["ids"], "7,8,9,10,11")
        self.assertEqual(self.asked(1)["ids"], "80")
        self.assertEqual(told.gone, {"9"}, "what is hidden from us is not deleted")
        keys = [(i.external_id, i.revision) for i in told.items]
        self.assertEqual(keys, [("7", ""), ("8", "80")])
        self.assertEqual(X.normalise(told.items[1].payload).text, "now")
        self.assertEqual(self.adapter.meter.spent, {"post_read": 3})
        self.answers_are({"errors": [problem("resource-not-found", 7)]})
        self.assertEqual(self.adapter.reread(known[:1]).gone, {"7"})
        self.assertEqual(self.adapter.reread(known[5:]).gone, frozenset())

    def test_what_is_hidden_is_not_deleted(self):
        known = [Known("7", "post", {"id": "7"})]
        for kind, detail, gone in (
            ("resource-not-found", "Could not find tweet with ids: [7].", {"7"}),
            ("resource-not-found", "User has been suspended: [7].", set()),
            ("not-authorized-for-resource", "Sorry, you are not authorized", set()),
            ("resource-unavailable", "", set()),
        ):
            told = problem(kind, 7) | {"detail": detail}
            self.answers_are({"errors": [told]})
            self.assertEqual(self.adapter.reread(known).gone, gone, detail)

    def test_a_poll_and_pictures_in_words(self):
        one = post(7, "Which one?", attachments={"poll_ids": ["p"], "media_keys": []})
        options = [{"position": 1, "label": "Red"}, {"position": 2, "label": "Blue"}]
        polls = [{"id": "p", "options": options}, {"id": "q", "options": options[:1]}]
        item = post_items(page(one, polls=polls), BRAND)[0]
        text = X.normalise(item.payload).text
        self.assertEqual(text, "[Poll] Which one?\n- Red\n- Blue")
        photo = {"media_key": "m", "type": "photo", "url": "https://pbs.example/1.jpg"}
        photo["alt_text"] = "A broken box"
        one = post(7, "", attachments={"media_keys": ["m"]})
        item = post_items(page(one, media=[photo]), BRAND)[0]
        self.assertEqual(X.normalise(item.payload).text, "[Photo] A broken box")
        known = {
            "id": "9",
            "sender_id": LENA,
            "text": "",
            "created_at": NOW.isoformat(),
        }
        known |= {"dm_conversation_id": "1-2", "attachments": {"media_keys": ["m"]}}
        item = message_item(known, {"media": [photo]}, BRAND)
        self.assertEqual(X.normalise(item.payload).text, "[Photo] A broken box")


class TestXNames(XCase):
    def test_names_that_are_html(self):
        user = Fields({"id": "7", "username": "ann", "name": "Ann &amp; Co"})
        self.assertEqual(author_of(user).name, "Ann & Co")


class TestXAnswering(XCase):
    def outgoing(self, text="We are on it.", to=None, **values):
        return Outgoing("k", text, to or {"id": MENTION}, "public", NOW, "en", **values)

    def reply(self, *bodies, **values):
        self.answers_are(*bodies)
        return self.adapter.reply(self.outgoing(**values))

    def test_reply(self):
        sent = self.reply({"data": {"id": "99", "text": "x"}})
        reply = {"in_reply_to_tweet_id": MENTION}
        self.assertEqual(self.sent(), {"text": "We are on it.", "reply": reply})
        self.assertEqual((sent.external_id, sent.reply_ref), ("99", {"id": "99"}))
        self.assertEqual(self.adapter.meter.spent, {"write": 1})
        self.reply({"data": {"id": "99"}}, text="See example.com/help")
        self.assertEqual(self.adapter.meter.spent, {"write": 1, "write_with_url": 1})
        self.assertEqual(get("x").price("see https://x.example"), 0.2)
        self.assertEqual(get("x").price("see https://x.example", private=True), 0.015)

    def test_direct_reply(self):
        body = {"data": {"dm_conversation_id": "1-2", "dm_event_id": "98"}}
        sent = self.reply(body, to={"dm": LENA}, text="See example.com")
        path = f"/2/dm_conversations/with/{LENA}/messages"
        self.assertTrue(self.calls[-1].url.endswith(path))
        self.assertEqual(self.sent(), {"text": "See example.com"})
        self.assertEqual(sent.external_id, "dm:98")
        self.assertEqual(self.adapter.meter.spent, {"write": 1})

    def test_pictures(self):
        picture = Attachment("a.png", "image/png", b"\x89PNG", "a parcel")
        uploaded = {"data": {"id": "55"}}
        written = {"data": {"id": "99"}}
        self.reply(uploaded, uploaded, written, attachments=(picture,))
        self.assertIn(b"tweet_image", self.calls[0].body)
        self.assertIn(b"\x89PNG", self.calls[0].body)
        self.assertEqual(self.sent(1)["metadata"]["alt_text"]["text"], "a parcel")
        self.assertEqual(self.sent()["media"], {"media_ids": ["55"]})
        written = {"data": {"dm_event_id": "98"}}
        plain = replace(picture, description="")
        self.reply(uploaded, written, to={"dm": LENA}, attachments=(plain,))
        self.assertIn(b"dm_image", self.calls[-2].body)
        self.assertEqual(self.sent()["attachments"], [{"media_id": "55"}])

    def test_a_failed_upload_is_no_answer(self):
        picture = Attachment("a.png", "image/png", b"\x89PNG")
        for broken in (TIMEOUT, answer(b"", 500), answer({"data": {}})):
            type(self).answers = [broken]
            with self.assertRaises(NetworkError) as caught:
                self.adapter.reply(self.outgoing(attachments=(picture,)))
            self.assertFalse(caught.exception.uncertain)

    def test_what_x_says(self):
        for status, said, reason in (
            (
                403,
                "You are not allowed to create a Tweet with duplicate content.",
                Reason.DUPLICATE,
            ),
            (
                403,
                "Reply to this conversation is not allowed because you have not been "
                "mentioned or otherwise engaged by the author.",
                Reason.REFUSED,
            ),
            (
                403,
                "You can only reply to or quote posts where you are mentioned or are "
                "the author.",
                Reason.REFUSED,
            ),
            (
                403,
                "You attempted to reply to a Tweet that is deleted or not visible to "
                "you.",
                Reason.NOT_FOUND,
            ),
            (403, "You have been blocked from replying by the author.", Reason.BLOCKED),
            (400, "Your Tweet text is too long.", Reason.TOO_LONG),
            (
                402,
                "Your enrolled account [1] does not have any credits to fulfill this "
                "request.",
                Reason.BUDGET,
            ),
            (
                403,
                "Your enrolled account [1] has reached its billing cycle spend cap.",
                Reason.BUDGET,
            ),
            (429, "Usage cap exceeded: Monthly product cap", Reason.BUDGET),
            (429, "Too Many Requests", Reason.RATE_LIMIT),
            (403, "You are not permitted to perform this action.", Reason.PERMISSION),
            (
                403,
                "Your account is suspended and is not permitted to access this "
                "feature.",
                Reason.AUTHORISATION,
            ),
            (401, "Unauthorized", Reason.AUTHORISATION),
        ):
            body = answer(
                {"title": "No", "detail": said, "type": "about:blank"}, status
            )
            error = self.failure(lambda: self.adapter.reply(self.outgoing()), body)
            self.assertEqual(error.reason, reason, said)
            self.assertFalse(error.uncertain)

    def test_what_x_says_in_its_errors(self):
        short = "Tweet needs to be a bit shorter."
        long = "The text of your Tweet is over the weighted limit of 280 characters."
        for status, body, reason, said in (
            (403, {"errors": [{"code": 186, "message": short}]}, "too_long", short),
            (400, {"errors": [{"message": long}]}, "too_long", long),
            (
                400,
                {
                    "errors": [{"parameters": {}, "message": long}],
                    "title": "Invalid Request",
                    "detail": "One or more parameters to your request was invalid.",
                },
                "too_long",
                long,
            ),
            (403, {"errors": [{"code": 187, "message": "No."}]}, "duplicate", "No"),
            (403, {"errors": [{"code": "433", "message": "No"}]}, "refused", "No"),
            (401, {"errors": [{"code": 89, "message": "No"}]}, "authorisation", "No"),
            (400, {"errors": [{"detail": long}]}, "too_long", long),
            (400, {"errors": [None, "x", {}], "title": "Odd"}, "refused", "Odd"),
        ):
            error = self.failure(
                lambda: self.adapter.reply(self.outgoing()), answer(body, status)
            )
            self.assertEqual(error.reason.value, reason, body)
            self.assertIn(said.strip("."), error.detail)
        error = self.failure(
            lambda: self.adapter.reply(self.outgoing()),
            answer({"errors": [{"code": 186, "message": short}]}),
        )
        self.assertEqual(error.reason, Reason.TOO_LONG, "with status 200, too")

    def test_an_answer_that_says_nothing(self):
        for body in ({}, {"data": {}}, {"data": []}):
            error = self.failure(lambda: self.adapter.reply(self.outgoing()), body)
            self.assertTrue(error.uncertain)

    def own(
        self,
        number=99,
        text="@OtherUser Sorry! See https://t.co/aaaaaaaaaa &amp; 👋",
        **values,
    ):
        link = {
            "url": "https://t.co/aaaaaaaaaa",
            "expanded_url": "https://example.com/",
        }
        parent = {"type": "replied_to", "id": MENTION}
        known = {"entities": {"urls": [link]}, "referenced_posts": [parent]}
        return post(number, text, author_id=BRAND, **(known | values))

    def find(self, *bodies, to=None):
        self.answers_are(*bodies)
        text = "Sorry! See example.com & 👋"
        return self.adapter.find_sent(self.outgoing(text, to))

    def test_finds_what_was_sent(self):
        found = self.find(page(self.own(98, "Else"), self.own()))
        self.assertEqual(found.external_id, "99")
        self.assertIn(f"/2/users/{BRAND}/tweets", self.calls[-1].url)
        self.assertEqual(self.adapter.meter.spent, {"owned_read": 2})
        earlier = self.own(created_at=(NOW - timedelta(hours=1)).isoformat())
        elsewhere = self.own(referenced_posts=[{"type": "replied_to", "id": "7"}])
        for not_it in (earlier, elsewhere, self.own(text="@OtherUser Sorry!")):
            self.assertIsNone(self.find(page(not_it)))
        second = self.find(page(self.own(98, "Else"), token="t"), page(self.own()))
        self.assertEqual(second.external_id, "99")

    def test_finds_a_message_that_was_sent(self):
        message = {"id": "98", "text": "Sorry! See https://t.co/aaaaaaaaaa &amp; 👋"}
        message |= {"entities": self.own()["entities"], "created_at": NOW.isoformat()}
        theirs = page(message | {"sender_id": LENA})
        self.assertIsNone(self.find(theirs, to={"dm": LENA}))
        found = self.find(page(message | {"sender_id": BRAND}), to={"dm": LENA})
        self.assertEqual(found.external_id, "dm:98")

    def test_does_not_know_when_too_much_was_written(self):
        pages = [page(post(n), token=f"t{n}") for n in range(1, 11)]
        error = self.failure(lambda: self.adapter.find_sent(self.outgoing()), *pages)
        self.assertEqual(error.reason, Reason.UNKNOWN)

    def test_actions(self):
        done = {"data": {"liked": True}}
        for call, method, path in (
            (lambda: self.adapter.like({"id": "7"}), "POST", f"/users/{BRAND}/likes"),
            (
                lambda: self.adapter.like({"id": "7"}, False),
                "DELETE",
                f"/users/{BRAND}/likes/7",
            ),
            (lambda: self.adapter.hide({"id": "7"}), "PUT", "/tweets/7/hidden"),
            (lambda: self.adapter.withdraw("7"), "DELETE", "/tweets/7"),
            (lambda: self.adapter.withdraw("dm:7"), "DELETE", "/dm_events/7"),
        ):
            self.answers_are(done)
            call()
            self.assertEqual(self.calls[-1].method, method)
            self.assertEqual(self.calls[-1].url, f"https://api.x.com/2{path}")
        self.answers_are(answer({"detail": "Not Found"}, 404))
        self.adapter.withdraw("7")
        self.answers_are({"errors": [problem("resource-not-found", 7)]})
        self.adapter.withdraw("7")
        refused = {"errors": [problem("not-authorized-for-resource", 7, "No.")]}
        error = self.failure(lambda: self.adapter.hide({"id": "7"}), refused)
        self.assertEqual(error.reason, Reason.PERMISSION)
        self.answers_are(done)
        self.adapter.hide({"id": "7"}, False)
        self.assertEqual(self.sent(), {"hidden": False})

    def test_length(self):
        for text, length in (
            ("Hello, world! 👋", 16),
            ("👨‍👩‍👧‍👦", 2),
            ("🙋🏽", 2),
            ("👍👍👍", 6),
            ("🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣ 🇩🇪", 8),
            ("cafe\u0301", 4),
            ("ﬀ Привет", 9),
            ("你好", 4),
            ("https://example.com/very/long/path?x=1.", 24),
            ("看https://example.com看", 27),
            ("see example.com, ok", 31),
            ("twitter.jp", 10),
            ("www.twitter.jp", 23),
            ("ok.so and a@example.com", 23),
            ("“quoted” – and…", 16),
            ("© ™ ©️", 7),
        ):
            self.assertEqual(X.length(text), length, text)
        for slow in ("a." * 20_000, "x" * 50_000, "1.2." * 9000, "👨\u200d" * 9000):
            X.length(slow)


class TestXAccess(XCase):
    def test_by_hand(self):
        by_hand = account(username="token", secret="token-secret")
        by_hand.session = {}
        self.adapter = X(by_hand)
        self.answers_are(DATA["me"])
        identity = self.adapter.verify()
        self.assertEqual(
            (identity.external_id, identity.handle), (BRAND, "@ExampleUser")
        )
        header = self.calls[-1].headers["Authorization"]
        header = header.decode() if isinstance(header, bytes) else header
        self.assertTrue(header.startswith("OAuth "))
        for part in ('oauth_consumer_key="id"', 'oauth_token="token"'):
            self.assertIn(part, header)
        self.assertIn("HMAC-SHA1", header)
        for secret in ("secret-of-the-app", "token-secret"):
            self.assertNotIn(secret, header)

    def test_signing_in_goes_first(self):
        self.answers_are(DATA["me"])
        self.adapter.verify()
        self.assertEqual(self.calls[-1].headers["Authorization"], f"Bearer {SECRET}")
        self.assertEqual(self.adapter.meter.spent, {"user_read": 1})

    def test_asks_who_it_is_once(self):
        self.adapter = X(account(external_id=""))
        self.answers_are(DATA["me"], page(), page())
        self.adapter.fetch("mentions", "", {})
        self.adapter.fetch("mentions", "", {})
        self.assertIn(f"/2/users/{BRAND}/mentions", self.calls[-1].url)

    def test_page_and_tokens_are_on_two_hosts(self):
        url, pending = self.adapter.sign_in_page("https://odoo.example/", "s")
        self.assertTrue(url.startswith("https://x.com/i/oauth2/authorize?"))
        tokens = {"access_token": "a", "refresh_token": "r", "expires_in": 7200}
        self.answers_are(tokens | {"scope": "tweet.read users.read"})
        self.adapter.signed_in(pending, "code")
        self.assertEqual(self.calls[-1].url, "https://api.x.com/2/oauth2/token")
        basic = base64.b64encode(b"id:secret-of-the-app").decode()
        self.assertEqual(self.calls[-1].headers["Authorization"], f"Basic {basic}")
        self.assertEqual(self.adapter.granted(), {"tweet.read", "users.read"})

    def test_a_refused_refresh(self):
        self.adapter.account.session |= {"refresh_token": "r", "expires_at": 1}
        said = "Value passed for the token was invalid."
        body = answer({"error": "invalid_request", "error_description": said}, 400)
        error = self.failure(self.adapter.keep_alive, body)
        self.assertEqual(error.reason, Reason.AUTHORISATION)

    def test_diagnoses_without_asking(self):
        everything = {f.ability: f.ok for f in self.adapter.diagnose()}
        self.assertEqual(everything.pop("webhook"), None)
        self.assertEqual(set(everything.values()), {True})
        self.assertEqual(
            set(everything),
            {"mentions", "search", "direct", "answer", "like", "hide", "withdraw"},
        )
        self.adapter.account.session["scope"] = "tweet.read users.read"
        found = {f.ability: f for f in self.adapter.diagnose()}
        self.assertTrue(found["mentions"].ok)
        self.assertEqual(found["direct"].detail, "dm.read")
        self.assertEqual(found["answer"].reason, Reason.PERMISSION)
        self.adapter.account.session.pop("scope")
        self.assertIsNone(self.adapter.diagnose()[0].ok)
        self.assertEqual(self.calls, [])


class TestXWebhook(XCase):
    def event(self, name):
        [event] = X.events(json.dumps(DATA["events"][name]).encode())
        return event

    def test_is_the_same_as_polling(self):
        polled = self.fetch({}, DATA["mentions"]).items[0]
        told = self.event("mention")
        self.assertEqual(told.account_id, BRAND)
        self.assertEqual(told.item.external_id, polled.external_id)
        self.assertEqual(told.item.revision, polled.revision)
        one, other = X.normalise(told.item.payload), X.normalise(polled.payload)
        self.assertEqual(replace(one, media=()), replace(other, media=()))
        [polled] = self.messages({"since_id": "1"}, DATA["messages"]).items
        told = self.event("message").item
        self.assertEqual(told.external_id, polled.external_id)
        self.assertEqual(X.normalise(told.payload), X.normalise(polled.payload))

    def test_a_reply_without_its_author(self):
        event = self.event("reply")
        self.assertEqual((event.kind, event.feed), ("nudge", "mentions"))
        whole = json.loads(json.dumps(DATA["events"]["reply"]))
        whole["data"]["includes"] = DATA["mentions"]["includes"]
        [event] = X.events(json.dumps(whole).encode())
        self.assertEqual(X.normalise(event.item.payload).author.handle, "@kunde")

    def test_a_quote(self):
        read = X.normalise(self.event("quote").item.payload)
        self.assertTrue(read.answerable)
        self.assertEqual(read.author.external_id, KUNDE)
        self.assertEqual(read.author.url, f"https://x.com/i/user/{KUNDE}")

    def test_gone_and_revoked(self):
        gone = self.event("delete")
        self.assertEqual((gone.kind, gone.external_id), ("gone", "2080761269309813134"))
        revoked = self.event("revoke")
        self.assertEqual((revoked.kind, revoked.account_id), ("revoked", BRAND))
        other = {"data": {"event_type": "follow.follow", "filter": {}, "payload": {}}}
        self.assertEqual(X.events(json.dumps(other).encode()), [])

    def challenge(self, token, method="GET"):
        call = Call(method, {"crc_token": token} if token else {}, {})
        return self.adapter.answer_challenge(call)

    def test_challenge(self):
        wanted = hmac.new(b"api-secret", b"abc-123_=", hashlib.sha256).digest()
        wanted = {"response_token": "sha256=" + base64.b64encode(wanted).decode()}
        self.assertEqual(json.loads(self.challenge("abc-123_=")), wanted)
        self.assertIsNone(self.challenge("abc", "POST"))
        self.assertIsNone(self.challenge(""))
        self.adapter = X(account(secret=""))
        self.assertEqual(
            self.failure(lambda: self.challenge("abc")).reason, Reason.REFUSED
        )

    def test_signs_no_call_for_a_forger(self):
        forged = json.dumps(DATA["events"]["revoke"])
        error = self.failure(lambda: self.challenge(forged))
        self.assertEqual(error.reason, Reason.REFUSED)

    def test_subscribes_once(self):
        self.adapter = X(account(webhook_url="https://odoo.example/hook/1"))
        hook = {"id": "77", "url": "https://odoo.example/hook/1", "valid": True}
        none = {"meta": {"result_count": 0}}
        self.answers_are(
            {"token_type": "bearer", "access_token": "app-token"},
            none,
            {"data": hook},
            none,
            *[{"data": {}}] * 5,
        )
        self.adapter.subscribe()
        self.assertEqual(self.calls[1].headers["Authorization"], "Bearer app-token")
        self.assertEqual(self.sent(2), {"url": "https://odoo.example/hook/1"})
        asked = [self.sent(number) for number in range(4, 9)]
        self.assertEqual({one["webhook_id"] for one in asked}, {"77"})
        self.assertIn("dm.received", {one["event_type"] for one in asked})
        for call in self.calls[4:]:
            self.assertEqual(call.headers["Authorization"], f"Bearer {SECRET}")
        self.calls.clear()
        self.answers_are(
            {"data": [hook | {"valid": False}]},
            {"data": {"valid": True}},
            {"data": asked},
        )
        self.adapter.subscribe()
        self.assertEqual([c.method for c in self.calls], ["GET", "PUT", "GET"])


class TestXContract(WithReplies, WithWebhook, WithSignIn, NetworkCase):
    network = "x"
    delivery = answer(DATA["mentions"])
    written = answer({"data": {"id": "99", "text": "x"}}, 201)
    token_answers = (
        answer({"access_token": "a", "refresh_token": "r", "expires_in": 7200}),
    )

    def account(self):
        return account()

    def payloads(self):
        return [item.payload for item in post_items(DATA["mentions"], BRAND)]

    def deliveries(self):
        return [json.dumps(event).encode() for event in DATA["events"].values()]

    def signed(self, body):
        digest = hmac.new(b"api-secret", body, hashlib.sha256).digest()
        signature = "sha256=" + base64.b64encode(digest).decode()
        return Call("POST", {}, {"x-twitter-webhooks-signature": signature}, body)


class TestXMessagesContract(Contract, NetworkCase):
    """Direct messages keep it too."""

    network = "x"

    def payloads(self):
        [message] = DATA["messages"]["data"]
        return [message_item(message, DATA["messages"]["includes"], BRAND).payload]
