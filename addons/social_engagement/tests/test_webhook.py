"""Networks that call us: the route, and what calls tell."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .. import networks
from ..controllers.webhook import MAX_BYTES
from ..networks.base import BadPayload, Event, Item, NetworkError, Reason
from .common import US, Scripted, SocialCase

WEBHOOK = "odoo.addons.social_engagement.models.social_channel_webhook"
INTAKE = "odoo.addons.social_engagement.models.social_intake"


class Calling(Scripted):
    """The scripted network with webhooks: a call is a JSON list of events, signed with
    an HMAC of its body.
    """

    name = "calling"
    label = "Calling"
    webhook = True

    def answer_challenge(self, call):
        if call.method != "GET" or "challenge" not in call.params:
            return None
        if call.params.get("secret") != self.account.webhook_secret:
            raise NetworkError(Reason.REFUSED, "not our challenge")
        return call.params["challenge"]

    def check_signature(self, call):
        secret = self.account.webhook_secret
        given = call.headers.get("x-signature", "")
        if not secret or not hmac.compare_digest(given, signature(call.body, secret)):
            raise NetworkError(Reason.REFUSED, "the signature is wrong")

    @classmethod
    def events(cls, body):
        try:
            told = json.loads(body)
        except ValueError:
            raise BadPayload("this is no JSON") from None
        return [Event(**cls._event(**values)) for values in told]

    @staticmethod
    def _event(payload=None, revision="", **values):
        if payload is None:
            return values
        return values | {"item": Item(payload.get("id", "?"), payload, revision)}


def signature(body, secret):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def told(*events):
    """A webhook call's body."""
    return json.dumps(events).encode()


def item(payload, **values):
    return {"kind": "item", "payload": payload, **values}


class WebhookCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        networks.register(Calling)
        cls.addClassCleanup(networks._adapters.pop, "calling")
        cls.channel.state = "draft"
        cls.channel = cls.make_channel(
            name="Calling",
            network="calling",
            client_id="app",
            client_secret="app secret",
        )
        cls.feed = cls.make_feed(cls.channel)

    def tell(self, *events, channel=None):
        """Stores a call as the route does."""
        self.env["social.intake"]._store_call(channel or self.channel, told(*events))

    def intakes(self, *domain):
        return self.env["social.intake"].search([*domain], order="id")

    def bodies(self):
        return self.env["social.message"].search([], order="id").mapped("body")


