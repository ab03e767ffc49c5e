"""What is special to Facebook pages and Messenger, and what they share with Instagram
(the Graph API). Payloads are as Meta documents them, none was recorded.
"""

import copy
import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta, timezone
from unittest.mock import patch
from urllib.parse import parse_qs, unquote_plus, urlsplit

from ..networks import get, graph, graph_messages, graph_walk
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
from .network_case import NetworkCase, answer, recorded
from .network_contract import SECRET, Contract, WithReplies, WithSignIn, WithWebhook

Facebook = get("facebook")
DATA = recorded("facebook.json")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=timezone.utc)
PAGE = "1755847768034402"
COMMENT = "288731331545014_288738774877603"
LENA = "24728394720111"
MID = "m_1fTq8oLumEyIp3Q2MR-aY7IfLZDamVrALniheU"
PICTURE = Attachment("Grüße.png", "image/png", b"\x89PNG")


def at(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def comment(number, **values):
    written = at(NOW - timedelta(minutes=number))
    sender = {"id": LENA, "name": "Lena"}
    text = f"comment {number}"
    told = {"id": f"1_{number}", "message": text, "from": sender}
    return told | {"created_time": written} | values


def post(number, *comments, following="", **values):
    paging = {"cursors": {"after": following}, "next": "https://…"} if following else {}
    inner = {"data": list(comments), "paging": paging}
    written = at(NOW - timedelta(days=number))
    told = {"id": f"{PAGE}_{number}", "from": {"id": PAGE}, "created_time": written}
    return told | {"comments": inner} | values


def listed(*objects, following=""):
    paging = {"cursors": {"after": following}, "next": "https://…"} if following else {}
    return answer({"data": list(objects), "paging": paging})


def failure(code, subcode=None, status=400, message="(#…) so it is"):
    error = {"message": message, "type": "OAuthException", "code": code}
    if subcode:
        error["error_subcode"] = subcode
    return answer({"error": error}, status)


def single(status, body):
    return {"code": status, "body": json.dumps(body)}


class GraphCase(NetworkCase):
    """Stops the clock at :data:`NOW`, shortly after the payloads were written."""

    def setUp(self):
        super().setUp()
        for module in (graph_walk, graph_messages):
            self.startPatcher(patch.object(module, "now", lambda: self.now))
        self.now = NOW

    def query(self, number=-1):
        found = parse_qs(urlsplit(self.calls[number].url).query)
        return {name: values[0] for name, values in found.items()}

    def form(self, number=-1):
        found = parse_qs(self.calls[number].body)
        return {name: values[0] for name, values in found.items()}

    def path(self, number=-1):
        return urlsplit(self.calls[number].url).path.removeprefix(f"/{graph.VERSION}")

    def refused(self, reason, call, *args, **kwargs):
        with self.assertRaises(NetworkError) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.reason, reason, caught.exception.detail)
        return caught.exception


class FacebookCase(GraphCase):
    def setUp(self):
        super().setUp()
        self.adapter = Facebook(
            Account(
                "https://graph.facebook.com",
                client_id="4711",
                client_secret=SECRET,
                webhook_secret="v3rify",
                webhook_url="https://odoo.example/hook",
                external_id=PAGE,
                session={"access_token": "t0ken", "page_id": PAGE},
            )
        )

    def fetch(self, cursor, *answers, kind="comments"):
        type(self).answers = list(answers)
        type(self).calls = []
        return self.adapter.fetch(kind, "", cursor)

    def ids(self, page):
        return [item.external_id for item in page.items]


