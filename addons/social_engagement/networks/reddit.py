"""Reddit.

Facts are from https://www.reddit.com/dev/api, the "Reddit Data API Wiki"
(https://support.reddithelp.com/hc/en-us/articles/16160319875092: OAuth, a User-Agent of
one's own, deleted content has to go) and PRAW's recorded responses, see
:mod:`.reddit_thing`. 100 calls a minute are free for each registered app, averaged over
10 minutes; a company has to ask Reddit for commercial use.

Since the summer of 2025 Reddit moves private messages into its chat. Where it has, the
API shows none: the listing of messages leads to a log-in page
(https://github.com/praw-dev/praw/issues/2077 and 2081), which the connection test says.
"""

import re
from datetime import timedelta

from . import register
from .base import (
    Account,
    Credential,
    Finding,
    Identity,
    Known,
    NetworkError,
    Outgoing,
    Page,
    Post,
    Reason,
    Reread,
    Sent,
)
from .http import Client, Told, checked_json
from .oauth import OAuth, SignsIn
from .payload import Fields, as_id
from .reddit_thing import NAME, data, is_gone, is_hidden, item, link, moment, post
from .walk import Reader, walk

PAGE = 100  # the most a listing gives
AUTHORS = 100  # asked about at once
OWN_PAGES = 10  # of own comments that are looked through: Reddit keeps 1000
SKEW = timedelta(minutes=10)
APP = "odoo:OdooSocialEngagement:19.0"
# Reddit's codes (https://github.com/reddit-archive/reddit, r2/lib/errors.py).
_CODES = {
    "RATELIMIT": Reason.RATE_LIMIT,
    "USER_REQUIRED": Reason.AUTHORISATION,
    "DELETED_COMMENT": Reason.NOT_FOUND,
    "DELETED_LINK": Reason.NOT_FOUND,
    "NO_THING_ID": Reason.NOT_FOUND,
    "TOO_LONG": Reason.TOO_LONG,
    "TOO_OLD": Reason.WINDOW_CLOSED,
    "USER_BLOCKED": Reason.BLOCKED,
    "USER_BLOCKED_MESSAGE": Reason.BLOCKED,
    "NOT_WHITELISTED_BY_USER_MESSAGE": Reason.BLOCKED,
    "BANNED_FROM_SUBREDDIT": Reason.PERMISSION,
    "SUBREDDIT_NOTALLOWED": Reason.PERMISSION,
}
_WAIT = re.compile(r"(\d{1,3}) (millisecond|second|minute|hour)")
_UNITS = {"millisecond": 0.001, "second": 1, "minute": 60, "hour": 3600}
_SUBREDDIT = re.compile(r"(?<!\S)subreddit:(?:/?r/)?(\w{2,50}(?:\+\w{2,50})*)", re.I)