class TestWebhook(WebhookCase):
    """What calls tell."""

    def test_a_call_becomes_messages(self):
        self.tell(item(self.payload("One?")), item(self.payload("Two?")))
        self.assertEqual(self.intakes().mapped("kind"), ["call"])
        self.listen()
        self.assertEqual(self.bodies(), ["One?", "Two?"])
        self.assertEqual(set(self.intakes().mapped("state")), {"done"})
        self.assertFalse(self.intakes(("kind", "=", "call")).payload, "kept once")

    def test_a_replayed_call_changes_nothing(self):
        payload = self.payload("One?")
        self.tell(item(payload))
        self.tell(item(payload))
        self.assertEqual(len(self.intakes()), 1)
        self.listen()
        self.tell(item(payload))
        self.listen()
        self.assertEqual(len(self.intakes()), 2)
        self.assertEqual(self.bodies(), ["One?"])

    def test_polling_and_calls_bring_the_same_once(self):
        first, second, third = (self.payload(text) for text in ("One?", "Two?", "3?"))
        self.tell(item(second))  # before it is polled
        self.script.pages["mentions"] = [self.page(first, second, cursor=1)]
        self.listen()
        self.due()
        self.script.pages["mentions"] = [self.page(third, cursor=2)]
        self.listen()
        self.tell(item(third), item(first))  # after it was, and out of order
        self.listen()
        self.assertEqual(sorted(self.bodies()), ["3?", "One?", "Two?"])
        self.assertEqual(len(self.intakes(("kind", "=", "item"))), 3)

    def test_any_body_is_kept_as_it_came(self):
        for body in (b"", b"\xff\x00\xfe", b"a\0b", "漢".encode(), b"base64:AAAA"):
            seen = []
            with patch.object(
                Calling, "events", lambda got, s=seen: s.append(got) or []
            ):
                self.env["social.intake"]._store_call(self.channel, body)
                self.listen()
            self.assertEqual(seen, [body])

    @mute_logger(INTAKE)
    def test_a_call_that_cant_be_read_stays_and_stops_no_other(self):
        self.env["social.intake"]._store_call(self.channel, b"{broken")
        self.tell({"kind": "item", "no": "field"})
        self.tell(item({"no": "id"}), item(self.payload("Good?")))
        self.listen()
        broken, odd, _call, bad, _good = self.intakes()
        self.assertEqual((broken.state, broken.reason), ("failed", "bad_payload"))
        self.assertEqual(broken.error, "this is no JSON")
        self.assertEqual((odd.state, odd.reason), ("failed", "unknown"))
        self.assertEqual((bad.state, bad.kind), ("failed", "item"))
        self.assertEqual(broken.payload, "{broken")
        self.assertEqual(self.bodies(), ["Good?"])
        broken.payload = told(item(self.payload("Mended?"))).decode()
        broken.action_replay()
        self.listen()
        self.assertEqual(self.bodies(), ["Good?", "Mended?"])

    # ------------------------------------------------------------------
    # Accounts that share an app, and its one address
    # ------------------------------------------------------------------

    def sibling(self, **values):
        channel = self.make_channel(
            **{
                "name": "Sibling",
                "network": "calling",
                "client_id": "app",
                "client_secret": "app secret",
                "account_external_id": "them",
                **values,
            }
        )
        self.make_feed(channel)
        return channel

    def test_events_go_to_the_channel_of_their_account(self):
        sibling = self.sibling()
        mine, theirs = self.payload(), self.payload()
        self.tell(item(theirs, account_id="them"), item(mine, account_id=US))
        self.listen()
        for channel, payload in ((self.channel, mine), (sibling, theirs)):
            messages = self.env["social.message"].search(
                [("channel_id", "=", channel.id)]
            )
            self.assertEqual(messages.mapped("external_id"), [payload["id"]])

    def test_no_channel_of_the_account_fails_visibly(self):
        self.sibling(client_id="another app")
        # Whose calls are signed with another secret: somebody else's.
        self.sibling(client_secret="another secret")
        self.sibling(client_id=False, account_external_id="who")
        mine = self.payload("Mine?")
        events = [item(self.payload(), account_id="them"), item(mine, account_id=US)]
        self.tell(*events)
        self.listen()
        call = self.intakes(("kind", "=", "call"))
        self.assertEqual((call.state, call.reason), ("failed", "not_found"))
        self.assertEqual(call.error, "no channel is connected as them")
        self.assertTrue(call.advice)
        self.assertEqual(self.bodies(), ["Mine?"], "the others are taken in")
        self.sibling()
        call.action_replay()
        self.listen()
        self.assertEqual(call.state, "done")
        self.assertEqual(len(self.bodies()), 2)

    def test_a_channel_somebody_disconnected_takes_nothing_in(self):
        self.channel.state = "draft"
        self.tell(item(self.payload()))
        self.listen()
        self.assertFalse(self.bodies())
        self.channel.state = "reauthorise"
        self.tell(item(self.payload("Still?")))
        self.listen()
        self.assertEqual(self.bodies(), ["Still?"], "a lost token loses nothing")

    # ------------------------------------------------------------------
    # Other events
    # ------------------------------------------------------------------

    def gone(self):
        """What was said to be deleted; patched in for what follows deletions."""
        taken = []
        self.patch(
            type(self.env["social.message"]),
            "_gone",
            lambda model, channel, names: taken.extend((channel, n) for n in names),
        )
        return taken

    def test_a_deletion_is_followed(self):
        gone, payload = self.gone(), self.payload("Oops")
        self.tell(item(payload))
        self.listen()
        self.tell({"kind": "gone", "external_id": payload["id"]})
        self.listen()
        self.assertEqual(gone, [(self.channel, payload["id"])])

    def test_post_and_deletion_in_one_batch(self):
        gone, payload = self.gone(), self.payload("Oops")
        self.tell({"kind": "gone", "external_id": payload["id"]}, item(payload))
        self.listen()
        self.assertEqual(gone, [(self.channel, payload["id"])], "after the post")
        self.assertEqual(set(self.intakes().mapped("state")), {"done"})

    def test_a_deletion_told_twice(self):
        gone = self.gone()
        for number in "12":
            self.tell({"kind": "gone", "external_id": "a"}, item(self.payload(number)))
            self.listen()
        self.assertEqual(gone, [(self.channel, "a")])

    def test_a_nudge_lets_the_feed_be_fetched(self):
        other = self.make_feed(self.channel, "search", query="us")
        (self.feed + other).next_run = "2100-01-01"
        self.script.pages["mentions"] = [self.page(self.payload("New?"), cursor=1)]
        self.tell({"kind": "nudge", "feed": "mentions"})
        self.listen()
        self.assertEqual(self.script.fetched, [("mentions", {})])
        self.assertEqual(self.bodies(), ["New?"])
        self.tell({"kind": "nudge"})
        self.listen()
        kinds = [kind for kind, _cursor in self.script.fetched]
        self.assertEqual(sorted(kinds), ["mentions", "mentions", "search"])
        self.assertLess(other.next_run.year, 2100)

    def test_a_revoked_access_turns_the_channel_red(self):
        sibling = self.sibling()
        self.tell({"kind": "revoked", "account_id": "them"})
        self.listen()
        self.assertEqual(sibling.state, "reauthorise")
        self.assertEqual(self.channel.state, "connected")


