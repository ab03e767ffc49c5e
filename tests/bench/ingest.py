"""How fast stored posts become routed conversations, against Odoo's own mail gateway.

Both run in the same process, database and minute: POSTS payloads in Mastodon's shape
that wait in the intake, of which about a fifth become tickets; and MAILS mails through
``message_process`` into ``helpdesk.ticket``, each committed as fetchmail does.
Prints one JSON line; ``ratio`` is posts per second ÷ mails per second.

usage: script/test bench ingest
environment: DB, the database with both add-ons; POSTS and MAILS, how many
"""

import json
import os
import random
import time
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage

POSTS = int(os.environ.get("POSTS", 10_000))
MAILS = int(os.environ.get("MAILS", 300))
AUTHORS = POSTS // 3

ASKING = [
    ("en", "@brand where is my parcel? Order {n} should have been here on Monday."),
    ("en", "@brand your app crashes every time I open order {n}, please help me!"),
    (
        "de",
        "@brand wo bleibt mein Paket? Die Bestellung {n} ist seit Tagen überfällig.",
    ),
    ("fr", "@brand où est mon colis ? La commande {n} devait arriver lundi."),
    ("es", "@brand ¿dónde está mi paquete? El pedido {n} tenía que llegar el lunes."),
]
TELLING = [
    ("en", "Unboxing number {n} from @brand today, lovely colours and nice paper."),
    ("en", "Walked past the @brand shop in street {n} this morning, it was sunny."),
    ("de", "Heute war ich im Laden von @brand in der Straße {n}, schönes Wetter."),
    ("fr", "Je suis passé devant la boutique @brand au numéro {n} ce matin."),
    ("es", "Hoy he paseado por la tienda de @brand en la calle {n}, hacía sol."),
]


def status(number, rng):
    """One notification as Mastodon delivers it; every fifth asks something.

    No language is given: it has to be found.
    """
    _language, text = rng.choice(ASKING if number % 5 == 0 else TELLING)
    author = rng.randrange(AUTHORS)
    moment = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=number)
    account = {
        "id": str(author),
        "acct": f"author{author}@bench.example",
        "username": f"author{author}",
        "display_name": f"Author {author}",
        "url": f"https://bench.example/@author{author}",
        "uri": f"https://bench.example/users/author{author}",
        "followers_count": author * 7919 % 1_000_000,
        "following_count": author * 31 % 1_000,
        "statuses_count": author * 101 % 10_000,
        "created_at": "2020-01-01T00:00:00.000Z",
        "bot": False,
    }
    return {
        "id": str(number),
        "type": "mention",
        "created_at": "2026-01-01T00:00:00.000Z",
        "account": account,
        "status": {
            "id": str(10_000_000 + number),
            "created_at": moment.isoformat(),
            "in_reply_to_id": None,
            "visibility": "public",
            "language": None,
            "uri": f"https://bench.example/posts/{number}",
            "url": f"https://bench.example/posts/{number}",
            "reblogs_count": 0,
            "favourites_count": 0,
            "content": f"<p>{text.format(n=number)}</p>",
            "account": account,
            "media_attachments": [],
            "mentions": [],
        },
    }


def prepare(env):
    """A channel with POSTS payloads waiting; not part of what is measured."""
    from odoo.addons.social_engagement.networks.base import Item

    rng = random.Random(1)
    channel = env["social.channel"].create(
        {
            "name": "Bench",
            "network": "mastodon",
            "base_url": "https://bench.example",
            "state": "connected",
            "account_external_id": "https://bench.example/users/brand",
        }
    )
    feed = env["social.feed"].create({"channel_id": channel.id, "kind": "mentions"})
    payloads = [status(number, rng) for number in range(POSTS)]
    items = [Item(payload["status"]["id"], payload) for payload in payloads]
    for start in range(0, POSTS, 500):
        env["social.intake"]._store(feed, items[start : start + 500])
    env.cr.commit()
    return channel


def mail(number):
    message = EmailMessage()
    message["From"] = f"Author {number} <author{number}@bench.example>"
    message["To"] = "support@brand.example"
    message["Subject"] = f"Order {number}"
    message["Message-Id"] = f"<bench-{number}-{time.time_ns()}@bench.example>"
    message.set_content(ASKING[0][1].format(n=number))
    return message.as_bytes()


def take_mails(env, numbers):
    for number in numbers:
        env["mail.thread"].message_process("helpdesk.ticket", mail(number))
        env.cr.commit()


def measure(env):
    channel = prepare(env)
    take_mails(env, range(20))  # warm caches, as a running server has them
    started = time.perf_counter()
    take_mails(env, range(20, 20 + MAILS // 2))
    first_mails = time.perf_counter() - started

    started = time.perf_counter()
    env["social.intake"]._process_queue()
    posts_seconds = time.perf_counter() - started

    started = time.perf_counter()
    take_mails(env, range(20 + MAILS // 2, 20 + MAILS))
    mails_seconds = first_mails + time.perf_counter() - started

    messages = env["social.message"].search_count([("channel_id", "=", channel.id)])
    tickets = env["helpdesk.ticket"].search_count(
        [("conversation_ids.channel_id", "=", channel.id)]
    )
    failed = env["social.intake"].search_count(
        [("channel_id", "=", channel.id), ("state", "!=", "done")]
    )
    if messages != POSTS or failed or not 0.15 <= tickets / POSTS <= 0.3:
        raise SystemExit(f"{messages} messages, {tickets} tickets, {failed} failed")
    return {
        "bench": "ingest",
        "ratio": round((POSTS / posts_seconds) / (MAILS / mails_seconds), 1),
        "posts": POSTS,
        "tickets": tickets,
        "ms_per_post": round(1000 * posts_seconds / POSTS, 3),
        "ms_per_mail": round(1000 * mails_seconds / MAILS, 3),
    }


def main():
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["--log-level=error", "--addons-path=addons"])
    registry = Registry(os.environ["DB"])
    with registry.cursor() as cr:
        print(json.dumps(measure(api.Environment(cr, SUPERUSER_ID, {}))))


if __name__ == "__main__":
    main()
