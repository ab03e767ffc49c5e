"""Private messages, as Messenger and Instagram have them alike.

Reading goes by the Conversations API, which gives the newest 20 messages of a
conversation and no older ones. Webhooks tell an author's id only, so a message told by
one is a nudge: the feed reads it a moment later, with the author's name. Clicks on
buttons (postbacks) and edits are taken in as told, what was unsent is gone at once.

An answer is allowed for 24 hours after the person wrote, with the tag HUMAN_AGENT for
7 days; that tag is for what people write, never for automatic answers. Facts are from
https://developers.facebook.com/documentation/business-messaging (Conversations API,
Send API, Attachment Upload API, webhook events ``messages``, ``message_echoes``,
``messaging_postbacks``, ``message_edits``). Not tried live.
"""

import json
from collections.abc import Iterator
from datetime import timedelta

from .base import Author, Event, Item, Media, NetworkError, Outgoing, Post, Reason, Sent
from .graph import Graph
from .graph_nodes import confirmed_id, data, moment, same_words, text_revision
from .graph_nodes import written_since as is_since
from .graph_walk import Edge, Step, now, walk
from .graph_words import message_text
from .payload import Fields, as_id, as_time, item_id
from .plaintext import bounded

NEWEST = 20  # messages of a conversation that can be read
STANDARD = timedelta(hours=24, minutes=-5)  # an answer needs no tag; a little is spare
WINDOW = timedelta(days=7)
_FIELDS = (
    "id,created_time,from,to,message,attachments,sticker,is_unsupported,"
    "shares{link,name,description},story"
)
_KINDS = {"image", "video", "audio"}  # others are sent as "file"


class Messages(Graph):
    """The part of an adapter that reads and answers private messages."""

    window = {"direct": WINDOW}
    platform = ""
    inbox = ""  # where a message can be looked at, when nothing more is known
    conversation_fields = "id,updated_time"

    def walk_messages(self, cursor: dict) -> Step:
        """The next page of conversations; new messages are its ``inner``."""
        edge = Edge(
            path="/me/conversations",
            fields=self.conversation_fields,
            time="updated_time",
            limit=25,
            params={"platform": self.platform},
            inner="messages",
            inner_fields=_FIELDS,
            inner_time="created_time",
            inner_limit=NEWEST,
        )
        return walk(self.get, cursor, edge, self.page)

    def send(self, outgoing: Outgoing) -> Sent:
        """Sends a message: first what is attached, which is a message of its own."""
        attached = [self._upload(attachment) for attachment in outgoing.attachments]
        parts = [{"attachment": attachment} for attachment in attached]
        if outgoing.text.strip():
            parts.append({"text": outgoing.text})
        identifier = ""
        for part in parts:
            try:
                identifier = self._send_part(part, outgoing.reply_ref)
            except NetworkError as error:
                if not identifier:
                    raise
                said = f"only the attachment was sent: {error.detail}"
                raise NetworkError(Reason.UNKNOWN, said, uncertain=True) from None
        url = outgoing.reply_ref.get("url", "")
        return Sent(identifier, url, outgoing.reply_ref)

    def find_message(self, outgoing: Outgoing) -> Sent | None:
        """Looks for an answer among the newest messages to the person."""
        person = outgoing.reply_ref["recipient"]
        params = {
            "platform": self.platform,
            "user_id": person,
            "fields": f"messages.limit({NEWEST}){{{_FIELDS}}}",
        }
        answer = self.get("/me/conversations", params)
        data(answer)
        conversation = next(iter(Fields(answer).children("data")), None)
        if not (conversation and conversation.has("messages")):
            # The person has written to us: not to find that proves nothing.
            raise NetworkError(Reason.UNKNOWN, "the conversation is not listed")
        messages = data(conversation.get("messages"))
        found = [message for message in messages if isinstance(message, dict)]
        since = [m for m in found if is_since(m, "created_time", outgoing.created_at)]
        own = [m for m in since if _sender(m) != person]
        for message in own:
            if outgoing.text and same_words(message.get("message"), outgoing.text):
                url = outgoing.reply_ref.get("url", "")
                return Sent(confirmed_id(message), url, outgoing.reply_ref)
        if outgoing.attachments and any(m.get("attachments") for m in own):
            raise NetworkError(Reason.UNKNOWN, "an attachment was sent, no text")
        if len(since) >= NEWEST:
            raise NetworkError(
                Reason.UNKNOWN, "too many messages since to look through"
            )
        return None

    @classmethod
    def attachment(cls, kind: str, identifier: str) -> dict:
        """An uploaded attachment as it is sent."""
        return {"type": kind, "payload": {"attachment_id": identifier}}

    @classmethod
    def message_item(cls, node: object, outer: dict, **more) -> Item:
        """A message that was read as an item."""
        if not isinstance(node, dict):
            node = {"not an object": node}
        payload = {"message": node, "link": outer.get("link"), **more}
        revision = text_revision(node.get("message"))
        return Item(item_id(node.get("id"), node), payload, revision)

    @classmethod
    def message_post(cls, payload: dict) -> Post:
        """A message that was read as a post."""
        fields = Fields(payload)
        message = fields.child("message")
        sender, sent = message.child("from"), message.time("created_time")
        link = fields.text("link", "")
        url = f"https://www.facebook.com{link}" if link.startswith("/") else cls.inbox
        profile = fields.child("profile") if fields.has("profile") else None
        others = message.child("to").children("data") if message.has("to") else []
        return _direct(
            identifier=message.id("id"),
            text=message_text(message, cls.label),
            revision=text_revision(message.get("message")),
            author=cls.person(sender, profile),
            others=[other.id("id", "") for other in others],
            sent=sent,
            url=url,
            media=tuple(_media(message)),
        )

    @classmethod
    def told_post(cls, payload: dict) -> Post:
        """A postback or an edit, as a webhook told it, as a post."""
        event = Fields(payload).child("messaging")
        kind = "postback" if event.has("postback") else "message_edit"
        said = event.child(kind)
        text = said.text("title" if kind == "postback" else "text")
        return _direct(
            identifier=said.id("mid", "") or item_id(None, payload["messaging"]),
            text=text,
            revision=text_revision(text),
            author=cls.person(event.child("sender"), None),
            others=[event.child("recipient").id("id")],
            sent=moment(event, "timestamp"),
            url=cls.inbox,
        )

    @classmethod
    def person(cls, sender: Fields, profile: Fields | None) -> Author:
        """The author of a message."""
        identifier = sender.id("id")
        handle = sender.line("username", "")
        name = sender.name("name", "") or handle or identifier
        return Author(identifier, f"@{handle}" if handle else name, name)

    @classmethod
    def message_events(cls, entry: Fields) -> Iterator[Event]:
        """What an entry of a webhook call tells of messages, those that another app
        is in charge of ("standby") among them.
        """
        account = entry.id("id", "")
        for event in entry.children("messaging") + entry.children("standby"):
            message = event.child("message") if event.has("message") else None
            if message and message.flag("is_deleted"):
                if gone := message.id("mid", ""):
                    yield Event("gone", account, external_id=gone)
            elif message:
                yield Event("nudge", account, feed="direct")
            elif event.has("postback") or event.has("message_edit"):
                yield Event("item", account, item=_told_item(event, entry))

    def _upload(self, attachment):
        family = attachment.mime_type.partition("/")[0]
        kind = family if family in _KINDS else "file"
        message = {"attachment": {"type": kind, "payload": {"is_reusable": True}}}
        form = {"message": json.dumps(message), "platform": self.platform}
        # names in other scripts are refused
        name = attachment.name.encode("ascii", "replace").decode().replace("?", "_")
        files = {"filedata": (name, attachment.data, attachment.mime_type)}
        try:
            answer = self.submit("/me/message_attachments", data=form, files=files)
            identifier = confirmed_id(answer, "attachment_id")
        except NetworkError as error:
            error.uncertain = False  # nobody sees what is only uploaded
            raise
        return self.attachment(kind, identifier)

    def _send_part(self, part, reference):
        body = {"recipient": {"id": reference["recipient"]}, "message": part}
        body["messaging_type"] = "RESPONSE"
        written = as_time(reference.get("at"))
        if written and now() - written > STANDARD:
            body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        answer = self.submit("/me/messages", json=body)
        return confirmed_id(answer, "message_id")


