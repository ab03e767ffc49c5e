"""What is special to Weibo. The payloads follow its documentation."""

import json
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

from ..networks import get
from ..networks.base import Account, NetworkError, Outgoing, Reason
from .network_case import NOW, NetworkCase, answer, recorded
from .network_contract import SECRET, Contract, WithReplies, WithSignIn

Weibo = get("weibo")
DATA = recorded("weibo.json")
MENTIONS, TO_ME = "comments/mentions", "comments/to_me"


def account():
    known = {"client_id": "key", "client_secret": "secret-of-the-app"}
    known |= {"external_id": "99", "username": "203.0.113.7"}
    return Account("https://api.weibo.com", session={"access_token": SECRET}, **known)


def written(moment):
    return moment.strftime("%a %b %d %H:%M:%S %z %Y")


def status(number, moment=NOW, **values):
    return DATA["statuses"]["statuses"][0] | {
        "id": number,
        "created_at": written(moment),
        **values,
    }


def comment(number, **values):
    on = {"id": 7, "text": "about us"}
    known = {"id": number, "created_at": written(NOW), "text": "hi", "status": on}
    return known | {"user": DATA["user"]} | values


class TestWeibo(NetworkCase):
    def setUp(self):
        super().setUp()
        self.adapter = Weibo(account())

    def fetch(self, kind, cursor, *bodies):
        type(self).answers = [answer(body) for body in bodies]
        return self.adapter.fetch(kind, "", cursor)

    def asked(self, number=-1):
        query = parse_qs(urlsplit(self.calls[number].url).query)
        return {name: values[0] for name, values in query.items()}

    def posted(self):
        body = self.calls[-1].body
        body = body.decode() if isinstance(body, bytes) else body
        return {name: values[0] for name, values in parse_qs(body).items()}

    def test_what_is_passed_on_is_a_quote(self):
        user = DATA["user"] | {"screen_name": "other"}
        other = status(4, text="first\nline", user=user) | {"pic_urls": []}
        again = status(5, text="Look! @brand", retweeted_status=other)
        [item] = self.fetch("mentions", {}, {"statuses": [again]}).items
        post = Weibo.normalise(item.payload)
        self.assertEqual(post.text, "Look! @brand\n\n> @other: first\n> line")
        self.assertEqual(
            Weibo.normalise({"status": status(5, text="")}).text, "[Photo]"
        )

    def test_an_author_nobody_knows(self):
        post = Weibo.normalise({"status": status(5, user=None)})
        self.assertEqual(post.author.external_id, "unknown:5")
        self.assertEqual(post.author.name, "Weibo user")
        named = DATA["user"] | {"screen_name": "", "name": "A &amp; B"}
        author = Weibo.normalise({"comment": comment(5, user=named)}).author
        self.assertEqual(author.name, "A & B")
        with self.assertRaises(NetworkError):
            Weibo.normalise({"status": status(5, user=None, deleted="1")})

    def test_posts(self):
        items = self.fetch("mentions", {}, DATA["statuses"]).items
        post = Weibo.normalise(items[0].payload)
        self.assertEqual(post.text, "求关注。@品牌 我的包裹 📦 还没到")
        moment = datetime(2011, 5, 31, 9, 46, 55, tzinfo=timezone.utc)
        self.assertEqual((post.posted_at, post.kind), (moment, "post"))
        self.assertEqual((post.author.handle, post.author.followers), ("@zaku", 1204))
        self.assertEqual(post.author.created_at.year, 2009)
        self.assertEqual((post.shares, post.likes), (8, 2))
        self.assertIn("/large/", post.media[0].url)
        hidden = status(5, visible={"type": 1})
        [item] = self.fetch("mentions", {}, {"statuses": [hidden]}).items
        self.assertEqual(Weibo.normalise(item.payload).visibility, "followers")

    def test_comments(self):
        none = {"comments": []}
        [item] = self.fetch("comments", {}, DATA["comments"], none).items
        post = Weibo.normalise(item.payload)
        self.assertEqual(post.external_id, "comment:12438492184")
        self.assertEqual((post.kind, post.parent_id), ("comment", "comment:4949855625"))
        self.assertEqual(post.thread_id, "11488058246")
        reference = {"status": "11488058246", "comment": "12438492184"}
        self.assertEqual(post.reply_ref, reference)

    def test_a_comment_in_both_lists_is_one(self):
        lists = {"comments": [comment(5)]}, {"comments": [comment(6), comment(5)]}
        got = self.fetch("comments", {}, *lists)
        ids = {item.external_id for item in got.items}
        self.assertEqual(ids, {"comment:5", "comment:6"})
        self.assertEqual(len(got.items), 2)

    def test_leaves_out_its_own(self):
        own = status(6, user=DATA["user"] | {"id": 99})
        got = self.fetch("mentions", {}, {"statuses": [own, "what?", status(5)]})
        self.assertEqual(len(got.items), 2)

    def test_loses_nothing_between_pages(self):
        cursor = {"statuses/mentions": {"since_id": "100"}}
        got = self.fetch("mentions", cursor, {"statuses": [status(130), status(120)]})
        self.assertTrue(got.more)
        self.assertEqual(self.asked()["since_id"], "100")
        got = self.fetch("mentions", got.cursor, {"statuses": [status(110)]})
        self.assertEqual(self.asked()["max_id"], "119")
        self.assertEqual(self.asked()["since_id"], "100")
        self.assertTrue(got.more)
        cursor = json.loads(json.dumps(got.cursor))
        got = self.fetch("mentions", cursor, {"statuses": []})
        self.assertEqual(got.cursor, {"statuses/mentions": {"since_id": "130"}})
        self.assertFalse(got.more)

    def test_looks_a_week_back_at_first(self):
        old = status(10, NOW - timedelta(days=8))
        got = self.fetch("mentions", {}, {"statuses": [status(20), old]})
        self.assertFalse(got.more)
        self.assertEqual(got.cursor, {"statuses/mentions": {"since_id": "20"}})

    def test_each_list_goes_on_by_itself(self):
        cursor = {MENTIONS: {"since_id": "5"}, TO_ME: {"since_id": "6"}}
        lists = {"comments": []}, {"comments": [comment(8)]}
        got = self.fetch("comments", cursor, *lists)
        self.assertEqual([self.asked(n)["since_id"] for n in (0, 1)], ["5", "6"])
        self.assertTrue(got.more)
        self.assertEqual(got.cursor[MENTIONS], {"since_id": "5"})
        self.assertEqual(got.cursor[TO_ME]["max_id"], "7")

    def outgoing(self, text="我们马上查。", to=None):
        return Outgoing("k", text, to or {"status": "7"}, "public", NOW)

    def test_reply(self):
        type(self).answers = [answer({"id": 12, "idstr": "12"})] * 2
        sent = self.adapter.reply(self.outgoing())
        self.assertTrue(self.calls[-1].url.endswith("/2/comments/create.json"))
        wanted = {"id": "7", "comment": "我们马上查。", "rip": "203.0.113.7"}
        self.assertEqual(self.posted(), wanted)
        self.assertEqual(sent.external_id, "comment:12")
        self.assertEqual(sent.reply_ref, {"status": "7", "comment": "12"})
        self.adapter.reply(self.outgoing(to={"status": "7", "comment": "5"}))
        self.assertTrue(self.calls[-1].url.endswith("/2/comments/reply.json"))
        self.assertEqual(self.posted(), wanted | {"cid": "5"})

    def find(self, *found):
        type(self).answers = [
            answer({"comments": list(found)}),
            answer({"comments": []}),
        ]
        return self.adapter.find_sent(self.outgoing("抱歉 看 https://example.com/x"))

    def test_finds_what_was_sent(self):
        own = comment(12, text="回复@zaku:抱歉 看 http://t.cn/abc")
        self.assertEqual(self.find(comment(13), own).external_id, "comment:12")
        earlier = own | {"created_at": written(NOW - timedelta(hours=1))}
        elsewhere = own | {"status": {"id": 8}}
        for not_it in (earlier, elsewhere, comment(13)):
            self.assertIsNone(self.find(not_it))

    def test_withdraws(self):
        gone = {"error": "weibo comment does not exist!", "error_code": 20201}
        type(self).answers = [answer({"id": 12}), answer(gone, 400)]
        self.adapter.withdraw("comment:12")
        self.assertEqual(self.posted(), {"cid": "12"})
        self.adapter.withdraw("comment:12")

    def test_what_weibo_says(self):
        for code, said, reason in (
            (21327, "expired_token", Reason.AUTHORISATION),
            (21332, "invalid_access_token", Reason.AUTHORISATION),
            (10023, "User requests out of rate limit!", Reason.RATE_LIMIT),
            (20016, "out of limit", Reason.RATE_LIMIT),
            (10014, "Insufficient app permissions!", Reason.PERMISSION),
            (20101, "target weibo does not exist!", Reason.NOT_FOUND),
            (20019, "repeat content!", Reason.DUPLICATE),
            (
                20012,
                "text too long, please input text less than 140 characters!",
                Reason.TOO_LONG,
            ),
            (20021, "content is illegal!", Reason.REFUSED),
            (10001, "system error", Reason.SERVER),
        ):
            for http in (400, 403, 200):
                body = {"request": "/2/x", "error_code": code, "error": said}
                type(self).answers = [answer(body, http)]
                with self.assertRaises(NetworkError) as caught:
                    self.adapter.reply(self.outgoing())
                self.assertEqual(caught.exception.reason, reason, said)

    def test_verify(self):
        type(self).answers = [answer({"uid": 1404376560}), answer(DATA["user"])]
        identity = self.adapter.verify()
        self.assertEqual(
            (identity.external_id, identity.handle), ("1404376560", "@zaku")
        )

    def test_times(self):
        for wrong in (
            "Wed Foo 01 00:50:25 +0800 2011",
            "Wed Jun 31 00:50:25 +0800 2011",
        ):
            [item] = self.fetch(
                "mentions", {}, {"statuses": [status(5) | {"created_at": wrong}]}
            ).items
            with self.assertRaisesRegex(NetworkError, "created_at"):
                Weibo.normalise(item.payload)


class TestWeiboContract(WithReplies, WithSignIn, NetworkCase):
    network = "weibo"
    delivery = answer(DATA["statuses"])
    written = answer({"id": 12438492184, "idstr": "12438492184"})
    token_answers = (answer({"access_token": "a", "expires_in": 86400, "uid": "1"}),)

    def account(self):
        return account()

    def payloads(self):
        return [{"status": one} for one in DATA["statuses"]["statuses"]]


class TestWeiboCommentsContract(Contract, NetworkCase):
    """Comments keep it too."""

    network = "weibo"

    def payloads(self):
        return [{"comment": one} for one in DATA["comments"]["comments"]]
