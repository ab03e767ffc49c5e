"""Odoo under fire: networks that break calls at random, webhooks that repeat and
reorder, tokens that are revoked, and processes that are killed. Then it is counted.

usage: run.py [EVENTS [SEED]]      prints one JSON object as its last line

Two Odoo processes share one database. Behind a proxy that injects faults (faults.py)
stand real servers of Mastodon's and Bluesky's APIs, and a network of our own for volume
(fediverse.py). Agents answer all the while. In the end the faults stop, the queues run
dry, and what the networks have is compared with what Odoo has:

delivered        posts written by people on the networks
lost             of these, not in Odoo: neither as a post nor as a visible failure
doubled          of these, there more than once: as a post, in a chatter, as a ticket
sent_twice       answers that stand on a network more than once
unsent_silently  answers that stand on no network while Odoo does not say so
"""

import contextlib
import json
import os
import random
import re
import signal
import sys
import threading
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import requests

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from ground import LOCAL, Server, database, fresh_database, say  # noqa: E402, I001

from faults import Faults, Proxy  # noqa: E402
from fediverse import Fediverse, private_message  # noqa: E402
from peers import Atproto, Snac  # noqa: E402

BRANDS = 6
BOTS = 2
BOT_SHARE = 0.1  # of the events comes by webhook
TOKEN = re.compile(r"token-([a-z]+-\d+)")
MOODS = (
    "what a fine morning",
    "watching the match tonight",
    "greetings from the lake",
    "my order has not arrived and nobody answers, can you help?",
)
LINGER = 20  # seconds after which a sending of a killed process may be looked up
SETTLED = ("sent", "failed", "uncertain", "cancelled", "withdrawn")