class TestGraph(FacebookCase):
    def test_calls_are_signed(self):
        self.fetch({}, listed())
        proof = hmac.new(SECRET.encode(), b"t0ken", hashlib.sha256).hexdigest()
        self.assertEqual(self.query()["appsecret_proof"], proof)
        self.assertEqual(self.calls[0].headers["Authorization"], "Bearer t0ken")
        self.adapter.account.client_secret = ""
        self.fetch({}, listed())
        self.assertNotIn("appsecret_proof", self.query())

    def test_names_the_reason(self):
        reasons = (
            (190, 460, Reason.AUTHORISATION),
            (102, None, Reason.AUTHORISATION),
            (10, None, Reason.PERMISSION),
            (200, None, Reason.PERMISSION),
            (299, None, Reason.PERMISSION),
            (4, None, Reason.RATE_LIMIT),
            (32, None, Reason.RATE_LIMIT),
            (80001, 2446079, Reason.RATE_LIMIT),
            (100, 33, Reason.NOT_FOUND),
            (100, None, Reason.REFUSED),
            (10, 2018278, Reason.WINDOW_CLOSED),
            (10, 2534022, Reason.WINDOW_CLOSED),
            (551, 1545041, Reason.BLOCKED),
            (506, None, Reason.DUPLICATE),
            (368, None, Reason.REFUSED),
            (2, None, Reason.SERVER),
        )
        for code, subcode, reason in reasons:
            error = self.refused(reason, self.fetch, {}, failure(code, subcode))
            self.assertIn("so it is", error.detail)
        long = "(#100) Length of param message[text] must be less than or equal to 2000"
        self.refused(Reason.TOO_LONG, self.fetch, {}, failure(100, message=long))

    def test_notes_the_share_of_its_limit(self):
        used = {"call_count": 28, "total_time": 71, "total_cputime": 3}
        case = used | {"type": "pages", "call_count": 90}
        case["estimated_time_to_regain_access"] = 7
        for headers, left, reset in (
            ({"X-App-Usage": json.dumps(used)}, 29, 3600),
            ({"X-Business-Use-Case-Usage": json.dumps({PAGE: [case]})}, 10, 420),
        ):
            body = {"data": []}
            self.fetch({}, answer(body, headers=headers))
            usage = self.adapter.meter.usage
            self.assertEqual(
                (usage.limit, usage.remaining, usage.reset), (100, left, reset)
            )
            if reset == 420:
                limit = {"error": {"code": 32, "message": "slow down"}}
                slow = answer(limit, 400, headers)
                error = self.refused(Reason.RATE_LIMIT, self.fetch, {}, slow)
                self.assertEqual(error.retry_after, 420)
        self.adapter.meter.usage = None
        for odd in ("", "{", "[]", "7", '{"a": [7]}', '{"call_count": "x"}'):
            self.fetch({}, answer({"data": []}, headers={"X-App-Usage": odd}))

    def test_signed_request(self):
        def packed(value, secret=SECRET):
            payload = urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")
            signature = hmac.new(secret.encode(), payload, hashlib.sha256).digest()
            signature = urlsafe_b64encode(signature).rstrip(b"=")
            return f"{signature.decode()}.{payload.decode()}"

        told = {
            "algorithm": "HMAC-SHA256",
            "user_id": "218471",
            "issued_at": 1795428311,
        }
        good = packed(told)
        self.assertEqual(graph.parse_signed_request(good, SECRET), told)
        bad = [packed(told, "another"), packed(told | {"algorithm": "none"}), good[:-2]]
        bad += ["", ".", "é.é", "x.y", "." + good.split(".")[1], packed([told])]
        for request in bad:
            self.refused(Reason.REFUSED, graph.parse_signed_request, request, SECRET)
        empty = packed(told, "")
        self.refused(Reason.REFUSED, graph.parse_signed_request, empty, "")

    def test_challenge(self):
        asked = {
            "hub.mode": "subscribe",
            "hub.verify_token": "v3rify",
            "hub.challenge": "1158201444",
        }

        def ask(values, method="GET"):
            return self.adapter.answer_challenge(Call(method, values, {}))

        self.assertEqual(ask(asked), "1158201444")
        self.assertIsNone(ask(asked, "POST"))
        self.assertIsNone(ask({}))
        for wrong in (
            {"hub.verify_token": "another"},
            {"hub.verify_token": ""},
            {"hub.mode": "unsubscribe"},
            {"hub.challenge": "<script>"},
        ):
            self.refused(Reason.REFUSED, ask, asked | wrong)
        self.adapter.account.webhook_secret = ""
        self.refused(Reason.REFUSED, ask, asked | {"hub.verify_token": ""})

    def test_subscribes_without_taking_away(self):
        apps = [{"id": "4711", "subscribed_fields": ["leadgen"]}, {"id": "1"}]
        type(self).answers = [answer({"success": True}), listed(*apps)]
        type(self).answers += [answer({"success": True})]
        self.adapter.subscribe()
        self.assertEqual(self.path(0), "/4711/subscriptions")
        self.assertEqual(self.form(0)["verify_token"], "v3rify")
        self.assertEqual(self.form(0)["callback_url"], "https://odoo.example/hook")
        bearer = self.calls[0].headers["Authorization"]
        self.assertEqual(bearer, f"Bearer 4711|{SECRET}")
        fields = self.form(2)["subscribed_fields"].split(",")
        self.assertLessEqual({"leadgen", "feed", "messages"}, set(fields))

    def test_says_which_permission_is_missing(self):
        scopes = ["pages_read_engagement", "pages_read_user_content"]
        told = {"data": {"is_valid": True, "scopes": scopes}}
        type(self).answers = [answer(told)]
        findings = {f.ability: f for f in self.adapter.diagnose()}
        self.assertTrue(findings["comments"].ok)
        self.assertFalse(findings["direct"].ok)
        self.assertEqual(findings["direct"].detail, "pages_messaging")
        type(self).answers = [answer({"data": {"is_valid": False}})]
        self.refused(Reason.AUTHORISATION, self.adapter.diagnose)


