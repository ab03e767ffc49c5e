"""YouTube: the comments below a channel's videos, through the Data API v3.

Facts are from https://developers.google.com/youtube/v3/docs (``commentThreads``,
``comments``, ``channels``, ``errors``), ``…/v3/determine_quota_cost`` and
``…/youtube/v3/guides/auth/server-side-web-apps``. What is stored has to be refreshed or
deleted within 30 days (https://developers.google.com/youtube/terms/developer-policies,
III.E.4): rereading does it. While the app is in Google's "testing" state, a sign-in
lasts 7 days only.
"""

import time
from datetime import datetime, timedelta, timezone
from typing import Any

from . import register
from .base import (
    Account,
    Credential,
    Identity,
    Item,
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
from .payload import Fields, as_id, as_time
from .walk import BACKFILL, Reader, iso, walk
from .youtube_comment import (
    author_id,
    is_whole,
    item,
    link,
    mark,
    moment,
    part,
    post,
    replies,
    top,
)

API = "/youtube/v3"
PAGE = 100  # the most a list of comments gives
BATCH = 50  # ids that can be asked about at once
REPLY_PAGES = 10  # of one thread: YouTube allows 500 replies (R)
# A reply does not move its thread up. Among the newest 100 threads it is found at once;
# older ones are looked through as often, and as far, as this.
SWEEP = 6 * 3600  # seconds
SWEEP_PAGES = 10
WATCHED = timedelta(days=30)  # how long replies to a thread are looked for
SKEW = timedelta(minutes=10)
PACIFIC = timezone(timedelta(hours=-8))  # where the quota's day begins; an hour late
# in summer, which is no harm
_CODES = {
    "quotaExceeded": Reason.BUDGET,
    "dailyLimitExceeded": Reason.BUDGET,
    "rateLimitExceeded": Reason.RATE_LIMIT,
    "userRateLimitExceeded": Reason.RATE_LIMIT,
    "authError": Reason.AUTHORISATION,
    "youtubeSignupRequired": Reason.PERMISSION,
    "commentsDisabled": Reason.REFUSED,
    "operationNotSupported": Reason.REFUSED,
    "commentTextTooLong": Reason.TOO_LONG,
    "parentCommentNotFound": Reason.NOT_FOUND,
    "commentNotFound": Reason.NOT_FOUND,
}


@register
class YouTube(SignsIn):
    """Listens to the comments on a channel's videos and answers below them."""

    name = "youtube"
    label = "YouTube"
    base_url = "https://www.googleapis.com"
    credentials = (
        Credential(
            "client_id",
            "Client ID",
            "https://console.cloud.google.com › APIs & Services: enable YouTube Data "
            "API v3, then Credentials › Create OAuth client ID › Web application.",
        ),
        Credential("client_secret", "Client secret"),
    )
    oauth = OAuth(
        authorise="https://accounts.google.com/o/oauth2/v2/auth",
        token="https://oauth2.googleapis.com/token",
        hosts=("oauth2.googleapis.com",),
        scopes=("https://www.googleapis.com/auth/youtube.force-ssl",),
        extra=(("access_type", "offline"), ("prompt", "consent")),
    )
    feeds = ("comments",)
    interval = 120
    fastest = 60
    slowest = 1800
    can_reread = True
    reread_batch = BATCH
    can_reply = True
    threads = True
    max_length = 10_000
    actions = frozenset({"hide", "withdraw"})
    costs = {"list": 1, "write": 50}
    cost_unit = "units"
    cost_period = "day"
    budget = 10_000

    def __init__(self, account: Account):
        super().__init__(account)
        self._client = Client(
            account, classify=_classify, explain=_explain, meter=self.meter
        )

    def verify(self) -> Identity:
        """Asks for the channel of who signed in."""
        channels = self._list("channels", {"part": "snippet", "mine": "true"})[0]
        if not channels:
            raise NetworkError(Reason.PERMISSION, "the account has no channel")
        channel = Fields(channels[0], "channel")
        about, identifier = channel.child("snippet"), channel.id("id")
        title = about.line("title")
        return Identity(
            external_id=identifier,
            handle=about.line("customUrl", title),
            name=title,
            url=f"https://www.youtube.com/channel/{identifier}",
            max_length=self.max_length,
        )

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next threads with something new, newest first: see :func:`.walk.walk`.

        Besides, ``since`` is how far back comments are taken in, ``swept`` when older
        threads were last looked through for replies, and ``sweep`` where that stands:
        {"page", "left"}.
        """
        since = cursor.get("since") or iso(datetime.now(timezone.utc) - BACKFILL)
        if "sweep" in cursor:
            threads, after = self._sweep(cursor)
        else:
            reader = Reader(self._threads, moment, mark, overlap=WATCHED)
            threads, after = walk(reader, cursor)
            after["swept"] = cursor.get("swept", int(time.time()))
            if "page" not in after and time.time() - after["swept"] > SWEEP:
                after["sweep"] = {"page": "", "left": SWEEP_PAGES}
        items = self._items(threads, as_time(since))
        more = "page" in after or "sweep" in after
        return Page(items, after | {"since": since}, more)

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A stored comment as a post."""
        return post(payload)

    def reread(self, known: list[Known]) -> Reread:
        """Asks for the comments; one that is not given may be deleted, or not shown."""
        asked = {k.external_id: k.reply_ref for k in known if "," not in k.external_id}
        if not asked:
            return Reread()
        params = {"part": "snippet", "id": ",".join(asked), "textFormat": "plainText"}
        comments, _after = self._list("comments", params)
        channels = self._channels(comments)
        items = []
        for comment in comments:
            reference = asked.get(as_id(part(comment, "id")), {})
            author = channels.get(author_id(comment))
            items.append(item(comment, reference.get("video", ""), None, author))
        there = {i.external_id for i in items}
        return Reread(self._deleted(asked, asked.keys() - there), tuple(items))

    def _deleted(self, asked, missing):
        """Of comments that are not given, those that are deleted. Others are on a video
        that is not shown now, or are held for review (by somebody in YouTube Studio,
        too), which is told of first comments only.
        """
        gone = set()
        for video in {asked[name].get("video", "") for name in missing}:
            on_it = {name for name in missing if asked[name].get("video", "") == video}
            if self._is_shown(video):
                gone |= on_it - self._held(video)
        return frozenset(gone)

    def _is_shown(self, video):
        found, _after = self._list("videos", {"part": "status", "id": video})
        return any(part(one, "status", "privacyStatus") != "private" for one in found)

    def _held(self, video):
        """The first comments on a video that wait for review, or are taken for spam."""
        held = set()
        for status in ("heldForReview", "likelySpam"):
            params = {"part": "id", "videoId": video, "moderationStatus": status}
            threads, _after = self._list(
                "commentThreads", params | {"maxResults": PAGE}
            )
            held |= {as_id(part(thread, "id")) for thread in threads}
        return held

    # --- answers and actions

    @classmethod
    def compose(cls, text: str, reply_ref: dict) -> str:
        """Mentions who wrote, when that was itself a reply: threads have one level, and
        without it nobody knows who is meant.
        """
        mention = reply_ref.get("mention", "")
        if not mention or text.lower().startswith(mention.lower()):
            return text
        return f"{mention} {text}"

    def reply(self, outgoing: Outgoing) -> Sent:
        """Posts the answer into the thread."""
        reference = outgoing.reply_ref
        held = {"parentId": reference["parent"], "textOriginal": outgoing.text}
        answer = self._write("POST", "comments", {"part": "snippet"}, {"snippet": held})
        try:
            return _sent(checked_json(answer, dict, write=True), reference)
        except NetworkError as error:
            error.uncertain = True
            raise

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Looks for the text among the account's own replies in the thread since. That
        it is not among them proves nothing: new replies are listed late, and those that
        YouTube takes for spam never.
        """
        for comment in self._replies(outgoing.reply_ref["parent"]):
            if author_id(comment) == self._channel() and _is_answer(comment, outgoing):
                return _sent(comment, outgoing.reply_ref)
        raise NetworkError(Reason.UNKNOWN, "YouTube does not list it, or not yet")

    def hide(self, reply_ref: dict, hidden: bool = True) -> None:
        """Holds a comment for review in YouTube Studio, or publishes it."""
        status = "heldForReview" if hidden else "published"
        params = {"id": reply_ref["comment"], "moderationStatus": status}
        self._write("POST", "comments/setModerationStatus", params)

    def withdraw(self, external_id: str) -> None:
        """Deletes a comment of ours."""
        try:
            self._write("DELETE", "comments", {"id": external_id})
        except NetworkError as error:
            if error.reason != Reason.NOT_FOUND:
                raise

    # --- what is read

    def _sweep(self, cursor):
        """One page of threads that are looked through for replies."""
        after = {key: value for key, value in cursor.items() if key != "sweep"}
        page, left = cursor["sweep"]["page"], cursor["sweep"]["left"] - 1
        try:
            threads, onward = self._threads(page)
        except NetworkError as error:
            if not page or error.reason != Reason.REFUSED:
                raise
            threads, onward = [], ""  # the page is not known any more: later again
        times = [m for m in map(moment, threads) if m]
        oldest = min(times, default=datetime.now(timezone.utc))
        if onward and left and datetime.now(timezone.utc) - oldest < WATCHED:
            return threads, after | {"sweep": {"page": onward, "left": left}}
        return threads, after | {"swept": int(time.time())}

    def _threads(self, page):
        params = {"part": "snippet,replies", "order": "time"}
        params["maxResults"] = self.page(PAGE)
        params["allThreadsRelatedToChannelId"] = self._channel()
        params |= {"textFormat": "plainText", "pageToken": page or None}
        return self._list("commentThreads", params)

    def _replies(self, parent) -> list[Any]:
        params = {"part": "snippet", "parentId": parent, "maxResults": PAGE}
        params["textFormat"] = "plainText"
        found: list[Any] = []
        for _page in range(REPLY_PAGES):
            comments, token = self._list("comments", params)
            found += comments
            if not token:
                return found
            params["pageToken"] = token
        raise NetworkError(Reason.UNKNOWN, "too many replies to look through")

    def _items(self, threads, since) -> list[Item]:
        """All comments of threads since, but our own; oldest thread first."""
        found = []
        for thread in reversed(threads):
            snippet = part(thread, "snippet")
            video, can_reply = part(snippet, "videoId"), part(snippet, "canReply")
            for comment in self._comments(thread):
                written = as_time(part(comment, "snippet", "publishedAt"))
                own = author_id(comment) == self._channel()
                if not own and not (written and since and written < since):
                    found.append((comment, as_id(video), can_reply))
        channels = self._channels([comment for comment, _video, _can in found])
        return [item(*entry, channels.get(author_id(entry[0]))) for entry in found]

    def _comments(self, thread):
        """A thread's comments; what is no thread is kept, to be shown as broken."""
        first = top(thread)
        if not first:
            return [thread]
        parent = as_id(part(first, "id"))
        if is_whole(thread) or not parent:
            return [first, *replies(thread)]
        try:
            return [first, *self._replies(parent)]
        except NetworkError as error:
            if error.reason not in (Reason.NOT_FOUND, Reason.UNKNOWN):
                raise
        return [first, *replies(thread)]

    def _channels(self, comments) -> dict[str, Any]:
        """The authors' channels by id. Where they can't be had, comments come without
        figures.
        """
        ids = list(dict.fromkeys(filter(None, map(author_id, comments))))
        channels = {}
        for start in range(0, len(ids), BATCH):
            batch = ",".join(ids[start : start + BATCH])
            params = {"part": "snippet,statistics", "id": batch, "maxResults": BATCH}
            try:
                found, _after = self._list("channels", params)
            except NetworkError:
                break
            channels |= {part(c, "id"): c for c in found if isinstance(c, dict)}
        return channels

    def _channel(self):
        """The account's own channel."""
        if not self.account.external_id:
            self.account.external_id = self.verify().external_id
        return self.account.external_id

    # --- calls

    def _auth(self):
        return {"Authorization": f"Bearer {self.access_token()}"}

    def _list(self, what, params):
        """The items of a list, and the token of the page after it."""
        headers = self._auth()
        self.meter.count("list")
        answer = self._client.get(f"{API}/{what}", params, headers)
        told = checked_json(answer, dict)
        # channels.list leaves them out when there are none
        items = told.get("items", [] if what == "channels" else None)
        if not isinstance(items, list):
            raise NetworkError(Reason.BAD_PAYLOAD, f"the list of {what} has no items")
        return items, as_id(told.get("nextPageToken"))

    def _write(self, method, what, params, data=None):
        headers = self._auth()
        self.meter.count("write")
        return self._client.submit(
            method, f"{API}/{what}", params=params, json=data, headers=headers
        )


def _explain(told) -> Told:
    """``{"error": {"message", "errors": [{"reason"}]}}``."""
    error = told.get("error")
    message = part(error, "message") or told.get("message")
    listed = part(error, "errors")
    code = part(listed[0], "reason") if isinstance(listed, list) and listed else ""
    code = code if isinstance(code, str) else ""
    return Told(
        code=code,
        message=message if isinstance(message, str) else "",
        wait=_until_midnight() if _CODES.get(code) == Reason.BUDGET else None,
    )


def _classify(status, code, message):
    return _CODES.get(code)


def _until_midnight():
    """Seconds until the quota is given anew."""
    now = datetime.now(PACIFIC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=1) - now).total_seconds()


def _sent(comment, reference):
    identifier = Fields(comment, "comment").id("id")
    return Sent(identifier, link(reference["video"], identifier), reference)


def _is_answer(comment, outgoing):
    """Whether an own comment is the answer: written since, in the same words."""
    written = as_time(part(comment, "snippet", "publishedAt"))
    text = part(comment, "snippet", "textDisplay")
    if not written or written < outgoing.created_at - SKEW or not isinstance(text, str):
        return False
    return text.split() == outgoing.text.split()
