"""YouTube's comments as posts.

Shapes are those of https://developers.google.com/youtube/v3/docs/comments,
``…/commentThreads`` and ``…/channels``. Texts are asked for as plain text.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .base import Author, Item, Media, Post
from .payload import Fields, as_id, as_time, item_id
from .plaintext import bounded, clean
from .wordless import what

SITE = "https://www.youtube.com"
UNKNOWN = "YouTube user"  # who wrote what YouTube gives no author of


def part(value: Any, *names: str) -> Any:
    """What stands under names in each other, or None."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def top(thread: Any) -> dict | None:
    """The comment a thread began with."""
    found = part(thread, "snippet", "topLevelComment")
    return found if isinstance(found, dict) else None


def moment(thread: Any) -> datetime | None:
    """When a thread began, by which threads are listed."""
    return as_time(part(top(thread), "snippet", "publishedAt"))


def replies(thread: Any) -> list[Any]:
    """The replies that are delivered with a thread: not always all of them."""
    found = part(thread, "replies", "comments")
    return found if isinstance(found, list) else []


def is_whole(thread: Any) -> bool:
    """Whether all replies were delivered with a thread."""
    total = part(thread, "snippet", "totalReplyCount")
    return not isinstance(total, int) or total <= len(replies(thread))


def mark(thread: Any) -> Any:
    """What differs when something was written or edited in a thread."""
    if not top(thread):
        return thread
    total = part(thread, "snippet", "totalReplyCount")
    comments = [top(thread), *replies(thread)]
    return [total, *([part(c, "id"), _updated(c)] for c in comments)]


def author_id(comment: Any) -> str:
    """The channel of who wrote a comment."""
    return as_id(part(comment, "snippet", "authorChannelId", "value"))


def item(comment: Any, video: str, can_reply: Any, author: Any = None) -> Item:
    """A comment as it is stored: with its video, and its author's channel if known."""
    payload = {"comment": comment, "author": author}
    payload |= {"video": video, "can_reply": can_reply}
    revision = _revision(comment) if isinstance(comment, dict) else ""
    return Item(item_id(part(comment, "id"), payload), payload, revision)


def post(payload: Any) -> Post:
    """A stored comment as a post."""
    fields = Fields(payload)
    comment = fields.child("comment")
    held, identifier = comment.child("snippet"), comment.id("id")
    author = _author(held, fields.get("author"), identifier)
    parent, video = held.id("parentId", ""), fields.id("video", "")
    reference = {"comment": identifier, "parent": parent or identifier, "video": video}
    if parent and author.handle.startswith("@"):
        reference["mention"] = author.handle
    closed = fields.flag("can_reply") is False
    return Post(
        external_id=identifier,
        kind="comment",
        text=bounded(_text(held)),
        author=author,
        posted_at=held.time("publishedAt"),
        url=link(video, identifier),
        parent_id=parent or None,
        thread_id=parent or identifier,
        reply_ref=reference,
        answerable=not closed,
        unanswerable_reason="closed" if closed else "",
        revision=_revision(fields.get("comment")),
        media=tuple(_media(held)),
        likes=held.count("likeCount"),
    )


def link(video: str, identifier: str) -> str:
    """The address of a comment below its video."""
    return f"{SITE}/watch?v={video}&lc={identifier}" if video else ""


def _updated(comment):
    return as_id(part(comment, "snippet", "updatedAt"))


def _revision(comment):
    """When it was edited; empty when it was not."""
    updated = as_time(_updated(comment))
    if not updated or updated == as_time(part(comment, "snippet", "publishedAt")):
        return ""
    return updated.isoformat()


def _text(held):
    said = clean(held.text("textDisplay")).strip()
    return said or (what("Photo") if held.url("imageUrl") else said)


def _author(held, channel, wrote):
    """Who wrote, with the figures of the channel, unless its owner hides them; by what
    they wrote where YouTube does not say who: their channel is gone.
    """
    name = held.name("authorDisplayName", UNKNOWN)
    identifier = ""
    if held.has("authorChannelId"):
        identifier = held.child("authorChannelId").id("value", "")
    if not identifier:
        return Author(f"unknown:{wrote}", name, name)
    known = Fields(channel if isinstance(channel, dict) else {})
    about = known.child("snippet") if known.has("snippet") else Fields({})
    figures = known.child("statistics") if known.has("statistics") else Fields({})
    hidden = figures.flag("hiddenSubscriberCount")
    return Author(
        external_id=identifier,
        handle=name,
        name=about.name("title", name),
        url=f"{SITE}/channel/{identifier}",
        avatar_url=held.url("authorProfileImageUrl"),
        followers=None if hidden else _count(figures, "subscriberCount"),
        posts=_count(figures, "videoCount"),
        created_at=about.time("publishedAt", None),
    )


def _count(figures, key):
    """A figure, which comes as text: JSON's numbers are too small for some."""
    value = figures.text(key, "")
    number = int(value) if re.fullmatch(r"[0-9]{1,18}", value) else None
    return Fields({key: number}).count(key)


def _media(held) -> Iterator[Media]:
    if url := held.url("imageUrl"):
        yield Media(url, "image/*")
