"""Telegram's adapter against an emulator of its Bot API."""

import logging
from datetime import datetime, timezone

import pytest
from networks import get
from networks.base import Account, NetworkError, Outgoing, Reason


@pytest.fixture
def bot(telegram):
    return new_bot(telegram)


def new_bot(telegram, **values):
    """A process of its own that answers for the bot."""
    known = {"secret": telegram.token, "external_id": "666", "handle": "@TestNameBot"}
    return get("telegram")(Account(telegram.url, allow_private=True, **known | values))


def read_all(adapter, cursor):
    posts, more = [], True
    while more:
        page = adapter.fetch("direct", "", cursor)
        posts += [adapter.normalise(item.payload) for item in page.items]
        cursor, more = page.cursor, page.more
    return posts, cursor


def answer(post, text):
    now = datetime.now(timezone.utc)
    return Outgoing("t1", text, post.reply_ref, post.visibility, now)


def test_there_and_back(telegram, bot):
    _old, cursor = read_all(bot, {})
    telegram.write("my router 📦 is dead")
    [post], cursor = read_all(bot, cursor)
    assert (post.kind, post.visibility) == ("direct", "direct")
    assert (post.text, post.author.handle) == ("my router 📦 is dead", "@fan")

    sent = bot.reply(answer(post, "Sorry! 👋"))
    [shown] = [m for m in telegram.sent() if m["id"] == sent.external_id.split(":")[1]]
    assert (shown["chat_id"], shown["text"]) == ("7001", "Sorry! 👋")
    above = {"message_id": int(post.reply_ref["message"])}
    assert shown["reply_parameters"] == above
    assert read_all(bot, cursor)[0] == []

    bot.withdraw(sent.external_id)
    assert shown["id"] not in [m["id"] for m in telegram.sent()]


def test_in_a_group_only_what_is_for_the_bot(telegram, bot):
    _old, cursor = read_all(bot, {})
    group = {"id": -1001, "type": "supergroup", "title": "Friends"}
    telegram.write("hi all", chat=group)
    telegram.write("hi @TestNameBot", chat=group)
    [post], _cursor = read_all(bot, cursor)
    assert (post.text, post.kind, post.visibility) == (
        "hi @TestNameBot",
        "post",
        "followers",
    )


def test_nothing_is_lost_by_a_crash(telegram, bot):
    """250 messages in three pages; after each page the process dies, first before the
    page is stored, then after.
    """
    _old, stored = read_all(bot, {})
    written = {f"number {n}" for n in range(250)}
    for text in written:
        telegram.write(text)
    seen = []
    while True:
        new_bot(telegram).fetch("direct", "", stored)  # dies before it stores
        page = new_bot(telegram).fetch("direct", "", stored)
        seen += [bot.normalise(item.payload).text for item in page.items]
        stored = page.cursor
        if not page.more:
            break
    assert len(seen) == 250 and set(seen) == written
    assert read_all(new_bot(telegram), stored)[0] == []


def test_a_connection_test_confirms_nothing(telegram, bot):
    _old, cursor = read_all(bot, {})
    telegram.write("still there?")
    assert bot.verify().handle == "@TestNameBot"
    assert all(finding.ok is not False for finding in bot.diagnose())
    assert [post.text for post in read_all(bot, cursor)[0]] == ["still there?"]


def test_while_it_is_called_there_is_nothing_to_fetch(telegram):
    address = "https://odoo.example/hook"
    bot = new_bot(telegram, webhook_url=address, webhook_secret="hush")
    bot.subscribe()
    page = bot.fetch("direct", "", {"offset": 5, "at": 0})
    assert (page.items, page.cursor) == ([], {"offset": 5, "at": 0})
    with pytest.raises(NetworkError) as caught:
        new_bot(telegram).fetch("direct", "", {})
    assert caught.value.reason == Reason.REFUSED
    telegram.end_webhook()


def test_a_wrong_token(telegram, caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(NetworkError) as caught:
        new_bot(telegram, secret="666:wrong-one").verify()
    assert caught.value.reason == Reason.AUTHORISATION
    assert "/bot***/getMe" in caplog.text
    assert "wrong-one" not in caplog.text + str(caught.value)