class Soak:
    def __init__(self, name, events, seed):
        self.name = name
        self.events = events
        self.random = random.Random(seed)
        self.faults = Faults(seed)
        self.servers = [Server(name, "--max-cron-threads=2") for _number in range(2)]
        self.stopping = threading.Event()
        self.resting = threading.Event()  # no more harm is done
        self.written = set()  # tokens of posts
        self.answers = {}  # token → key
        self.kills = self.revocations = self.repeated = 0
        self.errors = Counter()
        self.agent = None

    # ------------------------------------------------------------------
    # Odoo
    # ------------------------------------------------------------------

    def call(self, model, method, *args, **kwargs):
        """A call to whichever process is alive; tried until one answers."""
        while True:
            for server in self.random.sample(self.servers, 2):
                try:
                    return server.call(model, method, *args, **kwargs)
                except (requests.RequestException, ValueError):
                    time.sleep(0.2)

    def query(self, sql, *values):
        with contextlib.closing(database.connect(self.name)) as connection:
            cursor = connection.cursor()
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else None

    def connect(self, **values):
        values = {"undo_seconds": 0, **values}
        [channel] = self.call("social.channel", "create", [values])
        for _attempt in range(50):
            try:
                self.call("social.channel", "action_connect", [channel])
                return channel
            except RuntimeError:  # a fault, told in words
                time.sleep(0.2)
        raise RuntimeError(f"{values['name']} could not be connected")

    def set_up(self, fediverse, urls, snac, atproto):
        parameter = "social_engagement.allow_private_addresses"
        self.call("ir.config_parameter", "set_param", parameter, "True")
        sandbox = self.call("social.channel", "search", [("network", "=", "sandbox")])
        self.call("social.channel", "write", sandbox, {"active": False})
        self.brands = {}
        for brand in fediverse.brands:
            token = f"token-{brand}"
            values = {"network": "mastodon", "base_url": urls["fediverse"]}
            self.brands[brand] = self.connect(name=brand, secret=token, **values)
        self.bots = []
        for number in range(BOTS):
            values = {"network": "telegram", "base_url": urls["fediverse"]}
            values["secret"] = f"{200000 + number}:a-token-of-{number}"
            channel = self.connect(name=f"bot {number}", **values)
            [facts] = self.call(
                "social.channel", "read", [channel], ["webhook_token", "webhook_secret"]
            )
            self.bots.append(facts)
        self.snac = self.connect(
            name="snac",
            network="mastodon",
            base_url=urls["snac"],
            secret=snac.brand.secret,
        )
        self.bluesky = self.connect(
            name="bluesky",
            network="bluesky",
            base_url=urls["atproto"],
            username=atproto.brand.username,
            secret=atproto.brand.secret,
        )

    # ------------------------------------------------------------------
    # What goes on meanwhile, each in a thread of its own
    # ------------------------------------------------------------------

    def text(self, place, number):
        token = f"{place}-{number}"
        self.written.add(token)
        return f"token-{token} {MOODS[0 if number % 40 else 3]}, number {number}"

    def write_posts(self, fediverse):
        """People write to the brands of the network for volume."""
        number = int(self.events * (1 - BOT_SHARE))
        for count in range(number):
            brand = fediverse.brands[count % BRANDS]
            fediverse.publish(
                brand, self.text(brand_place(brand), count), count % 97 == 0
            )
            if count % 200 == 0:
                time.sleep(0.05)

    def write_to_snac(self, snac):
        fan = snac.client(snac.fan)
        for count in range(20):
            fan.status_post(f"{snac.brand.mention} {self.text('snac', count)}")

    def write_to_bluesky(self, atproto):
        fan = atproto.client(atproto.fan)
        for count in range(min(200, max(40, self.events // 100))):
            text = self.text("bluesky", count)
            fan.send_post(atproto.mention(atproto.brand, text))

    def call_webhooks(self):
        """Calls come out of order, more than once, and again until they are taken."""
        number = int(self.events * BOT_SHARE)
        calls = [self.update(count) for count in range(number)]
        with ThreadPoolExecutor(4) as callers:
            for start in range(0, number, 50):
                some = calls[start : start + 50]
                some += self.random.sample(some, len(some) // 5)
                self.repeated += len(some) * 5 // 6 // 5
                self.random.shuffle(some)
                list(callers.map(lambda call: self.deliver(*call), some))

    def deliver(self, bot, update):
        path = f"/social_engagement/webhook/{bot['webhook_token']}"
        headers = {"X-Telegram-Bot-Api-Secret-Token": bot["webhook_secret"]}
        while True:
            server = self.random.choice(self.servers)
            with contextlib.suppress(requests.RequestException):
                answer = requests.post(
                    server.url + path, json=update, headers=headers, timeout=60
                )
                if answer.ok:
                    return
                self.errors[f"webhook {answer.status_code}"] += 1
            time.sleep(0.2)

    def update(self, count):
        text = self.text("bot", count)
        return self.bots[count % BOTS], private_message(count, 1000 + count % 300, text)

    def answer_posts(self):
        """Agents answer what arrives, wherever it is worked on, through the one route;
        a call that broke is repeated with its key, as the browser's button is.
        """
        wanted = max(60, self.events // 100)
        while len(self.answers) < wanted and not self.resting.is_set():
            rows = self.query(
                """SELECT id, ticket_id FROM social_conversation
                   WHERE state <> 'waiting' ORDER BY id DESC LIMIT 5
                   OFFSET floor(random() * (SELECT count(*) FROM social_conversation))
                """
            )
            for conversation, ticket in rows:
                model = "helpdesk.ticket" if ticket else "social.conversation"
                self.give_answer(model, ticket or conversation)
            time.sleep(0.2)

    def give_answer(self, model, record):
        token, key = f"answer-{len(self.answers)}", uuid4().hex
        what = {"thread_model": model, "thread_id": record, "key": key}
        what["body"] = f"token-{token} We are on it"
        for _attempt in range(30):
            server = self.random.choice(self.servers)
            try:
                answer = (
                    self.session()
                    .post(
                        f"{server.url}/social_engagement/answer",
                        json={"jsonrpc": "2.0", "params": what},
                        timeout=60,
                    )
                    .json()
                )
            except (requests.RequestException, ValueError, RuntimeError):
                time.sleep(0.3)
                continue
            if "error" in answer:
                # told to the agent, who may try again
                self.errors[answer["error"]["data"]["name"]] += 1
                if self.query("SELECT 1 FROM social_message WHERE key = %s", key):
                    break
                return
            break
        self.answers[token] = key

    def session(self):
        """An agent's, good for both processes."""
        if not self.agent:
            session = requests.Session()
            who = {"db": self.name, "login": "admin", "password": "admin"}
            server = self.random.choice(self.servers)
            server._rpc(session, "/web/session/authenticate", who)
            self.agent = session
        return self.agent

    def kill_processes(self):
        """Power cuts, at random moments."""
        while not self.resting.wait(self.random.uniform(12, 30)):
            server = self.random.choice(self.servers)
            server.kill()
            self.kills += 1
            server.start()

    def revoke_tokens(self, fediverse):
        """Networks take an access away now and then; an administrator reacts."""
        while not self.resting.wait(self.random.uniform(8, 20)):
            brand = self.random.choice(fediverse.brands)
            fediverse.revoked.add(brand)
            self.revocations += 1
            self.resting.wait(6)
            fediverse.revoked.discard(brand)

    def reconnect(self):
        while not self.stopping.wait(2):
            lost = self.query("SELECT id FROM social_channel WHERE state='reauthorise'")
            for [channel] in lost:
                with contextlib.suppress(RuntimeError):
                    self.call("social.channel", "action_connect", [channel])

    def hurry(self):
        """Makes hours of waiting pass: what rests after a failure is due again soon.
        Rows somebody works on are left alone.
        """
        while not self.stopping.wait(1):
            for statement in HURRY:
                self.query(statement.format(linger=LINGER))
            with contextlib.closing(database.connect()) as connection:
                connection.cursor().execute(
                    "SELECT pg_notify('cron_trigger', %s)", [self.name]
                )

    # ------------------------------------------------------------------

    def run(self):
        with contextlib.ExitStack() as stack:
            enter = stack.enter_context
            fediverse = enter(Fediverse(BRANDS))
            snac, atproto = enter(Snac()), enter(Atproto())
            upstream = {"fediverse": fediverse, "snac": snac, "atproto": atproto}
            urls = {n: enter(Proxy(p.url, self.faults)) for n, p in upstream.items()}
            self.faults.off = True
            for server in self.servers:
                enter(server)
            self.set_up(fediverse, urls, snac, atproto)
            self.faults.off = False
            began = time.monotonic()
            writers = self.start_threads(
                (self.write_posts, fediverse),
                (self.write_to_snac, snac),
                (self.write_to_bluesky, atproto),
                (self.call_webhooks,),
                (self.answer_posts,),
            )
            harm = self.start_threads(
                (self.kill_processes,), (self.revoke_tokens, fediverse)
            )
            care = self.start_threads((self.reconnect,), (self.hurry,))
            for writer in writers:
                while writer.is_alive():
                    writer.join(10)
                    self.tell(began)
            self.wait_until_taken_in(began)
            self.resting.set()
            self.faults.off = True
            for thread in harm:
                thread.join()
            fediverse.revoked.clear()
            self.wait_until_settled(began)
            self.stopping.set()
            for thread in care:
                thread.join()
            return self.count(fediverse, snac, atproto, time.monotonic() - began)

    def start_threads(self, *works):
        threads = [
            threading.Thread(target=self.guard, args=work, daemon=True)
            for work in works
        ]
        for thread in threads:
            thread.start()
        return threads

    def guard(self, work, *arguments):
        try:
            work(*arguments)
        except BaseException:
            traceback.print_exc()
            os.kill(os.getpid(), signal.SIGINT)  # half a run shows nothing

    def tell(self, began):
        say(
            f"{time.monotonic() - began:.0f} s: {len(self.written)} written, "
            f"{self.taken_in()} taken in, {len(self.answers)} answered, "
            f"{self.kills} kills, {sum(self.faults.met.values())} faults"
        )

    def taken_in(self):
        sql = "SELECT count(*) FROM social_message WHERE direction = 'inbound'"
        return self.query(sql)[0][0]

    def wait_until_taken_in(self, began, patience=120):
        """Until all is there, or nothing more comes for a while."""
        best, since = 0, time.monotonic()
        while (taken := self.taken_in()) < len(self.written):
            if taken > best:
                best, since = taken, time.monotonic()
            if time.monotonic() - since > patience:
                break
            time.sleep(5)
            self.tell(began)

    def wait_until_settled(self, began, patience=240):
        end = time.monotonic() + patience
        while time.monotonic() < end:
            [[answers]] = self.query(
                """SELECT count(*) FROM social_message
                   WHERE delivery_state IN ('queued', 'sending')"""
            )
            [[payloads]] = self.query(
                "SELECT count(*) FROM social_intake WHERE state = 'new'"
            )
            if not answers and not payloads and self.taken_in() >= len(self.written):
                return
            time.sleep(3)
            self.tell(began)

    # ------------------------------------------------------------------
    # The count
    # ------------------------------------------------------------------

    def count(self, fediverse, snac, atproto, seconds):
        inbound = self.query(
            """SELECT id, body, mail_message_id, conversation_id FROM social_message
               WHERE direction = 'inbound' AND body LIKE '%token-%'"""
        )
        there = Counter(TOKEN.search(body)[1] for _id, body, *_rest in inbound)
        failed = " ".join(
            payload
            for [payload] in self.query(
                "SELECT payload FROM social_intake WHERE state = 'failed'"
            )
        )
        visible = set(TOKEN.findall(failed))
        missing = self.written - there.keys() - visible
        doubled = sum(number - 1 for number in there.values())
        [[tickets]] = self.query(
            """SELECT coalesce(sum(n - 1), 0) FROM (
                 SELECT count(DISTINCT ticket_id) n FROM social_routing_case
                 WHERE ticket_id IS NOT NULL GROUP BY conversation_id) t"""
        )
        shown = [m for _id, _body, m, _conversation in inbound if m]
        doubled += int(tickets) + len(shown) - len(set(shown))
        standing = self.standing(fediverse, snac, atproto)
        states = dict(
            self.query(
                "SELECT key, delivery_state FROM social_message WHERE key IS NOT NULL"
            )
        )
        silent = [
            token
            for token, key in self.answers.items()
            if not standing[token] and states.get(key) not in ("failed", "uncertain")
        ]
        twice = {token: n for token, n in standing.items() if n > 1}
        for what, tokens in (("lost", missing), ("silent", silent), ("twice", twice)):
            if tokens:
                say(f"{what}: {sorted(tokens)[:20]}")
        return {
            "delivered": len(self.written),
            "lost": len(missing),
            "doubled": doubled,
            "sent_twice": sum(n - 1 for n in twice.values()),
            "unsent_silently": len(silent),
            "answers": len(self.answers),
            "answer_states": Counter(states.values()),
            "webhooks_repeated": self.repeated,
            "kills": self.kills,
            "revocations": self.revocations,
            "faults": dict(self.faults.met),
            "seconds": round(seconds),
        }

    def standing(self, fediverse, snac, atproto):
        """How often each answer stands on the networks, as they themselves say."""
        texts = [status["content"] for status in fediverse.written] + fediverse.sent
        brand = snac.client(snac.brand)
        own = brand.account_statuses(brand.account_verify_credentials().id, limit=200)
        texts += [status.content for status in own]
        client = atproto.client(atproto.brand)
        cursor = None
        while True:
            params = {"repo": client.me.did, "collection": "app.bsky.feed.post"}
            page = client.com.atproto.repo.list_records(
                params | {"limit": 100, "cursor": cursor}
            )
            texts += [record.value.text for record in page.records]
            cursor = page.cursor
            if not cursor:
                return Counter(t for text in texts for t in TOKEN.findall(text))


def brand_place(brand):
    return "fediverse" + chr(ord("a") + int(brand.removeprefix("brand")))


HURRY = (
    """UPDATE social_feed SET next_run = now() AT TIME ZONE 'UTC' WHERE id IN (
         SELECT id FROM social_feed
         WHERE next_run > now() AT TIME ZONE 'UTC' + interval '3 seconds'
         AND write_date < now() AT TIME ZONE 'UTC' - interval '{linger} seconds' / 3
         FOR NO KEY UPDATE SKIP LOCKED)""",
    """UPDATE social_message SET try_at = NULL WHERE id IN (
         SELECT id FROM social_message
         WHERE delivery_state = 'queued' AND try_at IS NOT NULL
         FOR NO KEY UPDATE SKIP LOCKED)""",
    """UPDATE social_message SET sending_since = sending_since - interval '1 hour'
       WHERE id IN (
         SELECT id FROM social_message WHERE delivery_state = 'sending'
         AND sending_since > now() AT TIME ZONE 'UTC' - interval '30 minutes'
         AND sending_since < now() AT TIME ZONE 'UTC' - interval '{linger} seconds'
         FOR NO KEY UPDATE SKIP LOCKED)""",
    """UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' WHERE id IN (
         SELECT cron.id FROM ir_cron cron
         JOIN ir_model_data data ON data.model = 'ir.cron' AND data.res_id = cron.id
         WHERE data.module = 'social_engagement'
         AND (data.name LIKE 'cron_listen%' OR data.name LIKE 'cron_send%'
              OR data.name LIKE 'cron_media%')
         AND nextcall > now() AT TIME ZONE 'UTC'
         FOR NO KEY UPDATE OF cron SKIP LOCKED)""",
)


def main(events=100_000, seed=1):
    (LOCAL / "log").mkdir(parents=True, exist_ok=True)
    with fresh_database() as name:
        result = Soak(name, int(events), int(seed)).run()
    print(json.dumps(result), flush=True)
    bad = ("lost", "doubled", "sent_twice", "unsent_silently")
    return int(any(result[name] for name in bad))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
