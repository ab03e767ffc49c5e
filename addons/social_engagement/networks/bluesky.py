"""Bluesky, and every other app view of the AT Protocol, by app password.

Facts are from the lexicons of ``app.bsky`` and ``com.atproto`` (https://docs.bsky.app),
and measured against the reference implementation, @atproto/dev-env 0.6.7.
"""

import math
from dataclasses import replace
from datetime import datetime, timezone

from . import register
from .atproto import Session, earlier, page, tid, tid_seconds
from .base import (
    Account,
    Adapter,
    Author,
    BadPayload,
    Credential,
    Finding,
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
from .bluesky_embed import below, media_of, quoted_uri
from .facets import expand, facets
from .payload import Fields, as_id, as_time, item_id, language
from .plaintext import bounded, clean, graphemes
from .walk import Reader, walk
from .wordless import joined, shown

COLLECTION = "app.bsky.feed.post"
LIKES = "app.bsky.feed.like"
FOLLOWS = "app.bsky.graph.follow"
APP = "https://bsky.app"
MAX_GRAPHEMES = 300
MAX_BYTES = 3000
PAGE = 100
BATCH = 25  # the most profiles or posts that are given at once
# What is said of an account, the author's too, that is suspended or deactivated.
_AWAY = {"AccountTakedown", "AccountDeactivated", "RepoTakendown", "RepoDeactivated"}
_AWAY |= {"RepoSuspended"}
_REASONS = ("mention", "reply", "quote")


@register
class Bluesky(Adapter):
    """Listens to mentions, replies and quotes, and searches; answers publicly: Bluesky
    has no other visibility.

    What is found is stored as ``{"notification": …}`` or ``{"post": …}``, with the
    author's ``"profile"``.
    """

    name = "bluesky"
    label = "Bluesky"
    base_url = "https://bsky.social"
    own_server = True
    credentials = (
        Credential("username", "Handle", "For example brand.bsky.social"),
        Credential(
            "secret", "App password", "Settings › Privacy and security › App passwords."
        ),
    )
    feeds = ("mentions", "search")
    slowest = 600
    can_reread = True
    reread_batch = BATCH
    can_reply = True
    threads = True
    max_length = MAX_GRAPHEMES
    counting = "graphemes"
    media = MediaLimits(("image/*",), count=4, max_bytes=2_000_000)
    mentions = True
    actions = frozenset({"like", "follow", "withdraw"})

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

    def diagnose(self) -> list[Finding]:
        """Reads the notifications; an app password that can do that can do the rest."""
        read = self._try("mentions", lambda: self.fetch("mentions", "", {}))
        rest = ("search", "answer", "like", "follow", "withdraw")
        return [read, *(replace(read, ability=ability) for ability in rest)]

    def keep_alive(self) -> None:
        """Renews the session before it ends."""
        self._session.keep_alive()

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next page, newest first: the network knows no other order. See
        :func:`.walk.walk`.
        """
        if kind == "search":
            reader = Reader(
                lambda token: self._found(query, token),
                _sorted_at,
                _mark,
                self._is_other,
            )
            found, after = walk(reader, cursor)
            return self._page("post", found, after)
        reader = Reader(self._notified, _indexed_at, _mark, _is_wanted)
        found, after = walk(reader, cursor)
        return self._page("notification", found, after)

    def reread(self, known: list[Known]) -> Reread:
        """Reads the posts. One that is not given may be hidden by a block between its
        author and the account, so its record is asked for before it counts as gone.
        """
        uris = [post.external_id for post in known]
        found = self._session.get("app.bsky.feed.getPosts", {"uris": uris})
        posts = [p for p in page(found, "posts") if isinstance(p, dict)]
        missing = set(uris) - {post.get("uri") for post in posts}
        gone = frozenset(uri for uri in missing if self._is_gone(uri))
        quotes = self._quotes(posts)
        return Reread(gone, tuple(_item("post", p, {}, quotes) for p in posts))

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A notification or a post, with its author's profile where there is one."""
        fields = Fields(payload)
        found = fields.child("post" if fields.has("post") else "notification")
        record = found.child("record")
        uri, cid = found.id("uri"), found.id("cid")
        author = _author(found.child("author"), fields.get("profile"))
        this = {"uri": uri, "cid": cid}
        answered = record.child("reply") if record.has("reply") else None
        root = _reference(answered.child("root")) if answered else this
        parent = _reference(answered.child("parent")) if answered else None
        media = tuple(media_of(record, author.external_id))
        return Post(
            external_id=uri,
            kind="reply" if answered else "post",
            text=bounded(shown(_text(record, fields.get("quoted")), media)),
            author=author,
            posted_at=_posted_at(found, record),
            url=f"{APP}/profile/{author.external_id}/post/{uri.rsplit('/')[-1]}",
            language=_language(record.get("langs")),
            parent_id=parent["uri"] if parent else None,
            thread_id=root["uri"],
            reply_ref={"root": root, "parent": this},
            revision=cid,
            media=media,
            shares=found.count("repostCount"),
            likes=found.count("likeCount"),
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
        if outgoing.attachments:
            record["embed"] = self._images(outgoing.attachments)
        key = record_key(outgoing)
        return self._sent(self._session.put(COLLECTION, key, record), outgoing)

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Reads the record under the answer's key."""
        record = self._session.record(COLLECTION, record_key(outgoing))
        return self._sent(record, outgoing) if record else None

    def like(self, reply_ref: dict, liked: bool = True) -> None:
        """Writes or deletes a like under a key made from the post's; one that was given
        elsewhere counts as well.
        """
        post = reply_ref["parent"]
        view = self._post(post["uri"])
        given = view.child("viewer").id("like", "") if view.has("viewer") else ""
        key = tid(tid_seconds(_key(post["uri"])), post["uri"])
        if liked and not given:
            record = {"$type": LIKES, "subject": post}
            record["createdAt"] = _iso(datetime.now(timezone.utc))
            self._session.put(LIKES, key, record)
        if not liked:
            for each in {key, _key(given)} - {""}:
                self._session.delete(LIKES, each)

    def follow(self, reply_ref: dict, followed: bool = True) -> None:
        """Writes or deletes a follow under a key made from the author's name; one that
        was made elsewhere counts as well.
        """
        post = reply_ref["parent"]["uri"]
        did = post.split("/")[2]
        view = self._profile(did)
        made = view.child("viewer").id("following", "") if view.has("viewer") else ""
        key = tid(tid_seconds(_key(post)), did)
        if followed and not made:
            record = {"$type": FOLLOWS, "subject": did}
            record["createdAt"] = _iso(datetime.now(timezone.utc))
            self._session.put(FOLLOWS, key, record)
        if not followed:
            for each in {key, _key(made)} - {""}:
                self._session.delete(FOLLOWS, each)

    def withdraw(self, external_id: str) -> None:
        """Deletes the answer's record."""
        if not self._is_own(external_id):
            raise NetworkError(Reason.PERMISSION, "this is a post of somebody else")
        self._session.delete(COLLECTION, _key(external_id))

    def _check_answerable(self, uri):
        """The network stores answers to what is gone or closed without a word, but
        shows them to nobody. What the account has just written itself may not be known
        to the app view yet.
        """
        if self._is_own(uri):
            return
        post = self._post(uri)
        viewer = post.child("viewer") if post.has("viewer") else None
        if viewer and viewer.flag("replyDisabled"):
            raise NetworkError(Reason.REFUSED, "the author lets not everybody answer")
        author = post.child("author")
        if author.has("viewer") and author.child("viewer").flag("blockedBy"):
            raise NetworkError(Reason.BLOCKED, "the author has blocked this account")

    def _profile(self, did):
        """An author's profile. That the author's account is suspended is told in the
        words that the own one's loss is told in.
        """
        try:
            return Fields(
                self._session.get("app.bsky.actor.getProfile", {"actor": did})
            )
        except NetworkError as error:
            if error.code not in _AWAY or did == self._session.did:
                raise
            said = "the author's account is suspended or deactivated"
            raise NetworkError(Reason.NOT_FOUND, said, code=error.code) from None

    def _post(self, uri):
        found = self._session.get("app.bsky.feed.getPosts", {"uris": [uri]})
        posts = Fields(found).children("posts")
        if not posts:
            raise NetworkError(Reason.NOT_FOUND, "the post is gone")
        return posts[0]

    def _images(self, attachments):
        images = [
            {"image": self._session.upload(a.data, a.mime_type), "alt": a.description}
            for a in attachments
        ]
        return {"$type": "app.bsky.embed.images", "images": images}

    def _is_own(self, uri):
        return uri.startswith(f"at://{self._session.did}/")

    def _is_other(self, post):
        """Whether somebody else wrote it; broken ones are kept, to be shown."""
        uri = post.get("uri") if isinstance(post, dict) else None
        return not (isinstance(uri, str) and self._is_own(uri))

    def _is_gone(self, uri):
        """Whether no record stands there any more. Nobody is given the posts of an
        account that is suspended or deactivated, and they come back with it.
        """
        did, _collection, key = uri.removeprefix("at://").split("/")
        try:
            if self._session.record(COLLECTION, key, did) is not None:
                return False
            self._profile(did)
        except NetworkError as error:
            if error.code in _AWAY:
                return False
            if error.temporary or error.reason == Reason.AUTHORISATION:
                raise
            return (
                error.code == "InvalidRequest" and "not found" in error.detail.lower()
            )
        return True

    def _notified(self, token):
        # "priority" would leave out whom the account does not follow; "reasons" would
        # give empty pages, which don't say how far back they reach
        params = {"limit": self.page(PAGE), "priority": "false"}
        if token:
            params["cursor"] = token
        answer = self._session.get("app.bsky.notification.listNotifications", params)
        entries = page(answer, "notifications")
        times = [t for t in map(_indexed_at, entries) if t]
        return entries, earlier(answer.get("cursor"), times)

    def _found(self, query, token):
        params = {"q": query, "sort": "latest", "limit": self.page(PAGE)}
        if token:
            params["cursor"] = token
        answer = self._session.get("app.bsky.feed.searchPosts", params)
        return page(answer, "posts"), as_id(answer.get("cursor"))

    def _page(self, name, found, after):
        profiles, quotes = self._profiles(found), self._quotes(found)
        items = [_item(name, entry, profiles, quotes) for entry in reversed(found)]
        return Page(items, after, "page" in after)

    def _quotes(self, entries):
        """The posts that are quoted, by address: a record only names them. What can't
        be had stays unknown.
        """
        uris = list(dict.fromkeys(filter(None, map(quoted_uri, entries))))
        quotes = {}
        for start in range(0, len(uris), BATCH):
            asked = {"uris": uris[start : start + BATCH]}
            try:
                found = self._session.get("app.bsky.feed.getPosts", asked)
            except NetworkError:
                break
            listed = found.get("posts")
            for post in listed if isinstance(listed, list) else ():
                if isinstance(post, dict):
                    quotes[post.get("uri")] = post
        return quotes

    def _profiles(self, entries):
        """The authors' profiles by DID, with the figures posts lack. One that can't be
        had stays unknown.
        """
        authors = [n.get("author") for n in entries if isinstance(n, dict)]
        dids = [as_id(a.get("did")) for a in authors if isinstance(a, dict)]
        dids = list(dict.fromkeys(did for did in dids if did.startswith("did:")))
        profiles = {}
        for start in range(0, len(dids), BATCH):
            batch = {"actors": dids[start : start + BATCH]}
            try:
                found = self._session.get("app.bsky.actor.getProfiles", batch)
            except NetworkError:
                break
            listed = found.get("profiles")
            for profile in listed if isinstance(listed, list) else ():
                if isinstance(profile, dict):
                    profiles[profile.get("did")] = profile
        return profiles

    def _sent(self, written, outgoing):
        """An answer, from what was said of its record."""
        did, key = self._session.did, record_key(outgoing)
        uri = as_id(written.get("uri")) or f"at://{did}/{COLLECTION}/{key}"
        below = {}
        if cid := as_id(written.get("cid")):
            root = outgoing.reply_ref["root"]
            below = {"root": root, "parent": {"uri": uri, "cid": cid}}
        return Sent(uri, f"{APP}/profile/{did}/post/{_key(uri)}", below)


def record_key(outgoing: Outgoing) -> str:
    """The key of an answer's record: the same whenever the same answer is sent."""
    return tid(int(outgoing.created_at.timestamp()), outgoing.key)


def _key(uri):
    return uri.rsplit("/")[-1]


def _mark(entry):
    if isinstance(entry, dict) and entry.get("uri"):
        return [entry.get("uri"), entry.get("cid")]
    return entry


def _indexed_at(entry):
    return as_time(entry.get("indexedAt")) if isinstance(entry, dict) else None


def _sorted_at(post):
    """By what a search is sorted: the time it was written, or that it arrived when that
    was earlier.
    """
    record = post.get("record") if isinstance(post, dict) else None
    written = as_time(record.get("createdAt")) if isinstance(record, dict) else None
    return min(filter(None, [written, _indexed_at(post)]), default=None)


def _is_wanted(notification):
    """Broken ones too: they are stored and shown."""
    reason = notification.get("reason") if isinstance(notification, dict) else None
    return not isinstance(reason, str) or reason in _REASONS


def _item(name, entry, profiles, quotes):
    if not isinstance(entry, dict):
        payload = {name: entry, "profile": None}
        return Item(item_id(None, payload), payload)
    author = entry.get("author")
    did = as_id(author.get("did")) if isinstance(author, dict) else ""
    payload = {name: entry, "profile": profiles.get(did)}
    if quoted := quotes.get(quoted_uri(entry)):
        payload["quoted"] = quoted
    identifier = item_id(entry.get("uri"), entry)
    return Item(identifier, payload, as_id(entry.get("cid")))


def _text(record, quoted):
    """The text, links whole (facets count its bytes as it came), and what stands below
    it.
    """
    record.text("text")
    text = clean(expand(record.get("text"), record.get("facets")))
    return joined(text, *below(record, text, quoted))


def _reference(fields):
    return {"uri": fields.id("uri"), "cid": fields.id("cid")}


def _posted_at(found, record):
    """When it was written, as far as that can be believed: the author's own clock, but
    never after its arrival.
    """
    indexed = found.time("indexedAt")
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
        name=view.name("displayName", handle),
        url=f"{APP}/profile/{did}",
        avatar_url=view.url("avatar"),
        followers=figures.count("followersCount"),
        following=figures.count("followsCount"),
        posts=figures.count("postsCount"),
        created_at=view.time("createdAt", None),
        verified=_verified(view),
        about=figures.text("description", None),
    )


def _verified(view):
    if not view.has("verification"):
        return None
    return view.child("verification").get("verifiedStatus") == "valid"


def _iso(moment):
    moment = moment.astimezone(timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
