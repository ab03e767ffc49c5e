"""The AT Protocol below Bluesky: a session that is kept and refreshed, records and
their keys.
"""

import base64
import hashlib
import json
import math
import time
from datetime import datetime, timedelta
from typing import Any

from .base import Account, Meter, NetworkError, Reason
from .http import Client, checked_json
from .payload import Fields, as_id, as_time
from .walk import iso

AHEAD = 4200  # seconds before its end in which an access is renewed: over an hour
_TID = "234567abcdefghijklmnopqrstuvwxyz"
_EXPIRED = {"ExpiredToken", "InvalidToken"}
_CODES = {
    "AccountDeactivated": Reason.AUTHORISATION,
    "AccountTakedown": Reason.AUTHORISATION,
    "AuthFactorTokenRequired": Reason.AUTHORISATION,
    "AuthMissing": Reason.AUTHORISATION,
    "AuthenticationRequired": Reason.AUTHORISATION,
    "BlockedActor": Reason.BLOCKED,
    "BlockedByActor": Reason.BLOCKED,
    "ExpiredToken": Reason.AUTHORISATION,
    "InvalidToken": Reason.AUTHORISATION,
    "NotFound": Reason.NOT_FOUND,
    "RateLimitExceeded": Reason.RATE_LIMIT,
    "RecordNotFound": Reason.NOT_FOUND,
}


class Session:
    """Calls with an account's access, which lives for hours and is renewed with a
    refresh token.

    Signing in anew is limited to 30 times in 5 minutes and 300 a day, so the tokens are
    kept in ``account.session``: ``{"identifier", "did", "access", "refresh"}``.
    """

    def __init__(self, account: Account, meter: Meter):
        self._account = account
        self._client = Client(account, classify=_classify, meter=meter)

    @property
    def did(self) -> str:
        """The account's lasting identifier."""
        return self._tokens()["did"]

    def get(self, method: str, params: dict) -> dict:
        """A query, by its name (NSID)."""
        path = f"/xrpc/{method}"
        answer = self._authorised(lambda h: self._client.get(path, params, h))
        return checked_json(answer, dict)

    def post(self, method: str, data: dict) -> dict:
        """A procedure, by its name. Nothing was written when the access is refused, so
        then it is safe to repeat.
        """
        path = f"/xrpc/{method}"
        answer = self._authorised(lambda h: self._client.post(path, data, h))
        return checked_json(answer, dict, write=True)

    def upload(self, data: bytes, mime_type: str) -> dict:
        """Stores a file, and returns its blob, which a record has to name soon. Nothing
        is published by it.
        """
        path, kind = "/xrpc/com.atproto.repo.uploadBlob", {"Content-Type": mime_type}
        try:
            answer = self._authorised(
                lambda h: self._client.submit("POST", path, data=data, headers=h | kind)
            )
            return checked_json(answer, dict).get("blob")
        except NetworkError as error:
            error.uncertain = False
            raise

    def put(self, collection: str, key: str, record: dict) -> dict:
        """Writes an own record under a key; ``{"uri", "cid"}``."""
        data = {**self._place(collection, key), "record": record}
        return self.post("com.atproto.repo.putRecord", data)

    def record(self, collection: str, key: str, repo: str = "") -> dict | None:
        """A record with its ``uri`` and ``cid``, or None when there is none.

        :param repo: DID of its author, when that is not the account
        """
        place = self._place(collection, key) | ({"repo": repo} if repo else {})
        try:
            return self.get("com.atproto.repo.getRecord", place)
        except NetworkError as error:
            if error.reason != Reason.NOT_FOUND:
                raise
        return None

    def delete(self, collection: str, key: str) -> None:
        """Deletes an own record, if it is there."""
        path, data = "/xrpc/com.atproto.repo.deleteRecord", self._place(collection, key)
        self._authorised(lambda h: self._client.post(path, data, h))

    def keep_alive(self) -> None:
        """Renews the access before it ends, and with it the refresh token, which a
        channel that is silent for months would lose.
        """
        tokens = self._tokens()
        if _ends(tokens["access"]) - time.time() < AHEAD:
            self._renew(tokens)

    def resolve(self, handle: str) -> str | None:
        """The DID behind a handle, or None."""
        try:
            found = self.get("com.atproto.identity.resolveHandle", {"handle": handle})
        except NetworkError as error:
            if error.temporary:
                raise
            return None
        return as_id(found.get("did")) or None

    def _place(self, collection, key):
        return {"repo": self.did, "collection": collection, "rkey": key}

    def _authorised(self, call):
        tokens = self._tokens()
        try:
            return call(_bearer(tokens["access"]))
        except NetworkError as error:
            if error.code not in _EXPIRED:
                raise
        return call(_bearer(self._renew(tokens)["access"]))

    def _tokens(self):
        kept = self._account.session
        needed = ("did", "access", "refresh")
        if kept.get("identifier") == self._account.username and all(
            kept.get(name) for name in needed
        ):
            return kept
        return self._sign_in()

    def _sign_in(self):
        return self._account.renew(lambda kept: self._signed_in())

    def _signed_in(self):
        data = {
            "identifier": self._account.username.strip().lstrip("@"),
            "password": self._account.secret.strip(),
        }
        return self._session(
            self._client.post("/xrpc/com.atproto.server.createSession", data)
        )

    def _renew(self, tokens):
        return self._account.renew(lambda kept: self._renewed(tokens, kept))

    def _renewed(self, tokens, kept):
        if kept.get("refresh", tokens["refresh"]) != tokens["refresh"]:
            return kept  # another process was faster
        try:
            answer = self._client.post(
                "/xrpc/com.atproto.server.refreshSession",
                headers=_bearer(tokens["refresh"]),
            )
        except NetworkError as error:
            if error.reason != Reason.AUTHORISATION:
                raise
            return self._signed_in()
        return self._session(answer)

    def _session(self, answer):
        fields = Fields(checked_json(answer, dict), "session")
        if fields.flag("active") is False:
            raise NetworkError(Reason.AUTHORISATION, "the account is not active")
        return {
            "identifier": self._account.username,
            "did": fields.id("did"),
            "access": fields.text("accessJwt"),
            "refresh": fields.text("refreshJwt"),
        }


