"""What no network should deliver: each item is processed, or visible with its error;
nothing else is held up."""

import sys
import unicodedata

from stub import Stub

BRAND = {
    "id": "1",
    "acct": "brand",
    "username": "brand",
    "url": "http://x.example/brand",
}


def one_character_of_every_script():
    """A name with a letter of each script Unicode names."""
    scripts = {}
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        if unicodedata.category(letter).startswith("L"):
            scripts.setdefault(unicodedata.name(letter, "?").split()[0], letter)
    return "".join(scripts.values())


def mention(number, content, **status):
    author = {
        "id": f"a{number}",
        "acct": f"author{number}",
        "username": f"author{number}",
        "display_name": "Author",
        "url": f"http://x.example/author{number}",
    }
    return {
        "id": str(number),
        "type": "mention",
        "account": author,
        "status": {
            "id": f"s{number}",
            "created_at": "2026-01-01T00:00:00.000Z",
            "visibility": "public",
            "url": f"http://x.example/s{number}",
            "uri": f"http://x.example/s{number}",
            "content": content,
            "account": author,
            **status,
        },
    }


def mastodon(notifications):
    return {
        "/api/v1/accounts/verify_credentials": BRAND,
        "/api/v1/notifications": notifications,
    }


def connect_mastodon(desk, url, name):
    return desk.connect(name=name, network="mastodon", base_url=url, secret="token")


def feed_failure(desk, channel):
    [feed] = desk.call(
        "social.feed",
        "search_read",
        [("channel_id", "=", channel)],
        ["failure_reason", "advice", "failures"],
    )
    return feed


def test_odd_posts_do_not_hold_up_the_others(desk):
    every_script = one_character_of_every_script()
    named = mention(4, "<p>Hello</p>")
    named["account"]["display_name"] = every_script
    named["status"]["account"]["display_name"] = every_script
    without_author = mention(5, "<p>Who wrote this?</p>", account=None)
    without_author["account"] = None
    odd = [
        mention(1, "<p>Where is my parcel?</p>"),
        mention(2, ""),
        mention(3, f"<p>{'long ' * 200_000}</p>"),
        named,
        without_author,
        mention(6, "<p>NUL \0, half a pair \ud800, <script>alert(1)</script></p>"),
        {"id": "7", "type": "mention", "status": "not a status"},
        mention(8, "<p>And where is mine?</p>"),
    ]
    with Stub(mastodon(odd)) as url:
        channel = connect_mastodon(desk, url, "Odd posts")
        desk.listen()
        messages = desk.messages(channel)
        bodies = {m["external_id"]: m["body"] for m in messages}
        assert {"s1", "s2", "s3", "s4", "s6", "s8"} == set(bodies)
        assert bodies["s8"] == "And where is mine?"
        assert "\0" not in bodies["s6"] and "<script>" not in bodies["s6"]
        assert 50_000 < len(bodies["s3"]) < 1_100_000
        [named] = [m for m in messages if m["external_id"] == "s4"]
        assert every_script[:50] in named["profile_id"][1]

        failed = desk.call(
            "social.intake",
            "search_read",
            [("channel_id", "=", channel), ("state", "=", "failed")],
            ["external_id", "error", "advice"],
        )
        assert len(failed) == 2 and all(f["error"] and f["advice"] for f in failed)
        before = desk.counts(channel)
        desk.call("social.intake", "action_replay", [f["id"] for f in failed])
        desk.listen()
        assert desk.counts(channel) == before


def test_html_instead_of_json_is_told_and_nothing_else_stops(desk):
    good = mastodon([mention(1, "<p>Where is my parcel?</p>")])
    bad = dict(mastodon([]))
    with Stub(good) as good_url, Stub(bad) as bad_url:
        broken = connect_mastodon(desk, bad_url, "HTML")
        works = connect_mastodon(desk, good_url, "Works")
        bad["/api/v1/notifications"] = ("text/html", b"<html>Be right back</html>")
        desk.listen()
        feed = feed_failure(desk, broken)
        assert feed["failure_reason"] == "bad_payload" and feed["advice"]
        [channel] = desk.call(
            "social.channel", "read", [broken], ["health", "health_message"]
        )
        assert channel["health"] == "warning" and channel["health_message"]
        assert len(desk.messages(works)) == 1

        bad["/api/v1/notifications"] = [mention(2, "<p>Late, but there?</p>")]
        desk.listen()
        assert not feed_failure(desk, broken)["failure_reason"]
        assert len(desk.messages(broken)) == 1


def test_malformed_feed_is_told(desk):
    guid = "<guid isPermaLink='false'>1</guid>"
    entry = f"<item>{guid}<title>A</title><description>b</description></item>"
    good = f"<rss version='2.0'><channel><title>F</title>{entry}</channel></rss>"
    answers = {"/feed": ("application/rss+xml", good.encode())}
    with Stub(answers) as url:
        channel = desk.connect(name="Feed", network="rss", base_url=f"{url}/feed")
        for body in (b"\x00\xff\xfe", b"", b"<!DOCTYPE html><p>Hi"):
            answers["/feed"] = ("application/rss+xml", body)
            desk.listen()
            assert feed_failure(desk, channel)["failure_reason"] == "bad_payload", body
        cut_off = b"<rss version='2.0'><channel><item><guid>2</guid><title>Cut"
        answers["/feed"] = ("application/rss+xml", cut_off)
        desk.listen()
        answers["/feed"] = ("application/rss+xml", good.encode())
        desk.listen()
        assert not feed_failure(desk, channel)["failure_reason"]
        assert "1" in {message["external_id"] for message in desk.messages(channel)}