@register
class Reddit(SignsIn):
    """Listens to mentions, to what is answered to the account, to private messages and
    to searches; answers there. Likes are not offered: votes of programs are against
    Reddit's rules.
    """

    name = "reddit"
    label = "Reddit"
    base_url = "https://oauth.reddit.com"
    credentials = (
        Credential(
            "client_id",
            "App's id",
            "https://www.reddit.com/prefs/apps › create another app › web app.",
        ),
        Credential("client_secret", "App's secret"),
    )
    oauth = OAuth(
        authorise="https://www.reddit.com/api/v1/authorize",
        token="https://www.reddit.com/api/v1/access_token",
        hosts=("www.reddit.com",),
        scopes=("identity", "privatemessages", "read", "submit", "edit", "history"),
        basic=True,
        pkce=False,
        extra=(("duration", "permanent"),),
    )
    feeds = ("mentions", "direct", "search")
    can_reread = True
    can_reply = True
    threads = True
    max_length = 10_000
    actions = frozenset({"withdraw"})

    def __init__(self, account: Account):
        super().__init__(account)
        name = account.handle.removeprefix("u/") or "OCA"
        self._client = Client(
            account,
            headers={"User-Agent": f"{APP} (by /u/{name})"},
            classify=_classify,
            explain=_explain,
            meter=self.meter,
        )

    def verify(self) -> Identity:
        """Asks who signed in."""
        name = self._my_name()
        url = f"https://www.reddit.com/user/{name}"
        return Identity(f"u/{name}", f"u/{name}", name, url, self.max_length)

    def diagnose(self) -> list[Finding]:
        """Reads the inbox, and the messages where an account still has them."""
        findings = [self._try("mentions", lambda: self.fetch("mentions", "", {}))]
        try:
            self._listing("/message/messages", {"limit": 1})
            findings.append(Finding("direct", True))
        except NetworkError as error:
            lost = "Reddit has moved the account's messages into its chat"
            temporary = error.temporary or error.reason == Reason.AUTHORISATION
            reason = error.reason if temporary else Reason.PERMISSION
            detail = error.detail if temporary else lost
            findings.append(Finding("direct", False, reason, detail))
        granted = self.granted()
        ok = None if granted is None else "submit" in granted
        reason = Reason.PERMISSION if ok is False else None
        findings.append(Finding("answer", ok, reason, "submit" if reason else ""))
        return findings

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next page of what is new, newest first: see :func:`.walk.walk`. Asking
        for what came after a known thing (``before``) gives nothing once that thing is
        deleted, so it is not used.
        """
        path, params = "/message/inbox", {"mark": "false"}
        if kind == "search":
            path, params = _search(query)
        wanted = {"mentions": ("t1",), "direct": ("t4",), "search": ("t3",)}[kind]
        reader = Reader(
            read=lambda token: self._read_page(path, params, token),
            moment=moment,
            mark=_mark,
            wanted=lambda thing: self._is_wanted(thing, wanted),
        )
        found, after = walk(reader, cursor)
        authors = self._authors(found)
        items = [item(t, authors.get(_author_id(t))) for t in reversed(found)]
        return Page(items, after, "page" in after)

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A stored thing as a post."""
        return post(payload)

    def reread(self, known: list[Known]) -> Reread:
        """Asks about comments and submissions. Messages can't be asked about, nor what
        stands in a place that was closed meanwhile.
        """
        names = [k.external_id for k in known if NAME.fullmatch(k.external_id)]
        names = [name for name in names if not name.startswith("t4_")]
        if not names:
            return Reread()
        asked = {"id": ",".join(names)}
        things, _after = self._listing("/api/info", asked)
        gone = frozenset(as_id(data(t).get("name")) for t in things if is_gone(t))
        there = [t for t in things if not (is_gone(t) or is_hidden(t))]
        authors = self._authors(there)
        items = tuple(item(t, authors.get(_author_id(t))) for t in there)
        return Reread(gone & set(names), items)

    # --- answers

    @classmethod
    def length(cls, text: str) -> int:
        """Characters, as they are sent: see :func:`_markdown`."""
        return len(_markdown(text))

    @classmethod
    def private_way(cls, identity: Identity) -> str:
        """The address that opens a message to the account."""
        return f"https://www.reddit.com/message/compose/?to={identity.handle.removeprefix('u/')}"

    def reply(self, outgoing: Outgoing) -> Sent:
        """Posts a comment below, or answers a message."""
        reference = outgoing.reply_ref
        form = {"thing_id": reference["thing"], "text": _markdown(outgoing.text)}
        answer = self._write("/api/comment", form)
        found = Fields(answer).child("json").child("data").children("things")
        name = found[0].child("data").id("name", "") if found else ""
        if not NAME.fullmatch(name):
            detail = "no comment came back"
            raise NetworkError(Reason.BAD_PAYLOAD, detail, uncertain=True)
        return _sent(name, reference)

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Looks for the text among the account's own comments since. Messages that were
        sent are not shown reliably any more.
        """
        reference = outgoing.reply_ref
        if reference["thing"].startswith("t4_"):
            raise NetworkError(Reason.UNKNOWN, "Reddit does not show sent messages")
        path, token = f"/user/{self._my_name()}/comments", ""
        since = outgoing.created_at - SKEW
        for _page in range(OWN_PAGES):
            params = {"sort": "new", "limit": PAGE, "after": token or None}
            things, token = self._listing(path, params)
            for thing in things:
                if _is_answer(thing, outgoing):
                    return _sent(data(thing)["name"], reference)
            written = [m for m in map(moment, things) if m]
            if not token or (written and min(written) < since):
                return None
        raise NetworkError(Reason.UNKNOWN, "too many own comments to look through")

    def withdraw(self, external_id: str) -> None:
        """Deletes a comment of ours. Messages can't be taken back."""
        if external_id.startswith("t4_"):
            raise NetworkError(Reason.REFUSED, "messages can't be taken back")
        self._write("/api/del", {"id": external_id})

    # --- calls

    def _auth(self):
        return {"Authorization": f"Bearer {self.access_token()}"}

    def _read(self, path, params=None):
        asked = {"raw_json": 1} | (params or {})  # no "&lt;" for "<" in texts
        return checked_json(self._client.get(path, asked, self._auth()), dict)

    def _listing(self, path, params):
        """The things of a listing, and the token of the page after it."""
        listing = self._read(path, params).get("data")
        things = listing.get("children") if isinstance(listing, dict) else None
        if not isinstance(things, list):
            raise NetworkError(Reason.BAD_PAYLOAD, "the listing has no children")
        return things, as_id(listing.get("after"))

    def _read_page(self, path, params, token):
        asked = {"limit": self.page(PAGE), "after": token, **params}
        things, after = self._listing(path, asked)
        if token and not things and self._is_deleted(token):
            raise NetworkError(Reason.REFUSED, "the page began at what is deleted")
        return things, after

    def _is_deleted(self, name):
        """Whether a page may be empty because the thing it begins after is gone."""
        if name.startswith("t4_"):
            return False
        things, _after = self._listing("/api/info", {"id": name})
        return any(map(is_gone, things)) or not things

    def _is_wanted(self, thing, kinds):
        """Of others, of these kinds and still there; broken ones too, to be shown."""
        kind = thing.get("kind") if isinstance(thing, dict) else None
        if not isinstance(kind, str):
            return True
        own = f"u/{data(thing).get('author')}" == self.account.handle
        shown = not (is_gone(thing) or is_hidden(thing))
        return kind in kinds and not own and shown

    def _authors(self, things):
        """What is known of the authors by their ids. Where it can't be had, posts come
        without.
        """
        names = dict.fromkeys(filter(None, map(_author_id, things)))
        ids, authors = list(names), {}
        for start in range(0, len(ids), AUTHORS):
            batch = {"ids": ",".join(ids[start : start + AUTHORS])}
            try:
                authors |= self._read("/api/user_data_by_account_ids", batch)
            except NetworkError:
                break
        return authors

    def _write(self, path, form):
        """Submits a form. What is refused comes with status 200."""
        form = {"api_type": "json", "raw_json": 1, **form}
        answer = self._client.submit("POST", path, data=form, headers=self._auth())
        told = checked_json(answer, dict, write=True)
        inner = told.get("json")
        errors = inner.get("errors") if isinstance(inner, dict) else None
        if errors and isinstance(errors, list):
            raise self._refusal(errors[0])
        return told

    def _refusal(self, error):
        """A failure out of ``[code, words, field]``."""
        parts = error if isinstance(error, list) else [error]
        parts = [part if isinstance(part, str) else "" for part in parts] + ["", ""]
        code, words = parts[:2]
        return NetworkError(
            _CODES.get(code, Reason.REFUSED),
            self._client.without_secrets(f"{code}: {words}"),
            retry_after=_wait(words) if code == "RATELIMIT" else None,
            code=code,
        )

    def _my_name(self):
        return Fields(self._read("/api/v1/me"), "account").line("name")


