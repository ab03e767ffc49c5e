"""One suite that every network has to pass: its classes are mixed into the tests of
each network (``test_networks_*.py``), beside what is special to it.
"""

import copy
import json
import random
import time
import traceback
from dataclasses import replace
from datetime import datetime, timezone
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

from ..networks import get, names
from ..networks.base import (
    UNANSWERABLE,
    Adapter,
    BadPayload,
    Call,
    Credential,
    Event,
    NetworkError,
    Outgoing,
    Post,
    Reason,
)
from .network_case import (
    CUT,
    RESET,
    TIMEOUT,
    UNREACHABLE,
    answer,
)

FEEDS = {"mentions", "direct", "comments", "search", "feed"}
COUNTINGS = {"characters", "graphemes", "utf16", "bytes", "mastodon", "x"}
ACTIONS = {"like", "hide", "follow", "withdraw"}
CREDENTIALS = {"username", "secret", "client_id", "client_secret"}
KINDS = {"post", "reply", "comment", "direct", "review", "article"}
VISIBILITIES = {"public", "unlisted", "followers", "direct"}
SECRET = "s3cret-of-the-company"
HTML = b"<!DOCTYPE html><title>Sorry</title><h1>We are down</h1>"
ODD = (
    None,
    "",
    0,
    -1,
    True,
    1e300,
    [],
    {},
    [None],
    {"": None},
    "\0",
    "\ud800",
    "x" * 3000,
)


class Contract:
    """What holds for every network. Subclasses name it and say what it delivers."""

    network = ""
    allow_inherited_tests_method = True  # Odoo passes them over otherwise

    def account(self):
        raise NotImplementedError

    def payloads(self):
        """Payloads that were really delivered."""
        raise NotImplementedError

    def adapter(self):
        return get(self.network)(self.account())

    def check(self, post):
        """Whether a post is what the rest of the add-on relies on."""
        self.assertIsInstance(post, Post)
        self.assertIn(post.kind, KINDS)
        self.assertIn(post.visibility, VISIBILITIES)
        self.assertTrue(post.external_id and post.author.external_id)
        self.assertTrue(post.author.handle and post.author.name)
        self.assertEqual(post.posted_at.utcoffset().total_seconds(), 0)
        self.assertTrue(post.answerable or post.unanswerable_reason in UNANSWERABLE)
        for text in (post.text, post.title, post.author.name, post.external_id):
            self.assertNotIn("\0", text)
            text.encode()  # no lone surrogates
        for figure in (post.author.followers, post.author.posts, post.likes):
            self.assertTrue(figure is None or 0 <= figure < 2**31)
        json.dumps(post.reply_ref)

    def test_declares_what_it_can(self):
        adapter = get(self.network)
        self.assertEqual(adapter.name, self.network)
        self.assertIn(self.network, names())
        self.assertTrue(adapter.label and adapter.feeds and adapter.interval > 0)
        self.assertLessEqual(set(adapter.feeds), FEEDS)
        for credential in adapter.credentials:
            self.assertIsInstance(credential, Credential)
            self.assertIn(credential.name, CREDENTIALS)
        if adapter.can_reply:
            self.assertGreater(adapter.max_length, 0)
        self.assertLess(adapter.fastest, adapter.slowest)
        self.assertIn(adapter.counting, COUNTINGS)
        self.assertLessEqual(set(adapter.window), KINDS)
        self.assertLessEqual(adapter.actions, ACTIONS)
        self.assertLessEqual(adapter.needs_query, FEEDS)
        self.assertIn(adapter.cost_period, ("month", "day"))
        self.assertEqual(bool(adapter.costs), bool(adapter.cost_unit))
        promised = {"reply": adapter.can_reply, "reread": adapter.can_reread}
        promised |= {action: action in adapter.actions for action in ACTIONS}
        promised |= {"events": adapter.webhook, "check_signature": adapter.webhook}
        for method, is_promised in promised.items():
            kept = getattr(adapter, method) is not getattr(Adapter, method)
            self.assertFalse(is_promised and not kept, f"{method} is promised only")

    def test_normalises_what_was_delivered(self):
        for payload in self.payloads():
            stored = json.loads(json.dumps(payload))
            post = get(self.network).normalise(stored)
            self.check(post)
            self.assertEqual(post, get(self.network).normalise(payload))
            self.assertEqual(stored, payload, "normalise changed the payload")

    def test_says_what_is_missing_in_garbage(self):
        chance = random.Random(self.network)
        payloads, broken = self.payloads(), 0
        for _round in range(1500):
            payload = copy.deepcopy(chance.choice(payloads))
            for _change in range(chance.randint(1, 3)):
                damage(payload, chance)
            try:
                self.check(get(self.network).normalise(payload))
            except BadPayload as error:
                broken += 1
                self.assertTrue(error.detail)
                self.assertEqual(error.reason, Reason.BAD_PAYLOAD)
        self.assertGreater(broken, 100)

    def test_no_payload_at_all(self):
        for payload in ({}, None, [], "text", 7):
            with self.assertRaises(BadPayload):
                get(self.network).normalise(payload)

    def test_counts_length(self):
        adapter = get(self.network)
        for text in ("", "word", "👨‍👩‍👧 family", "x" * 10_000, "\ud800"):
            self.assertGreaterEqual(adapter.length(text), bool(text))
        self.assertGreater(adapter.length("word " * 5000), 5000)

    def test_composes_once(self):
        adapter = get(self.network)
        for payload in self.payloads():
            reference = adapter.normalise(payload).reply_ref
            text = adapter.compose("We are on it.", reference)
            self.assertTrue(text.endswith("We are on it."))
            self.assertEqual(adapter.compose(text, reference), text)