class TestSignIn(FacebookCase):
    def signed_in(self):
        self.adapter.account.session = {}
        type(self).answers = [
            answer({"access_token": "short", "expires_in": 5000}),
            answer({"access_token": "long", "expires_in": 5184000}),
        ]
        _url, pending = self.adapter.sign_in_page("https://odoo.example/back", "s")
        self.adapter.signed_in(pending, "the-code")

    def test_goes_from_the_code_to_the_page(self):
        self.signed_in()
        self.assertIn("fb_exchange_token=short", self.calls[1].body)
        self.assertEqual(self.adapter.access_token(), "long")
        # "me" would be the person
        self.refused(Reason.AUTHORISATION, self.adapter.fetch, "comments", "", {})
        self.refused(Reason.AUTHORISATION, self.adapter.hide, {"id": "1_2"})
        type(self).answers = [answer(DATA["accounts"])]
        found = self.adapter.choices()
        self.assertEqual([i.handle for i in found], ["@brand", "Brand Outlet"])
        type(self).answers = [answer(DATA["accounts"])]
        self.adapter.choose("1755847768034499")
        self.assertEqual(self.adapter.access_token(), "EAAB-page-token-of-outlet")
        self.assertNotIn("long", json.dumps(self.adapter.account.session))
        self.assertEqual(self.adapter.choices(), [])

    def test_pages_come_in_pages(self):
        self.signed_in()
        first, second = DATA["accounts"]["data"]
        type(self).answers = [listed(first, following="x"), listed(second)]
        self.assertEqual(len(self.adapter.choices()), 2)
        self.assertEqual(self.query()["after"], "x")

    def test_chooses_what_is_there(self):
        self.signed_in()
        type(self).answers = [answer(DATA["accounts"])]
        self.refused(Reason.NOT_FOUND, self.adapter.choose, "7")
        type(self).answers = [listed()]
        self.refused(Reason.NOT_FOUND, self.adapter.choices)
        type(self).answers = [listed({"id": "7", "name": "No part in it"})]
        self.refused(Reason.PERMISSION, self.adapter.choose, "7")

    def test_a_used_code(self):
        type(self).answers = [failure(100, 36009)]
        pending = {"redirect_uri": "https://odoo.example/back"}
        self.refused(Reason.AUTHORISATION, self.adapter.signed_in, pending, "c")

    def test_keeps_a_token_alive_that_ends(self):
        self.adapter.keep_alive()  # a page's token has no end
        ends = int(datetime.now().timestamp()) + 3600
        self.adapter.account.session = {"access_token": "old", "expires_at": ends}
        type(self).answers = [answer({"access_token": "new"})]
        self.adapter.keep_alive()
        self.assertEqual(self.adapter.account.session, {"access_token": "new"})
        self.adapter.keep_alive()
        self.assertEqual(len(self.calls), 1)

    def test_verify(self):
        told = {"id": PAGE, "name": "Brand", "username": "brand"}
        type(self).answers = [answer(told | {"link": "https://www.facebook.com/brand"})]
        identity = self.adapter.verify()
        self.assertEqual((identity.external_id, identity.handle), (PAGE, "@brand"))


