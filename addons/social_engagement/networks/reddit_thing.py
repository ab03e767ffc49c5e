"""Reddit's things as posts: t1 comments, t3 submissions, t4 private messages.

Shapes are those of PRAW's recorded responses (https://github.com/praw-dev/praw,
tests/integration/cassettes) and of https://www.reddit.com/dev/api.
"""

import re
from datetime import datetime
from typing import Any

from .base import Author, BadPayload, Item, Media, Post
from .payload import NEEDED, Fields, as_epoch, as_id, item_id
from .plaintext import bounded, html_to_text
from .wordless import poll, quoted

SITE = "https://www.reddit.com"
NAME = re.compile(r"t[134]_[0-9a-z]{1,13}")
_KINDS = {"t1": "comment", "t3": "post", "t4": "direct"}
_REMOVED = ("[deleted]", "[removed]")
_UNAVAILABLE = "[unavailable]"
_LINK = re.compile(r"/comments/([0-9a-z]{1,13})/")


def data(thing: Any) -> dict:
    """What a thing holds; empty when it is none."""
    inner = thing.get("data") if isinstance(thing, dict) else None
    return inner if isinstance(inner, dict) else {}


def moment(thing: Any) -> datetime | None:
    """When it was written."""
    return as_epoch(data(thing).get("created_utc"))


def is_gone(thing: Any) -> bool:
    """Whether its author or a moderator took it away, or the author's account is gone:
    nothing of it may be kept then
    (https://support.reddithelp.com/hc/en-us/articles/16160319875092).
    """
    held = data(thing)
    if is_hidden(thing):
        return False
    texts = (held.get("author"), held.get("body"), held.get("selftext"))
    taken = isinstance(held.get("removed_by_category"), str)
    return taken or any(text in _REMOVED for text in texts if isinstance(text, str))


def is_hidden(thing: Any) -> bool:
    """Whether its author has blocked the account: it still stands there for others."""
    texts = (data(thing).get(name) for name in ("author", "body", "selftext", "title"))
    return _UNAVAILABLE in texts


def item(thing: Any, author: Any = None) -> Item:
    """A thing as it is stored, with what is known of its author."""
    held = data(thing)
    payload = {"thing": thing, "author": author}
    name = as_id(held.get("name"))
    return Item(item_id(name, payload), payload, _revision(held.get("edited")))


def post(payload: Any) -> Post:
    """A stored thing as a post."""
    fields = Fields(payload)
    thing = fields.child("thing")
    held, kind = thing.child("data"), thing.line("kind")
    name = held.id("name")
    if kind not in _KINDS or not NAME.fullmatch(name) or name[:2] != kind:
        raise BadPayload("thing.kind is none that is known")
    if is_gone(payload["thing"]):
        raise BadPayload("the post was deleted")
    parent = held.id("parent_id", "")
    thread = _thread(held, kind, name)
    closed = held.flag("locked") or held.flag("archived")
    return Post(
        external_id=name,
        kind=_KINDS[kind],
        text=_text(held, kind),
        author=_author(held, fields.get("author")),
        posted_at=held.epoch("created_utc"),
        url=_url(held, kind, name),
        title="" if kind == "t1" else _title(held),
        visibility="direct" if kind == "t4" else "public",
        parent_id=parent if NAME.fullmatch(parent) else None,
        thread_id=thread or None,
        reply_ref={"thing": name, "thread": thread},
        answerable=not closed,
        unanswerable_reason="closed" if closed else "",
        revision=_revision(held.get("edited")),
        media=tuple(_media(held)),
        likes=held.count("score") if kind != "t4" else None,
    )


def link(thread: str, name: str) -> str:
    """The address of a comment under a submission, or of a private message."""
    if name.startswith("t4_"):
        return f"{SITE}/message/messages/{name[3:]}"
    return f"{SITE}/comments/{thread[3:]}/_/{name[3:]}/"


def _revision(edited):
    """When it was edited; False when it was not, and inboxes don't say."""
    edit = as_epoch(edited)
    return edit.isoformat() if edit else ""


def _thread(held, kind, name):
    """The submission all answers are under, or the first of a chain of messages."""
    if kind == "t3":
        return name
    thread = held.id("first_message_name" if kind == "t4" else "link_id", "")
    if NAME.fullmatch(thread):
        return thread
    if kind == "t4":
        return name
    found = _LINK.search(held.text("context", ""))
    return f"t3_{found.group(1)}" if found else ""


def _title(held):
    return held.line("title", "") or held.line("subject", "")


def _text(held, kind):
    key = "selftext" if kind == "t3" else "body"
    parts = [_written(held, key, NEEDED)]
    if kind == "t3" and held.has("poll_data"):
        options = held.child("poll_data").children("options")
        parts.append(poll("", [option.text("text", "") for option in options]))
    if kind == "t3" and held.flag("is_self") is False:
        parts.append(held.url("url"))
    if parent := _crossposted(held):
        said = [_title(parent), _written(parent, "selftext", "")]
        said = "\n".join(filter(None, said))
        other = parent.line("author", "")
        is_own = other and other == held.line("author", "")
        parts.append(said if is_own else quoted(said, other and f"u/{other}"))
    return bounded("\n\n".join(filter(None, parts)))


def _written(held, key, default):
    markup = held.text(f"{key}_html", "")
    return html_to_text(markup, SITE) if markup else held.text(key, default)


def _crossposted(held):
    """The submission that was posted again in another place, or None."""
    parents = held.children("crosspost_parent_list")
    if not parents:
        return None
    removed = is_gone({"data": held.get("crosspost_parent_list")[0]})
    return None if removed else parents[0]


def _author(held, known):
    """Who wrote: a person, or a whole subreddit, whose messages name nobody. Figures of
    standing ("karma") are none of followers.
    """
    name, place = held.line("author", ""), "user"
    if not name:
        name, place = held.line("subreddit"), "r"
    handle = f"u/{name}" if place == "user" else f"r/{name}"
    about = Fields(known if isinstance(known, dict) else {})
    return Author(
        external_id=handle,
        handle=handle,
        name=name,
        url=f"{SITE}/{place}/{name}",
        avatar_url=about.url("profile_img"),
        created_at=about.epoch("created_utc", None),
    )


def _url(held, kind, name):
    if kind == "t4":
        return link("", name)
    path = held.text("permalink", "") or held.text("context", "")
    if path.startswith("/r/") or path.startswith("/user/"):
        return SITE + path.split("?")[0]
    return link(_thread(held, kind, name), name)


def _media(held):
    """The pictures of a submission: one, a gallery, the still of a video; those of what
    was posted again.
    """
    url = held.url("url")
    if url.startswith("https://i.redd.it/"):
        yield Media(url, "image/*")
    shown = held.get("media_metadata")
    for number in _gallery(held):
        picture = shown.get(number)
        source = picture.get("s") if isinstance(picture, dict) else None
        if isinstance(source, dict) and (url := Fields(source).url("u")):
            yield Media(url, "image/*")
    if held.flag("is_video") and held.has("preview"):
        for image in held.child("preview").children("images")[:1]:
            if image.has("source") and (url := image.child("source").url("url")):
                yield Media(url, "image/*")
    if parent := _crossposted(held):
        own = held.url("url")
        yield from (each for each in _media(parent) if each.url != own)


def _gallery(held):
    """The ids of a gallery's pictures, in their order."""
    if not (held.has("gallery_data") and held.has("media_metadata")):
        return []
    items = held.child("gallery_data").children("items")
    return [item.id("media_id", "") for item in items]