def _direct(*, identifier, text, revision, author, others, sent, url, media=()):
    # both people's ids: the same thread whoever writes, and for webhooks too
    thread = ":".join(sorted({author.external_id, *filter(None, others)}))
    return Post(
        external_id=identifier,
        kind="direct",
        text=bounded(text),
        author=author,
        posted_at=sent,
        url=url,
        visibility="direct",
        thread_id=thread,
        reply_ref={
            "recipient": author.external_id,
            "at": sent.isoformat(),
            "url": url,
        },
        revision=revision,
        media=media,
    )


def _told_item(event, entry):
    """A postback or an edit with what is needed of it."""
    kind, key = ("postback", "title")
    if not event.has(kind):
        kind, key = ("message_edit", "text")
    names = ("sender", "recipient", "timestamp", kind)
    told = {name: event.get(name) for name in names if event.get(name) is not None}
    told.setdefault("timestamp", entry.get("time"))
    revision = text_revision(told[kind].get(key))
    return Item(item_id(told[kind].get("mid"), told), {"messaging": told}, revision)


def _sender(message):
    sender = message.get("from")
    return as_id(sender.get("id")) if isinstance(sender, dict) else ""


def _media(message):
    if sticker := message.url("sticker"):
        yield Media(sticker, "image/*")
    attachments = message.child("attachments") if message.has("attachments") else None
    for attached in attachments.children("data") if attachments else ():
        mime_type = attached.line("mime_type", "")
        for name, kind in (("image_data", "image/*"), ("video_data", "video/*")):
            if attached.has(name) and (url := attached.child(name).url("url")):
                yield Media(url, mime_type or kind)
        if url := attached.url("file_url"):
            yield Media(url, mime_type)