class TestWalk(FacebookCase):
    """The first fetch goes a week down, later ones down to the last one."""

    def test_only_what_is_new(self):
        old = comment(60 * 24 * 8)
        page = self.fetch({}, listed(post(1, comment(1), old)))
        self.assertEqual(self.ids(page), ["1_1"])
        self.assertFalse(page.more)
        self.assertEqual(page.cursor["since"], NOW.isoformat())
        self.now += timedelta(minutes=1)
        again = self.fetch(page.cursor, listed(post(1, comment(1), comment(40))))
        self.assertEqual(self.ids(again), ["1_1"])  # lists are a little behind

    def test_follows_threads_and_posts(self):
        first = listed(post(1, comment(1), following="c1"), following="p2")
        page = self.fetch({}, first)
        self.assertTrue(page.more)
        second = self.fetch(page.cursor, listed(comment(2), following="c2"))
        self.assertEqual(self.path(), f"/{PAGE}_1/comments")
        self.assertEqual(self.query()["after"], "c1")
        self.assertEqual(self.query()["filter"], "stream")
        third = self.fetch(second.cursor, listed(comment(3)))
        self.assertEqual(self.query()["after"], "c2")
        self.assertTrue(third.more)
        fourth = self.fetch(third.cursor, listed(post(2, comment(4))))
        self.assertEqual(self.query()["after"], "p2")
        self.assertFalse(fourth.more)
        self.assertEqual(fourth.cursor["since"], NOW.isoformat())
        found = [page, second, third, fourth]
        self.assertEqual(
            sum((self.ids(p) for p in found), []), [*map("1_{}".format, (1, 2, 3, 4))]
        )

    def test_a_crash_in_between_loses_nothing(self):
        first = self.fetch({}, listed(post(1, comment(1), following="c1")))
        before = copy.deepcopy(first.cursor)
        once = self.fetch(first.cursor, listed(comment(2)))
        self.assertEqual(first.cursor, before, "the stored cursor was changed")
        self.now += timedelta(hours=3)
        again = self.fetch(first.cursor, listed(comment(2)))
        self.assertEqual(self.ids(once), self.ids(again))
        # what was written meanwhile is above where the walk began
        self.assertEqual(again.cursor["since"], NOW.isoformat())

    def test_stops_at_the_floor(self):
        deep = comment(60 * 24 * 8)
        page = self.fetch({}, listed(post(1, deep, following="c"), following="p"))
        self.assertEqual(page.cursor.get("rest"), [])
        self.assertEqual(page.cursor["after"], "p")
        old = self.fetch(page.cursor, listed(post(40), following="q"))
        self.assertFalse(old.more)

    def test_goes_down_a_week_once_an_hour(self):
        page = self.fetch({}, listed())
        day = comment(60 * 24)
        for minutes, found in ((30, []), (61, ["1_1440"]), (62, [])):
            self.now = NOW + timedelta(minutes=minutes)
            page = self.fetch(page.cursor, listed(post(2, day)))
            self.assertEqual(self.ids(page), found, minutes)

    def test_a_place_that_is_gone(self):
        first = self.fetch({}, listed(post(1), following="p"))
        page = self.fetch(first.cursor, failure(100))
        self.assertEqual((page.items, page.more), ([], False))
        self.assertLess(page.cursor["since"], (NOW - timedelta(days=6)).isoformat())
        self.fetch(page.cursor, listed())
        self.assertNotIn("after", self.query())

    def test_a_post_that_is_gone(self):
        first = self.fetch({}, listed(post(1, comment(1), following="c")))
        page = self.fetch(first.cursor, failure(100, 33))
        self.assertEqual((page.items, page.more), ([], False))

    def test_a_failure_moves_nothing(self):
        first = self.fetch({}, listed(post(1, comment(1), following="c")))
        before = copy.deepcopy(first.cursor)
        for code in (190, 4, 2):
            with self.assertRaises(NetworkError):
                self.fetch(first.cursor, failure(code))
        self.assertEqual(first.cursor, before)

    def test_broken_objects_are_kept(self):
        page = self.fetch({}, listed("what?", post(1, "odd", {"id": "5"})))
        self.assertEqual(len(page.items), 3)
        for item in page.items:
            with self.assertRaises(BadPayload):
                Facebook.normalise(item.payload)