@tagged("post_install", "-at_install")
class TestWebhookRoute(WebhookCase, HttpCase):
    """What is let in."""

    def call(self, body=b"[]", sign=True, token=None, headers=None, **options):
        self.env.flush_all()
        headers = {"Content-Type": "application/json", **(headers or {})}
        if sign:
            headers["X-Signature"] = signature(body, self.channel.webhook_secret)
        url = f"/social_engagement/webhook/{token or self.channel.webhook_token}"
        answer = self.url_open(url, data=body, headers=headers, **options)
        self.env.invalidate_all()
        return answer

    def ask(self, query=""):
        self.env.flush_all()
        return self.url_open(
            f"/social_engagement/webhook/{self.channel.webhook_token}{query}"
        )

    def test_a_network_that_will_not_call(self):
        self.channel.live_delivery = True
        query = f"?challenge=42&secret={self.channel.webhook_secret}"
        with patch.object(Calling, "why_uncalled", lambda adapter: "Not you"):
            self.assertEqual(self.ask(query).text, "42")
        self.env.invalidate_all()
        self.assertEqual(self.channel.uncalled_reason, "Not you")
        self.assertFalse(self.channel.refused_calls)
        self.assertEqual(self.channel.health, "warning")
        self.assertIn("Not you", self.channel.health_message)
        self.channel.action_toggle_live_delivery()
        self.assertFalse(self.channel.live_delivery or self.channel.uncalled_reason)
        self.assertEqual(self.channel.health, "good")

    def assert_refused(self, answer, status):
        self.assertEqual(answer.status_code, status)
        self.assertFalse(self.intakes())

    def test_a_signed_call_is_stored_and_answered(self):
        body = told(item(self.payload("Hello?")))
        answer = self.call(body)
        self.assertEqual((answer.status_code, answer.text), (200, ""))
        self.assertNotIn("Set-Cookie", answer.headers)
        intake = self.intakes()
        self.assertEqual((intake.kind, intake.state), ("call", "new"))
        self.assertEqual(intake.payload, body.decode())
        self.assertFalse(self.bodies(), "processed by a job")
        lane = self.env.ref("social_engagement.cron_listen_2")
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", lane.id)]))
        self.listen()
        self.assertEqual(self.bodies(), ["Hello?"])

    def test_a_replayed_call_is_answered_and_stored_once(self):
        body = told(item(self.payload()))
        for _time in range(3):
            self.assertEqual(self.call(body).status_code, 200)
        self.assertEqual(len(self.intakes()), 1)

    @mute_logger(WEBHOOK)
    def test_a_form_is_no_call(self):
        kind = "application/x-www-form-urlencoded"
        self.assert_refused(self.call(b"a=1", headers={"Content-Type": kind}), 403)

    @mute_logger(WEBHOOK)
    def test_forged_and_unsigned_calls(self):
        body = told(item(self.payload()))
        self.assert_refused(self.call(body, sign=False), 403)
        forged = {"X-Signature": signature(body, "guessed")}
        self.assert_refused(self.call(body, sign=False, headers=forged), 403)
        other = {"X-Signature": signature(b"[]", self.channel.webhook_secret)}
        self.assert_refused(self.call(body, sign=False, headers=other), 403)
        self.assertEqual(self.channel.refused_calls, 3)
        self.assertTrue(self.channel.refused_call_at)

    def test_what_a_refused_call_said_is_in_no_log(self):
        with self.assertLogs("odoo.addons.social_engagement", "INFO") as logs:
            self.call(b'["personal"]', sign=False)
        said = "".join(logs.output)
        self.assertIn("signature is wrong", said)
        self.assertNotIn("personal", said)
        self.assertNotIn(self.channel.webhook_token, said)

    @mute_logger(WEBHOOK)
    def test_without_a_secret_nothing_is_let_in(self):
        body = told(item(self.payload()))
        empty = {"X-Signature": signature(body, "")}
        self.channel.webhook_secret = False
        self.assert_refused(self.call(body, sign=False, headers=empty), 403)

    def test_an_unknown_address(self):
        for token in ("x", self.channel.webhook_token + "x", "False"):
            self.assert_refused(self.call(token=token), 404)
        self.channel.webhook_token = False
        self.assert_refused(self.call(token="False", sign=False), 404)

    def test_an_archived_channel_is_not_there(self):
        self.channel.active = False
        self.assert_refused(self.call(), 404)

    def test_a_network_that_does_not_call_is_not_there(self):
        channel = self.make_channel(name="Mute")
        self.assert_refused(self.call(token=channel.webhook_token), 404)

    def test_an_oversized_call(self):
        body = b"[" + b" " * MAX_BYTES + b"]"
        self.assert_refused(self.call(body), 413)
        self.assertEqual(self.call(b"[" + b" " * 1000 + b"]").status_code, 200)

    def test_a_challenge(self):
        secret = self.channel.webhook_secret
        answer = self.ask(f"?challenge=<b>42</b>&secret={secret}")
        self.assertEqual((answer.status_code, answer.text), (200, "<b>42</b>"))
        self.assertIn("text/plain", answer.headers["Content-Type"])
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.channel.state = "draft"  # networks ask while a channel is being connected
        self.assertEqual(self.ask(f"?challenge=1&secret={secret}").status_code, 200)

    @mute_logger(WEBHOOK)
    def test_no_challenge_of_ours(self):
        self.assert_refused(self.ask("?challenge=42&secret=guessed"), 403)
        self.assert_refused(self.ask(), 403)
        self.assertEqual(self.channel.refused_calls, 2)

    def test_a_call_is_never_processed_in_the_request(self):
        with patch.object(Calling, "events", side_effect=AssertionError):
            self.assertEqual(self.call().status_code, 200)

    def test_outsiders_see_nothing_of_it(self):
        self.call()
        portal = self.make_user("outsider", "base.group_portal")
        for user in (portal, self.env.ref("base.public_user"), self.agent):
            with self.assertRaises(AccessError):
                self.intakes().with_user(user).read(["payload"])
            with self.assertRaises(AccessError):
                self.channel.with_user(user).read(["webhook_token"])


