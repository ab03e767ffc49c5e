"""What Mastodon calls statuses and accounts, as posts, answers and authors
(https://docs.joinmastodon.org/entities/Status/).
"""

import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import regex

from .base import Author, Media, Outgoing, Post, Sent
from .links import without_links
from .payload import NEEDED, Fields, as_id, as_time, language
from .plaintext import bounded, graphemes, html_to_text, without_shortcodes
from .wordless import joined, poll, quoted, shown

LONGEST_ABOUT = 5000  # characters
LINK_LENGTH = 23  # characters that a link counts on Mastodon
SKEW = timedelta(minutes=10)  # clocks of two servers may differ by this
# Who may reply, at once or when the author approves it: by the newer names, and by
# those of before GoToSocial 0.20.
_APPROVALS = ("always", "with_approval", "automatic_approval", "manual_approval")
# Mastodon's words → the contract's. Others ("local", "list") are not for everybody.
_VISIBILITY = {"public": "public", "unlisted": "unlisted", "direct": "direct"}
_MIME = {"image": "image/*", "gifv": "video/*", "video": "video/*", "audio": "audio/*"}
# What a mention can be made of. Names are chosen on other servers, and stand in front
# of our own public answer.
_ACCT = regex.compile(r"\w(?:[\w.-]*\w)?(?:@[\w.-]+\w(?::\d+)?)?")
_MENTION = regex.compile(r"(?<![=/\w])@(\w[\w.-]*)@[\w.-]+\w(?::\d+)?")


def as_post(payload: dict) -> Post:
    """A payload with a ``status`` as a post: a notification, or one of our own making.

    Where it was asked for by an id, that is ``asked``: snac changes it with each edit.
    """
    fields = Fields(payload)
    status = fields.child("status")
    visibility = status.line("visibility")
    identifier = fields.id("asked", None) or status.id("id")
    parent = status.id("in_reply_to_id", None)
    account = status.child("account")
    acct = account.line("acct")
    obstacle = _obstacle(payload, status, acct)
    kind = "reply" if parent else "post"
    media = tuple(_media(status))
    reference = {"id": identifier, "acct": acct, "visibility": visibility}
    if number := account.id("id", ""):
        reference["account"] = number
    return Post(
        external_id=identifier,
        kind="direct" if visibility == "direct" else kind,
        text=bounded(shown(_text(status), media)),
        author=as_author(account, fields.line("domain", "")),
        posted_at=status.time("created_at"),
        url=status.url("url") or status.url("uri"),
        language=language(status.get("language")),
        visibility=_VISIBILITY.get(visibility, "followers"),
        parent_id=parent,
        reply_ref=reference,
        answerable=not obstacle,
        unanswerable_reason=obstacle,
        revision=revision(status.get("edited_at")),
        media=media,
        shares=status.count("reblogs_count"),
        likes=status.count("favourites_count"),
    )


def _obstacle(payload, status, acct) -> str:
    """Why a status can't be answered: a key of ``UNANSWERABLE``, or empty."""
    if not _ACCT.fullmatch(acct):
        return "read_only"
    is_mention = payload.get("type") == "mention"
    return "closed" if _is_closed(status, is_mention) else ""


def _is_closed(status, is_mention) -> bool:
    """Whether the author's rules let the account not reply. "me" among those who may
    is the account that asks; a reply that has to be approved can be written all the
    same (https://docs.gotosocial.org, "Interaction Policy").
    """
    policy = status.get("interaction_policy")
    rules = policy.get("can_reply") if isinstance(policy, dict) else None
    if not isinstance(rules, dict):
        return False
    listed = [rules[name] for name in _APPROVALS if isinstance(rules.get(name), list)]
    may = {who for names in listed for who in names if isinstance(who, str)}
    us = {"public", "me", "mentioned"} if is_mention else {"public", "me"}
    return bool(listed) and not may & us