class TestFacebook(FacebookCase):
    def test_posts_of_others_on_the_page(self):
        page = self.fetch({}, answer(DATA["feed"]))
        kinds = {Facebook.normalise(i.payload).kind for i in page.items}
        self.assertEqual(kinds, {"comment", "post"})
        self.assertNotIn(f"{PAGE}_288731331545014", self.ids(page))
        self.assertIn(f"{PAGE}_288731331545099", self.ids(page))

    def test_our_own_are_recognised(self):
        page = self.fetch({}, answer(DATA["feed"]))
        posts = [Facebook.normalise(i.payload) for i in page.items]
        own = [p for p in posts if p.author.external_id == PAGE]
        self.assertEqual([p.text for p in own], ["We are looking into it."])
        page = self.fetch({}, answer(DATA["conversations"]), kind="direct")
        own, _lena = [Facebook.normalise(i.payload) for i in page.items]
        self.assertEqual(own.author.external_id, PAGE)

    def test_threads(self):
        page = self.fetch({}, answer(DATA["feed"]))
        posts = {i.external_id: Facebook.normalise(i.payload) for i in page.items}
        top = posts[COMMENT]
        reply = posts["288731331545014_288738774877699"]
        self.assertEqual(top.parent_id, f"{PAGE}_288731331545014")
        self.assertEqual(reply.parent_id, COMMENT)
        self.assertEqual(top.thread_id, reply.thread_id)
        self.assertEqual(reply.reply_ref["comment"], COMMENT)
        self.assertEqual(reply.media[0].mime_type, "image/*")

    def test_an_unknown_author_is_nobody_else(self):
        page = self.fetch({}, answer(DATA["tagged"]), kind="mentions")
        found = Facebook.normalise(page.items[0].payload)
        self.assertEqual(found.author.external_id, f"unknown:{found.external_id}")
        self.assertIsNone(found.author.followers)

    def test_an_edit_is_another_revision(self):
        first = self.fetch({}, listed(post(1, comment(1)))).items[0]
        edited = comment(1, message="other words")
        second = self.fetch({}, listed(post(1, edited))).items[0]
        self.assertEqual(first.external_id, second.external_id)
        self.assertNotEqual(first.revision, second.revision)

    def test_conversation(self):
        page = self.fetch({}, answer(DATA["conversations"]), kind="direct")
        self.assertEqual(self.query()["platform"], "messenger")
        own, lena = [Facebook.normalise(i.payload) for i in page.items]
        self.assertEqual(own.thread_id, lena.thread_id)
        self.assertEqual((lena.kind, lena.visibility), ("direct", "direct"))
        self.assertEqual(lena.author.name, "Lena Fuchs")
        self.assertEqual(lena.media[0].mime_type, "image/jpeg")
        self.assertTrue(lena.url.startswith("https://www.facebook.com/"))

    def events(self, name, **changed):
        body = copy.deepcopy(DATA["webhooks"][name])
        entry = body["entry"][0]
        if "changes" in entry:
            entry["changes"][0]["value"] |= changed
        return Facebook.events(json.dumps(body).encode())

    def test_webhooks_and_polling_tell_the_same(self):
        polled = self.fetch({}, answer(DATA["feed"])).items
        [event] = self.events("comment")
        [same] = [i for i in polled if i.external_id == event.item.external_id]
        self.assertEqual(same.revision, event.item.revision)
        one = Facebook.normalise(same.payload)
        other = Facebook.normalise(event.item.payload)
        for name in "author text posted_at parent_id thread_id reply_ref kind".split():
            self.assertEqual(getattr(one, name), getattr(other, name), name)
        self.assertEqual(event.account_id, PAGE)

    def test_webhooks_tell_edits_and_deletions(self):
        [edited] = self.events("comment", verb="edited", message="other words")
        [added] = self.events("comment")
        self.assertEqual(edited.item.external_id, added.item.external_id)
        self.assertNotEqual(edited.item.revision, added.item.revision)
        [gone] = self.events("removed")
        self.assertEqual((gone.kind, gone.external_id), ("gone", COMMENT))
        for verb in ("hide", "unhide", "like", 7, None):
            self.assertEqual(self.events("comment", verb=verb), [])
        self.assertEqual(self.events("comment", item="reaction"), [])

    def test_webhooks_tell_posts_of_others_only(self):
        [tagged] = self.events("mention")
        found = Facebook.normalise(tagged.item.payload)
        self.assertEqual((found.kind, found.author.name), ("post", "Ida"))
        own = {"item": "status", "post_id": f"{PAGE}_1", "from": {"id": PAGE}}
        self.assertEqual(self.events("comment", **own), [])
        others = own | {"from": {"id": LENA, "name": "Lena"}}
        [written] = self.events("comment", **others)
        self.assertEqual(written.item.external_id, f"{PAGE}_1")

    def test_webhooks_tell_of_messages(self):
        for name in ("message", "echo"):
            [nudge] = self.events(name)
            self.assertEqual((nudge.kind, nudge.feed), ("nudge", "direct"))
        [clicked] = self.events("postback")
        said = Facebook.normalise(clicked.item.payload)
        self.assertEqual(said.text, "Talk to a person")
        self.assertEqual(said.reply_ref["recipient"], LENA)
        page = self.fetch({}, answer(DATA["conversations"]), kind="direct")
        _own, lena = [Facebook.normalise(i.payload) for i in page.items]
        self.assertEqual(said.thread_id, lena.thread_id)
        [edited] = self.events("edit")
        self.assertEqual(edited.item.external_id, MID)
        self.assertNotEqual(edited.item.revision, lena.revision)

    def outgoing(self, reference, text="We are on it.", *attachments):
        return Outgoing("key", text, reference, "public", NOW, "en", attachments)

    def reply(self, reference, *answers, attachments=(), text="We are on it."):
        type(self).answers = list(answers)
        type(self).calls = []
        return self.adapter.reply(self.outgoing(reference, text, *attachments))

    def test_answers_in_the_thread(self):
        reference = {"comment": COMMENT, "id": "1_2", "post": "1"}
        sent = self.reply(reference, answer({"id": "1_9"}))
        self.assertEqual(self.path(), f"/{COMMENT}/comments")
        self.assertEqual(self.sent(), {"message": "We are on it."})
        self.assertEqual(sent.reply_ref, reference | {"id": "1_9"})
        self.reply(reference, answer({"id": "1_9"}), attachments=[PICTURE])
        body = self.calls[-1].body
        self.assertIn(b"We are on it.", body)
        self.assertIn(b'name="source"', body)

    def test_ids_lead_nowhere_else(self):
        self.reply({"comment": "../me/feed?x"}, answer({"id": "1"}))
        self.assertEqual(self.path(), "/..%2Fme%2Ffeed%3Fx/comments")

    def test_answers_with_a_tag_only_when_it_must(self):
        human = "HUMAN_AGENT"
        for hours, tag in (
            (1, None),
            (23, None),
            (24, human),
            (100, human),
        ):
            written = (NOW - timedelta(hours=hours)).isoformat()
            reference = {"recipient": LENA, "at": written}
            self.reply(reference, answer({"recipient_id": LENA, "message_id": "m_9"}))
            self.assertEqual(self.path(), "/me/messages")
            self.assertEqual(self.sent().get("tag"), tag, hours)
            kind = "MESSAGE_TAG" if tag else "RESPONSE"
            self.assertEqual(self.sent()["messaging_type"], kind)
            self.assertEqual(self.sent()["recipient"], {"id": LENA})

    def test_sends_what_is_attached(self):
        reference = {"recipient": LENA, "at": NOW.isoformat()}
        done = [answer({"message_id": f"m_{n}"}) for n in (1, 2)]
        uploaded = answer({"attachment_id": "77"})
        sent = self.reply(reference, uploaded, *done, attachments=[PICTURE])
        self.assertEqual(sent.external_id, "m_2")
        self.assertIn(b'filename="Gr__e.png"', self.calls[0].body)
        attached = {"type": "image", "payload": {"attachment_id": "77"}}
        self.assertEqual(self.sent(1)["message"], {"attachment": attached})
        self.assertEqual(self.sent(2)["message"], {"text": "We are on it."})
        self.reply(reference, uploaded, done[0], attachments=[PICTURE], text="")
        self.assertEqual(len(self.calls), 2)

    def test_half_an_answer_is_for_a_person_to_decide(self):
        reference = {"recipient": LENA, "at": NOW.isoformat()}
        half = [answer({"attachment_id": "77"}), answer({"message_id": "m_1"})]
        picture = {"attachments": [PICTURE]}
        error = self.refused(
            Reason.UNKNOWN, self.reply, reference, *half, failure(4), **picture
        )
        self.assertTrue(error.uncertain)
        error = self.refused(
            Reason.BAD_PAYLOAD, self.reply, reference, answer({}), **picture
        )
        self.assertFalse(error.uncertain)

    def test_may_stand_although_nothing_was_confirmed(self):
        reference = {"comment": COMMENT, "id": COMMENT}
        for broken in (answer({}), failure(1, 99), failure(2, status=503)):
            with self.assertRaises(NetworkError) as caught:
                self.reply(reference, broken)
            self.assertTrue(caught.exception.uncertain)

    def find(self, reference, *answers, attachments=()):
        type(self).answers = list(answers)
        return self.adapter.find_sent(self.outgoing(reference, "On it!", *attachments))

    def test_finds_its_comment(self):
        reference = {"comment": COMMENT, "id": COMMENT}
        own = comment(0, message="On it!", **{"from": {"id": PAGE, "name": "Brand"}})
        theirs = comment(0, message="On it!")
        other = own | {"message": "Something else"}
        found = self.find(reference, listed(theirs, other, own))
        self.assertEqual(found.external_id, "1_0")
        earlier = own | {"created_time": at(NOW - timedelta(hours=1))}
        self.assertIsNone(self.find(reference, listed(theirs, earlier, own)))
        self.assertIsNone(self.find(reference, listed()))
        self.assertIsNone(self.find(reference, failure(100, 33)))
        self.assertEqual(
            self.find(reference, listed(theirs, following="x"), listed(own)), found
        )
        self.refused(Reason.RATE_LIMIT, self.find, reference, failure(4))

    def test_finds_its_message(self):
        reference = {"recipient": LENA, "at": NOW.isoformat()}

        def written(sender, text="On it!", **values):
            told = {"id": "m_5", "from": {"id": sender}, "message": text}
            return told | {"created_time": at(NOW)} | values

        def read(*messages):
            return listed({"id": "t_1", "messages": {"data": list(messages)}})

        own = written(PAGE)
        found = self.find(reference, read(written(LENA), written(PAGE, "No"), own))
        self.assertEqual(found.external_id, "m_5")
        self.assertEqual(self.query()["user_id"], LENA)
        self.assertIsNone(self.find(reference, read(written(LENA))))
        self.refused(Reason.UNKNOWN, self.find, reference, listed())
        many = [written(LENA)] * graph_messages.NEWEST
        self.refused(Reason.UNKNOWN, self.find, reference, read(*many))
        half = written(PAGE, "", attachments={"data": []})
        picture = {"attachments": [PICTURE]}
        self.refused(Reason.UNKNOWN, self.find, reference, read(half), **picture)

    def test_actions(self):
        reference = {"comment": COMMENT, "id": "1_2"}
        done = answer({"success": True})
        type(self).answers = [done] * 5
        self.adapter.like(reference)
        self.adapter.like(reference, False)
        self.adapter.hide(reference)
        self.assertEqual(self.sent(), {"is_hidden": True})
        self.adapter.hide(reference, False)
        self.assertEqual(self.sent(), {"is_hidden": False})
        self.adapter.withdraw("1_9")
        asked = [(c.method, self.path(n)) for n, c in enumerate(self.calls)]
        likes = [("POST", "/1_2/likes"), ("DELETE", "/1_2/likes")]
        hides = [("POST", "/1_2")] * 2
        self.assertEqual(asked, [*likes, *hides, ("DELETE", "/1_9")])
        type(self).answers = [failure(100, 33)]
        self.adapter.withdraw("1_9")
        self.refused(Reason.REFUSED, self.adapter.withdraw, MID)
        message = {"recipient": LENA}
        self.refused(Reason.REFUSED, self.adapter.hide, message)

    def known(self, *identifiers, kind="comment"):
        reference = {"comment": "1", "post": f"{PAGE}_1"}
        return [Known(i, kind, reference) for i in identifiers]

    def reread(self, known, *answers):
        type(self).answers = list(answers)
        return self.adapter.reread(known)

    def test_rereads(self):
        gone = {"error": {"code": 100, "error_subcode": 33, "message": "gone"}}
        odd = {"error": {"code": 2, "message": "later"}}
        scopes = {"data": {"scopes": list(Facebook.permissions["comments"])}}
        batch = [single(200, comment(1)), single(400, gone), single(500, odd), None]
        known = self.known("1_1", "1_2", "1_3", "1_4")
        found = self.reread(known, answer(batch), answer(scopes))
        self.assertEqual(found.gone, {"1_2"})
        polled = self.fetch({}, listed(post(1, comment(1)))).items[0]
        self.assertEqual(found.items[0].revision, polled.revision)
        self.assertEqual(
            Facebook.normalise(found.items[0].payload),
            Facebook.normalise(polled.payload),
        )

    def test_rereads_in_one_call(self):
        self.reread(self.known("1_1"), answer([single(200, comment(1))]))
        [call] = json.loads(unquote_plus(self.form()["batch"]))
        self.assertTrue(call["relative_url"].startswith(f"{graph.VERSION}/1_1?fields="))
        self.assertEqual(self.reread(self.known(MID, kind="direct")).items, ())
        self.assertEqual(len(self.calls), 1)

    def test_what_may_not_be_read_is_not_gone(self):
        gone = {"error": {"code": 100, "error_subcode": 33, "message": "gone"}}
        batch = answer([single(400, gone)])
        told = answer({"data": {"scopes": ["pages_messaging"]}})
        known = self.known("1_1")
        self.refused(Reason.PERMISSION, self.reread, known, batch, told)
        self.adapter.account.client_secret = ""
        self.assertEqual(self.reread(self.known("1_1"), batch).gone, frozenset())
        two = answer([single(400, gone), single(200, comment(2))])
        self.assertEqual(self.reread(self.known("1_1", "1_2"), two).gone, {"1_1"})
        expired = {"error": {"code": 190, "message": "expired"}}
        batch = answer([single(401, expired)])
        self.refused(Reason.AUTHORISATION, self.reread, known, batch)