@tagged("post_install", "-at_install")
class TestDeletionRoute(WebhookCase, HttpCase):
    """People who want to be forgotten, as Meta tells it."""

    def ask(self, person, secret="app secret", url=None):
        told = {"user_id": person, "algorithm": "HMAC-SHA256", "issued_at": 1}
        payload = urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=")
        digest = hmac.new(secret.encode(), payload, hashlib.sha256).digest()
        signed = urlsafe_b64encode(digest).rstrip(b"=") + b"." + payload
        self.env.flush_all()
        url = url or f"/social_engagement/deletion/{self.channel.webhook_token}"
        answer = self.url_open(url, data={"signed_request": signed.decode()})
        self.env.invalidate_all()
        return answer

    def look(self, url):
        answer = self.url_open("/" + url.split("/", 3)[3])
        return answer.status_code, answer.text

    def test_a_person_is_forgotten(self):
        self.channel.client_secret = "app secret"
        mine, other = self.receive(
            self.payload("My secret"), self.payload("Another", handle="@bob")
        )
        profile = mine.profile_id
        answer = self.ask("@ann").json()
        self.assertEqual(
            self.look(answer["url"]),
            (200, "What is known of you here is being deleted."),
        )
        self.assertIn(answer["confirmation_code"], answer["url"])
        self.assertNotIn(self.channel.webhook_token, answer["url"])
        self.listen()
        self.assertEqual(
            self.look(answer["url"]),
            (200, "What was known of you here has been deleted."),
        )
        self.assertTrue(mine.gone_at)
        self.assertFalse(mine.body or profile.name or profile.handle)
        left = self.env["social.intake"].search([]).read()
        self.assertNotIn("My secret", str(left))
        self.assertEqual((other.body, other.profile_id.name), ("Another", "Bob"))
        self.assertEqual(self.look(answer["url"] + "x")[0], 404)

    def test_the_address_has_a_token_of_its_own(self):
        self.channel.client_secret = "app secret"
        self.patch(Calling, "tells_deletion", True)
        url = self.channel.deletion_url
        self.assertNotIn(self.channel.webhook_token, url)
        path = "/" + url.split("/", 3)[3]
        answer = self.ask("@ann", url=path)
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.json()["url"].startswith(url))
        # it is good for nothing else
        webhook = path.replace("/deletion/", "/webhook/")
        self.assertEqual(self.url_open(webhook).status_code, 404)
        other = self.make_channel(name="Other")
        self.assertNotEqual(other.deletion_url, url)

    @mute_logger(WEBHOOK)
    def test_forged_wishes(self):
        self.channel.client_secret = False
        self.assertEqual(self.ask("@ann", secret="").status_code, 403)
        self.channel.client_secret = "app secret"
        self.assertEqual(self.ask("@ann", secret="guessed").status_code, 403)
        self.assertEqual(self.ask("").status_code, 400)
        self.assertFalse(self.intakes())
        self.channel.active = False
        self.assertEqual(self.ask("@ann").status_code, 404)