def _explain(told) -> Told:
    """``{"message", "reason", "explanation"}``; "error" is the status once more."""
    code, words = told.get("reason"), told.get("explanation") or told.get("message")
    return Told(
        code=code if isinstance(code, str) else "",
        message=words if isinstance(words, str) else "",
    )


def _classify(status, code, message):
    return _CODES.get(code)


def _wait(words):
    """The seconds in "Take a break for 9 minutes before trying again."."""
    found = _WAIT.search(words)
    return int(found.group(1)) * _UNITS[found.group(2)] + 1 if found else None


def _search(query):
    """Where to search. ``subreddit:name`` in the query searches there alone."""
    place = _SUBREDDIT.search(query)
    words = " ".join(_SUBREDDIT.sub(" ", query).split())
    base = f"/r/{place.group(1)}" if place else ""
    if place and not words:
        return f"{base}/new", {}
    params = {"q": words, "sort": "new", "type": "link", "t": "all"}
    return f"{base}/search", params | ({"restrict_sr": "true"} if place else {})


def _mark(thing):
    held = data(thing)
    return [as_id(held.get("name")), held.get("edited") or ""] if held else thing


def _author_id(thing):
    identifier = as_id(data(thing).get("author_fullname"))
    return identifier if identifier.startswith("t2_") else ""


def _markdown(text):
    """A text whose lines stay lines: one break alone is none in Markdown."""
    return re.sub(r"(?<!\n)\n(?!\n)", "  \n", text)


def _sent(name, reference):
    thread = reference["thread"]
    return Sent(name, link(thread, name), {"thing": name, "thread": thread})


def _is_answer(thing, outgoing):
    """Whether an own comment is the answer: written since, below the same thing, in the
    same words.
    """
    held, written = data(thing), moment(thing)
    if not written or written < outgoing.created_at - SKEW:
        return False
    same = held.get("parent_id") == outgoing.reply_ref["thing"]
    body = held.get("body")
    if not same or not isinstance(body, str) or not as_id(held.get("name")):
        return False
    return body.split() == _markdown(outgoing.text).split()
