"""What stands below the text of a Bluesky post: pictures, a video, the card of a web
page, another post (the lexicons ``app.bsky.embed.*``, https://docs.bsky.app).
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from .base import Media
from .payload import Fields
from .wordless import quoted, what

_ALT = 1500  # characters of a description
_CDN = "https://cdn.bsky.app/img/feed_fullsize/plain"
_VIDEO = "https://video.bsky.app/watch"
_APP = "https://bsky.app/profile"
_POST = "/app.bsky.feed.post/"
_PLACES = {
    "app.bsky.feed.post": "post",
    "app.bsky.feed.generator": "feed",
    "app.bsky.graph.list": "lists",
}


def below(record: Fields, text: str, quote_view: Any) -> Iterator[str]:
    """What is not seen as a picture, in words: a web page's title and address, unless
    the text has the address; what is quoted, marked as such.

    :param quote_view: the quoted post as of ``getPosts``, or None where it can't be had
    """
    for embed in _parts(record):
        if embed.has("external"):
            page = embed.child("external")
            url = page.url("uri")
            if url and url not in text:
                yield "\n".join(filter(None, [page.text("title", "").strip(), url]))
        if _cid(embed, "video") and not text.strip():
            yield what("Video", embed.text("alt", "")[:_ALT])
        if uri := _uri(embed):
            yield _quote(uri, quote_view) if _POST in uri else _address(uri)


def media_of(record: Fields, did: str) -> Iterator[Media]:
    """Pictures, and the still of a video.

    :param did: of the author
    """
    for embed in _parts(record):
        for image in embed.children("images"):
            if cid := _cid(image, "image"):
                mime_type = image.child("image").line("mimeType", "")
                alt = image.text("alt", "")[:_ALT]
                yield Media(f"{_CDN}/{did}/{cid}@jpeg", mime_type, alt)
        if cid := _cid(embed, "video"):
            still = f"{_VIDEO}/{quote(did, safe='')}/{cid}/thumbnail.jpg"
            yield Media(still, "image/jpeg", embed.text("alt", "")[:_ALT])


def quoted_uri(entry: Any) -> str:
    """The address of the post that a notification's or search's one quotes, or an empty
    string.
    """
    record = entry.get("record") if isinstance(entry, dict) else None
    if not isinstance(record, dict):
        return ""
    uris = [_uri(embed) for embed in _parts(Fields(record))]
    return next((uri for uri in uris if _POST in uri), "")


def _parts(record):
    """The embed, and what it consists of: a quote may have pictures beside it."""
    if not record.has("embed"):
        return
    embed = record.child("embed")
    yield embed
    if embed.has("media"):
        yield embed.child("media")


def _uri(embed):
    """Of what is embedded as a record, which lies one deeper beside pictures."""
    if not embed.has("record"):
        return ""
    record = embed.child("record")
    record = record.child("record") if record.has("record") else record
    uri = record.id("uri", "")
    return uri if uri.startswith("at://") else ""


def _cid(fields, name):
    blob = fields.child(name) if fields.has(name) else None
    return blob.child("ref").id("$link", "") if blob and blob.has("ref") else ""


def _quote(uri, view):
    """Others' words where they are known, else where they stand."""
    view = Fields(view if isinstance(view, dict) else {})
    record = view.child("record") if view.has("record") else Fields({})
    author = view.child("author") if view.has("author") else Fields({})
    handle = author.line("handle", "")
    text = record.text("text", "").strip() or _address(uri)
    return quoted(text, f"@{handle}" if handle else "")


def _address(uri):
    """Where people see a record: a post, a feed, a list."""
    did, _slash, rest = uri.removeprefix("at://").partition("/")
    collection, _slash, key = rest.partition("/")
    place = _PLACES.get(collection)
    return f"{_APP}/{did}/{place}/{key}" if place else uri
