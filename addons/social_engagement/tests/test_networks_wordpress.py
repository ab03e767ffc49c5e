"""What is special to comments of WordPress."""

import base64
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

from ..networks import get
from ..networks.base import Account, Known, NetworkError, Outgoing, Reason
from .network_case import NetworkCase, answer, recorded
from .network_contract import HTML, SECRET, WithReplies

WordPress = get("wordpress")
NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
SITE = "https://blog.example"


def comment(number, text="hello", **values):
    """As https://developer.wordpress.org/rest-api/reference/comments/ describes it."""
    return {
        "id": number,
        "post": 1,
        "parent": 0,
        "author": 0,
        "author_name": "Lena",
        "author_email": "lena@far.example",
        "author_url": "",
        "date_gmt": "2026-11-23T12:00:00",
        "content": {"rendered": f"<p>{text}</p>", "raw": text},
        "link": f"{SITE}/hello-world/#comment-{number}",
        "status": "approved",
    } | values


def refused(code, status):
    said = {"code": code, "message": "Sorry.", "data": {"status": status}}
    return answer(said, status)


def pages(number):
    return {"X-WP-TotalPages": str(number)}


class TestWordPress(NetworkCase):
    def setUp(self):
        super().setUp()
        self.adapter = WordPress(Account(f"{SITE}/", "admin", "s3cret word"))
        self.adapter.account.external_id = f"{SITE}/?author=1"

    def told(self, *answers):
        type(self).calls = []
        type(self).answers = list(answers)

    def asked(self, number=-1):
        return parse_qs(urlsplit(self.calls[number].url).query)

    def test_names_and_links_of_comments(self):
        html = 'a <a href="/help">b</a> &amp; c<blockquote>d</blockquote>'
        made = comment(5, html, author_name="Ann &amp; Co &#8211; x")
        post = WordPress.normalise({"site": SITE, "comment": made})
        self.assertEqual(post.author.name, "Ann & Co – x")
        self.assertEqual(post.author.handle, "Ann & Co – x")
        self.assertEqual(post.text, f"a b ({SITE}/help) & c\n\n> d")
        nobody = comment(5, author_name="")
        post = WordPress.normalise({"site": SITE, "comment": nobody})
        self.assertEqual(post.author.name, "Anonymous")

    def fails(self, call):
        with self.assertRaises(NetworkError) as caught:
            call()
        return caught.exception

    def fetch(self, cursor, *answers):
        self.told(*answers)
        return self.adapter.fetch("comments", "", cursor)

    def test_pages(self):
        since = {"seen": "2026-11-20T00:00:00+00:00", "known": []}
        page = self.fetch(since, answer([comment(9), comment(8)], 200, pages(2)))
        self.assertEqual([i.external_id for i in page.items], ["8", "9"])
        self.assertTrue(page.more)
        page = self.fetch(page.cursor, answer([comment(7)], 200, pages(2)))
        self.assertEqual(self.asked()["page"], ["2"])
        self.assertEqual(
            ([i.external_id for i in page.items], page.more), (["7"], False)
        )
        again = answer([comment(9), comment(8), comment(7)], 200, pages(1))
        self.assertEqual(self.fetch(page.cursor, again).items, [])

    def test_leaves_out_its_own_and_keeps_what_is_broken(self):
        found = [comment(9, author=1), comment(8, author=2), "?", {"id": None}]
        page = self.fetch({}, answer(found))
        self.assertEqual(len(page.items), 3)
        self.assertEqual(page.items[-1].external_id, "8")

    def test_says_who_may_be_anybody(self):
        def author(**values):
            payload = {"site": SITE, "comment": comment(1, **values)}
            return WordPress.normalise(payload).author.external_id

        self.assertEqual(author(), author())
        self.assertNotEqual(author(), author(author_email="eve@far.example"))
        self.assertNotEqual(author(), author(author_name="Lena B."))
        self.assertEqual(author(author=7, author_name="x"), f"{SITE}/?author=7")
        self.assertNotIn("lena@far.example", author())

    def test_never_reads_as_anybody(self):
        """A site shows approved comments to everybody, with a wrong password too."""
        self.fetch({}, answer([]))
        self.assertEqual(self.asked()["context"], ["edit"])
        self.assertEqual(self.asked()["status"], ["all"])
        self.assertNotIn("author_ip", self.asked()["_fields"][0])

    def test_an_edit_is_another_revision(self):
        first = self.fetch({}, answer([comment(1)])).items[0]
        second = self.fetch({}, answer([comment(1, "edited")])).items[0]
        self.assertEqual(first.external_id, second.external_id)
        self.assertNotEqual(first.revision, second.revision)

    def reread(self, *answers):
        self.told(*answers)
        return self.adapter.reread([Known("5", "comment", {}), Known("6", "", {})])

    def test_only_trash_is_gone(self):
        there = answer([comment(5)])
        for status, gone in (("trash", {"6"}), ("spam", set()), ("hold", set())):
            found = self.reread(there, answer(comment(6, status=status)))
            self.assertEqual(found.gone, gone, status)
            self.assertEqual([i.external_id for i in found.items], ["5"])
        deleted = refused("rest_comment_invalid_id", 404)
        self.assertEqual(self.reread(there, deleted).gone, {"6"})
        for failure in (refused("rest_no_route", 404), answer(HTML, 404)):
            self.fails(lambda f=failure: self.reread(there, f))

    def outgoing(self, text="Yes & <no>"):
        return Outgoing("k", text, {"id": "5", "post": "1"}, "public", NOW)

    def test_reply(self):
        self.told(answer(comment(5)), answer(comment(9), 201))
        sent = self.adapter.reply(self.outgoing())
        self.assertEqual(sent.reply_ref, {"id": "9", "post": "1"})
        content = "Yes &amp; &lt;no&gt;"
        self.assertEqual(self.sent(), {"post": "1", "parent": "5", "content": content})
        self.assertEqual(WordPress.length("<é"), 6)

    def test_reasons(self):
        for code, status, reason in (
            ("comment_duplicate", 409, Reason.DUPLICATE),
            ("comment_content_column_length", 400, Reason.TOO_LONG),
            ("rest_comment_closed", 403, Reason.REFUSED),
            ("comment_flood", 400, Reason.RATE_LIMIT),
            ("rest_cannot_edit", 403, Reason.PERMISSION),
        ):
            self.told(answer(comment(5)), refused(code, status))
            error = self.fails(lambda: self.adapter.reply(self.outgoing()))
            self.assertEqual((error.reason, error.uncertain), (reason, False), code)
        self.told(answer(comment(5, status="trash")))
        error = self.fails(lambda: self.adapter.reply(self.outgoing()))
        self.assertEqual(error.reason, Reason.NOT_FOUND)

    def test_finds_what_was_sent(self):
        me = answer({"id": 1, "name": "admin"})
        for raw, moment, found in (
            ("Yes &amp; &lt;no&gt;", "2026-11-23T12:00:05", True),
            ("Yes & no", "2026-11-23T12:00:05", True),
            ("Yes &amp; &lt;no&gt;", "2026-11-23T11:00:00", False),
            ("Something else", "2026-11-23T12:00:05", False),
        ):
            kept = answer([comment(9, raw, date_gmt=moment), "?"])
            self.told(me, kept, answer([]))
            sent = self.adapter.find_sent(self.outgoing())
            self.assertEqual(bool(sent), found, raw)
            self.told(me, answer([]), kept)
            sent = self.adapter.find_sent(self.outgoing())
            self.assertEqual(bool(sent), found, "taken for spam by the site")
            self.assertEqual(self.asked()["status"], ["spam"])
        self.assertEqual(self.asked()["parent[]"], ["5"])
        self.assertEqual(self.asked()["author[]"], ["1"])

    def test_hides(self):
        for hidden, status in ((True, "hold"), (False, "approved")):
            self.told(answer(comment(5)))
            self.adapter.hide({"id": "5", "post": "1"}, hidden)
            self.assertEqual(self.sent(), {"status": status})

    def test_withdraws(self):
        self.told(answer(comment(9)))
        self.adapter.withdraw("9")
        self.assertEqual(self.calls[-1].method, "DELETE")
        for code, status in (
            ("rest_already_trashed", 410),
            ("rest_comment_invalid_id", 404),
        ):
            self.told(refused(code, status))
            self.adapter.withdraw("9")
        self.told(refused("rest_trash_not_supported", 501), answer({}))
        self.adapter.withdraw("9")
        self.assertEqual(self.asked()["force"], ["true"])
        self.told(answer(HTML, 404))
        self.fails(lambda: self.adapter.withdraw("9"))

    def test_says_what_is_missing(self):
        for rights, ok in (
            ({"moderate_comments": True}, True),
            ({"read": True}, False),
        ):
            self.told(answer({"id": 1, "name": "admin", "capabilities": rights}))
            findings = self.adapter.diagnose()
            self.assertEqual({f.ok for f in findings}, {ok})
        self.assertEqual({f.detail for f in findings}, {"moderate_comments"})

    def test_verify(self):
        self.told(answer(recorded("wordpress.json")["user"]))
        identity = self.adapter.verify()
        self.assertEqual(identity.external_id, f"{SITE}/?author=1")
        self.assertEqual(identity.name, "admin")


class TestWordPressContract(WithReplies, NetworkCase):
    network = "wordpress"
    delivery = answer(recorded("wordpress.json")["comments"])
    before_write = (answer(recorded("wordpress.json")["comments"][-1]),)
    written = answer(recorded("wordpress.json")["comments"][0], 201)

    def account(self):
        return Account(SITE, "admin", SECRET)

    def payloads(self):
        listed = recorded("wordpress.json")["comments"]
        return [{"site": SITE, "comment": c} for c in reversed(listed)]

    def access(self, call):
        kind, encoded = call.headers["Authorization"].split()
        self.assertEqual(kind, "Basic")
        return base64.b64decode(encoded).decode()
