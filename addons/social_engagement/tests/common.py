"""A network that does what a test tells it, and what most tests begin with."""

from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from itertools import count

from odoo import fields
from odoo.tests import TransactionCase, new_test_user, tagged

from .. import networks
from ..networks.base import (
    Adapter,
    Author,
    BadPayload,
    Credential,
    Identity,
    Item,
    Media,
    MediaLimits,
    Page,
    Post,
    Reread,
    Sent,
)

START = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
US = "us"  # our own account's id on the scripted network


class Killed(BaseException):
    """The process dies here: no handler of the code under test runs."""


class Script:
    """What the network does next, and what it was asked for."""

    def __init__(self):
        self.pages = {}  # kind or (kind, query) → what fetch() gives, in order
        self.replies = []  # what reply() does, in order; then it answers
        self.found = None  # what find_sent() does
        self.identity = Identity(US, "@us", "Us", "https://scripted.example/us")
        self.fetched = []  # (kind, cursor) of each fetch
        self.sent = []  # each Outgoing that reached the network
        self.looked_up = []  # each Outgoing that was looked for
        self.became = Reread()  # what reread() does
        self.reread = []  # the Known of each reread()
        self.acted = []  # (what, of which post, wanted) of each like, hide, withdraw
        self.actions = []  # what these do, in order; then they succeed
        self.accounts = []  # each Account an adapter was made with


def play(step, *arguments):
    """A step of a script: a value, an exception to raise, a function to call."""
    if isinstance(step, BaseException):
        raise step
    return step(*arguments) if callable(step) else step


class Scripted(Adapter):
    """The scripted network."""

    name = "scripted"
    label = "Scripted"
    base_url = "https://scripted.example"
    credentials = (Credential("secret", "Token"),)
    feeds = ("mentions", "search")
    can_reply = True
    max_length = 100
    interval = 60
    can_reread = True
    reread_batch = 3
    threads = True
    mentions = True
    actions = frozenset({"like", "hide", "follow", "withdraw"})
    media = MediaLimits(("image/*",), count=2, max_bytes=1000)
    script = Script()

    def __init__(self, account):
        super().__init__(account)
        self.script.accounts.append(account)

    def verify(self):
        return play(self.script.identity)

    def fetch(self, kind, query, cursor):
        self.script.fetched.append((kind, cursor))
        pages = self.script.pages.get((kind, query), self.script.pages.get(kind, []))
        return play(pages.pop(0)) if pages else Page([], cursor)

    @classmethod
    def normalise(cls, payload):
        if "id" not in payload:
            raise BadPayload("id is missing")
        if "crash" in payload:
            raise ValueError(payload["crash"])
        author = {"handle": "@ann", "name": "Ann", **payload.get("author", {})}
        if joined := author.get("created_at"):
            author["created_at"] = datetime.fromisoformat(joined)
        values = {k: v for k, v in payload.items() if k not in ("id", "author", "at")}
        values["media"] = tuple(Media(**m) for m in payload.get("media", ()))
        return Post(
            **{
                "external_id": payload["id"],
                "kind": "post",
                "text": "",
                "author": Author(**{"external_id": author["handle"], **author}),
                "posted_at": datetime.fromisoformat(payload["at"]),
                "url": f"https://scripted.example/{payload['id'][:50]}",
                "language": "en",
                "reply_ref": {"id": payload["id"]},
                **values,
            }
        )

    def reread(self, known):
        self.script.reread.append(known)
        return play(self.script.became, known)

    @classmethod
    def private_way(cls, identity):
        return f"https://scripted.example/write/{identity.handle}"

    def reply(self, outgoing):
        step = self.script.replies.pop(0) if self.script.replies else None
        sent = play(step, outgoing) if step else None
        self.script.sent.append(outgoing)
        name = f"answer-{len(self.script.sent)}"
        return sent or Sent(name, "https://x.example/a", {"id": name})

    def find_sent(self, outgoing):
        self.script.looked_up.append(outgoing)
        return play(self.script.found)

    def like(self, reply_ref, liked=True):
        self.act("like", reply_ref["id"], liked)

    def hide(self, reply_ref, hidden=True):
        self.act("hide", reply_ref["id"], hidden)

    def follow(self, reply_ref, followed=True):
        self.act("follow", reply_ref["id"], followed)

    def withdraw(self, external_id):
        self.act("withdraw", external_id, True)

    def act(self, *what):
        if self.script.actions:
            play(self.script.actions.pop(0))
        self.script.acted.append(what)


