"""Instagram's professional accounts: comments, mentions and private messages.

An account signs in by the Facebook Login of the page it is linked to, not by Instagram
Login: only that way comments that mention it can be read (``mentioned_comment``), one
app serves both networks, and the token has no end to be renewed before. The price is
that the account needs a linked page.

Facts are from https://developers.facebook.com/docs/instagram-platform (IG User
``media``, ``tags``, ``mentions``, ``mentioned_comment``, ``mentioned_media``; IG
Comment and its ``replies``; Webhooks; User Profile API) and
https://developers.facebook.com/documentation/business-messaging/instagram-messaging
(Send Message: 1,000 bytes). Comments take 2,200 characters, which the API's reference
does not say; bytes are counted for both, so what fits by our count fits by theirs. Not
tried live: nothing real runs here; the tests replay payloads as they are documented.

Limits of what can be told: mentions in comments and captions are told by webhook only,
and with ids alone: they are taken in without text, which :meth:`Instagram.reread` fills
in. Media in which the account is tagged can't be commented on, unless the caption
mentions it. Authors of messages have a follower count, commenters have none.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

from . import register
from .base import (
    Author,
    BadPayload,
    Event,
    Identity,
    Item,
    Known,
    MediaLimits,
    NetworkError,
    Outgoing,
    Page,
    Post,
    Reason,
    Reread,
    Sent,
)
from .graph import BATCH, login
from .graph_messages import Messages
from .graph_nodes import confirmed_id, node, same_words, text_revision
from .graph_nodes import written_since as is_since
from .graph_walk import Edge, walk
from .instagram_posts import (
    SITE,
    author_of,
    medium,
    mention,
    read_comment,
    told_comment,
)
from .payload import Fields, as_id, item_id

LOOK_BACK = timedelta(days=28)  # age of media whose comments are read
_COMMENT = "id,text,timestamp,username,from,like_count,parent_id"
_MEDIA = "id,caption,timestamp,username,permalink,media_type,media_url,like_count"
_MENTIONED = "id,caption,timestamp,username,media_type,media_url,like_count"
_PROFILE = "name,username,profile_pic,follower_count,is_verified_user"


@register
class Instagram(Messages):
    """Listens to comments, mentions and messages of one account, and answers where it
    was written to.
    """

    name = "instagram"
    label = "Instagram"
    oauth = login(
        "instagram_basic",
        "instagram_manage_comments",
        "instagram_manage_messages",
        "pages_show_list",
        "pages_read_engagement",
        "pages_manage_metadata",
        "business_management",
    )
    permissions = {
        "comments": ("instagram_basic", "instagram_manage_comments"),
        "mentions": ("instagram_basic", "instagram_manage_comments"),
        "direct": ("instagram_basic", "instagram_manage_messages"),
        "answer": ("instagram_manage_comments", "instagram_manage_messages"),
        "hide": ("instagram_manage_comments",),
        "withdraw": ("instagram_manage_comments",),
        "webhook": ("pages_manage_metadata",),
    }
    feeds = ("comments", "mentions", "direct")
    max_length = 2200
    direct_max_length = 1000
    counting = "bytes"
    # with messages only: comments take none
    media = MediaLimits(("image/jpeg", "image/png"), max_bytes=8 * 1024 * 1024)
    mentions = True
    actions = frozenset({"hide", "withdraw"})

    page_fields = "instagram_business_account{id,username,name}"
    platform = "instagram"
    inbox = f"{SITE}/direct/inbox/"
    webhook_object = "instagram"
    webhook_fields = ("comments", "mentions", "messages", "messaging_postbacks")
    page_webhook_fields = ("feed",)  # any one: without one nothing is told

    def _identity(self, page: Fields) -> Identity | None:
        if not page.has("instagram_business_account"):
            return None
        account = page.child("instagram_business_account")
        username = account.line("username")
        return Identity(
            external_id=account.id("id"),
            handle=f"@{username}",
            name=account.line("name", username),
            url=f"{SITE}/{username}/",
        )

    # --- reading

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next page of a feed, see :func:`.graph_walk.walk`."""
        if kind == "direct":
            step = self.walk_messages(cursor)
            profiles = self._profiles([message for _outer, message in step.inner])
            items = [
                self.message_item(m, outer, profile=profiles.get(_sender(m)))
                for outer, m in step.inner
            ]
        elif kind == "mentions":
            me = self._me()
            edge = Edge(node(me.external_id, "tags"), _MEDIA, "timestamp")
            step = walk(self.get, cursor, edge, self.page)
            items = [_media_item(media, me) for media in step.outer]
        else:
            me = self._me()
            step = walk(self.get, cursor, _comments(me), self.page)
            items = [_comment_item(c, outer, me) for outer, c in step.inner]
        return Page(items[::-1], step.cursor, step.more)

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A comment, media or message, read or told by a webhook, as a post."""
        fields = Fields(payload)
        if fields.has("comment"):
            return read_comment(fields)
        if fields.has("comments"):
            return told_comment(fields)
        if fields.has("media"):
            return medium(fields)
        if fields.has("mentions"):
            return mention(fields)
        if fields.has("message"):
            return cls.message_post(payload)
        if fields.has("messaging"):
            return cls.told_post(payload)
        raise BadPayload("there is neither a comment, a medium nor a message")

    @classmethod
    def length(cls, text: str) -> int:
        """Bytes of UTF-8."""
        return len(text.encode("utf-8", "replace"))

    @classmethod
    def compose(cls, text: str, reply_ref: dict) -> str:
        """Answers to a reply stand below the comment above it: its author hears of one
        only when it begins with the name.
        """
        name = f"@{reply_ref['mention']}" if reply_ref.get("mention") else ""
        pattern = rf"{re.escape(name)}(?!\.?\w)"
        if not name or re.search(pattern, text, re.IGNORECASE):
            return text
        return f"{name} {text}"

    @classmethod
    def attachment(cls, kind: str, identifier: str) -> dict:
        return {"type": "MEDIA_SHARE", "payload": {"id": identifier}}

    @classmethod
    def person(cls, sender: Fields, profile: Fields | None) -> Author:
        """The author of a message, with figures where there is a profile: people are
        known by it as soon as they wrote (User Profile API).
        """
        identifier = sender.id("id")
        handle = sender.line("username", "")
        if not profile:
            return author_of(identifier, handle)
        handle = profile.line("username", handle)
        return author_of(
            identifier,
            handle,
            name=profile.name("name", handle),
            avatar_url=profile.url("profile_pic"),
            followers=profile.count("follower_count"),
            verified=profile.flag("is_verified_user"),
        )

    def reread(self, known: list[Known]) -> Reread:
        """Asks for comments and mentions, each by itself. Of messages webhooks tell
        that they were unsent; media in which the account is only tagged are listed, but
        can't be asked for.
        """
        asked = [k for k in known if k.reply_ref.keys() & {"comment", "mention_in"}]
        if not asked:
            return Reread()
        me = self._me()
        wanted = [_question(k, me.external_id) for k in asked]
        gone, items = set(), []
        for post, answer in zip(asked, self.get_batch(wanted), strict=True):
            if isinstance(answer, dict):
                items += _reread_items(post, answer, me)
            elif answer.reason == Reason.NOT_FOUND:
                gone.add(post.external_id)
            elif answer.reason in (Reason.AUTHORISATION, Reason.RATE_LIMIT):
                raise answer
        gone = self.certainly_gone(gone, bool(items), "comments")
        return Reread(frozenset(gone), tuple(items))

    # --- webhooks

    @classmethod
    def _entry(cls, entry: Fields) -> Iterator[Event]:
        account = entry.id("id", "")
        for change in entry.children("changes"):
            field = change.get("field")
            if field in ("comments", "live_comments", "mentions"):
                value = change.get("value")
                item = _told_item(field, value, entry)
                yield Event("item", account, item=item)
        yield from cls.message_events(entry)

    # --- answers

    @classmethod
    def private_way(cls, identity: Identity) -> str:
        """The address that opens a direct message (Meta calls it an ig.me link)."""
        return f"https://ig.me/m/{identity.handle.lstrip('@')}"

    def reply(self, outgoing: Outgoing) -> Sent:
        """Replies to a comment, comments where the account is mentioned, or sends a
        message.
        """
        reference = outgoing.reply_ref
        if "recipient" in reference:
            return self.send(outgoing)
        if outgoing.attachments:
            raise NetworkError(Reason.REFUSED, "comments take text only")
        if "mention_in" in reference:
            path = node(self._me().external_id, "mentions")
            body = {"media_id": reference["mention_in"], "message": outgoing.text}
            if reference.get("comment"):
                body["comment_id"] = reference["comment"]
        else:
            path = node(reference["comment"], "replies")
            body = {"message": outgoing.text}
        return self._sent(confirmed_id(self.submit(path, json=body)), reference)

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Looks for the text among the account's own replies to the comment since, or
        among its messages.
        """
        reference = outgoing.reply_ref
        if "recipient" in reference:
            return self.find_message(outgoing)
        if "mention_in" in reference:
            said = "comments on somebody else's media can't be listed"
            raise NetworkError(Reason.UNKNOWN, said)
        me = self._me()
        params = {"fields": _COMMENT, "limit": 50}
        try:
            for reply in self.get_all(node(reference["comment"], "replies"), params):
                own = _is_by(reply, me)
                words = same_words(reply.get("text"), outgoing.text)
                if own and words and is_since(reply, "timestamp", outgoing.created_at):
                    return self._sent(confirmed_id(reply), reference)
        except NetworkError as error:
            if error.reason != Reason.NOT_FOUND:
                raise  # otherwise the comment is gone, and the answer with it
        return None

    # --- actions

    def hide(self, reply_ref: dict, hidden: bool = True) -> None:
        if "id" not in reply_ref:
            raise NetworkError(Reason.REFUSED, "only comments can be hidden")
        self.submit(node(reply_ref["id"]), json={"hide": hidden})

    def withdraw(self, external_id: str) -> None:
        if not external_id.isdecimal():
            raise NetworkError(Reason.REFUSED, "messages can't be taken back")
        try:
            self.submit(node(external_id), "DELETE")
        except NetworkError as error:
            if error.reason != Reason.NOT_FOUND:
                raise

    def _me(self) -> Identity:
        """The account: as it is known, or asked for."""
        known = self.account
        if known.external_id and known.handle:
            return Identity(known.external_id, known.handle)
        return self.verify()

    def _sent(self, identifier, reference):
        mine = f"{SITE}/{self.account.handle.lstrip('@')}"
        return Sent(identifier, reference.get("url") or mine, reference)

    def _profiles(self, messages):
        """The authors' profiles by id. One that can't be had stays unknown."""
        people = list(dict.fromkeys(filter(None, map(_sender, messages))))
        people = [person for person in people if person != self.account.external_id]
        profiles = {}
        for start in range(0, len(people), BATCH):
            batch = people[start : start + BATCH]
            wanted = [(node(person), {"fields": _PROFILE}) for person in batch]
            try:
                answers = self.get_batch(wanted)
            except NetworkError:
                break
            found = zip(batch, answers, strict=True)
            profiles |= {p: answer for p, answer in found if isinstance(answer, dict)}
        return profiles


