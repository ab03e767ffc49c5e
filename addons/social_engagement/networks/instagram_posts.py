"""What Instagram delivers, as posts. See :mod:`.instagram`."""

from .base import Author, Media, Post
from .graph_nodes import moment, text_revision
from .graph_words import media_text
from .payload import Fields
from .plaintext import bounded
from .wordless import what

SITE = "https://www.instagram.com"
UNSEEN = "Comment that can only be seen on Instagram"
UNKNOWN = "Instagram user"  # who wrote what Instagram gives no author of
_MIME = {"IMAGE": "image/*", "CAROUSEL_ALBUM": "image/*", "VIDEO": "video/*"}


def read_comment(fields: Fields) -> Post:
    """A comment on the account's own media, as the API gives it."""
    comment = fields.child("comment")
    sender = comment.child("from") if comment.has("from") else None
    username = comment.line("username", "") or (
        sender.line("username", "") if sender else ""
    )
    known = fields.id("own", "") or (sender.id("id", "") if sender else "")
    return _as_comment(
        comment,
        author=author_of(known, username, comment.id("id")),
        posted_at=comment.time("timestamp"),
        media_id=fields.id("media_id", ""),
        url=fields.url("permalink"),
    )


def told_comment(fields: Fields) -> Post:
    """A comment as a webhook tells it: without a time of its own."""
    comment = fields.child("comments")
    sender = comment.child("from")
    known, account = sender.id("id", ""), fields.id("account_id", "")
    if sender.id("self_ig_scoped_id", ""):
        known = account or known  # told of our own comments only
    media = comment.child("media") if comment.has("media") else None
    return _as_comment(
        comment,
        author=author_of(known, sender.line("username", ""), comment.id("id")),
        posted_at=moment(fields, "time"),
        media_id=media.id("id", "") if media else "",
        url="",
    )


def _as_comment(comment, *, author, posted_at, media_id, url):
    identifier, parent = comment.id("id"), comment.id("parent_id", "")
    thread = parent or identifier
    reference = {"comment": thread, "id": identifier, "media": media_id, "url": url}
    if parent and author.handle.startswith("@"):
        reference["mention"] = author.handle[1:]
    return Post(
        external_id=identifier,
        kind="comment",
        text=bounded(comment.text("text", "").strip() or what(UNSEEN)),
        author=author,
        posted_at=posted_at,
        url=url,
        parent_id=parent or media_id or None,
        thread_id=thread,
        reply_ref=reference,
        revision=text_revision(comment.get("text")),
        likes=comment.count("like_count"),
    )


def medium(fields: Fields) -> Post:
    """A medium of somebody else in which the account is tagged."""
    media, answerable = fields.child("media"), bool(fields.flag("mentioned"))
    identifier = media.id("id")
    reference = {"mention_in": identifier} if answerable else {"tagged_in": identifier}
    return _as_media(media, identifier, media.time("timestamp"), reference)


def _as_media(media, identifier, posted_at, reference):
    url = media.url("permalink")
    picture, kind = media.url("media_url"), media.line("media_type", "")
    answerable = "mention_in" in reference
    return Post(
        external_id=identifier,
        kind="post",
        text=bounded(media.text("caption", "").strip() or media_text(kind)),
        author=author_of("", media.line("username", ""), identifier),
        posted_at=posted_at,
        url=url,
        thread_id=identifier,
        reply_ref={**reference, "url": url},
        answerable=answerable,
        unanswerable_reason="" if answerable else "not_addressed",
        revision=text_revision(media.get("caption")),
        media=(Media(picture, _MIME.get(kind, "")),) if picture else (),
        likes=media.count("like_count"),
    )


def mention(fields: Fields) -> Post:
    """A mention as a webhook told it, with what was read of it since."""
    told = fields.child("mentions")
    read = fields.child("read") if fields.has("read") else Fields({})
    media_id, comment_id = told.id("media_id"), told.id("comment_id", "")
    posted_at = read.time("timestamp", None) or moment(fields, "time")
    if not comment_id:
        return _as_media(read, media_id, posted_at, {"mention_in": media_id})
    return Post(
        external_id=comment_id,
        kind="comment",
        text=bounded(read.text("text", "")),
        author=author_of("", "", comment_id),
        posted_at=posted_at,
        parent_id=media_id,
        thread_id=comment_id,
        reply_ref={"mention_in": media_id, "comment": comment_id},
        revision=text_revision(read.get("text")),
        likes=read.count("like_count"),
    )


def author_of(identifier: str, username: str, wrote: str = "", **more) -> Author:
    """An author by id; by name where there is no id, and by what they wrote where there
    is not even a name.
    """
    if not identifier:
        identifier = f"username:{username}" if username else f"unknown:{wrote}"
    name = more.pop("name", "") or username or UNKNOWN
    return Author(
        external_id=identifier,
        handle=f"@{username}" if username else UNKNOWN,
        name=name,
        url=f"{SITE}/{username}/" if username else "",
        **more,
    )