class OverHttp(Contract):
    """What holds for every network that is called over HTTP."""

    # an answer that delivers the recorded payloads
    delivery: tuple = ()
    feed = ""  # the kind of feed that does, if it is not the network's first

    def fetch(self, *answers):
        type(self).answers = list(answers)
        adapter = self.adapter()
        return adapter.fetch(self.feed or adapter.feeds[0], "", {})

    def failure(self, *answers):
        with self.assertRaises(NetworkError) as caught:
            self.fetch(*answers)
        error = caught.exception
        for shown in (str(error), "".join(traceback.format_exception(error))):
            self.assertNotIn(SECRET, shown)
        return error

    def test_fetches_what_is_delivered(self):
        page = self.fetch(self.delivery, *self.after_delivery())
        self.assertEqual(len(page.items), len(self.payloads()))
        json.dumps(page.cursor)
        for item in page.items:
            self.check(get(self.network).normalise(item.payload))
            self.assertTrue(item.external_id)
        again = self.fetch(self.delivery, *self.after_delivery())
        self.assertEqual(
            [(i.external_id, i.revision) for i in again.items],
            [(i.external_id, i.revision) for i in page.items],
        )

    def after_delivery(self):
        return ()

    def test_says_who_it_is(self):
        self.fetch(self.delivery, *self.after_delivery())
        self.assertIn("OdooSocialEngagement", self.calls[0].headers["User-Agent"])

    def test_names_the_reason(self):
        reasons = {
            401: Reason.AUTHORISATION,
            403: Reason.PERMISSION,
            404: Reason.NOT_FOUND,
            410: Reason.NOT_FOUND,
            429: Reason.RATE_LIMIT,
            500: Reason.SERVER,
            502: Reason.SERVER,
            503: Reason.SERVER,
            418: Reason.UNKNOWN,
        }
        for status, reason in reasons.items():
            error = self.failure(answer({"message": f"no {SECRET}"}, status))
            self.assertEqual(error.reason, reason, status)
            self.assertFalse(error.uncertain)
        self.assertEqual(self.failure(answer(HTML, 500)).reason, Reason.SERVER)

    def test_waits_as_long_as_it_is_told(self):
        now = time.time()
        moment = datetime.fromtimestamp(now + 90, timezone.utc)
        told = (
            {"X-RateLimit-Reset": str(int(now + 90))},
            {"RateLimit-Reset": moment.isoformat().replace("+00:00", "Z")},
            {"x-rate-limit-reset": "90.0"},
            {"Retry-After": "90"},
            {"Retry-After": format_datetime(moment, usegmt=True)},
            {"Retry-After": "90", "X-RateLimit-Reset": str(int(now + 900))},
        )
        for headers in told:
            error = self.failure(answer({}, 429, headers))
            self.assertEqual(error.reason, Reason.RATE_LIMIT)
            self.assertAlmostEqual(error.retry_after, 90, delta=5, msg=headers)
        for headers in ({}, {"Retry-After": "soon"}, {"RateLimit-Reset": "nan"}):
            self.assertIsNone(self.failure(answer({}, 429, headers)).retry_after)
        for headers in told[:3]:  # of the rate limit, which is none here
            self.assertIsNone(self.failure(answer({}, 503, headers)).retry_after)
        endless = self.failure(answer({}, 429, {"Retry-After": "1" * 12}))
        self.assertLessEqual(endless.retry_after, 24 * 3600)

    def test_reads_again_after_a_reset(self):
        for broken in (RESET, CUT):
            page = self.fetch(broken, self.delivery, *self.after_delivery())
            self.assertTrue(page.items)
            error = self.failure(broken, broken)
            self.assertEqual(error.reason, Reason.NETWORK)
            self.assertTrue(error.temporary)

    def test_is_patient_once(self):
        for late in (TIMEOUT, UNREACHABLE):
            self.assertEqual(self.failure(late).reason, Reason.NETWORK)
            self.assertEqual(len(self.calls), 1)
            type(self).calls = []

    def test_is_not_fooled_by_what_is_no_answer(self):
        _status, _headers, whole = self.delivery
        truncated = answer(whole[: len(whole) // 3])
        packed_wrongly = answer(b"\x1f\x8b garbage", 200, {"Content-Encoding": "gzip"})
        bodies = (answer(HTML), answer(b""), answer(b"\xff\xfe"), truncated)
        bodies += (answer(b"[" * 100_000), answer(7), packed_wrongly)
        for body in bodies:
            self.assertEqual(
                self.failure(body).reason, Reason.BAD_PAYLOAD, body[2][:40]
            )


class WithReplies(OverHttp):
    """What holds for every network that can be answered over HTTP."""

    before_write: tuple = ()  # what is asked before, and the answers to it
    written: tuple = ()  # the answer to the write

    def outgoing(self, text="We are on it."):
        post = get(self.network).normalise(self.payloads()[0])
        moment = datetime(2026, 11, 23, 12, 0, 5, tzinfo=timezone.utc)
        return Outgoing("key-1", text, post.reply_ref, post.visibility, moment, "en")

    def reply(self, *answers):
        type(self).answers = [*self.before_write, *answers]
        return self.adapter().reply(self.outgoing())

    def access(self, call):
        """What proves who is calling."""
        return call.headers["Authorization"]

    def write_failure(self, *answers):
        with self.assertRaises(NetworkError) as caught:
            self.reply(*answers)
        return caught.exception

    def test_answers(self):
        sent = self.reply(self.written)
        self.assertTrue(sent.external_id and sent.url)
        if self.adapter().threads:
            self.assertTrue(sent.reply_ref, "what the next part goes under")
        self.assertEqual(self.calls[-1].method, "POST")
        self.assertIn(SECRET, self.access(self.calls[-1]))

    def test_writes_once(self):
        for broken in (RESET, CUT, TIMEOUT):
            error = self.write_failure(broken)
            self.assertEqual(error.reason, Reason.NETWORK)
            self.assertTrue(error.uncertain)

    def test_knows_what_was_not_written(self):
        for refused in (UNREACHABLE, answer({}, 403), answer({}, 429), answer({}, 404)):
            self.assertFalse(self.write_failure(refused).uncertain)

    def test_does_not_know_what_a_broken_server_did(self):
        for broken in (answer(HTML, 502), answer(HTML), answer(b'{"id": ')):
            self.assertTrue(self.write_failure(broken).uncertain)

    def test_refuses_to_write_where_it_is_redirected(self):
        moved = answer(b"", 301, {"Location": "https://elsewhere.example/"})
        self.assertEqual(self.write_failure(moved).reason, Reason.REFUSED)


class WithWebhook:
    """What holds for every network that calls us. Beside :class:`Contract`."""

    def deliveries(self):
        """Bodies of calls as the network sends them."""
        raise NotImplementedError

    def signed(self, body):
        """A call as the network signs it for :meth:`Contract.account`."""
        raise NotImplementedError

    def refusal(self, call, account=None):
        adapter = get(self.network)(account or self.account())
        with self.assertRaises(NetworkError) as caught:
            adapter.check_signature(call)
        self.assertEqual(caught.exception.reason, Reason.REFUSED)
        self.assertNotIn(SECRET, str(caught.exception))

    def test_takes_what_is_signed(self):
        for body in self.deliveries():
            self.adapter().check_signature(self.signed(body))

    def test_takes_nothing_else(self):
        body = self.deliveries()[0]
        call = self.signed(body)
        self.refusal(replace(call, headers={}))
        for name, value in call.headers.items():
            for wrong in ("", value[:-1], value + "0", "sha256=", "é" + value):
                if wrong != value:
                    self.refusal(replace(call, headers={**call.headers, name: wrong}))

    def test_takes_nothing_without_a_secret(self):
        account = replace(
            self.account(), secret="", client_secret="", webhook_secret="", session={}
        )
        for headers in ({}, self.signed(self.deliveries()[0]).headers):
            self.refusal(Call("POST", {}, headers, self.deliveries()[0]), account)

    def test_tells_what_happened(self):
        for body in self.deliveries():
            events = get(self.network).events(body)
            self.assertTrue(events)
            self.assertEqual(events, get(self.network).events(body))
            for event in events:
                self.assertIsInstance(event, Event)
                self.assertIn(event.kind, ("item", "gone", "revoked", "nudge"))
                self.assertEqual(event.kind == "item", event.item is not None)
                self.assertEqual(event.kind == "gone", bool(event.external_id))
                if event.item:
                    self.check(get(self.network).normalise(event.item.payload))

    def test_survives_garbage_calls(self):
        chance = random.Random(self.network)
        bodies = self.deliveries()
        for _round in range(500):
            body = bytearray(chance.choice(bodies))
            for _change in range(chance.randint(1, 6)):
                body[chance.randrange(len(body))] = chance.randrange(256)
            cut = chance.choice((len(body), chance.randrange(len(body))))
            try:
                events = get(self.network).events(bytes(body[:cut]))
            except BadPayload as error:
                self.assertTrue(error.detail)
                continue
            for event in events:
                if event.item:
                    try:
                        self.check(get(self.network).normalise(event.item.payload))
                    except BadPayload:
                        continue


class WithSignIn:
    """What holds for every network whose accounts sign in (OAuth). Beside
    :class:`OverHttp`.
    """

    redirect_uri = "https://odoo.example/social_engagement/oauth"
    #: what the network answers to a code, and what is asked of it after that
    token_answers: tuple = ()

    def test_shows_its_own_page(self):
        adapter = self.adapter()
        url, pending = adapter.sign_in_page(self.redirect_uri, "a-state")
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        self.assertEqual(parts.scheme, "https")
        self.assertEqual(asked["state"], ["a-state"])
        self.assertEqual(asked["redirect_uri"], [self.redirect_uri])
        self.assertEqual(asked["response_type"], ["code"])
        self.assertNotIn(SECRET, url)
        for scope in adapter.oauth.scopes:
            self.assertIn(scope, asked["scope"][0])
        if adapter.oauth.pkce:
            self.assertEqual(asked["code_challenge_method"], ["S256"])
            self.assertGreaterEqual(len(pending["verifier"]), 43)
            self.assertNotIn(pending["verifier"], url)
        json.dumps(pending)

    def test_signs_in_by_https_only(self):
        adapter = self.adapter()
        adapter.account.base_url = "http://social.example"
        with self.assertRaises(NetworkError) as caught:
            adapter.sign_in_page(self.redirect_uri, "a-state")
        self.assertEqual(caught.exception.reason, Reason.REFUSED)
        adapter.account.allow_private = True
        url, _pending = adapter.sign_in_page(self.redirect_uri, "a-state")
        self.assertTrue(url.startswith("http://social.example/"))

    def test_turns_a_code_into_tokens(self):
        type(self).answers = list(self.token_answers)
        adapter = self.adapter()
        adapter.account.session = {}
        _url, pending = adapter.sign_in_page(self.redirect_uri, "a-state")
        adapter.signed_in(pending, "the-code")
        self.assertTrue(adapter.account.session["access_token"])
        self.assertIn("the-code", f"{self.calls[0].url} {self.calls[0].body}")
        self.assertTrue(adapter.access_token())

    def test_says_when_a_code_is_refused(self):
        adapter = self.adapter()
        _url, pending = adapter.sign_in_page(self.redirect_uri, "a-state")
        for refused in (answer({"error": "invalid_grant"}, 400), answer({}, 401)):
            type(self).answers = [refused]
            with self.assertRaises(NetworkError) as caught:
                adapter.signed_in(pending, "an-old-code")
            self.assertEqual(caught.exception.reason, Reason.AUTHORISATION)

    def test_tokens_that_did_not_come_leave_no_answer_uncertain(self):
        adapter = self.adapter()
        _url, pending = adapter.sign_in_page(self.redirect_uri, "a-state")
        type(self).answers = [answer({}, 503)]
        with self.assertRaises(NetworkError) as caught:
            adapter.signed_in(pending, "a-code")
        self.assertFalse(caught.exception.uncertain)

    def test_nobody_has_signed_in(self):
        account = replace(self.account(), secret="", session={})
        with self.assertRaises(NetworkError) as caught:
            get(self.network)(account).access_token()
        self.assertEqual(caught.exception.reason, Reason.AUTHORISATION)


def damage(value, chance):
    """Changes something somewhere inside a payload."""
    while isinstance(value, dict | list) and value:
        key = chance.choice(
            list(value) if isinstance(value, dict) else range(len(value))
        )
        inner = value[key]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.75:
            value = inner
            continue
        if isinstance(value, dict) and chance.random() < 0.3:
            del value[key]
        else:
            value[key] = copy.deepcopy(chance.choice(ODD))
        return
