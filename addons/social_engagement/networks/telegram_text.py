"""What a message of Telegram says: its text with what its formatting says, or in words
what it is (https://core.telegram.org/bots/api#message).
"""

from .payload import Fields
from .plaintext import bounded, clean
from .wordless import poll, what

_QUOTES = ("blockquote", "expandable_blockquote")
#: What tells something to a person; other messages are Telegram's own.
CONTENT = frozenset(
    """text caption animation audio checklist contact dice document game giveaway
    giveaway_winners invoice location paid_media photo poll rich_message sticker story
    venue video video_note voice""".split()
)
#: Messages that Telegram writes itself: somebody joined, a message was pinned.
SERVICE = frozenset(
    """boost_added channel_chat_created chat_background_set chat_owner_changed
    chat_owner_left chat_shared checklist_tasks_added checklist_tasks_done
    connected_website delete_chat_photo direct_message_price_changed
    forum_topic_closed forum_topic_created forum_topic_edited forum_topic_reopened
    general_forum_topic_hidden general_forum_topic_unhidden gift gift_upgrade_sent
    giveaway_completed giveaway_created group_chat_created left_chat_member
    managed_bot_created message_auto_delete_timer_changed migrate_from_chat_id
    migrate_to_chat_id new_chat_members new_chat_participant new_chat_photo
    new_chat_title paid_message_price_changed passport_data pinned_message
    poll_option_added poll_option_deleted proximity_alert_triggered refunded_payment
    successful_payment suggested_post_approval_failed suggested_post_approved
    suggested_post_declined suggested_post_paid suggested_post_refunded
    supergroup_chat_created unique_gift user_shared users_shared video_chat_ended
    video_chat_participants_invited video_chat_scheduled video_chat_started
    voice_chat_ended voice_chat_participants_invited voice_chat_scheduled
    voice_chat_started web_app_data write_access_allowed""".split()
)


def is_service(message: dict) -> bool:
    """Whether nobody wrote a message: it says what happened in the chat."""
    return not CONTENT & message.keys() and bool(SERVICE & message.keys())


def text(message: Fields) -> str:
    """What was written, or what was sent in place of it."""
    for key, entities in (("text", "entities"), ("caption", "caption_entities")):
        if said := message.text(key, ""):
            return bounded(formatted(said, message.children(entities)))
    return bounded(_in_words(message))


def formatted(said: str, entities: list[Fields]) -> str:
    """A text in which links show where they lead and quotes are marked. Positions count
    in UTF-16 (https://core.telegram.org/bots/api#messageentity).
    """
    units = said.encode("utf-16-le", "surrogatepass")
    added: list[tuple[int, str]] = []
    for entity in entities:
        start, length = entity.count("offset"), entity.count("length")
        if start is None or not length or 2 * (start + length) > len(units):
            continue
        end, kind = start + length, entity.get("type")
        part = _decoded(units[2 * start : 2 * end])
        url = entity.url("url")
        if kind == "text_link" and url and url.rstrip("/") != part.strip().rstrip("/"):
            added.append((end - _trailing(part), f" ({url})"))
        if kind in _QUOTES:
            added += [(start + at, "> ") for at in _lines(part)]
    for at, mark in sorted(added, key=lambda each: each[0], reverse=True):
        units = units[: 2 * at] + mark.encode("utf-16-le") + units[2 * at :]
    return clean(_decoded(units))


def _decoded(units):
    return units.decode("utf-16-le", "surrogatepass")


def _length(text):
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _trailing(part):
    return len(part) - len(part.rstrip())


def _lines(part):
    """Where the lines of a text begin."""
    at = 0
    for line in part.split("\n"):
        yield at
        at += _length(line) + 1


def _in_words(message):
    if message.has("poll"):
        asked = message.child("poll")
        options = [option.text("text", "") for option in asked.children("options")]
        return poll(asked.text("question", ""), options)
    if message.has("checklist"):
        asked = message.child("checklist")
        tasks = [f"- {task.text('text', '')}" for task in asked.children("tasks")]
        return "\n".join([what("Checklist", asked.text("title", "")), *tasks])
    for key, (kind, *names) in _KINDS.items():
        if message.has(key):
            held = message.child(key)
            return what(kind, *(held.line(name, "") for name in names))
    if message.children("photo"):
        return what("Photo")
    if message.has("contact"):
        contact = message.child("contact")
        names = ("first_name", "last_name", "phone_number")
        return what("Contact", *(contact.line(name, "") for name in names))
    if message.has("venue"):
        venue = message.child("venue")
        place = _place(venue.child("location")) if venue.has("location") else ""
        names = (venue.line("title", ""), venue.line("address", ""))
        return what("Place", ", ".join(filter(None, [*names, place])))
    if message.has("location"):
        return what("Location", _place(message.child("location")))
    if message.has("dice"):
        dice = message.child("dice")
        return what("Dice", dice.text("emoji", ""), str(dice.get("value") or ""))
    return what("Message that can only be seen in Telegram")


# Where a message holds it: what it is called, and what of it is told. The first counts:
# an animation is a document too.
_KINDS = {
    "sticker": ("Sticker", "emoji"),
    "animation": ("GIF",),
    "video": ("Video",),
    "video_note": ("Video message",),
    "voice": ("Voice message",),
    "audio": ("Audio", "performer", "title"),
    "document": ("File", "file_name"),
    "paid_media": ("Paid media",),
    "story": ("Story",),
    "game": ("Game", "title"),
    "invoice": ("Invoice", "title"),
    "giveaway": ("Giveaway",),
    "giveaway_winners": ("Giveaway",),
}


def _place(place):
    parts = (place.get("latitude"), place.get("longitude"))
    return ", ".join(str(p) for p in parts if isinstance(p, int | float))