def page(answer: dict, name: str) -> list[Any]:
    """The entries of an answer that has them under a name."""
    entries = answer.get(name)
    if not isinstance(entries, list):
        raise NetworkError(Reason.BAD_PAYLOAD, f"{name} are missing")
    return entries


def earlier(token: Any, times: list[datetime]) -> str:
    """The token of the page after one of notifications with these times, or an empty
    string.

    The app view's token is the time of the page's last entry, and the next page begins
    before it: others of the same millisecond would be left out. So begin one later.
    """
    last = as_time(token)
    if not last or len(times) < 2 or min(times) == max(times):
        return as_id(token)
    return iso(last + timedelta(milliseconds=1)).replace("+00:00", "Z")


def tid(seconds: int, key: str) -> str:
    """A record key that is the same for the same moment and key.

    It has to be a TID (https://atproto.com/specs/tid): 53 bits of microseconds, 10 bits
    of chance. Below the second, both come from the key.
    """
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    number, clock = divmod(number, 1024)
    bits = (seconds * 1_000_000 + number % 1_000_000) << 10 | clock
    return "".join(_TID[bits >> shift & 31] for shift in range(60, -1, -5))


def tid_seconds(key: str) -> int:
    """The seconds since 1970 in a TID; 0 where it is none."""
    if len(key) != 13 or set(key) - set(_TID):
        return 0
    bits = sum(_TID.index(c) << 5 * (12 - place) for place, c in enumerate(key))
    return (bits >> 10) // 1_000_000 % 2**32


def _bearer(token):
    return {"Authorization": f"Bearer {token}"}


def _ends(token):
    """When an access token ends, seconds since 1970; far away when it does not say. It
    is a JWT (RFC 7519), read but not checked: the server does that.
    """
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return float(claims["exp"])
    except (ValueError, LookupError, TypeError):
        return math.inf


def _classify(status, code, message):
    said = message.lower()
    if status == 400 and "must not be longer than" in said:
        return Reason.TOO_LONG
    if status == 400 and code == "InvalidRequest" and "could not locate" in said:
        return Reason.NOT_FOUND
    return _CODES.get(code)
