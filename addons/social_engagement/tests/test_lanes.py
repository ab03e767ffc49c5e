"""Two processes send at once: real transactions, with all that is committed in them."""

import threading
import time
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

from .. import networks
from ..networks.base import Item, Sent
from .common import START, US, Script, Scripted

OUTBOX = "odoo.addons.social_engagement.models.social_message_outbox"
CONVERSATIONS, ANSWERS = 6, 4  # answers of each


@tagged("post_install", "-at_install")
class TestLanes(BaseCase):
    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        networks.register(Scripted)
        self.addCleanup(networks._adapters.pop, "scripted")
        self.script = Scripted.script = Script()
        self.senders = []  # of each answer, the thread that sent it
        self.patched("reply", lambda adapter, outgoing: self.slow_reply(outgoing))
        with self.transaction() as env:
            self.channel_id = self.make_answers(env)
        self.addCleanup(self.clear_up)

    def patched(self, name, method):
        self.enterContext(patch.object(Scripted, name, method))

    def transaction(self):
        return Transaction(self.registry)

    def make_answers(self, env):
        channel = env["social.channel"].create(
            {
                "name": "Lanes",
                "network": "scripted",
                "state": "connected",
                "account_external_id": US,
            }
        )
        feed = env["social.feed"].create({"channel_id": channel.id, "kind": "mentions"})
        items = [
            Item(
                f"lanes-{n}",
                {
                    "id": f"lanes-{n}",
                    "text": "A nice shop, and sunny.",
                    "at": START.isoformat(),
                    "author": {"handle": f"@lanes-{n}"},
                },
            )
            for n in range(CONVERSATIONS)
        ]
        env["social.intake"]._store(feed, items)
        env["social.intake"].search([("channel_id", "=", channel.id)])._process()
        posts = env["social.message"].search([("channel_id", "=", channel.id)])
        for number in range(ANSWERS):
            for post in posts:
                post._answer(f"{post.external_id}: {number}")
        return channel.id

    def clear_up(self):
        with self.transaction() as env:
            channel = env["social.channel"].browse(self.channel_id)
            conversations = env["social.conversation"].search(
                [("channel_id", "=", channel.id)]
            )
            profiles = conversations.profile_id
            conversations.unlink()
            profiles.unlink()
            channel.unlink()

    def slow_reply(self, outgoing):
        time.sleep(0.02)
        self.senders.append(threading.current_thread().name)
        self.script.sent.append(outgoing)
        return Sent(outgoing.text, "", {"id": outgoing.text})

    def send(self):
        with self.transaction() as env:
            env["social.message"]._cron_send()

    def check(self):
        lanes = [threading.Thread(target=self.send, name=name) for name in "AB"]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        texts = [outgoing.text for outgoing in self.script.sent]
        self.assertEqual(len(texts), CONVERSATIONS * ANSWERS)
        self.assertEqual(len(set(texts)), len(texts), "none twice")
        for number in range(CONVERSATIONS):
            of_one = [text for text in texts if text.startswith(f"lanes-{number}:")]
            self.assertEqual(of_one, sorted(of_one), "in order")
        with self.transaction() as env:
            answers = env["social.message"].search(
                [("channel_id", "=", self.channel_id), ("direction", "=", "outbound")]
            )
            self.assertEqual(set(answers.mapped("delivery_state")), {"sent"})
        self.assertEqual(set(self.senders), {"A", "B"}, "both had a part in it")

    def test_each_answer_once_and_in_order(self):
        self.check()

    def test_a_slow_answer_is_not_taken_for_an_interrupted_one(self):
        with patch(f"{OUTBOX}.ABANDONED", -1):  # as if every sending took very long
            self.check()


class Transaction:
    """An environment with a transaction of its own, committed at the end."""

    def __init__(self, registry):
        self.cr = registry.cursor()

    def __enter__(self):
        return api.Environment(self.cr, SUPERUSER_ID, {})

    def __exit__(self, failure, *_more):
        if not failure:
            self.cr.commit()
        self.cr.close()
