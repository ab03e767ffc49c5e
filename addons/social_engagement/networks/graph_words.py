"""What messages, comments and posts of Meta's networks say where they are no text.

Shapes are those of https://developers.facebook.com/docs/graph-api/reference/message
(``sticker``, ``shares``, ``story``, ``is_unsupported``) and ``…/story-attachment``.
Not tried live.
"""

from .payload import Fields
from .wordless import of_media, what

_KINDS = {  # words in an attachment's type: what it is called; the first counts
    "sticker": "Sticker",
    "animated": "GIF",
    "gif": "GIF",
    "video": "Video",
    "album": "Photos",
    "photo": "Photo",
    "image": "Photo",
    "share": "Link",
    "link": "Link",
    "event": "Event",
    "file": "File",
}


def message_text(message: Fields, network: str) -> str:
    """What a private message says: its text, and what is shared or answered with it.

    :param network: where a message can be seen that can't be read here
    """
    said = message.text("message", "").strip()
    parts = [said, *_shared(message, said), *_story(message)]
    if not any(parts):
        parts = [_only(message, network)]
    return "\n".join(filter(None, parts))


def attached_text(attached: list[Fields]) -> str:
    """What a comment or post without a text says: what is attached to it."""
    return "\n".join(filter(None, map(_attachment, attached)))


def media_text(media_type: str) -> str:
    """What a medium of Instagram without a caption is."""
    kinds = {"CAROUSEL_ALBUM": "Photos", "VIDEO": "Video", "REELS": "Video"}
    return what(kinds.get(media_type, "Photo"))


def _shared(message, said):
    shares = message.child("shares") if message.has("shares") else None
    for share in shares.children("data") if shares else ():
        link = share.url("link")
        about = (share.line("name", ""), share.line("description", ""))
        about = tuple(dict.fromkeys(part for part in about if part not in said))
        if about or (link and link not in said) or not said:
            yield what("Shared", *about, "" if link and link in said else link)


def _story(message):
    story = message.child("story") if message.has("story") else None
    for key, kind in (
        ("reply_to", "Reply to a story"),
        ("mention", "Named in a story"),
    ):
        if story and story.has(key):
            yield what(kind, story.child(key).url("link"))


def _only(message, network):
    if message.get("sticker"):
        return what("Sticker")
    attachments = message.child("attachments") if message.has("attachments") else None
    kinds = [
        _file(attached)
        for attached in (attachments.children("data") if attachments else ())
    ]
    return "\n".join(kinds) or what(f"Message that can only be seen on {network}")


def _file(attached):
    if attached.has("generic_template"):
        template = attached.child("generic_template")
        return what("Shared", template.line("title", ""), template.line("subtitle", ""))
    if attached.has("image_data"):
        shown = attached.child("image_data")
        return what("Sticker" if shown.flag("render_as_sticker") else "Photo")
    if attached.has("video_data"):
        return what("Video")
    kind = of_media(attached.line("mime_type", ""))
    return what(kind, attached.line("name", "") if kind == "File" else "")


def _attachment(attached):
    kind = attached.line("type", "") or attached.line("media_type", "")
    media = attached.child("media") if attached.has("media") else None
    name = next((n for part, n in _KINDS.items() if part in kind.lower()), "")
    if not name and media:
        name = "Video" if media.url("source") else "Photo"
    if not name:
        return ""
    if name not in ("Link", "Event"):
        return what(name, attached.line("title", ""))
    return what(name, attached.line("title", ""), attached.url("url"))
