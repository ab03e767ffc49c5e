"""Comments of a real WordPress."""

from dataclasses import replace

import pytest
from networks import get
from networks.base import Known, NetworkError, Reason
from test_networks_live import check_answer_sent_once, outgoing, read_all


def known(post):
    return Known(post.external_id, post.kind, post.reply_ref, post.url)


def new(comments, cursor, words):
    posts, _cursor = read_all(comments, cursor, "comments")
    [post] = [post for post in posts if words in post.text]
    return post


def test_there_and_back(wordpress, comments):
    _old, cursor = read_all(comments, {}, "comments")
    wordpress.guest_comment("Is it <b>open</b> & free?\n\nThanks 👋", "Mallory")
    posts, after = read_all(comments, cursor, "comments")
    [post] = posts
    assert post.text == "Is it open & free?\n\nThanks 👋"
    assert (post.kind, post.author.name) == ("comment", "Mallory")
    assert post.url.startswith(wordpress.url)
    assert read_all(comments, after, "comments")[0] == []

    text = 'Yes & <no>: it\'s "open" 9x5 :) 👋 https://example.com/a?b=1&c=2'
    answer = outgoing(comments, post, text, "w1")
    sent = check_answer_sent_once(comments, answer)
    shown = wordpress.comments("GET", f"/{sent.external_id}")
    assert shown["parent"] == int(post.external_id)
    assert "&lt;no&gt;" in shown["content"]["rendered"]
    assert read_all(comments, after, "comments")[0] == [], "own answers are left out"
    with pytest.raises(NetworkError) as caught:
        comments.reply(answer)
    assert caught.value.reason == Reason.DUPLICATE and not caught.value.uncertain
    below = replace(answer, key="w2", text="More.", reply_ref=sent.reply_ref)
    assert comments.reply(below).external_id != sent.external_id

    for _time in range(2):
        comments.withdraw(sent.external_id)
    assert comments.find_sent(answer) is None
    wordpress.comments("DELETE", f"/{sent.external_id}?force=true")
    comments.withdraw(sent.external_id)


def test_hides_and_follows(wordpress, comments):
    _old, cursor = read_all(comments, {}, "comments")
    words = ("stays", "trash", "gone", "spam")
    numbers = [wordpress.comment(f"comment {word}") for word in words]
    stays, trash, gone, spam = (new(comments, cursor, word) for word in words)
    assert [p.external_id for p in (stays, trash, gone, spam)] == numbers
    for hidden, status in ((True, "hold"), (True, "hold"), (False, "approved")):
        comments.hide(stays.reply_ref, hidden)
        shown = wordpress.comments("GET", f"/{numbers[0]}?context=edit")
        assert shown["status"] == status
    comments.hide(stays.reply_ref)
    wordpress.comments("POST", f"/{numbers[0]}", json={"content": "it stays edited"})
    wordpress.comments("DELETE", f"/{numbers[1]}")
    wordpress.comments("DELETE", f"/{numbers[2]}?force=true")
    wordpress.comments("POST", f"/{numbers[3]}", json={"status": "spam"})
    found = comments.reread([known(p) for p in (stays, trash, gone, spam)])
    assert found.gone == {numbers[1], numbers[2]}
    [item] = found.items
    assert item.external_id == numbers[0] and item.revision != stays.revision
    assert comments.normalise(item.payload).text == "it stays edited"
    for post in (trash, gone):
        with pytest.raises(NetworkError) as caught:
            comments.reply(outgoing(comments, post, "Too late.", "w3"))
        assert caught.value.reason == Reason.NOT_FOUND
    wordpress.comments("POST", f"/{numbers[3]}", json={"status": "approved"})


def test_reads_everything_in_pages(wordpress, comments, monkeypatch):
    monkeypatch.setattr("networks.wordpress.PAGE", 10)
    _old, cursor = read_all(comments, {}, "comments")
    written = {wordpress.comment(f"number {n}") for n in range(23)}
    page = comments.fetch("comments", "", cursor)
    assert page.more
    later = wordpress.comment("in between")
    posts, after = read_all(comments, page.cursor, "comments")
    seen = [item.external_id for item in page.items] + [p.external_id for p in posts]
    assert set(seen) >= written and len(seen) == len(set(seen))
    [post], after = read_all(comments, after, "comments")
    assert post.external_id == later
    assert read_all(comments, after, "comments")[0] == []


def test_refusals(wordpress, comments):
    wrong = get("wordpress")(replace(comments.account, secret="wrong"))
    for call in (wrong.verify, lambda: wrong.fetch("comments", "", {})):
        with pytest.raises(NetworkError) as caught:
            call()
        assert caught.value.reason == Reason.AUTHORISATION
    assert {f.ok for f in comments.diagnose()} == {True}
    assert {f.reason for f in wrong.diagnose()} == {Reason.AUTHORISATION}
    post = new(comments, {}, "Hi, this is a comment.")
    with pytest.raises(NetworkError) as caught:
        comments.reply(outgoing(comments, post, "x" * 70_000, "w4"))
    assert caught.value.reason == Reason.TOO_LONG
