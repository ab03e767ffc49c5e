"""The adapters against real servers; on the other side are clients of other people."""

from datetime import datetime, timezone

import pytest
from networks import get
from networks.base import Account, NetworkError, Outgoing, Reason

from waiting import wait_for


def read_all(adapter, cursor, kind="mentions"):
    """Everything that waits, and the cursor after it."""
    posts, more = [], True
    while more:
        page = adapter.fetch(kind, "", cursor)
        posts += [adapter.normalise(item.payload) for item in page.items]
        cursor, more = page.cursor, page.more
    return posts, cursor


def wait_for_post(adapter, cursor, words):
    def look():
        posts, after = read_all(adapter, cursor)
        return [(post, after) for post in posts if words in post.text]

    return wait_for(look)[0]


def outgoing(adapter, post, text, key):
    text = adapter.compose(text, post.reply_ref)
    now = datetime.now(timezone.utc)
    return Outgoing(key, text, post.reply_ref, post.visibility, now, "en")


def check_answer_sent_once(adapter, answer):
    """Sends an answer as the outbox does."""
    assert adapter.find_sent(answer) is None
    sent = adapter.reply(answer)
    assert adapter.find_sent(answer) == sent
    return sent


def test_mastodon_there_and_back(snac, mastodon):
    _old, cursor = read_all(mastodon, {})
    fan = snac.client(snac.fan)
    status = fan.status_post(
        "@brand the **router** 📦 is dead, see https://example.com/a?b=1&c=2",
        language="en",
    )
    post, cursor = wait_for_post(mastodon, cursor, "router")

    assert post.external_id == status["id"]
    assert post.text.endswith(
        "the router 📦 is dead, see https://example.com/a?b=1&c=2"
    )
    assert (post.kind, post.visibility, post.language) == ("post", "public", "en")
    assert post.author.external_id == snac.fan.url
    assert post.author.name == "fan" and post.author.followers is not None
    assert read_all(mastodon, cursor)[0] == []

    answer = outgoing(mastodon, post, "Sorry! 👋 Try https://example.com/help", "m1")
    sent = check_answer_sent_once(mastodon, answer)
    context = wait_for(lambda: fan.status_context(status["id"])["descendants"])
    assert [(s["id"], s["in_reply_to_id"]) for s in context] == [
        (sent.external_id, status["id"])
    ]
    assert "Try" in context[0]["content"]
    own = [post.external_id for post in read_all(mastodon, cursor)[0]]
    assert sent.external_id not in own


def test_mastodon_private_stays_private(snac, mastodon):
    _old, cursor = read_all(mastodon, {})
    fan = snac.client(snac.fan)
    fan.status_post("@brand between us: my number is 7", visibility="private")
    post, _cursor = wait_for_post(mastodon, cursor, "between us")
    assert post.visibility == "followers"
    answer = outgoing(mastodon, post, "Thank you.", "m2")
    with pytest.raises(NetworkError) as caught:  # snac does not list private ones
        mastodon.find_sent(answer)
    assert caught.value.reason == Reason.UNKNOWN
    sent = mastodon.reply(answer)
    assert mastodon.find_sent(answer) == sent
    brand = snac.client(snac.brand)
    assert brand.status(sent.external_id)["visibility"] == "private"


def test_mastodon_answer_to_what_is_gone(snac, mastodon):
    reference = {"id": "1795405308be1f981e457ee87e629e3576d105bf80"}
    reference |= {"acct": "fan", "visibility": "public"}
    now = datetime.now(timezone.utc)
    with pytest.raises(NetworkError) as caught:
        mastodon.reply(Outgoing("m3", "@fan hello", reference, "public", now))
    assert caught.value.reason == Reason.NOT_FOUND
    assert not caught.value.uncertain


def test_mastodon_says_who_it_is(snac, mastodon):
    identity = mastodon.verify()
    assert identity.external_id == snac.brand.url
    assert identity.max_length > 500
    wrong = get("mastodon")(Account(snac.url, secret="wrong", allow_private=True))
    with pytest.raises(NetworkError) as caught:
        wrong.verify()
    assert caught.value.reason == Reason.AUTHORISATION


def test_private_addresses_have_to_be_allowed(atproto):
    url = atproto.url.replace("http:", "https:")
    with pytest.raises(NetworkError) as caught:
        get("bluesky")(Account(url, "brand.test", "secret")).verify()
    assert caught.value.reason == Reason.REFUSED