def as_author(account: Fields, host: str = "") -> Author:
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
        name=without_shortcodes(account.name("display_name", ""))
        or account.line("username", acct),
        url=url,
        avatar_url=account.url("avatar_static") or account.url("avatar"),
        followers=account.count("followers_count"),
        following=account.count("following_count"),
        posts=account.count("statuses_count"),
        created_at=account.time("created_at", None),
        is_bot=account.flag("bot"),
        about=_about(account),
    )


def _about(account):
    """The description and the table of links below it."""
    said = [account.text("note", "")]
    for row in account.children("fields")[:20]:
        said += [row.text("name", ""), row.text("value", "")]
    return "\n".join(filter(None, map(html_to_text, said)))[:LONGEST_ABOUT]


def revision(edited_at: Any) -> str:
    """What tells the versions of a status apart; empty when it was never edited."""
    moment = as_time(edited_at)
    return moment.isoformat() if moment else ""


def length(text: str, link_length: int = 0) -> int:
    """Grapheme clusters; every link counts 23 and a mention without its server.

    https://docs.joinmastodon.org/user/posting/#text

    :param link_length: what a link counts instead; :data:`.base.AS_WRITTEN` on servers
        that count the text as it is written, mentions too
    """
    if link_length < 0:
        return graphemes(text)
    text = without_links(text, "x" * (link_length or LINK_LENGTH))
    return graphemes(_MENTION.sub(r"@\1", text))


def mentions(text: str, acct: str) -> bool:
    """Whether a text mentions an account."""
    pattern = rf"(?<![\w@/])@{re.escape(acct)}(?![\w@-]|\.\w)"
    return bool(re.search(pattern, text, re.IGNORECASE))


def as_sent(status: dict, outgoing: Outgoing) -> Sent:
    """A status as the answer it is; a long one goes on below it."""
    fields = Fields(status, "status")
    identifier = fields.id("id")
    url = fields.url("url") or fields.url("uri")
    return Sent(identifier, url, outgoing.reply_ref | {"id": identifier})


def is_answer(status: dict, outgoing: Outgoing) -> bool:
    """Whether an own status is the answer: written since, to the same post, in the same
    words.
    """
    if is_older(status, outgoing.created_at - SKEW):
        return False
    if as_id(status.get("in_reply_to_id")) != outgoing.reply_ref["id"]:
        return False
    content = status.get("content")
    written = html_to_text(content) if isinstance(content, str) else ""
    return _words(written) == _words(outgoing.text)


def written_at(entry: Any) -> datetime | None:
    """When an entry was made; None when it does not say."""
    return as_time(entry.get("created_at")) if isinstance(entry, dict) else None


def is_older(entry: Any, moment: datetime) -> bool:
    """Whether an entry is from before a moment."""
    written = written_at(entry)
    return bool(written and written < moment)


def _text(status):
    said = html_to_text(status.text("content"))
    if status.has("poll"):
        options = status.child("poll").children("options")
        said = poll(said, [option.text("title", "") for option in options])
    return joined(status.text("spoiler_text", ""), said, _quote(status))


def _quote(status):
    """What the status quotes (Mastodon 4.4): others' words, marked as such."""
    quote = status.child("quote") if status.has("quote") else None
    if not quote or not quote.has("quoted_status"):
        return ""
    said = quote.child("quoted_status")
    author = said.child("account") if said.has("account") else None
    acct = author.line("acct", "") if author else ""
    text = html_to_text(said.text("content", "")) or said.url("url")
    return quoted(text, f"@{acct}" if acct else "")


def _media(status):
    for attachment in status.children("media_attachments"):
        if url := attachment.url("url") or attachment.url("remote_url"):
            mime_type = _MIME.get(attachment.line("type", ""), "")
            yield Media(url, mime_type, attachment.text("description", "")[:1500])


def _words(text):
    """What of a text survives a server's rendering: no servers in mentions, no markup,
    no spaces.
    """
    text = _MENTION.sub(r"@\1", text.replace("https://", "").replace("http://", ""))
    return "".join(c for c in text if c.isalnum()) or "".join(text.split())