class MetaAccount:
    """What the contract's tests of both networks stand on."""

    token_answers = (
        answer({"access_token": "short-" + SECRET, "expires_in": 5000}),
        answer({"access_token": "long-" + SECRET, "expires_in": 5184000}),
    )

    def account(self):
        return Account(
            "https://graph.facebook.com",
            client_id="4711",
            client_secret=SECRET,
            webhook_secret=SECRET,
            external_id=PAGE,
            session={"access_token": SECRET, "page_id": PAGE},
        )

    def deliveries(self):
        told = recorded(f"{self.network}.json")["webhooks"]
        return [json.dumps(body).encode() for body in told.values()]

    def signed(self, body):
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        return Call("POST", {}, {"x-hub-signature-256": f"sha256={signature}"}, body)

    def told(self):
        """The payloads that only webhooks deliver."""
        bodies = self.deliveries()
        events = [e for body in bodies for e in get(self.network).events(body)]
        return [event.item.payload for event in events if event.item]


class TestFacebookWords(FacebookCase):
    link = "https://www.facebook.com/acme/posts/1"

    def said(self, **values):
        message = copy.deepcopy(DATA["conversations"]["data"][0]["messages"]["data"][0])
        for name in ("message", "attachments"):
            message.pop(name)
        return Facebook.normalise({"message": message | values})

    def test_asks_for_all_that_a_message_can_be(self):
        self.fetch({}, answer(DATA["conversations"]), kind="direct")
        asked = self.query()["fields"]
        for name in ("attachments", "sticker", "shares", "story", "is_unsupported"):
            self.assertIn(name, asked)

    def test_messages_that_are_no_text(self):
        sticker = "https://scontent.example/sticker.png"
        share = {"data": [{"link": self.link, "name": "A post", "description": "Hm"}]}
        bare = {"data": [{"link": self.link}]}
        for values, text in (
            ({"shares": share}, f"[Shared] A post Hm {self.link}"),
            ({"shares": bare}, f"[Shared] {self.link}"),
            (
                {"shares": bare, "message": "Is it so?"},
                f"Is it so?\n[Shared] {self.link}",
            ),
            ({"shares": bare, "message": f"See {self.link}"}, f"See {self.link}"),
            ({"sticker": sticker}, "[Sticker]"),
            ({"attachments": {"data": [{"mime_type": "audio/mp4"}]}}, "[Audio]"),
            (
                {"attachments": {"data": [{"file_url": "x", "name": "a.pdf"}]}},
                "[File] a.pdf",
            ),
            ({"attachments": {"data": [{"video_data": {}}]}}, "[Video]"),
            (
                {"attachments": {"data": [{"generic_template": {"title": "Offer"}}]}},
                "[Shared] Offer",
            ),
            ({"message": ""}, "[Message that can only be seen on Facebook]"),
        ):
            self.assertEqual(self.said(**values).text, text, values)
        [picture] = self.said(sticker=sticker).media
        self.assertEqual(picture.url, sticker)

    def test_what_is_in_words_is_no_other_revision(self):
        message = {"id": "m", "created_time": "2026-11-23T11:00:10+0000"}
        message |= {"from": {"id": "1", "name": "Ann"}, "message": ""}
        item = Facebook.message_item(message, {})
        self.assertEqual(Facebook.normalise(item.payload).revision, item.revision)

    def test_comments_and_posts_that_are_no_text(self):
        bare = {"id": "1_2", "created_time": "2026-11-23T11:00:10+0000", "message": ""}
        picture = {"image": {"src": "https://a.example/1.jpg"}}
        for attachment, text in (
            ({"type": "sticker", "media": picture}, "[Sticker]"),
            ({"type": "animated_image_share", "media": picture}, "[GIF]"),
            ({"type": "photo", "media": picture}, "[Photo]"),
            ({"media": picture}, "[Photo]"),
            ({"type": "video_inline"}, "[Video]"),
            (
                {"type": "share", "title": "News", "url": self.link},
                f"[Link] News {self.link}",
            ),
        ):
            comment = {"comment": bare | {"attachment": attachment}}
            self.assertEqual(Facebook.normalise(comment).text, text)
            post = {"post": bare | {"attachments": {"data": [attachment]}}}
            self.assertEqual(Facebook.normalise(post).text, text)
        self.assertEqual(
            Facebook.normalise({"comment": bare}).text,
            "[Comment that can only be seen on Facebook]",
        )


