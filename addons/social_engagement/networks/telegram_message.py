"""Telegram's updates as posts.

Facts are from https://core.telegram.org/bots/api (``Update``, ``Message``, ``Chat``).
"""

import re
from typing import Any

from .base import Author, BadPayload, Item, Media, Post
from .payload import Fields, as_epoch, as_id, item_id
from .telegram_text import is_service, text

UPDATES = ("message", "edited_message")  # the kinds that are read
NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
FILE = "tg-file:"  # in front of the name of a file, which getFile gives an address
_KINDS = {  # where files stand in a message: their type, when it is not told
    "video": "video/mp4",
    "animation": "video/mp4",
    "video_note": "video/mp4",
    "audio": "audio/*",
    "voice": "audio/ogg",
    "sticker": "",
    "document": "",
}


def message(update: dict) -> dict:
    """The message an update is about; empty when it is about something else."""
    found = (update.get(key) for key in UPDATES)
    return next((m for m in found if isinstance(m, dict)), {})


def is_written(update: dict) -> bool:
    """Whether it is about something a person wrote or sent."""
    about = message(update)
    return bool(about) and not is_service(about)


def is_private(update: dict) -> bool:
    """Whether it was written to the bot alone. What is broken counts as such."""
    chat = message(update).get("chat")
    return not isinstance(chat, dict) or chat.get("type") == "private"


def addressed(update: dict) -> set[str]:
    """Whom a message mentions or answers: names with "@" in small letters, and external
    ids of bots.
    """
    fields = Fields(message(update))
    answered = _answered(fields)
    people = [answered.child("from")] if answered and answered.has("from") else []
    entities = fields.children("entities") + fields.children("caption_entities")
    people += [entity.child("user") for entity in entities if entity.has("user")]
    found = {who.id("id", "") for who in people if who.flag("is_bot")}
    for key in ("text", "caption"):
        names = re.findall(r"@\w{3,64}", fields.text(key, ""), re.ASCII)
        found.update(name.lower() for name in names)
    return found - {""}


def item(update: Any) -> Item:
    """An update as it is stored. Numbers of messages count per chat."""
    if not isinstance(update, dict):
        update = {"not an object": update}
    about = message(update)
    chat = about.get("chat")
    chat_id = as_id(chat.get("id")) if isinstance(chat, dict) else ""
    number = as_id(about.get("message_id"))
    known = f"{chat_id}:{number}" if chat_id and number else None
    return Item(item_id(known, update), update, _revision(about.get("edit_date")))


def post(update: Any) -> Post:
    """An update as a post.

    The language of the author's program is told, but people write in others.
    """
    fields = Fields(update)
    edited = fields.has("edited_message")
    about = fields.child("edited_message" if edited else "message")
    chat, number = about.child("chat"), _number(about, "message_id")
    chat_id, group = _number(chat, "id"), chat.line("username", "")
    private = chat.line("type") == "private"
    answered = _answered(about)
    parent = _number(answered, "message_id", "") if answered else ""
    thread = _number(about, "message_thread_id", "")
    reference = {"chat": chat_id, "message": number}
    if group and not private:
        reference["group"] = group
    return Post(
        external_id=f"{chat_id}:{number}",
        kind="direct" if private else "reply" if parent else "post",
        text=text(about),
        author=_author(about),
        posted_at=about.epoch("date"),
        url=link(chat_id, "" if private else group, number),
        visibility="direct" if private else "public" if group else "followers",
        parent_id=f"{chat_id}:{parent}" if parent else None,
        thread_id=_thread(chat_id, thread, private),
        reply_ref=reference,
        revision=_revision(about.get("edit_date")),
        media=tuple(_media(about)),
    )


def link(chat_id: str, group: str, number: str) -> str:
    """The address of a message in a group, for its members only when the group has no
    name; empty in private chats and small groups, which have none.
    """
    place = group or (f"c/{chat_id[4:]}" if chat_id.startswith("-100") else "")
    return f"https://t.me/{place}/{number}" if place else ""


def _thread(chat_id, thread, private):
    """A chat with a person is one thread; a group has topics and threads of answers."""
    if thread:
        return f"{chat_id}:{thread}"
    return chat_id if private else None


def _number(fields, key, *default):
    value = fields.id(key, *default)
    if value and not NUMBER.fullmatch(value):
        raise BadPayload(f"{key} is not a number")
    return value


def _answered(about):
    """The message that is answered, or None. In a topic, the message that opened it
    stands there for all that answer nothing.
    """
    if not about.has("reply_to_message"):
        return None
    answered = about.child("reply_to_message")
    return None if answered.has("forum_topic_created") else answered


def _revision(edit_date):
    moment = as_epoch(edit_date)
    return moment.isoformat() if moment else ""


def _author(about):
    """Who wrote: a person, or the group or channel in whose name it was written."""
    group = about.has("sender_chat")
    who = about.child("sender_chat" if group else "from")
    username = who.line("username", "")
    names = [who.name(key, "") for key in ("title", "first_name", "last_name")]
    identifier = _number(who, "id")
    handle = f"@{username}" if username else identifier
    return Author(
        external_id=identifier,
        handle=handle,
        name=" ".join(filter(None, names)) or handle,
        url=f"https://t.me/{username}" if username else "",
        is_bot=None if group else who.flag("is_bot"),
    )


def _media(about):
    sizes = [s for s in about.children("photo") if s.id("file_id", "")]
    if sizes:  # from small to large
        yield Media(FILE + sizes[-1].id("file_id"), "image/jpeg")
    for key, mime_type in _KINDS.items():
        if not about.has(key) or (key == "document" and about.has("animation")):
            continue
        file = about.child(key)
        if name := file.id("file_id", ""):
            yield Media(FILE + name, file.line("mime_type", mime_type))
