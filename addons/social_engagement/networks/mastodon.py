"""Mastodon, and whatever speaks its API: GoToSocial, Pleroma, snac.

Facts are from https://docs.joinmastodon.org (API methods ``notifications``,
``statuses``, ``accounts``, ``instance``), and measured against snac 2.75.
"""

import re
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import regex

from . import register
from .base import (
    Account,
    Adapter,
    Author,
    Credential,
    Identity,
    Item,
    Media,
    NetworkError,
    Outgoing,
    Page,
    Post,
    Reason,
    Sent,
)
from .http import Client, checked_json
from .payload import NEEDED, Fields, as_id, as_time, item_id, language
from .plaintext import bounded, graphemes, html_to_text

PAGE = 80  # the most a server gives at once
FULL = 40  # what counts as a full page, since some servers give no more
SHORT = 20  # every server gives as many own statuses as this, when there are as many
BACKFILL = timedelta(days=7)  # how far the very first fetch looks back
SKEW = timedelta(minutes=10)  # clocks of two servers may differ by this
# Mastodon's words → the contract's. Others ("local", "list") are not for everybody.
_VISIBILITY = {"public": "public", "unlisted": "unlisted", "direct": "direct"}
_MIME = {"image": "image/*", "gifv": "video/*", "video": "video/*", "audio": "audio/*"}
_LINK = re.compile(r"https?://\S+")
# What a mention can be made of. Names are chosen on other servers, and stand in front
# of our own public answer.
_ACCT = regex.compile(r"\w(?:[\w.-]*\w)?(?:@[\w.-]+\w(?::\d+)?)?")
_MENTION = regex.compile(r"(?<![=/\w])@(\w[\w.-]*)@[\w.-]+\w(?::\d+)?")


