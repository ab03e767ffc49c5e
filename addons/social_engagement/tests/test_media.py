import threading
import time
from datetime import timedelta
from io import BytesIO
from unittest.mock import patch

import requests
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError

from ..models import retry, social_message_media_fetch
from ..networks.deadline import left
from .common import Killed, Scripted, SocialCase

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 90
SEND = "requests.Session.send"


class TestMedia(SocialCase):
    def setUp(self):
        super().setUp()
        self.called = []
        self.served = {}  # address → content, status or exception

        def send(session, request, **_more):
            self.called.append(request)
            served = self.served.get(request.url, 404)
            if callable(served):
                served = served()
            if isinstance(served, BaseException):
                raise served
            response = requests.Response()
            response.status_code = served if isinstance(served, int) else 200
            response.raw = BytesIO(b"" if isinstance(served, int) else served)
            response.url = request.url
            return response

        self.enterContext(patch(SEND, send))

    def post(self, *urls, **values):
        media = [{"url": u, "description": f"Picture {u[-1]}"} for u in urls]
        [post] = self.receive(self.payload("See:", media=media, **values))
        return post

    def fetch(self):
        self.run_job("cron_media")
        self.env.invalidate_all()

    def later(self, post):
        post.media_ids.try_at = fields.Datetime.now() - timedelta(days=1)
        self.fetch()

    def test_fetched_and_shown_in_the_chatter(self):
        self.served["https://cdn.example/a"] = PNG
        post = self.post("https://cdn.example/a")
        self.assertEqual(post.media_ids.state, "waiting")
        self.fetch()
        [file] = post.media_ids.attachment_id
        self.assertEqual((file.raw, file.mimetype), (PNG, "image/png"))
        self.assertEqual(file.description, "Picture a")
        post.conversation_id._bring_to_desk()
        self.assertEqual(post.mail_message_id.attachment_ids, file)
        self.assertFalse(file.public)
        self.assertTrue(file.with_user(self.agent).read(["raw"]))
        portal = self.make_user("outsider", "base.group_portal")
        with self.assertRaises(AccessError):
            file.with_user(portal).read(["raw"])

    def test_shown_when_it_arrives_after_the_message(self):
        self.served["https://cdn.example/a"] = PNG
        post = self.post("https://cdn.example/a")
        post.conversation_id._bring_to_desk()
        self.fetch()
        self.assertEqual(
            post.mail_message_id.attachment_ids, post.media_ids.attachment_id
        )

    def test_slow_ones_hold_up_nobody(self):
        """Twelve pictures whose servers say nothing, and a good one behind them."""
        good = threading.Event()

        def slow():
            good.wait(10)
            return requests.ReadTimeout("no answer")

        def fine():
            good.set()
            return PNG

        slow_ones = [f"https://slow{n}.example/a" for n in range(12)]
        self.served |= dict.fromkeys(slow_ones, slow)
        self.served["https://cdn.example/a"] = fine
        post = self.post(*slow_ones[:6]) + self.post(*slow_ones[6:])
        behind = self.post("https://cdn.example/a")
        start = time.monotonic()
        self.fetch()
        self.assertLess(time.monotonic() - start, 8)
        self.assertEqual(behind.media_ids.state, "done")
        self.assertEqual(set(post.media_ids.mapped("state")), {"waiting"})
        self.assertEqual(set(post.media_ids.mapped("reason")), {"network"})

    def test_each_host_has_its_turn(self):
        self.patch(social_message_media_fetch, "AT_ONCE", 2)
        many = [f"https://busy.example/{n}" for n in range(9)]
        for url in (*many, "https://cdn.example/a"):
            self.served[url] = PNG
        self.post(*many)
        self.post("https://cdn.example/a")
        self.fetch()
        hosts = [call.url.split("/")[2] for call in self.called[:2]]
        self.assertEqual(sorted(hosts), ["busy.example", "cdn.example"])
        self.assertEqual(len(self.called), 10)

    def test_first_tries_go_before_further_ones(self):
        self.patch(social_message_media_fetch, "AT_ONCE", 1)
        self.served["https://cdn.example/a"] = 503
        self.served["https://cdn.example/b"] = PNG
        tried = self.post("https://cdn.example/a")
        self.fetch()
        self.post("https://cdn.example/b")
        tried.media_ids.try_at = False
        self.called.clear()
        self.fetch()
        self.assertEqual([call.url[-1] for call in self.called], ["b", "a"])

    def test_each_try_has_its_time(self):
        told = []

        def tell():
            told.append(left())
            return 503

        self.served["https://cdn.example/a"] = tell
        post = self.post("https://cdn.example/a")
        for _try in range(4):
            self.later(post)
        for seconds, patience in zip(told, (10, 20, 30, 30), strict=True):
            self.assertAlmostEqual(seconds, patience, delta=2)

    def test_a_try_is_noted_before_it_is_made(self):
        """The process dies in the middle of each."""
        self.served["https://cdn.example/a"] = Killed()
        post = self.post("https://cdn.example/a")
        for attempt in range(1, retry.TRIES + 1):
            post.media_ids.try_at = False
            self.env.flush_all()
            with self.job() as env:
                env["social.message.media"]._cron_fetch()
            self.env.invalidate_all()
            self.assertEqual(post.media_ids.attempts, attempt)
            self.assertGreater(post.media_ids.try_at, fields.Datetime.now())
            self.assertEqual(post.media_ids.state, "waiting")
        self.later(post)
        self.assertEqual(post.media_ids.state, "failed")
        self.assertEqual(len(self.called), retry.TRIES)

    def test_after_the_clock_was_set_back(self):
        self.served["https://cdn.example/a"] = 503
        post = self.post("https://cdn.example/a")
        self.fetch()
        with freeze_time(fields.Datetime.now() - timedelta(hours=2)):
            self.fetch()
        self.assertEqual(post.media_ids.attempts, 2)

    def test_without_the_accounts_access(self):
        self.served["https://cdn.example/a"] = PNG
        self.post("https://cdn.example/a")
        self.fetch()
        [call] = self.called
        self.assertNotIn("Authorization", call.headers)
        self.assertNotIn("geheim", str(vars(call)))

    def test_an_address_that_the_network_tells_when_asked(self):
        self.patch(
            Scripted,
            "media_address",
            lambda adapter, media: f"https://cdn.example/{media.url[-1]}?token",
        )
        self.served["https://cdn.example/a?token"] = PNG
        post = self.post("scripted:a")
        self.fetch()
        self.assertEqual(post.media_ids.state, "done")
        self.assertNotIn("token", str(post.media_ids.read()))

    def test_each_fails_alone(self):
        self.served["https://cdn.example/b"] = PNG
        post = self.post("https://cdn.example/a", "https://cdn.example/b")
        self.fetch()
        self.assertEqual(post.media_ids.mapped("state"), ["failed", "done"])
        self.assertEqual(post.media_ids[0].reason, "not_found")
        self.assertTrue(post.media_ids[0].advice)
        self.served["https://cdn.example/a"] = PNG
        post.media_ids.with_user(self.agent).action_retry()
        self.fetch()
        self.assertEqual(set(post.media_ids.mapped("state")), {"done"})
        self.assertEqual(len(self.called), 3)

    def test_tried_again_for_a_while(self):
        self.served["https://cdn.example/a"] = 503
        post = self.post("https://cdn.example/a")
        for attempt in range(1, retry.TRIES):
            self.later(post)
            self.assertEqual(post.media_ids.state, "waiting")
            self.assertEqual(post.media_ids.attempts, attempt)
        self.fetch()
        self.assertEqual(post.media_ids.attempts, attempt, "not before its time")
        self.later(post)
        self.assertEqual(post.media_ids.state, "failed")

    def test_what_is_not_taken(self):
        for content in (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            b"<!DOCTYPE html><script>alert(1)</script>",
            b"%PDF-1.7",
            b"MZ\x90",
            b"",
        ):
            self.served["https://cdn.example/a"] = content
            post = self.post("https://cdn.example/a")
            self.fetch()
            self.assertEqual(post.media_ids.state, "failed", content)
            self.assertFalse(post.media_ids.attachment_id)
        self.served["https://cdn.example/a"] = PNG + b"\0" * (11 * 1024 * 1024)
        post = self.post("https://cdn.example/a")
        self.fetch()
        self.assertEqual(post.media_ids.reason, "bad_payload")

    def test_not_from_within(self):
        for url in ("file:///etc/passwd", "ftp://cdn.example/a", "javascript:alert(1)"):
            post = self.post(url)
            self.fetch()
            self.assertEqual(post.media_ids.reason, "refused")
        self.assertFalse(self.called)

    def test_a_post_has_only_so_many(self):
        post = self.post(*[f"https://cdn.example/{n}" for n in range(30)])
        self.assertEqual(len(post.media_ids), 10)

    def test_it_goes_with_its_post(self):
        self.served["https://cdn.example/a"] = PNG
        post = self.post("https://cdn.example/a", "https://cdn.example/b")
        post.conversation_id._bring_to_desk()
        self.fetch()
        file = post.media_ids.attachment_id
        self.env["social.message"]._gone(self.channel, [post.external_id])
        self.assertFalse(file.exists())
        self.assertFalse(self.env["social.message.media"].search([]))

    def test_an_edit_brings_other_media(self):
        self.served |= {"https://cdn.example/a": PNG, "https://cdn.example/b": PNG}
        post = self.post("https://cdn.example/a", id="one")
        self.fetch()
        gone = post.media_ids.attachment_id
        media = [{"url": "https://cdn.example/b"}]
        payload = self.payload("Better:", media=media, id="one", revision="2")
        self.receive(payload)
        self.fetch()
        self.assertFalse(gone.exists())
        self.assertEqual(post.media_ids.mapped("url"), ["https://cdn.example/b"])
