"""Two processes send at once: real transactions, with all that is committed in them."""

import threading
import time
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from .. import networks
from ..models.collision import NewerMessages
from ..networks.base import Item, Sent
from .common import START, US, Script, Scripted

OUTBOX = "odoo.addons.social_engagement.models.social_message_outbox"
CONVERSATIONS, ANSWERS = 6, 4  # answers of each


class Transaction:
    """An environment with a transaction of its own, committed at the end."""

    def __init__(self):
        self.cr = Registry(get_db_name()).cursor()

    def __enter__(self):
        return api.Environment(self.cr, SUPERUSER_ID, {})

    def __exit__(self, failure, *_more):
        if not failure:
            self.cr.commit()  # pylint: disable=invalid-commit
        self.cr.close()


@tagged("post_install", "-at_install")
class TestLanes(BaseCase):
    def setUp(self):
        super().setUp()
        # Held by the thread that runs the tests, for which the others would wait.
        self.enterContext(patch.object(Registry, "_lock", DummyRLock()))
        networks.register(Scripted)
        self.addCleanup(networks._adapters.pop, "scripted")
        self.script = Scripted.script = Script()
        self.senders = []  # of each answer, the thread that sent it
        self.clear_up()  # what an earlier run may have left
        self.addCleanup(self.clear_up)
        with Transaction() as env:
            self.channel_id = self.make_answers(env)

    def make_answers(self, env):
        channel = env["social.channel"].create(
            {
                "name": "Lanes",
                "network": "scripted",
                "state": "connected",
                "account_external_id": US,
                "undo_seconds": 0,
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
        posts.company_id.ensure_one()
        for number in range(ANSWERS):
            for post in posts:
                post._answer(f"{post.external_id}: {number}")
        return channel.id

    def clear_up(self):
        with Transaction() as env:
            channel = env["social.channel"].search([("name", "=", "Lanes")])
            conversations = env["social.conversation"].search(
                [("channel_id", "in", channel.ids)]
            )
            profiles = conversations.profile_id
            conversations.unlink()
            profiles.unlink()
            channel.unlink()

    def send(self):
        with Transaction() as env:
            env["social.message"]._cron_send()

    def replying(self, reply):
        return patch.object(Scripted, "reply", lambda adapter, sent: reply(sent))

    def in_thread(self, name="B"):
        thread = threading.Thread(target=self.send, name=name)
        thread.start()
        return thread

    def reply(self, outgoing):
        self.senders.append(threading.current_thread().name)
        self.script.sent.append(outgoing)
        return Sent(outgoing.text, "", {"id": outgoing.text})

    def check_each_once(self):
        texts = [outgoing.text for outgoing in self.script.sent]
        self.assertEqual(len(texts), CONVERSATIONS * ANSWERS)
        self.assertEqual(len(set(texts)), len(texts), "none twice")
        for number in range(CONVERSATIONS):
            of_one = [text for text in texts if text.startswith(f"lanes-{number}:")]
            self.assertEqual(of_one, sorted(of_one), "in order")
        with Transaction() as env:
            answers = env["social.message"].search(
                [("channel_id", "=", self.channel_id), ("direction", "=", "outbound")]
            )
            self.assertEqual(set(answers.mapped("delivery_state")), {"sent"})

    def test_each_answer_once_and_in_order(self):
        def reply(outgoing):
            time.sleep(0.02)  # so that they really work at the same time
            return self.reply(outgoing)

        with self.replying(reply):
            for lane in [self.in_thread(name) for name in "ABC"]:
                lane.join()
        self.check_each_once()
        self.assertGreater(len(set(self.senders)), 1)

    def test_two_agents_answer_in_the_same_moment(self):
        """The second is overtaken, does it again, and sees the first one's answer."""

        def answer(env):
            domain = [("channel_id", "=", self.channel_id)]
            post = env["social.message"].search(
                [*domain, ("direction", "=", "inbound")], order="id", limit=1
            )
            return post._answer("I take care", seen_id=self.seen)

        with Transaction() as env:
            self.seen = env["social.message"].search([], order="id desc", limit=1).id
        overtaken = self.assertRaises(SerializationFailure)
        with mute_logger("odoo.sql_db"), overtaken, Transaction() as second:
            second["social.message"].search_count([])  # what it sees of the others
            with Transaction() as first:
                answer(first)
            answer(second)
        with self.assertRaises(NewerMessages), Transaction() as again:
            answer(again(user=again.ref("base.user_admin")))

    def test_a_slow_answer_is_not_taken_for_an_interrupted_one(self):
        def reply(outgoing):
            # As if this took longer than any sending does: the other lane sends all
            # that it may, and leaves this one and those behind it alone.
            if threading.current_thread().name == "A" and not self.senders:
                with patch(f"{OUTBOX}.ABANDONED", -1):
                    self.in_thread("B").join()
                self.assertFalse(self.script.looked_up)
                beside = {sent.text.split(":")[0] for sent in self.script.sent}
                self.assertEqual(len(beside), CONVERSATIONS - 1)
            return self.reply(outgoing)

        with self.replying(reply):
            self.in_thread("A").join()
        self.check_each_once()