@register
class Mastodon(Adapter):
    """Listens to mentions, direct messages among them, and answers in the visibility it
    was written to in.
    """

    name = "mastodon"
    label = "Mastodon"
    credentials = (
        Credential(
            "secret",
            "Access token",
            "Preferences › Development › New application, scopes read and write.",
        ),
    )
    feeds = ("mentions",)
    can_reply = True
    max_length = 500
    counting = "mastodon"

    def __init__(self, account: Account):
        super().__init__(account)
        headers = {"Authorization": f"Bearer {account.secret.strip()}"}
        self._client = Client(
            account, headers=headers, classify=_classify, meter=self.meter
        )

    def verify(self) -> Identity:
        """Asks for the token's account and the server's length limit."""
        account = self._read("/api/v1/accounts/verify_credentials", dict)
        author = _author(Fields(account, "account"), self._host)
        return Identity(
            external_id=author.external_id,
            handle=author.handle,
            name=author.name,
            url=author.url,
            max_length=self._max_characters(),
        )

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next mentions.

        The cursor is ``{"min_id": newest}``: ids after it are asked for, oldest first.
        The first time there is none; the last week is walked backwards then, with
        ``{"min_id": newest, "max_id": oldest}`` in between.
        """
        position = {k: v for k, v in cursor.items() if k in ("min_id", "max_id")}
        back = position if "max_id" not in position else {"max_id": position["max_id"]}
        params = {"types[]": "mention", "limit": PAGE, **back}
        found = self._read("/api/v1/notifications", list, params)
        items = [_item(n) for n in reversed(found) if _is_mention(n)]
        after = _position(position, found)
        if _is_walking(position):
            return Page(items, after, "max_id" in after)
        return Page(items, after, len(found) >= FULL and after != position)

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A notification as a post."""
        status = Fields(payload).child("status")
        author = _author(status.child("account"))
        visibility = status.line("visibility")
        identifier = status.id("id")
        parent = status.id("in_reply_to_id", None)
        acct = status.child("account").line("acct")
        answerable = bool(_ACCT.fullmatch(acct))
        kind = "reply" if parent else "post"
        return Post(
            external_id=identifier,
            kind="direct" if visibility == "direct" else kind,
            text=_text(status),
            author=author,
            posted_at=status.time("created_at"),
            url=status.url("url") or status.url("uri"),
            language=language(status.get("language")),
            visibility=_VISIBILITY.get(visibility, "followers"),
            parent_id=parent,
            reply_ref={
                "id": identifier,
                "acct": acct,
                "visibility": visibility,
            },
            answerable=answerable,
            unanswerable_reason="" if answerable else "read_only",
            revision=_revision(status.get("edited_at")),
            media=tuple(_media(status)),
            shares=status.count("reblogs_count"),
            likes=status.count("favourites_count"),
        )

    @classmethod
    def length(cls, text: str) -> int:
        """Grapheme clusters; every link counts 23 and a mention without its server.

        https://docs.joinmastodon.org/user/posting/#text
        """
        return graphemes(_MENTION.sub(r"@\1", _LINK.sub("x" * 23, text)))

    @classmethod
    def compose(cls, text: str, reply_ref: dict) -> str:
        """Puts the author's mention in front, without which nobody is notified."""
        mention = f"@{reply_ref['acct']}"
        return text if _mentions(text, mention) else f"{mention} {text}"

    def reply(self, outgoing: Outgoing) -> Sent:
        """Posts the answer. The parent is looked up first: some servers post a stray
        answer when it is gone.
        """
        parent = outgoing.reply_ref["id"]
        self._read(f"/api/v1/statuses/{parent}", dict)
        data = {
            "status": outgoing.text,
            "in_reply_to_id": parent,
            "visibility": outgoing.reply_ref["visibility"],
        }
        if outgoing.language:
            data["language"] = outgoing.language
        answer = self._client.post(
            "/api/v1/statuses", data, {"Idempotency-Key": outgoing.key}
        )
        status = checked_json(answer, dict, write=True)
        return _sent(status)

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Looks for the text among the answers the account gave to the same post since.

        Own statuses are read instead of the parent's context: they are there when the
        parent is gone, and private ones too.
        """
        me = self._read("/api/v1/accounts/verify_credentials", dict)
        path = f"/api/v1/accounts/{Fields(me, 'account').id('id')}/statuses"
        params, seen = {"limit": 40, "exclude_reblogs": "true"}, set()
        for _page in range(10):
            statuses = self._read(path, list, params)
            statuses = [s for s in statuses if isinstance(s, dict)]
            for status in statuses:
                if _is_answer(status, outgoing):
                    return _sent(status)
            ids = [as_id(s.get("id")) for s in statuses]
            short = len(ids) < SHORT  # snac knows no max_id: gives the same page again
            if not set(ids) - seen and (short or not ids):
                return None
            if _reaches(statuses[-1], outgoing.created_at - SKEW):
                return None
            seen.update(ids)
            params["max_id"] = ids[-1]
        raise NetworkError(Reason.UNKNOWN, "too many own posts since to look through")

    @property
    def _host(self):
        return urlsplit(self.account.base_url).netloc

    def _read(self, path, kind, params=None):
        return checked_json(self._client.get(path, params), kind)

    def _max_characters(self):
        """The server's limit; servers before Mastodon 4 and snac know the first version
        of the call only.
        """
        for version in ("v2", "v1"):
            try:
                instance = self._read(f"/api/{version}/instance", dict)
                limits = Fields(instance).child("configuration").child("statuses")
                return limits.count("max_characters") or self.max_length
            except NetworkError as error:
                if error.temporary:
                    raise
        return self.max_length


def _classify(status, code, message):
    if status != 422:
        return None
    if not message or "authenticated user" in message:  # snac says so without words
        return Reason.AUTHORISATION
    return Reason.TOO_LONG if "character" in message.lower() else None


def _is_mention(notification):
    """Servers that don't know ``types[]`` send all kinds; what is no object at all is
    kept, to be shown as broken.
    """
    kind = notification.get("type") if isinstance(notification, dict) else None
    return kind in (None, "mention")


def _item(notification):
    if not isinstance(notification, dict):
        notification = {"not an object": notification}
    status = notification.get("status")
    status = status if isinstance(status, dict) else {}
    return Item(
        external_id=item_id(status.get("id"), notification),
        payload=notification,
        revision=_revision(status.get("edited_at")),
    )


def _position(position, found):
    """The cursor after a page. Ids grow, as numbers or as text of one length."""
    ids = [as_id(n.get("id")) for n in found if isinstance(n, dict)]
    ids = sorted((i for i in ids if i), key=lambda i: (len(i), i))
    if not ids:
        return {k: v for k, v in position.items() if k == "min_id"}
    newest = position["min_id"] if "max_id" in position else ids[-1]
    if (
        not _is_walking(position)
        or len(found) < FULL
        or _reaches(found[-1], _backfill())
    ):
        return {"min_id": newest}
    return {"min_id": newest, "max_id": ids[0]}


def _is_walking(position):
    """Whether this is the very first fetch, which reads backwards."""
    return "max_id" in position or not position


def _backfill():
    return datetime.now(timezone.utc) - BACKFILL


def _reaches(entry, moment):
    """Whether an entry is from before a moment."""
    written = as_time(entry.get("created_at")) if isinstance(entry, dict) else None
    return bool(written and written < moment)


def _revision(edited_at):
    moment = as_time(edited_at)
    return moment.isoformat() if moment else ""


def _text(status):
    warning = status.text("spoiler_text", "").strip()
    parts = filter(None, [warning, html_to_text(status.text("content"))])
    return bounded("\n\n".join(parts))


def _author(account, host=""):
    """An account as an author, known by the address of its page: ids and ``acct``
    differ from server to server.

    The address is what the author's own server says, and not every server checks it:
    where it leads to another server than the author's, it alone proves nothing.
    """
    acct = account.line("acct")
    url = account.url("url") or account.url("uri", NEEDED)
    identifier = url
    if "@" not in acct:
        acct += "@" + (host or urlsplit(url).netloc)
    elif acct.rpartition("@")[2].lower() != urlsplit(url).netloc.lower():
        identifier = f"{url}#@{acct}"
    return Author(
        external_id=identifier,
        handle=f"@{acct}",
        name=account.line("display_name", "") or account.line("username", acct),
        url=url,
        avatar_url=account.url("avatar_static") or account.url("avatar"),
        followers=account.count("followers_count"),
        following=account.count("following_count"),
        posts=account.count("statuses_count"),
        created_at=account.time("created_at", None),
        is_bot=account.flag("bot"),
    )


def _media(status):
    for attachment in status.children("media_attachments"):
        if url := attachment.url("url") or attachment.url("remote_url"):
            mime_type = _MIME.get(attachment.line("type", ""), "")
            yield Media(url, mime_type, attachment.text("description", "")[:1500])


def _sent(status):
    fields = Fields(status, "status")
    return Sent(fields.id("id"), fields.url("url") or fields.url("uri"))


def _mentions(text, mention):
    pattern = rf"(?<![\w@/]){re.escape(mention)}(?![\w@-]|\.\w)"
    return bool(re.search(pattern, text, re.IGNORECASE))


def _is_answer(status, outgoing):
    """Whether an own status is the answer: written since, to the same post, in the same
    words.
    """
    if _reaches(status, outgoing.created_at - SKEW):
        return False
    if as_id(status.get("in_reply_to_id")) != outgoing.reply_ref["id"]:
        return False
    content = status.get("content")
    written = html_to_text(content) if isinstance(content, str) else ""
    return _words(written) == _words(outgoing.text)


def _words(text):
    """What of a text survives a server's rendering: no servers in mentions, no markup,
    no spaces.
    """
    text = _MENTION.sub(r"@\1", text.replace("https://", "").replace("http://", ""))
    return "".join(c for c in text if c.isalnum()) or "".join(text.split())