@tagged("post_install", "-at_install")
class SocialCase(TransactionCase):
    """A connected channel of the scripted network, an agent, and no other channel."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        networks.register(Scripted)
        cls.addClassCleanup(networks._adapters.pop, "scripted")
        cls.env["social.channel"].search([]).state = "draft"
        jobs = cls.env["ir.cron"].search([("cron_name", "like", "Social: ")])
        jobs.nextcall = fields.Datetime.now()  # as if they ran
        cls.agent = cls.make_user("social_agent", "social_engagement.group_social_user")
        cls.channel = cls.make_channel()
        cls.feed = cls.make_feed(cls.channel)
        cls.numbers = count(1)

    def setUp(self):
        super().setUp()
        self.script = Scripted.script = Script()

    @classmethod
    def make_user(cls, login, *groups, **values):
        groups = ",".join(groups or ["base.group_user"])
        quiet = {"no_reset_password": True, "tracking_disable": True}
        return new_test_user(cls.env, login, groups, context=quiet, **values)

    @classmethod
    def make_channel(cls, **values):
        return cls.env["social.channel"].create(
            {
                "name": "Scripted",
                "network": "scripted",
                "secret": "geheim",
                "state": "connected",
                "account_external_id": US,
                "account_handle": "@us",
                "max_length": 100,
                "undo_seconds": 0,
                **values,
            }
        )

    @classmethod
    def make_feed(cls, channel, kind="mentions", **values):
        return cls.env["social.feed"].create(
            {"channel_id": channel.id, "kind": kind, **values}
        )

    # ------------------------------------------------------------------
    # What the network delivers
    # ------------------------------------------------------------------

    def payload(self, text="Hello there", handle="@ann", **values):
        """A payload of the scripted network; each a minute after the one before."""
        number = next(self.numbers)
        return {
            "id": f"post-{number}",
            "text": text,
            "author": {"handle": handle, "name": handle.strip("@").title()},
            "at": (START + timedelta(minutes=number)).isoformat(),
            **values,
        }

    @staticmethod
    def items(*payloads):
        return [
            Item(p.get("id") or "no-id", p, p.get("revision", "")) for p in payloads
        ]

    def page(self, *payloads, cursor, more=False):
        return Page(self.items(*payloads), {"at": cursor}, more)

    def store(self, *payloads, feed=None):
        """Stores payloads as a fetch does; the waiting intakes, oldest first."""
        self.env["social.intake"]._store(feed or self.feed, self.items(*payloads))
        return self.waiting()

    def receive(self, *payloads, feed=None):
        """Stores and processes payloads; their messages, in their order."""
        intakes = self.store(*payloads, feed=feed)
        intakes._process()
        self.env.invalidate_all()
        return intakes.message_id

    def waiting(self):
        return self.env["social.intake"].search([("state", "=", "new")], order="id")

    # ------------------------------------------------------------------
    # Jobs
    # ------------------------------------------------------------------

    @contextmanager
    def job(self):
        """An environment as a job has it: commits and rollbacks work, as savepoints
        do. What was not committed when it ends is lost, as it is with a process.
        """
        with self.enter_registry_test_mode():
            cr = self.env.registry.cursor()
            try:
                with suppress(Killed):
                    yield self.env(cr=cr, user=self.env.ref("base.user_root"))
            finally:
                cr.close()

    def run_job(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f"social_engagement.{name}").method_direct_trigger()

    def listen(self):
        self.run_job("cron_listen")

    def send(self):
        self.run_job("cron_send")

    def due(self, feed=None):
        (feed or self.feed).next_run = datetime(2020, 1, 1)