class TestFacebookContract(
    MetaAccount, WithSignIn, WithWebhook, WithReplies, GraphCase
):
    network = "facebook"
    delivery = answer(DATA["feed"])
    written = answer({"id": "288731331545014_1"})

    def payloads(self):
        post_id = f"{PAGE}_288731331545014"
        read = DATA["feed"]["data"]
        comments = read[0]["comments"]["data"]
        return [
            *({"comment": entry, "post_id": post_id} for entry in comments),
            {"post": read[1]},
        ]


class TestFacebookTagsContract(MetaAccount, WithReplies, GraphCase):
    network = "facebook"
    feed = "mentions"
    delivery = answer(DATA["tagged"])
    written = answer({"id": "122100000000001_1"})

    def payloads(self):
        return [{"post": DATA["tagged"]["data"][0]}]


class TestMessengerContract(MetaAccount, WithReplies, GraphCase):
    network = "facebook"
    feed = "direct"
    delivery = answer(DATA["conversations"])
    written = answer({"recipient_id": LENA, "message_id": "m_9"})

    def payloads(self):
        [read] = DATA["conversations"]["data"]
        messages = read["messages"]["data"]
        return [{"message": entry, "link": read["link"]} for entry in messages]


class TestFacebookToldContract(MetaAccount, Contract, GraphCase):
    network = "facebook"

    def payloads(self):
        return self.told()