def test_bluesky_there_and_back(atproto, bluesky):
    _old, cursor = read_all(bluesky, {})
    fan = atproto.client(atproto.fan)
    text = atproto.mention(atproto.brand, "my 📦 router is dead, see ")
    text.link("example.com/a?b=1...", "https://example.com/a?b=1&c=2")
    record = fan.send_post(text, langs=["en"])
    post, cursor = wait_for_post(bluesky, cursor, "router")

    assert (post.external_id, post.revision) == (record.uri, record.cid)
    assert post.text.endswith("my 📦 router is dead, see https://example.com/a?b=1&c=2")
    assert (post.kind, post.language, post.thread_id) == ("post", "en", record.uri)
    assert post.author.external_id == atproto.fan.url
    assert post.author.posts is not None  # from the profile
    assert read_all(bluesky, cursor)[0] == []

    answer = outgoing(
        bluesky, post, "Sorry 👋 @fan.test: https://example.com #help", "b1"
    )
    sent = check_answer_sent_once(bluesky, answer)
    assert bluesky.reply(answer) == sent
    replies = wait_for(lambda: fan.get_post_thread(record.uri).thread.replies)
    assert [reply.post.uri for reply in replies] == [sent.external_id]
    shown = replies[0].post.record
    raw = shown.text.encode()
    parts = [raw[f.index.byte_start : f.index.byte_end] for f in shown.facets]
    assert parts == [b"@fan.test", b"https://example.com", b"#help"]
    own = [post.external_id for post in read_all(bluesky, cursor)[0]]
    assert sent.external_id not in own


def test_bluesky_thread_and_deleted_post(atproto, bluesky):
    _old, cursor = read_all(bluesky, {})
    fan = atproto.client(atproto.fan)
    first = fan.send_post(atproto.mention(atproto.brand, "first question"))
    post, cursor = wait_for_post(bluesky, cursor, "first question")
    sent = bluesky.reply(outgoing(bluesky, post, "An answer.", "b2"))
    [parent] = wait_for(lambda: fan.get_posts([sent.external_id]).posts)
    answered = {
        "root": {"uri": first.uri, "cid": first.cid},
        "parent": {"uri": parent.uri, "cid": parent.cid},
    }
    second = fan.send_post("not solved", reply_to=answered)
    post, _cursor = wait_for_post(bluesky, cursor, "not solved")
    assert (post.kind, post.thread_id) == ("reply", first.uri)
    assert post.parent_id == sent.external_id

    fan.delete_post(second.uri)
    wait_for(lambda: not fan.get_posts([second.uri]).posts)
    with pytest.raises(NetworkError) as caught:
        bluesky.reply(outgoing(bluesky, post, "Too late.", "b3"))
    assert caught.value.reason == Reason.NOT_FOUND


def test_bluesky_reads_everything_in_pages(atproto, bluesky):
    """Three pages, seven posts in each millisecond, and a break in between."""
    crowd = atproto.client(atproto.add("crowd"))
    _old, cursor = read_all(bluesky, {})
    written, moment = set(), datetime.now(timezone.utc)
    for number in range(230):
        text = atproto.mention(atproto.brand, f"number {number}")
        record = {
            "$type": "app.bsky.feed.post",
            "text": text.build_text(),
            "facets": [
                facet.model_dump(by_alias=True) for facet in text.build_facets()
            ],
            "createdAt": moment.replace(microsecond=number // 7 * 1000).isoformat(),
        }
        call = {"repo": crowd.me.did, "collection": record["$type"], "record": record}
        written.add(crowd.com.atproto.repo.create_record(call).uri)
    last = "number 229"
    wait_for(lambda: last in str(bluesky.fetch("mentions", "", {}).items))

    page = bluesky.fetch("mentions", "", cursor)
    assert page.more
    seen = {item.external_id for item in page.items}
    account = bluesky.account
    again = get("bluesky")(account)  # a new process goes on where the cursor stands
    posts, after = read_all(again, page.cursor)
    assert seen | {post.external_id for post in posts} >= written
    assert read_all(again, after)[0] == []


def test_bluesky_keeps_its_session(atproto):
    kept = []
    brand = atproto.brand
    account = Account(atproto.url, brand.username, brand.secret, allow_private=True)

    def renew(change):
        kept.append(change(account.session))
        return kept[-1]

    account.renew_session = renew
    did = get("bluesky")(account).verify().external_id
    assert len(kept) == 1 and did == brand.url
    get("bluesky")(account).verify()
    assert len(kept) == 1
    account.session = account.session | {
        "access": account.session["access"][:-4] + "abcd"
    }
    get("bluesky")(account).verify()
    assert len(kept) == 2, "renewed with the refresh token"
    account = Account(atproto.url, brand.username, "wrong", allow_private=True)
    with pytest.raises(NetworkError) as caught:
        get("bluesky")(account).verify()
    assert caught.value.reason == Reason.AUTHORISATION


def test_wordpress_article(wordpress):
    adapter = get("rss")(Account(wordpress.feed, allow_private=True))
    _old, cursor = read_all(adapter, {}, "feed")
    assert read_all(adapter, cursor, "feed")[0] == []
    wordpress.publish("Brand & rivals", "<p>All about the <b>router</b> 📦.</p>")
    [post], after = read_all(adapter, cursor, "feed")
    assert (post.kind, post.title) == ("article", "Brand & rivals")
    assert post.text == "All about the router 📦."
    assert not post.answerable and post.unanswerable_reason == "read_only"
    assert post.author.name == "admin"
    assert read_all(adapter, after, "feed")[0] == []
    page = get("rss")(Account(wordpress.feed, allow_private=True))
    assert len(page.fetch("feed", "nothing, ROUTER", {}).items) == 1
    assert adapter.verify().name == "Peer"
    adapter.subscribe()
    assert adapter.account.session == {}, "this feed names no hub"
