"""How long it takes from a post to its ticket, by fetching and by webhook.

usage: script/test bench delay      one JSON line each: way, posts, p50_s, p95_s

A whole Odoo with its jobs runs as it does in production; a network of our own on
loopback (tests/soak/fediverse.py) delivers complaints at random moments. The clock runs
from the moment the network has the post to the moment its ticket can be read.
"""

import contextlib
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "soak")]

import requests  # noqa: E402
from fediverse import Fediverse, private_message  # noqa: E402

from ground import Server, database  # noqa: E402

POSTS = 40
COMPLAINT = "my order has not arrived and nobody answers, can you help?"


def main():
    name = os.environ["DB"]
    chance = random.Random(7)
    allow_loopback(name)
    server = Server(name, "--max-cron-threads=2")
    with Fediverse(1) as network, server:
        brand = network.brands[0]
        connect(server, network, "mastodon", f"token-{brand}")
        bot = connect(server, network, "telegram", "200000:a-token-of-the-bot")
        fetched, called = {}, {}
        for number in range(POSTS):
            token = f"fetched-{number}"
            fetched[token] = time.time()
            network.publish(brand, f"token-{token} {COMPLAINT}")
            token = f"called-{number}"
            called[token] = time.time()
            call(server, bot, number, f"token-{token} {COMPLAINT}")
            time.sleep(chance.uniform(0.5, 4))
        for way, begun in (("fetching", fetched), ("webhook", called)):
            delays = sorted(ticket_delays(name, begun).values())
            print(
                json.dumps(
                    {
                        "way": way,
                        "posts": len(begun),
                        "tickets": len(delays),
                        "p50_s": round(statistics.median(delays), 2),
                        "p95_s": round(delays[int(0.95 * (len(delays) - 1))], 2),
                    }
                ),
                flush=True,
            )


def allow_loopback(name):
    """Before Odoo runs: its jobs would keep the setting of before in their cache."""
    with contextlib.closing(database.connect(name)) as connection:
        connection.cursor().execute(
            """INSERT INTO ir_config_parameter (key, value)
               VALUES ('social_engagement.allow_private_addresses', 'True')"""
        )


def connect(server, network, kind, secret):
    values = {"name": kind, "network": kind, "base_url": network.url, "secret": secret}
    [channel] = server.call("social.channel", "create", [values])
    server.call("social.channel", "action_connect", [channel])
    fields = ["webhook_token", "webhook_secret"]
    return server.call("social.channel", "read", [channel], fields)[0]


def call(server, bot, number, text):
    answer = requests.post(
        f"{server.url}/social_engagement/webhook/{bot['webhook_token']}",
        json=private_message(number, 1000 + number, text),
        headers={"X-Telegram-Bot-Api-Secret-Token": bot["webhook_secret"]},
        timeout=60,
    )
    answer.raise_for_status()


def ticket_delays(name, begun, patience=180):
    """Seconds from each post to its ticket, by the database's own clock."""
    end = time.monotonic() + patience
    with contextlib.closing(database.connect(name)) as connection:
        cursor = connection.cursor()
        while True:
            cursor.execute(
                """SELECT split_part(split_part(m.body, 'token-', 2), ' ', 1),
                          extract(epoch FROM t.create_date AT TIME ZONE 'UTC')
                   FROM social_message m
                   JOIN social_routing_case c ON c.message_id = m.id
                   JOIN helpdesk_ticket t ON t.id = c.ticket_id
                   WHERE m.direction = 'inbound'"""
            )
            found = {t: float(at) - begun[t] for t, at in cursor if t in begun}
            if len(found) == len(begun) or time.monotonic() > end:
                return found
            time.sleep(0.2)


if __name__ == "__main__":
    main()
