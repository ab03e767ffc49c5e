"""What X delivers, and what a post or direct message of it is.

A payload holds all that is needed to read it later: ``{"post" or "dm": the object as it
came, "author": its author as it came or None, "media": [...], "polls": [...],
"referenced": [{"type", "id", "author_id"}], "account_id": the account it was delivered
to}``.

The names are those of X's published API description 2.167 (``referenced_posts``,
``edit_history_post_ids``, ``post_count``), and the older ones that its documentation
and its webhooks still have (``referenced_tweets``, ``edit_history_tweet_ids``,
``tweet_count``): https://docs.x.com/x-api/activity/event-payloads.
"""

import re
from typing import Any

from .base import Author, BadPayload, Item, Media, Post
from .payload import Fields, as_id, item_id, language
from .plaintext import bounded
from .wordless import poll, shown
from .x_text import shown_text

SITE = "https://x.com"
# X's words for two languages are of before 1989.
_LANGUAGES = {"in": "id", "iw": "he"}
_NUMBER = re.compile(r"[0-9]{1,19}")
_MIME = {"photo": "image/*", "video": "video/*", "animated_gif": "video/*"}


def post_items(answer: dict, account_id: str) -> list[Item]:
    """The posts of a page, oldest first: no copies (reposts), none of the account's
    own.
    """
    found = [p for p in listed(answer) if not _is_passed_over(p, account_id)]
    includes = answer.get("includes")
    return [post_item(post, includes, account_id) for post in reversed(found)]


def post_item(post: Any, includes: Any, account_id: str) -> Item:
    """One post with what belongs to it. All versions of an edited post have the
    identifier of the first; ``revision`` is that of a later version.
    """
    payload = _payload("post", post, "author_id", includes, account_id)
    first, this = _versions(post if isinstance(post, dict) else {})
    return Item(item_id(first, payload), payload, "" if this == first else this)


def message_item(message: Any, includes: Any, account_id: str) -> Item:
    """One direct message with what belongs to it."""
    payload = _payload("dm", message, "sender_id", includes, account_id)
    number = as_id(message.get("id")) if isinstance(message, dict) else ""
    return Item(message_id(number) if number else item_id(None, payload), payload)


def message_id(number: str) -> str:
    """The external id of a direct message: posts are numbered likewise."""
    return f"dm:{number}"


def listed(answer: dict) -> list:
    """What a page lists, whatever it is."""
    data = answer.get("data")
    return data if isinstance(data, list) else []


def number_of(value: Any) -> int:
    """An id as a number, 0 when it is none. Later ones are greater."""
    text = as_id(value)
    return int(text) if _NUMBER.fullmatch(text) else 0


def post_of(payload: dict) -> Post:
    """A stored payload as a post.

    :raises BadPayload: saying what is missing
    """
    fields = Fields(payload)
    return _message(fields) if fields.has("dm") else _post(fields)


def _post(fields):
    post = fields.child("post")
    author = _author(fields, post, "author_id")
    first, this = _versions({**fields.get("post"), "id": _number(post, "id")})
    parent = _referenced(fields, "replied_to") or post.id("in_reply_to_tweet_id", "")
    answerable = _is_addressed(fields, post)
    figures = part(post, "public_metrics")
    shares = figures.count("repost_count")
    name = author.handle.removeprefix("@") if author.handle[:1] == "@" else "i"
    protected = part(fields, "author").flag("protected")
    media = tuple(_media(fields))
    return Post(
        external_id=first,
        kind="reply" if parent else "post",
        text=_text(fields, post, media),
        author=author,
        posted_at=post.time("created_at"),
        url=f"{SITE}/{name}/status/{this}",
        language=_language(post.get("lang")),
        visibility="followers" if protected else "public",
        parent_id=parent or None,
        thread_id=post.id("conversation_id", None),
        reply_ref={"id": this},
        answerable=answerable,
        unanswerable_reason="" if answerable else "not_addressed",
        revision="" if this == first else this,
        media=media,
        shares=figures.count("retweet_count") if shares is None else shares,
        likes=figures.count("like_count"),
    )


def _message(fields):
    message = fields.child("dm")
    sender = _number(message, "sender_id")
    conversation = message.id("dm_conversation_id", None)
    media = tuple(_media(fields))
    return Post(
        external_id=message_id(_number(message, "id")),
        kind="direct",
        text=_text(fields, message, media),
        author=_author(fields, message, "sender_id"),
        posted_at=message.time("created_at"),
        url=f"{SITE}/messages/{conversation or sender}",
        visibility="direct",
        thread_id=conversation,
        reply_ref={"dm": sender},
        media=media,
    )


