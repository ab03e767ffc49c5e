"""What is done to posts at real servers, and what becomes of posts there."""

import struct
import zlib
from dataclasses import replace

import pytest
from networks import get
from networks.base import Account, Attachment, Known, NetworkError, Reason
from test_networks_live import outgoing, read_all, wait_for_post

from waiting import wait_for


def picture(size=1000):
    """A PNG file of at least so many bytes."""

    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(b"\0\0"))
    padding = (b"tEXt", b"Comment\0" + b"x" * size)
    chunks = [chunk(*part) for part in (*parts, padding, (b"IEND", b""))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def with_picture(answer, size=1000):
    attachment = Attachment("dot.png", "image/png", picture(size), "A single dot")
    return replace(answer, attachments=(attachment,))


def known(post):
    return Known(post.external_id, post.kind, post.reply_ref, post.url)


def test_bluesky_likes_once(atproto, bluesky):
    _old, cursor = read_all(bluesky, {})
    fan = atproto.client(atproto.fan)
    record = fan.send_post(atproto.mention(atproto.brand, "great service"))
    post, _cursor = wait_for_post(bluesky, cursor, "great service")
    bluesky.like(post.reply_ref)
    wait_for(lambda: fan.get_posts([record.uri]).posts[0].like_count == 1)
    bluesky.like(post.reply_ref)
    bluesky.like(post.reply_ref, False)
    bluesky.like(post.reply_ref, False)
    wait_for(lambda: fan.get_posts([record.uri]).posts[0].like_count == 0)
    given = atproto.client(atproto.brand).like(record.uri, record.cid)  # in the app
    wait_for(lambda: fan.get_posts([record.uri]).posts[0].like_count == 1)
    bluesky.like(post.reply_ref)
    bluesky.like(post.reply_ref, False)
    wait_for(lambda: fan.get_posts([record.uri]).posts[0].like_count == 0)
    assert given.uri


def test_bluesky_thread_with_pictures_and_withdrawal(atproto, bluesky):
    _old, cursor = read_all(bluesky, {})
    fan = atproto.client(atproto.fan)
    record = fan.send_post(atproto.mention(atproto.brand, "how does it look?"))
    post, _cursor = wait_for_post(bluesky, cursor, "how does it look?")
    first = with_picture(outgoing(bluesky, post, "Like this:", "t1"), 1_900_000)
    sent = bluesky.reply(first)
    assert bluesky.find_sent(first) == sent
    following = first.__class__(
        "t2", "and so on.", sent.reply_ref, "public", post.posted_at
    )
    second = bluesky.reply(following)  # at once: nothing knows of the first yet
    thread = wait_for(
        lambda: (
            (replies := fan.get_post_thread(record.uri).thread.replies)
            and replies[0].replies
            and replies
        )
    )
    assert thread[0].post.uri == sent.external_id
    assert thread[0].post.embed.images[0].alt == "A single dot"
    assert thread[0].replies[0].post.uri == second.external_id
    for _time in range(2):
        bluesky.withdraw(second.external_id)
    wait_for(lambda: not fan.get_posts([second.external_id]).posts)
    assert bluesky.find_sent(following) is None
    with pytest.raises(NetworkError) as caught:
        bluesky.withdraw(record.uri)
    assert caught.value.reason == Reason.PERMISSION


def test_bluesky_follows_what_becomes_of_posts(atproto, bluesky):
    fan = atproto.client(atproto.add("changing"))
    _old, cursor = read_all(bluesky, {})
    for text in ("stays with us", "goes away", "is blocked"):
        fan.send_post(atproto.mention(atproto.brand, text))
    stays, _cursor = wait_for_post(bluesky, cursor, "stays with us")
    goes, _cursor = wait_for_post(bluesky, cursor, "goes away")
    fan.delete_post(goes.external_id)
    wait_for(lambda: not fan.get_posts([goes.external_id]).posts)
    found = bluesky.reread([known(stays), known(goes)])
    assert found.gone == {goes.external_id}
    [item] = found.items
    again = bluesky.normalise(item.payload)
    assert (item.external_id, item.revision) == (stays.external_id, stays.revision)
    assert (again.text, again.reply_ref) == (stays.text, stays.reply_ref)

    block = {"$type": "app.bsky.graph.block", "subject": atproto.brand.url}
    block["createdAt"] = fan.get_current_time_iso()
    fan.com.atproto.repo.create_record(
        {"repo": fan.me.did, "collection": block["$type"], "record": block}
    )
    wait_for(lambda: not bluesky.reread([known(stays)]).items)
    assert bluesky.reread([known(stays)]).gone == set(), "a block deletes nothing"


def test_bluesky_search(atproto, bluesky):
    fan, brand = (atproto.client(m) for m in (atproto.fan, atproto.brand))
    brand.send_post("our own zeppelin")
    written = {fan.send_post(f"zeppelin number {n}").uri for n in range(105)}
    wait_for(lambda: "number 104" in str(bluesky.fetch("search", "zeppelin", {}).items))
    page = bluesky.fetch("search", "zeppelin", {})
    assert page.more
    posts = [bluesky.normalise(item.payload) for item in page.items]
    rest, cursor = [], page.cursor
    while "page" in cursor:
        page = bluesky.fetch("search", "zeppelin", cursor)
        rest += [bluesky.normalise(item.payload) for item in page.items]
        cursor = page.cursor
    assert {post.external_id for post in posts + rest} == written
    assert len(posts + rest) == len(written)
    assert posts[0].author.posts is not None
    assert bluesky.fetch("search", "zeppelin", cursor).items == []
    late = fan.send_post("one more zeppelin").uri
    wait_for(lambda: late in str(bluesky.fetch("search", "zeppelin", cursor).items))


def test_bluesky_says_what_it_can(bluesky):
    findings = {finding.ability: finding.ok for finding in bluesky.diagnose()}
    assert findings == dict.fromkeys(
        ("mentions", "search", "answer", "like", "follow", "withdraw"), True
    )
    bluesky.keep_alive()


@pytest.fixture
def mastodon_posts(snac, mastodon):
    """Posts of the fan, as the brand got them."""
    _old, cursor = read_all(mastodon, {})
    fan = snac.client(snac.fan)

    def post(text, **values):
        status = fan.status_post(f"@brand {text}", **values)
        return wait_for_post(mastodon, cursor, text)[0], status

    return post


def test_mastodon_sign_in(snac):
    account = Account(snac.url, allow_private=True)
    adapter = get("mastodon")(account)
    back = "https://odoo.example/back"
    app = adapter.register_app(back)
    account.client_id, account.client_secret = app["client_id"], app["client_secret"]
    page, pending = adapter.sign_in_page(back, "a-state")
    returned = snac.agree("brand", page)
    assert returned["state"] == "a-state"
    adapter.signed_in(pending, returned["code"])
    again = get("mastodon")(replace(account, client_secret=""))
    assert again.verify().external_id == snac.brand.url
    findings = {f.ability: f.ok for f in again.diagnose()}
    assert findings["mentions"] and False not in findings.values()
    account.client_secret = "another"  # snac takes any code
    with pytest.raises(NetworkError) as caught:
        adapter.signed_in(pending, returned["code"])
    assert caught.value.reason == Reason.AUTHORISATION


def test_mastodon_likes_and_follows_edits_and_deletions(snac, mastodon, mastodon_posts):
    stays, first = mastodon_posts("stays the same")
    goes, second = mastodon_posts("goes away")
    for liked in (True, True, False):
        mastodon.like(stays.reply_ref, liked)
    found = mastodon.reread([known(stays), known(goes)])
    assert [item.external_id for item in found.items] == [
        stays.external_id,
        goes.external_id,
    ]
    assert [item.revision for item in found.items] == ["", ""]
    snac.client(snac.fan).status_update(first["id"], "@brand changed now")
    snac.delete(snac.fan, second["uri"])
    found = wait_for(
        lambda: (
            (found := mastodon.reread([known(stays), known(goes)])).gone
            and found.items[0].revision
            and found
        )
    )
    assert found.gone == {goes.external_id}
    [item] = found.items
    assert item.external_id == stays.external_id and item.revision
    assert "changed now" in mastodon.normalise(item.payload).text


def test_mastodon_thread_with_a_picture(snac, mastodon, mastodon_posts):
    post, status = mastodon_posts("how does it look?")
    first = with_picture(outgoing(mastodon, post, "Like this:", "t1"))
    sent = mastodon.reply(first)
    assert mastodon.find_sent(first) == sent
    text = mastodon.compose("and so on.", sent.reply_ref)
    second = replace(first, key="t2", text=text, attachments=())
    second = mastodon.reply(replace(second, reply_ref=sent.reply_ref))
    fan = snac.client(snac.fan)
    above = wait_for(lambda: fan.status_context(second.external_id)["ancestors"])
    assert [s["id"] for s in above] == [status["id"], sent.external_id]
    [media] = above[1]["media_attachments"]
    assert media["description"] == "A single dot"


def test_mastodon_says_when_a_server_does_not_delete(mastodon, mastodon_posts):
    post, _status = mastodon_posts("please forget it")
    sent = mastodon.reply(outgoing(mastodon, post, "We can't.", "w1"))
    with pytest.raises(NetworkError) as caught:
        mastodon.withdraw(sent.external_id)  # snac has no such call
    assert caught.value.reason == Reason.REFUSED
    mastodon.withdraw("1795405308be1f981e457ee87e629e3576d105bf80")


def test_mastodon_search(snac, mastodon):
    mastodon.account.external_id = snac.brand.url
    fan, brand = snac.client(snac.fan), snac.client(snac.brand)
    written = {fan.status_post(f"airship {n} #airship")["url"] for n in range(3)}
    brand.status_post("our own airship #airship")
    for query in ("airship", "#airship"):
        posts, cursor, steps = [], {}, 0
        while "page" in cursor or not steps:
            page = mastodon.fetch("search", query, cursor)
            posts += [mastodon.normalise(item.payload).url for item in page.items]
            cursor, steps = page.cursor, steps + 1
        assert set(posts) <= written and len(posts) == len(set(posts)) and steps < 4
        if query == "#airship":  # snac looks for words in the own timeline only
            assert set(posts) == written
