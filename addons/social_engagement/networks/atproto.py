"""The AT Protocol below Bluesky: a session that is kept and refreshed, and a walk
through what can be read backwards only.
"""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from .base import Account, Meter, NetworkError, Reason
from .http import Client, checked_json
from .payload import Fields, as_id, as_time, digest

BACKFILL = timedelta(days=7)  # how far the very first walk goes back
# A post is filed under its author's clock, which may be late by this.
OVERLAP = timedelta(hours=1)
KNOWN = 300  # entries of the overlap that are remembered
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

    def resolve(self, handle: str) -> str | None:
        """The DID behind a handle, or None."""
        try:
            found = self.get("com.atproto.identity.resolveHandle", {"handle": handle})
        except NetworkError as error:
            if error.temporary:
                raise
            return None
        return as_id(found.get("did")) or None

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


def walk(
    read: Callable[[str | None], dict], cursor: dict, wanted: Callable[[Any], bool]
) -> tuple[list[Any], dict]:
    """One step of a walk from the newest notification back to those seen before.

    The cursor may be stored after any step; a walk that breaks off goes on from there
    and loses nothing:

    ``seen``: ISO time of the newest entry of the last whole walk; ``known``: digests of
    the newest entries up to there. Entries of the last hour before ``seen`` are
    delivered unless known, since a post is filed under its author's clock; ``newest``,
    ``read``: what these two become when the walk ends; ``page``: where the walk stands.

    :param read: page token or None → the network's answer
    :param wanted: which entries are of interest
    :return: the new ones, newest first, and the cursor; it has a "page" while there is
        more
    """
    answer, page = _read_page(read, cursor.get("page"))
    entries = answer.get("notifications")
    if not isinstance(entries, list):
        raise NetworkError(Reason.BAD_PAYLOAD, "notifications are missing")
    seen = cursor.get("seen") or _iso(datetime.now(timezone.utc) - BACKFILL)
    known = cursor.get("known", [])
    times = sorted(t for t in map(_time, entries) if t)
    newest, marks = (cursor["newest"], cursor["read"]) if page else (seen, [])
    if times:
        newest = max(newest, _iso(times[-1]))
    entries = [e for e in entries if wanted(e)]
    edge = cursor["edge"] if page else []
    fresh = [e for e in entries if _is_fresh(e, as_time(seen), known)]
    fresh = [e for e in fresh if _mark(e) not in edge]
    marks = (marks + [_mark(e) for e in entries])[:KNOWN]
    onward = _onward(answer.get("cursor"), times)
    if not onward or (times and times[0] <= as_time(seen)):
        known = list(dict.fromkeys(marks + known))[:KNOWN]
        return fresh, {"seen": newest, "known": known}
    edge = [_mark(e) for e in entries if times and _time(e) == times[0]]
    walking = {"newest": newest, "read": marks, "page": onward, "edge": edge}
    return fresh, {"seen": seen, "known": known, **walking}


def _onward(token, times):
    """The token of the next page, or an empty string.

    The app view's token is the time of the page's last entry, and the next page begins
    before it: others of the same millisecond would be left out. So begin one later.
    """
    last = as_time(token)
    if not last or len(times) < 2 or times[0] == times[-1]:
        return as_id(token)
    return _iso(last + timedelta(milliseconds=1)).replace("+00:00", "Z")


def _read_page(read, page):
    """A page, and the token it was read by; from the start again where the network does
    not know the token any more.
    """
    try:
        return read(page), page
    except NetworkError as error:
        if not page or error.reason != Reason.REFUSED:
            raise
    return read(None), None


def _is_fresh(entry, seen, known):
    moment = _time(entry)
    if moment is None:
        return _mark(entry) not in known
    return moment > seen or (moment > seen - OVERLAP and _mark(entry) not in known)


def _time(entry):
    return as_time(entry.get("indexedAt")) if isinstance(entry, dict) else None


def _mark(entry):
    if isinstance(entry, dict) and entry.get("uri"):
        entry = [entry.get("uri"), entry.get("cid")]
    return digest(entry)[:12]


def _iso(moment):
    return moment.isoformat(timespec="milliseconds")


def _bearer(token):
    return {"Authorization": f"Bearer {token}"}


def _classify(status, code, message):
    said = message.lower()
    if status == 400 and "must not be longer than" in said:
        return Reason.TOO_LONG
    if status == 400 and code == "InvalidRequest" and "could not locate" in said:
        return Reason.NOT_FOUND
    return _CODES.get(code)
