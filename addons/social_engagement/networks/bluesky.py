"""Bluesky, and every other app view of the AT Protocol, by app password.

Facts are from the lexicons of ``app.bsky`` and ``com.atproto`` (https://docs.bsky.app),
and measured against the reference implementation, @atproto/dev-env 0.6.7.
"""

import hashlib
import math
from datetime import timezone

from . import register
from .atproto import Session, walk
from .base import (
    Account,
    Adapter,
    Author,
    BadPayload,
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
from .facets import expand, facets
from .payload import Fields, as_id, item_id, language
from .plaintext import bounded, clean, graphemes

COLLECTION = "app.bsky.feed.post"
APP = "https://bsky.app"
MAX_GRAPHEMES = 300
MAX_BYTES = 3000
PROFILES = 25  # the most getProfiles takes at once
_REASONS = ("mention", "reply", "quote")
_TID = "234567abcdefghijklmnopqrstuvwxyz"


@register
class Bluesky(Adapter):
    """Listens to mentions, replies and quotes, and answers publicly: Bluesky has no
    other visibility.
    """

    name = "bluesky"
    label = "Bluesky"
    base_url = "https://bsky.social"
    credentials = (
        Credential("username", "Handle", "For example brand.bsky.social"),
        Credential(
            "secret", "App password", "Settings › Privacy and security › App passwords."
        ),
    )
    feeds = ("mentions",)
    can_reply = True
    max_length = MAX_GRAPHEMES

    def __init__(self, account: Account):
        super().__init__(account)
        self._session = Session(account, self.meter)

    def verify(self) -> Identity:
        """Signs in and reads the own profile."""
        did = self._session.did
        try:
            profile = self._session.get("app.bsky.actor.getProfile", {"actor": did})
        except NetworkError as error:
            # REFUSED: the app view does not know a new account for some seconds
            if error.reason != Reason.REFUSED:
                raise
            profile = {"did": did, "handle": self.account.username}
        author = _author(Fields(profile, "profile"), {})
        return Identity(did, author.handle, author.name, author.url, MAX_GRAPHEMES)

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next page of notifications, newest first: the network knows no other
        order. See :func:`.atproto.walk`.
        """

        def read(page):
            # "priority" would leave out whom the account does not follow; "reasons"
            # would give empty pages, which don't say how far back they reach
            params = {"limit": 100, "priority": "false"}
            if page:
                params["cursor"] = page
            return self._session.get("app.bsky.notification.listNotifications", params)

        found, after = walk(read, cursor, _is_wanted)
        profiles = self._profiles(found)
        items = [_item(n, profiles) for n in reversed(found)]
        return Page(items, after, "page" in after)

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A notification, with its author's profile where there is one, as a post."""
        fields = Fields(payload)
        notification = fields.child("notification")
        record = notification.child("record")
        uri, cid = notification.id("uri"), notification.id("cid")
        author = _author(notification.child("author"), fields.get("profile"))
        this = {"uri": uri, "cid": cid}
        answered = record.child("reply") if record.has("reply") else None
        root = _reference(answered.child("root")) if answered else this
        parent = _reference(answered.child("parent")) if answered else None
        return Post(
            external_id=uri,
            kind="reply" if answered else "post",
            text=bounded(clean(expand(_raw_text(record), record.get("facets")))),
            author=author,
            posted_at=_posted_at(notification, record),
            url=f"{APP}/profile/{author.external_id}/post/{uri.rsplit('/')[-1]}",
            language=_language(record.get("langs")),
            parent_id=parent["uri"] if parent else None,
            thread_id=root["uri"],
            reply_ref={"root": root, "parent": this},
            revision=cid,
            media=tuple(_media(record, author.external_id)),
        )

    @classmethod
    def length(cls, text: str) -> int:
        """Grapheme clusters, of which 300 are allowed; a text over the 3,000 bytes
        allowed counts a tenth of its bytes.
        """
        size = len(text.encode("utf-8", "replace"))
        count = graphemes(text)
        return count if size <= MAX_BYTES else max(count, math.ceil(size / 10))

    def reply(self, outgoing: Outgoing) -> Sent:
        """Puts the answer's record under a key made from ours, so that sending twice is
        the same as sending once.
        """
        self._check_answerable(outgoing.reply_ref["parent"]["uri"])
        text = clean(outgoing.text)
        record = {
            "$type": COLLECTION,
            "text": text,
            "createdAt": _iso(outgoing.created_at),
            "reply": outgoing.reply_ref,
        }
        if outgoing.language:
            record["langs"] = [outgoing.language]
        if found := facets(text, self._session.resolve):
            record["facets"] = found
        key = record_key(outgoing)
        data = {
            "repo": self._session.did,
            "collection": COLLECTION,
            "rkey": key,
            "record": record,
        }
        answer = self._session.post("com.atproto.repo.putRecord", data)
        return self._sent(as_id(answer.get("uri")) or self._uri(key))

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Reads the record under the answer's key."""
        params = {
            "repo": self._session.did,
            "collection": COLLECTION,
            "rkey": record_key(outgoing),
        }
        try:
            record = self._session.get("com.atproto.repo.getRecord", params)
        except NetworkError as error:
            if error.reason == Reason.NOT_FOUND:
                return None
            raise
        return self._sent(as_id(record.get("uri")) or self._uri(params["rkey"]))

    def _check_answerable(self, uri):
        """The network stores answers to what is gone or closed without a word, but
        shows them to nobody.
        """
        found = self._session.get("app.bsky.feed.getPosts", {"uris": [uri]})
        posts = Fields(found).children("posts")
        if not posts:
            raise NetworkError(Reason.NOT_FOUND, "the post is gone")
        viewer = posts[0].child("viewer") if posts[0].has("viewer") else None
        if viewer and viewer.flag("replyDisabled"):
            raise NetworkError(Reason.REFUSED, "the author lets not everybody answer")
        author = posts[0].child("author")
        if author.has("viewer") and author.child("viewer").flag("blockedBy"):
            raise NetworkError(Reason.BLOCKED, "the author has blocked this account")

    def _profiles(self, notifications):
        """The authors' profiles by DID, with the figures notifications lack. One that
        can't be had stays unknown.
        """
        authors = [n.get("author") for n in notifications if isinstance(n, dict)]
        dids = [as_id(a.get("did")) for a in authors if isinstance(a, dict)]
        dids = list(dict.fromkeys(did for did in dids if did.startswith("did:")))
        profiles = {}
        for start in range(0, len(dids), PROFILES):
            batch = {"actors": dids[start : start + PROFILES]}
            try:
                found = self._session.get("app.bsky.actor.getProfiles", batch)
            except NetworkError:
                break
            listed = found.get("profiles")
            for profile in listed if isinstance(listed, list) else ():
                if isinstance(profile, dict):
                    profiles[profile.get("did")] = profile
        return profiles

    def _uri(self, key):
        return f"at://{self._session.did}/{COLLECTION}/{key}"

    def _sent(self, uri):
        key = uri.rsplit("/")[-1]
        return Sent(uri, f"{APP}/profile/{self._session.did}/post/{key}")


def record_key(outgoing: Outgoing) -> str:
    """The key of an answer's record: the same whenever the same answer is sent.

    It has to be a TID (https://atproto.com/specs/tid): 53 bits of microseconds, 10 bits
    of chance. Below the second, both come from the answer's own key.
    """
    number = int.from_bytes(hashlib.sha256(outgoing.key.encode()).digest()[:8], "big")
    seconds = int(outgoing.created_at.timestamp())
    number, clock = divmod(number, 1024)
    tid = (seconds * 1_000_000 + number % 1_000_000) << 10 | clock
    return "".join(_TID[tid >> shift & 31] for shift in range(60, -1, -5))


def _is_wanted(notification):
    """Broken ones too: they are stored and shown."""
    reason = notification.get("reason") if isinstance(notification, dict) else None
    return not isinstance(reason, str) or reason in _REASONS


def _item(notification, profiles):
    if not isinstance(notification, dict):
        payload = {"notification": notification, "profile": None}
        return Item(item_id(None, payload), payload)
    author = notification.get("author")
    did = as_id(author.get("did")) if isinstance(author, dict) else ""
    payload = {"notification": notification, "profile": profiles.get(did)}
    identifier = item_id(notification.get("uri"), notification)
    return Item(identifier, payload, as_id(notification.get("cid")))


def _raw_text(record):
    """The text as it came, since facets count its bytes."""
    record.text("text")
    return record.get("text")


def _reference(fields):
    return {"uri": fields.id("uri"), "cid": fields.id("cid")}


def _posted_at(notification, record):
    """When it was written, as far as that can be believed: the author's own clock, but
    never after its arrival.
    """
    indexed = notification.time("indexedAt")
    return min(indexed, record.time("createdAt", indexed))


def _language(langs):
    """The language of a post that names exactly one."""
    return language(langs[0]) if isinstance(langs, list) and len(langs) == 1 else None


def _author(view, profile):
    did = view.id("did")
    if not did.startswith("did:"):
        raise BadPayload("author.did is not a DID")
    handle = view.line("handle", did)
    figures = Fields(profile) if isinstance(profile, dict) else view
    return Author(
        external_id=did,
        handle=did if handle == "handle.invalid" else f"@{handle}",
        name=view.line("displayName", handle),
        url=f"{APP}/profile/{did}",
        avatar_url=view.url("avatar"),
        followers=figures.count("followersCount"),
        following=figures.count("followsCount"),
        posts=figures.count("postsCount"),
        created_at=view.time("createdAt", None),
        verified=_verified(view),
    )


def _verified(view):
    if not view.has("verification"):
        return None
    return view.child("verification").get("verifiedStatus") == "valid"


def _media(record, did):
    embed = record.child("embed") if record.has("embed") else None
    for image in embed.children("images") if embed else ():
        blob = image.child("image") if image.has("image") else None
        cid = blob.child("ref").id("$link", "") if blob and blob.has("ref") else ""
        if cid:
            url = f"https://cdn.bsky.app/img/feed_fullsize/plain/{did}/{cid}@jpeg"
            description = image.text("alt", "")[:1500]
            yield Media(url, blob.line("mimeType", ""), description)


def _iso(moment):
    moment = moment.astimezone(timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
