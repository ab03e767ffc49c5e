"""Records what real servers deliver, as data for the add-on's own tests.

usage: python tests/live/record.py
"""

import json
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]
DATA = ROOT / "addons/social_engagement/tests/data"
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "addons/social_engagement")]

from networks import get  # noqa: E402
from networks.base import Account, Outgoing  # noqa: E402

from peers import Atproto, Snac, WordPress  # noqa: E402


def answer(adapter, payload, text):
    """Answers a recorded post."""
    post = adapter.normalise(payload)
    text = adapter.compose(text, post.reply_ref)
    now = datetime.now(timezone.utc)
    adapter.reply(Outgoing(text, text, post.reply_ref, post.visibility, now, "en"))


def until(read):
    """What a server delivers, once it does."""
    for _time in range(60):
        if found := read():
            return found
        time.sleep(0.5)
    raise TimeoutError("it did not come")


def wait(adapter, count):
    """All payloads, once there are as many."""

    def read():
        items = adapter.fetch("mentions", "", {}).items
        return [item.payload for item in items] if len(items) >= count else None

    return until(read)


def keep(name, data):
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    (DATA / name).write_text(text)


def record_mastodon():
    with Snac() as peer:
        account = Account(peer.url, secret=peer.brand.secret, allow_private=True)
        adapter, fan = get("mastodon")(account), peer.client(peer.fan)
        fan.status_post(
            "@brand my **parcel** 📦 is late!\nSee https://example.com/a?b=1&c=2"
            "\n\nWhat now?",
            language="en",
        )
        fan.status_post(
            "@brand nur für euch", visibility="private", spoiler_text="Vertraulich"
        )
        first = next(
            payload
            for payload in wait(adapter, 2)
            if payload["status"]["visibility"] == "public"
        )
        answer(adapter, first, "We are sorry and look into it.")
        asked = adapter.normalise(first).external_id
        answers = until(lambda: fan.status_context(asked)["descendants"])
        fan.status_post("@brand thank you", in_reply_to_id=answers[0]["id"])
        me = "/api/v1/accounts/verify_credentials"
        keep(
            "mastodon.json",
            {
                "notifications": wait(adapter, 3),
                "account": adapter._read(me, dict),
                "instance": adapter._read("/api/v1/instance", dict),
            },
        )


def record_bluesky():
    with Atproto() as peer:
        brand = peer.brand
        account = Account(peer.url, brand.username, brand.secret, allow_private=True)
        adapter, fan = get("bluesky")(account), peer.client(peer.fan)
        text = peer.mention(brand, "my 📦 is late, see ")
        text.link("example.com/a?b=1...", "https://example.com/a?b=1&c=2")
        fan.send_post(text, langs=["en"])
        first = wait(adapter, 1)
        answer(adapter, first[0], "We are sorry and look into it.")
        mine = adapter.normalise(first[0]).external_id
        replies = until(lambda: fan.get_post_thread(mine).thread.replies)
        reply = {"$type": "app.bsky.feed.post", "text": "Thank you", "langs": ["en"]}
        reply["createdAt"] = fan.get_current_time_iso()
        reply["reply"] = {
            "root": {"uri": mine, "cid": adapter.normalise(first[0]).revision},
            "parent": {"uri": replies[0].post.uri, "cid": replies[0].post.cid},
        }
        fan.com.atproto.repo.create_record(
            {"repo": fan.me.did, "collection": reply["$type"], "record": reply}
        )
        wait(adapter, 2)
        listed = adapter._session.get(
            "app.bsky.notification.listNotifications", {"limit": 100}
        )
        actors = {"actors": [fan.me.did]}
        keep(
            "bluesky.json",
            {
                "notifications": listed,
                "profiles": adapter._session.get("app.bsky.actor.getProfiles", actors),
                "profile": adapter._session.get(
                    "app.bsky.actor.getProfile", {"actor": account.session["did"]}
                ),
            },
        )


def record_feeds():
    with WordPress() as peer:
        peer.publish(
            "Brand & rivals: a test",
            "<p>The <b>brand</b> 📦 parcel: "
            "<a href='https://example.com/x'>see here</a>.</p>"
            "<ul><li>one</li><li>two</li></ul>",
        )
        for kind in ("rss2", "atom"):
            answer = requests.get(f"{peer.url}/?feed={kind}", timeout=30)
            lines = [line.rstrip() for line in answer.text.splitlines()]
            path = DATA / f"wordpress.{kind.rstrip('2')}"
            path.write_text("\n".join(lines).strip() + "\n")


def record_comments():
    with WordPress() as peer:
        secret = peer.application_password()
        account = Account(peer.url, "admin", secret, allow_private=True)
        adapter = get("wordpress")(account)
        peer.comment("Is it <b>open</b> & free?\n\nThanks 👋", "Lena")
        first = adapter.fetch("comments", "", {}).items[-1].payload
        answer(adapter, first, "Yes & it's free.")
        listed, _pages = adapter._comments({"status": "all"})
        keep("wordpress.json", {"comments": listed, "user": adapter._me()._data})


if __name__ == "__main__":
    record_comments()
    record_mastodon()
    record_bluesky()
    record_feeds()