def _comments(me):
    replies = f"replies.limit(50){{{_COMMENT}}}"
    return Edge(
        path=node(me.external_id, "media"),
        fields="id,timestamp,permalink",
        time="timestamp",
        reach=LOOK_BACK,
        inner="comments",  # newest first
        inner_fields=f"{_COMMENT},{replies}",
        inner_time="timestamp",
    )


def _comment_item(comment, outer, me):
    if not isinstance(comment, dict):
        comment = {"not an object": comment}
    kept = {name: value for name, value in comment.items() if name != "replies"}
    payload = {"comment": kept, "media_id": outer.get("id")}
    payload["permalink"] = outer.get("permalink")
    if _is_by(comment, me):
        payload["own"] = me.external_id  # comments know their authors by another id
    revision = text_revision(comment.get("text"))
    return Item(item_id(comment.get("id"), comment), payload, revision)


def _media_item(media, me):
    if not isinstance(media, dict):
        media = {"not an object": media}
    caption = media.get("caption")
    caption = caption if isinstance(caption, str) else ""
    name = re.escape(me.handle.lstrip("@"))
    # captions of others come without the @
    mentioned = re.search(rf"(?<![\w.]){name}(?!\.?\w)", caption, re.IGNORECASE)
    payload = {"media": media, "mentioned": bool(mentioned)}
    return Item(item_id(media.get("id"), media), payload, text_revision(caption))


