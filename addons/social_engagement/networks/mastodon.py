"""Mastodon, and whatever speaks its API: GoToSocial, Pleroma, snac, Takahe. What they
do otherwise is in ``docs/mastodon-servers.md``.

Facts are from https://docs.joinmastodon.org (API methods ``apps``, ``oauth``,
``notifications``, ``statuses``, ``media``, ``search``, ``timelines``, ``accounts``,
``instance``), and measured against snac 2.75.
"""

import re
import time
from dataclasses import replace
from datetime import datetime, timezone
from functools import cached_property
from urllib.parse import quote, urlsplit

from . import mastodon_server, register, statuses
from .base import (
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
from .deadline import remaining
from .http import Client, checked_json
from .mastodon_reread import Missing
from .mastodon_search import FOUND, SHORT, Search
from .oauth import OAuth, SignsIn
from .payload import Fields, as_id, item_id
from .walk import BACKFILL

PAGE = 80  # the most a server gives at once
FULL = 40  # what counts as a full page, since some servers give no more
ALT = 1500  # characters of a description
PROCESSING = (1, 2, 4, 8, 15, 30)  # seconds to wait for media, one after the other
_ME = "/api/v1/accounts/verify_credentials"
_NEEDED = {  # what is needed for what; "read" and "write" include theirs
    "mentions": "read:notifications",
    "search": "read:search",
    "answer": "write:statuses",
    "like": "write:favourites",
    "follow": "write:follows",
    "withdraw": "write:statuses",
}


_COARSE = ("read", "write", "follow")
_FOR_ALL = ("public", "unlisted")
_PRIVATE = ("private", "direct")
# What servers say, each in its own words: see docs/mastodon-servers.md.
_LOCKED = re.compile(r"your login is|invalid credentials")  # not yet confirmed, too
_NO_ACCESS = re.compile(
    r"authenticated user|(bearer|access|oauth) token|invalid token|invalid_token"
    r"|token (is |was |has )?(been )?(invalid|expired|revoked)|unauthenticated"
)
_TOO_LONG = re.compile(r"character|too long|max chars|maximum length|over the limit")
_TWICE = re.compile(r"duplicate idempotency")
_NO_SCOPE = re.compile(r"scope|permissions? to access|insufficient permission")


@register
class Mastodon(SignsIn):
    """Listens to mentions, direct messages among them, searches, and answers in the
    visibility it was written to in.

    What is found is stored as a notification, or as ``{"status": …}``.
    """

    name = "mastodon"
    label = "Mastodon"
    oauth = OAuth(
        "/oauth/authorize",
        "/oauth/token",
        (
            "read",  # some servers give the own account for the whole of it only
            "write:favourites",
            "write:follows",
            "write:media",
            "write:statuses",
        ),
    )
    credentials = (
        Credential(
            "secret",
            "Access token",
            "Only where signing in is not possible: Preferences › Development › New "
            "application, scopes read and write.",
        ),
    )
    feeds = ("mentions", "search")
    slowest = 600
    can_reread = True
    reread_batch = 20  # the most a server gives at once
    can_reply = True
    threads = True
    max_length = 500
    counting = "mastodon"
    media = MediaLimits(
        ("image/*", "video/*", "audio/*"), count=4, max_bytes=8 * 1024 * 1024
    )
    mentions = True
    actions = frozenset({"like", "follow", "withdraw"})

    def register_app(self, redirect_uri: str) -> dict:
        """Registers an app, which every server lets everybody do. What is asked for is
        named as the server knows it, when the account signs in after that, too.
        """
        self.oauth = replace(self.oauth, scopes=self._known_scopes())
        data = {
            "client_name": "Odoo Social Engagement",
            "redirect_uris": redirect_uri,
            "scopes": " ".join(self.oauth.scopes),
        }
        answer = Client(self.account).submit("POST", "/api/v1/apps", data=data)
        app = Fields(checked_json(answer, dict), "app")
        return {name: app.line(name) for name in ("client_id", "client_secret")}

    def verify(self) -> Identity:
        """Asks for the token's account, and the server for its domain and limits."""
        account = Fields(self._own_account(), "account")
        server = mastodon_server.read(self._read)
        domain = server.domain or urlsplit(self.account.base_url).netloc
        author = statuses.as_author(account, domain)
        return Identity(
            external_id=author.external_id,
            handle=author.handle,
            name=author.name,
            url=author.url,
            max_length=server.max_characters or self.max_length,
            link_length=server.link_length,
        )

    def _own_account(self):
        """The token's account. Some servers give it to who may read everything only
        (Takahe, Pixelfed).
        """
        try:
            return self._read(_ME, dict)
        except NetworkError as error:
            if error.reason != Reason.PERMISSION:
                raise
            said = f"the scope read is missing: {error.detail}"
            raise NetworkError(Reason.PERMISSION, said) from None

    def diagnose(self) -> list[Finding]:
        """Compares the scopes that were given with those needed, and reads the
        mentions.
        """
        scopes = self._scopes()
        findings = [_finding(ability, scopes) for ability in _NEEDED]
        if findings[0].ok is not False:
            read = self._try("mentions", lambda: self.fetch("mentions", "", {}))
            findings[0] = read
        return findings

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next mentions, or the next page of a search.

        Mentions: the cursor is ``{"min_id": newest}``: ids after it are asked for,
        oldest first. The first time there is none; the last week is walked backwards
        then, with ``{"min_id": newest, "max_id": oldest}`` in between.

        :param query: words, looked for in what the server has indexed; or hashtags
            only, "#router #modem", of which one is enough
        """
        if kind == "search":
            search = Search(self._read, self._is_other, self.page(FOUND))
            found, after, more = search.page(query, cursor)
            items = [self._item({"status": status}) for status in reversed(found)]
            return Page(items, after, more)
        position = {k: v for k, v in cursor.items() if k in ("min_id", "max_id")}
        back = position if "max_id" not in position else {"max_id": position["max_id"]}
        params = {"types[]": "mention", "limit": self.page(PAGE), **back}
        found = self._read("/api/v1/notifications", list, params)
        items = [self._item(n) for n in reversed(found) if _is_mention(n)]
        full = self.page(FULL)
        after = _position(position, found, full)
        if _is_walking(position):
            return Page(items, after, "max_id" in after)
        return Page(items, after, len(found) >= full and after != position)

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A notification or a status as a post."""
        return statuses.as_post(payload)

    def reread(self, known: list[Known]) -> Reread:
        """Reads the statuses, at once where the server can (Mastodon 4.3). Those that
        the account can't read are not gone for that, see :mod:`.mastodon_reread`.
        """
        found = self._read_many([post.external_id for post in known])
        missing, items = [], []
        for post in known:
            try:
                path = f"/api/v1/statuses/{quote(post.external_id, safe='')}"
                status = found.get(post.external_id) or self._read(path, dict)
                items.append(self._item({"asked": post.external_id, "status": status}))
            except NetworkError as error:
                if error.reason == Reason.NOT_FOUND:
                    missing.append(post)
                elif error.temporary or error.reason == Reason.AUTHORISATION:
                    if not (missing or items):
                        raise
                    break  # the rest is asked for another time
        return Reread(self._deleted(missing), tuple(items))

    def _deleted(self, missing):
        """Of statuses that the account can't read, those that are deleted."""
        if not missing:
            return frozenset()
        self._read(_ME, dict)  # the account itself is there
        ask = Missing(self.account, self._read)
        return frozenset(p.external_id for p in missing if ask.is_deleted(p))

    @classmethod
    def length(cls, text: str, link_length: int = 0) -> int:
        """See :func:`.statuses.length`."""
        return statuses.length(text, link_length)

    @classmethod
    def compose(cls, text: str, reply_ref: dict) -> str:
        """Puts the author's mention in front, without which nobody is notified."""
        acct = reply_ref["acct"]
        return text if statuses.mentions(text, acct) else f"@{acct} {text}"

    @classmethod
    def private_way(cls, identity: Identity) -> str:
        """The account's mention: whoever writes with it alone writes privately."""
        return identity.handle

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
        if outgoing.attachments:
            data["media_ids"] = [self._upload(a) for a in outgoing.attachments]
        try:
            answer = self._client.post(
                "/api/v1/statuses", data, {"Idempotency-Key": outgoing.key}
            )
        except NetworkError as error:
            if error.reason == Reason.PERMISSION and not _NO_SCOPE.search(
                error.detail.lower()
            ):
                # not the access is too small: the author lets not everybody reply
                error.reason = Reason.REFUSED
            raise
        return statuses.as_sent(checked_json(answer, dict, write=True), outgoing)

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Looks for the text among the answers the account gave to the same post since.

        Own statuses are read instead of the parent's context: they are there when the
        parent is gone. Some servers leave private ones out of them (snac, Takahe): the
        context has these, and where it has not, nothing is certain.
        """
        me = Fields(self._read(_ME, dict), "account").id("id")
        found, shows_private = self._find_own(me, outgoing)
        if found or shows_private or outgoing.reply_ref["visibility"] in _FOR_ALL:
            return found
        path = f"/api/v1/statuses/{quote(outgoing.reply_ref['id'], safe='')}/context"
        below = self._read(path, dict).get("descendants")
        for status in below if isinstance(below, list) else ():
            account = status.get("account") if isinstance(status, dict) else None
            own = isinstance(account, dict) and as_id(account.get("id")) == me
            if own and statuses.is_answer(status, outgoing):
                return statuses.as_sent(status, outgoing)
        raise NetworkError(
            Reason.UNKNOWN, "the server does not list what the account writes privately"
        )

    def _find_own(self, me, outgoing):
        """The answer among the account's own statuses, and whether private ones are
        among these.
        """
        path = f"/api/v1/accounts/{me}/statuses"
        params, seen = {"limit": 40, "exclude_reblogs": "true"}, set()
        shows_private = False
        for _page in range(10):
            found = [s for s in self._read(path, list, params) if isinstance(s, dict)]
            for status in found:
                shows_private |= status.get("visibility") in _PRIVATE
                if statuses.is_answer(status, outgoing):
                    return statuses.as_sent(status, outgoing), True
            ids = [as_id(s.get("id")) for s in found]
            short = len(ids) < SHORT  # snac knows no max_id: gives the same page again
            if not set(ids) - seen and (short or not ids):
                return None, shows_private
            if statuses.is_older(found[-1], outgoing.created_at - statuses.SKEW):
                return None, shows_private
            seen.update(ids)
            params["max_id"] = ids[-1]
        raise NetworkError(Reason.UNKNOWN, "too many own posts since to look through")

    def like(self, reply_ref: dict, liked: bool = True) -> None:
        """Favourites the status, or takes that back."""
        what = "favourite" if liked else "unfavourite"
        self._client.post(f"/api/v1/statuses/{reply_ref['id']}/{what}", {})

    def follow(self, reply_ref: dict, followed: bool = True) -> None:
        """Follows the status's account, or no more."""
        status = self._read(f"/api/v1/statuses/{reply_ref['id']}", dict)
        author = quote(Fields(status, "status").child("account").id("id"), safe="")
        what = "follow" if followed else "unfollow"
        self._client.post(f"/api/v1/accounts/{author}/{what}", {})

    def withdraw(self, external_id: str) -> None:
        """Deletes the answer's status."""
        path = f"/api/v1/statuses/{quote(external_id, safe='')}"
        try:
            self._client.delete(path)
        except NetworkError as error:
            if error.reason != Reason.NOT_FOUND or self._is_there(path):
                raise

    @cached_property
    def _client(self):
        headers = {"Authorization": f"Bearer {self.access_token()}"}
        return Client(
            self.account, headers=headers, classify=_classify, meter=self.meter
        )

    def _read(self, path, kind, params=None):
        return checked_json(self._client.get(path, params), kind)

    def _is_there(self, path):
        """Whether a status that could not be deleted can be read: then the server does
        not delete (snac knows no such call), or it is not the account's.
        """
        try:
            self._read(path, dict)
        except NetworkError as error:
            if error.reason != Reason.NOT_FOUND:
                raise
            return False
        raise NetworkError(
            Reason.REFUSED, "the server did not delete it: delete it there by hand"
        )

    def _read_many(self, ids):
        """Statuses by id, as far as the server gives several at once."""
        try:
            found = self._read("/api/v1/statuses", list, {"id[]": ids})
        except NetworkError as error:
            if error.temporary or error.reason == Reason.AUTHORISATION:
                raise
            return {}
        return {as_id(s.get("id")): s for s in found if isinstance(s, dict)}

    def _item(self, payload):
        """A notification, or what was made to look like one."""
        if not isinstance(payload, dict):
            payload = {"not an object": payload}
        status = payload.get("status")
        status = status if isinstance(status, dict) else {}
        if domain := self._own_domain():
            payload = payload | {"domain": domain}
        return Item(
            external_id=item_id(payload.get("asked") or status.get("id"), payload),
            payload=payload,
            revision=statuses.revision(status.get("edited_at")),
        )

    def _own_domain(self):
        """The domain of the server's accounts, where it is not the server's own."""
        domain = self.account.handle.rpartition("@")[2]
        return "" if domain == urlsplit(self.account.base_url).netloc else domain

    def _is_other(self, status):
        """Whether somebody else wrote it; broken ones are kept, to be shown."""
        account = status.get("account") if isinstance(status, dict) else None
        url = account.get("url") if isinstance(account, dict) else None
        return not url or url != self.account.external_id

    def _upload(self, attachment):
        """Stores a file for a status to come, and returns its id. Nothing is published
        by it.
        """
        file = (attachment.name, attachment.data, attachment.mime_type)
        described = {"description": attachment.description[:ALT]}
        try:
            answer = self._client.submit(
                "POST", "/api/v2/media", files={"file": file}, data=described
            )
            stored = Fields(checked_json(answer, dict), "media")
            identifier = stored.id("id")
            if answer.status == 202:
                self._wait_for_media(identifier)
        except NetworkError as error:
            error.uncertain = False
            raise
        return identifier

    def _wait_for_media(self, identifier):
        for seconds in PROCESSING:
            time.sleep(min(seconds, remaining()))
            answer = self._client.get(f"/api/v1/media/{quote(identifier)}")
            if answer.status != 206:
                return
        raise NetworkError(Reason.SERVER, "the server is still working on the media")

    def _known_scopes(self):
        """The scopes to ask for. Servers that do not say that they know parts of
        "write" (RFC 8414; Mastodon 4.3) know the whole at least, and some take no
        others (Pixelfed).
        """
        path = "/.well-known/oauth-authorization-server"
        try:
            told = checked_json(Client(self.account).get(path), dict)
        except NetworkError:
            told = {}
        known = told.get("scopes_supported")
        wanted = self.oauth.scopes
        is_told = isinstance(known, list) and all(one in known for one in wanted)
        return wanted if is_told else _COARSE

    def _scopes(self):
        """The scopes of the token; None when nobody tells. Mastodon 4.3 tells those of
        its app, for tokens entered by hand.
        """
        if granted := self.granted():
            return granted
        try:
            app = self._read("/api/v1/apps/verify_credentials", dict)
        except NetworkError:
            return None
        told = app.get("scopes")
        if not isinstance(told, list):
            return None
        return {scope for scope in told if isinstance(scope, str)}


def _classify(status, code, message):
    said = f"{code} {message}".lower()
    if status == 403 and _LOCKED.search(said):
        return Reason.AUTHORISATION
    if status == 501:  # Friendica has names for calls that it does not have
        return Reason.REFUSED
    if status not in (400, 422):
        return None
    if status == 422 and not said.strip():  # snac says so without words
        return Reason.AUTHORISATION
    if _NO_ACCESS.search(said):
        return Reason.AUTHORISATION
    if _TWICE.search(said):
        return Reason.DUPLICATE
    return Reason.TOO_LONG if _TOO_LONG.search(said) else None


def _finding(ability, scopes):
    scope = _NEEDED[ability]
    if scopes is None:
        return Finding(ability, None)
    if scopes & {scope, scope.split(":")[0]}:
        return Finding(ability, True)
    return Finding(ability, False, Reason.PERMISSION, scope)


def _is_mention(notification):
    """Servers that don't know ``types[]`` send all kinds; what is no object at all is
    kept, to be shown as broken.
    """
    kind = notification.get("type") if isinstance(notification, dict) else None
    return kind in (None, "mention")


def _position(position, found, full):
    """The cursor after a page. Ids grow, as numbers or as text of one length."""
    ids = [as_id(n.get("id")) for n in found if isinstance(n, dict)]
    ids = sorted((i for i in ids if i), key=lambda i: (len(i), i))
    if not ids:
        return {k: v for k, v in position.items() if k == "min_id"}
    newest = position["min_id"] if "max_id" in position else ids[-1]
    if (
        not _is_walking(position)
        or len(found) < full
        or statuses.is_older(found[-1], datetime.now(timezone.utc) - BACKFILL)
    ):
        return {"min_id": newest}
    return {"min_id": newest, "max_id": ids[0]}


def _is_walking(position):
    """Whether this is the very first fetch, which reads backwards."""
    return "max_id" in position or not position