def _payload(kind, thing, author_key, includes, account_id):
    fields = Fields(thing if isinstance(thing, dict) else {})
    includes = Fields(includes if isinstance(includes, dict) else {})
    author = fields.id(author_key, "")
    users = {as_id(user.get("id")): user for user in _objects(includes, "users")}
    writers = {
        as_id(post.get("id")): as_id(post.get("author_id"))
        for post in _objects(includes, "posts") + _objects(includes, "tweets")
    }
    attachments = part(fields, "attachments")
    keys = _listed(attachments.get("media_keys"))
    return {
        kind: thing,
        "author": users.get(author),
        "media": [
            media
            for media in _objects(includes, "media")
            if media.get("media_key") in keys
        ],
        "polls": [
            one
            for one in _objects(includes, "polls")
            if one.get("id") in _listed(attachments.get("poll_ids"))
        ],
        "referenced": [
            {"type": kind, "id": number, "author_id": writers.get(number, "")}
            for kind, number in _references(fields)
        ],
        "account_id": account_id,
    }


def _listed(values):
    return values if isinstance(values, list) else []


def _objects(fields, name):
    return [value for value in _listed(fields.get(name)) if isinstance(value, dict)]


def _text(fields, thing, media):
    """What was written; a poll, and what is no text at all, in words."""
    text = shown_text(thing)
    for one in fields.children("polls"):
        options = [option.text("label", "") for option in one.children("options")]
        text = poll(text, options)
    return bounded(shown(text, media))


def part(fields: Fields, name: str) -> Fields:
    """An object that may be missing: an empty one then."""
    return fields.child(name) if fields.has(name) else Fields({})


def _references(post):
    for name in ("referenced_posts", "referenced_tweets"):
        for reference in post.children(name):
            yield reference.line("type", ""), reference.id("id", "")


def _is_passed_over(post, account_id):
    """Broken ones are not: they are stored and shown."""
    if not isinstance(post, dict):
        return False
    kinds = {kind for kind, _number in _references(Fields(post))}
    return "retweeted" in kinds or as_id(post.get("author_id")) == account_id != ""


def _versions(post):
    """The ids of a post's first version and of this one."""
    this = as_id(post.get("id"))
    history = post.get("edit_history_post_ids") or post.get("edit_history_tweet_ids")
    first = as_id(history[0]) if isinstance(history, list) and history else ""
    return first or this, this


def latest(post: dict) -> str:
    """The id of a post's latest version."""
    history = post.get("edit_history_post_ids") or post.get("edit_history_tweet_ids")
    last = as_id(history[-1]) if isinstance(history, list) and history else ""
    return last or as_id(post.get("id"))


def _is_addressed(fields, post):
    """Whether the author mentioned or quoted the account: without that X takes no
    answer through the API (https://docs.x.com/x-api/posts/manage-tweets/introduction).
    """
    account = fields.id("account_id", "")
    mentions = part(post, "entities").children("mentions")
    mentioned = {mention.id("id", "") for mention in mentions}
    quoted = {
        reference.id("author_id", "")
        for reference in fields.children("referenced")
        if reference.get("type") == "quoted"
    }
    return bool(account) and account in mentioned | quoted


def _referenced(fields, kind):
    for reference in fields.children("referenced"):
        if reference.get("type") == kind:
            return reference.id("id", "")
    return ""


def _number(fields, key):
    """An id that may stand in an address."""
    if not _NUMBER.fullmatch(fields.id(key)):
        raise BadPayload(f"{key} is not a number")
    return fields.id(key)


def _author(fields, thing, key):
    """The author; only known by id where X did not describe it."""
    number = _number(thing, key)
    if not fields.has("author"):
        return Author(number, number, number, url=f"{SITE}/i/user/{number}")
    return author_of(fields.child("author"))


def author_of(user: Fields) -> Author:
    """A user of X as an author."""
    name = user.line("username")
    figures = part(user, "public_metrics")
    posts = figures.count("post_count")
    kind = user.line("verified_type", "")
    return Author(
        external_id=_number(user, "id"),
        handle=f"@{name}",
        name=user.name("name", name),
        url=f"{SITE}/{name}",
        avatar_url=user.url("profile_image_url"),
        followers=figures.count("followers_count"),
        following=figures.count("following_count"),
        posts=figures.count("tweet_count") if posts is None else posts,
        listed=figures.count("listed_count"),
        created_at=user.time("created_at", None),
        verified=kind != "none" if kind else user.flag("verified"),
        about=user.text("description", None),
        place=user.line("location", None),
    )


def _language(tag):
    code = language(tag)
    return _LANGUAGES.get(code, code)


def _media(fields):
    for media in fields.children("media"):
        videos = [v for v in media.children("variants") if v.url("url")]
        videos = [v for v in videos if v.get("content_type") == "video/mp4"]
        best = max(videos, key=lambda v: v.count("bit_rate") or 0, default=None)
        kind = _MIME.get(media.line("type", ""), "")
        url = best.url("url") if best else media.url("url")
        if not url:  # a still picture of the video
            url, kind = media.url("preview_image_url"), "image/*"
        if url:
            yield Media(url, kind, media.text("alt_text", "")[:1500])