def _told_item(field, value, entry):
    """A comment or a mention as a webhook tells it."""
    if not isinstance(value, dict):
        value = {"not an object": value}
    if field == "mentions":
        identifier = value.get("comment_id") or value.get("media_id")
    else:
        field, identifier = "comments", value.get("id")
    payload = {field: value, "time": entry.get("time"), "account_id": entry.get("id")}
    revision = text_revision(value.get("text"))
    return Item(item_id(identifier, payload), payload, revision)


def _question(known, me):
    """What is asked to read a known post again: path and parameters."""
    reference, identifier = known.reply_ref, known.external_id
    if "mention_in" not in reference:
        return node(identifier), {"fields": _COMMENT}
    what = "mentioned_comment.comment_id"
    fields = "id,text,timestamp,like_count"
    if not reference.get("comment"):
        what, fields = "mentioned_media.media_id", _MENTIONED
    # it goes into an expression: only what is surely a number may
    number = identifier if identifier.isdecimal() else "0"
    return node(me), {"fields": f"{what}({number}){{{fields}}}"}


def _reread_items(known, answer, me):
    reference = known.reply_ref
    if "mention_in" not in reference:
        outer = {"id": reference.get("media"), "permalink": reference.get("url")}
        return [_comment_item(answer, outer, me)]
    read = answer.get("mentioned_comment") or answer.get("mentioned_media")
    if not isinstance(read, dict):
        return []
    told = {"media_id": reference["mention_in"]}
    if reference.get("comment"):
        told["comment_id"] = reference["comment"]
    revision = text_revision(read.get("text") or read.get("caption"))
    return [Item(known.external_id, {"mentions": told, "read": read}, revision)]


def _sender(message):
    sender = message.get("from") if isinstance(message, dict) else None
    return as_id(sender.get("id")) if isinstance(sender, dict) else ""


def _is_by(comment, me):
    """Whether the account wrote a comment."""
    sender = comment.get("from") if isinstance(comment.get("from"), dict) else {}
    if as_id(sender.get("id")) == me.external_id:
        return True
    username = comment.get("username") or sender.get("username")
    name = me.handle.lstrip("@").lower()
    return isinstance(username, str) and username.lower() == name
