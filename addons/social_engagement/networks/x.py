"""X, by its API v2.

Facts are from https://docs.x.com and X's published API description 2.167. Not tried
live; every request passes that description (``tests/live/test_x_schema.py``).

Two ways to connect:

* signing in (OAuth 2.0). ``client_id`` and ``client_secret`` are the app's client id
  and secret; ``username`` and ``secret`` may hold its API key and secret, which
  webhooks need;
* by hand (OAuth 1.0a), as long as nobody has signed in. ``client_id`` and
  ``client_secret`` are the app's API key and secret, ``username`` and ``secret`` the
  account's access token and its secret.

Reading costs by the thing read, and asking again on the same day (UTC) does not. What
comes along with posts (authors) is not counted: nothing says that it is charged.
Publishing is counted at its full price, though an answer to who called for it may be
cheaper. https://docs.x.com/x-api/getting-started/pricing
"""

import re
from datetime import datetime, timedelta, timezone

from . import register, x_webhook
from .base import (
    BadPayload,
    Call,
    Event,
    Identity,
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
from .payload import Fields, as_id, as_time
from .x_access import USER_FIELDS, XAccess
from .x_posts import (
    SITE,
    latest,
    listed,
    message_id,
    message_item,
    number_of,
    post_item,
    post_items,
    post_of,
)
from .x_text import has_link, same_words, shown_text, weighted_length

BACKFILL = timedelta(days=7)  # how far the first fetch looks back; search has no more
SKEW = timedelta(minutes=10)  # clocks may differ by this
MAX_QUERY = 512  # characters of a search
_FIRST_ID = 1288834974657  # milliseconds since 1970 at which the ids of posts begin
_POST = {
    "post.fields": "attachments,conversation_id,created_at,entities,id,lang,note_post,"
    "public_metrics,text",
    "poll.fields": "id,options",
    "expansions": "attachments.media_keys,attachments.poll_ids,author_id,"
    "referenced_posts",
    "user.fields": USER_FIELDS,
    "media.fields": "alt_text,media_key,preview_image_url,type,url,variants",
}
_MESSAGE = {
    "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,"
    "id,text",
    "event_types": "MessageCreate",
    "expansions": "attachments.media_keys,sender_id",
    "user.fields": USER_FIELDS,
    "media.fields": _POST["media.fields"],
}
# The problem of a single post that is deleted (https://docs.x.com/x-api/fundamentals/
# response-codes-and-errors). Not to be authorised to see it is another one: its author
# has blocked the account, or shows posts to followers only; that is no deletion, and
# ends again.
_GONE = "/resource-not-found"
_HIDDEN = re.compile(r"suspend|not authori[sz]ed|protected|withheld|blocked", re.I)


@register
class X(XAccess):
    """Listens to mentions, a search and direct messages, and answers those who
    mentioned or quoted the account. Others X does not let be answered by a program, and
    liking is left to those with a contract.
    """

    name = "x"
    label = "X"
    feeds = ("mentions", "direct", "search")
    can_reread = True
    webhook = True
    can_reply = True
    threads = True
    max_length = 280
    direct_max_length = 10_000
    counting = "x"
    media = MediaLimits(("image/jpeg", "image/png", "image/webp"), count=4)
    mentions = True
    actions = frozenset({"like", "hide", "withdraw"})
    costs = {
        "post_read": 0.005,
        "owned_read": 0.001,
        "user_read": 0.010,
        "dm_read": 0.010,
        "write": 0.015,
        "write_with_url": 0.200,
    }
    cost_unit = "USD"

    # --- reading

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next page, newest first: X knows no other order.

        The cursor is ``{"since_id": newest id of the last whole walk}``. Within a walk
        it has also ``newest``, what that becomes at its end; ``page``, X's token of the
        next page; and ``until_id``, the oldest id seen, below which posts go on when X
        does not know the token any more. So a walk can break off after any page, for
        however long. Direct messages begin anew then, and have the ``day`` (UTC) that
        was paid for.
        """
        me = self._me()
        if kind == "direct":
            return self._messages(cursor, me)
        if kind == "search":
            path, read = "/2/tweets/search/recent", "post_read"
            params, fewest = {"query": _query(query, me)}, 10
            least = _id_at(_now() - BACKFILL + SKEW)  # X refuses to look further back
        else:
            path, read = f"/2/users/{me}/mentions", "owned_read"
            params, fewest, least = {}, 5, 0
        params |= _POST | {"max_results": self.page(100, fewest)}
        params["since_id"] = str(_since(cursor))
        answer = self._by_token(path, params, cursor)
        if not answer:
            params["since_id"] = str(max(_since(cursor), least))
            if until := cursor.get("until_id"):
                params["until_id"] = until
            answer = self._read(path, params)
        self.meter.count(read, len(listed(answer)))
        after = _onward(cursor, params["since_id"], answer)
        return Page(post_items(answer, me), after, "page" in after)

    def _messages(self, cursor, me):
        since, today = _since(cursor), _now().date().isoformat()
        size = 100 if "page" in cursor or not cursor else 20
        params = _MESSAGE | {"max_results": self.page(size)}
        answer = self._by_token("/2/dm_events", params, cursor)
        answer = answer or self._read("/2/dm_events", params)
        found = listed(answer)
        new = [m for m in found if _number(m) > since or not _number(m)]
        is_charged = "page" in cursor or cursor.get("day") != today
        self.meter.count("dm_read", len(found if is_charged else new))
        after = _onward(cursor, since, answer)
        if len(new) < len(found):  # the walk has arrived where the last one began
            after = {"since_id": after.get("newest", after["since_id"])}
        after.pop("until_id", None)
        includes = answer.get("includes")
        items = [
            message_item(message, includes, me)
            for message in reversed(new)
            if not (isinstance(message, dict) and as_id(message.get("sender_id")) == me)
        ]
        return Page(items, after | {"day": today}, "page" in after)

    def _by_token(self, path, params, cursor):
        """The next page of a walk, or None when it has to be asked for in another way:
        there was none yet, or X does not know its token any more.
        """
        if "page" not in cursor:
            return None
        try:
            return self._read(path, params | {"pagination_token": cursor["page"]})
        except NetworkError as error:
            if error.reason != Reason.REFUSED:
                raise
        return None

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """See :mod:`.x_posts`."""
        return post_of(payload)

    def reread(self, known: list[Known]) -> Reread:
        """Looks posts up, and those that were edited once more: each version has an id
        of its own. Direct messages are not: each would be a call, and paid.
        """
        asked = {
            as_id(post.reply_ref.get("id")) or post.external_id: post.external_id
            for post in known
            if post.kind != "direct"
        }
        asked = {number: post for number, post in asked.items() if number_of(number)}
        if not asked:
            return Reread()
        answer = self._look_up(list(asked))
        gone = {asked[number] for number in _gone(answer) if number in asked}
        posts = [post for post in listed(answer) if isinstance(post, dict)]
        edited = [p for p in posts if number_of(latest(p)) > number_of(p.get("id"))]
        items = self._items([p for p in posts if p not in edited], answer)
        if edited:
            answer = self._look_up([latest(post) for post in edited])
            items += self._items(listed(answer), answer)
        return Reread(frozenset(gone), tuple(items))

    def _look_up(self, numbers):
        params = _POST | {"ids": ",".join(numbers)}
        answer = self._read("/2/tweets", params, partly=True)
        self.meter.count("post_read", len(listed(answer)))
        return answer

    def _items(self, posts, answer):
        includes, me = answer.get("includes"), self._me()
        return [post_item(post, includes, me) for post in posts]

    # --- webhooks

    def answer_challenge(self, call: Call) -> str | None:
        """See :func:`.x_webhook.answer_challenge`."""
        return x_webhook.answer_challenge(call, self._app_key[1])

    def check_signature(self, call: Call) -> None:
        """See :func:`.x_webhook.check_signature`."""
        x_webhook.check_signature(call, self._app_key[1])

    @classmethod
    def events(cls, body: bytes) -> list[Event]:
        """See :mod:`.x_webhook`."""
        return x_webhook.events(body)

    # --- answering

    @classmethod
    def length(cls, text: str) -> int:
        """See :func:`.x_text.weighted_length`."""
        return weighted_length(text)

    @classmethod
    def price(cls, text: str, private: bool = False) -> float:
        """A post with a link costs more, a direct message does not."""
        return cls.costs["write_with_url" if _is_dear(text, private) else "write"]

    @classmethod
    def private_way(cls, identity: Identity) -> str:
        """The address that opens a direct message to the account."""
        return f"https://x.com/messages/compose?recipient_id={identity.external_id}"

    def reply(self, outgoing: Outgoing) -> Sent:
        """Publishes the answer, or sends it as a direct message. X itself refuses the
        same words twice.
        """
        to = outgoing.reply_ref
        kind = "dm_image" if "dm" in to else "tweet_image"
        media = [self._upload(one, kind) for one in outgoing.attachments]
        if "dm" in to:
            data = {"text": outgoing.text} if outgoing.text else {}
            if media:
                data["attachments"] = [{"media_id": number} for number in media]
            path = f"/2/dm_conversations/with/{to['dm']}/messages"
        else:
            reply = {"in_reply_to_tweet_id": to["id"]}
            data = {"text": outgoing.text, "reply": reply}
            if media:
                data["media"] = {"media_ids": media}
            path = "/2/tweets"
        answer = self._client.post(path, data, auth=self._auth())
        is_dear = _is_dear(outgoing.text, "dm" in to)
        self.meter.count("write_with_url" if is_dear else "write")
        try:
            return _sent(self._written(answer), to)
        except BadPayload as error:
            error.uncertain = True
            raise

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Looks among what the account wrote since; reading it costs."""
        since = outgoing.created_at - SKEW
        if to := outgoing.reply_ref.get("dm"):
            path, read = f"/2/dm_conversations/with/{to}/dm_events", "dm_read"
            params = _MESSAGE | {"max_results": 100}
        else:
            path, read = f"/2/users/{self._me()}/tweets", "owned_read"
            params = _POST | {"max_results": 100, "since_id": str(_id_at(since))}
        for _page in range(10):
            answer = self._read(path, params)
            self.meter.count(read, len(listed(answer)))
            found = [one for one in listed(answer) if isinstance(one, dict)]
            for one in found:
                if self._is_answer(one, outgoing, since):
                    return _sent({"data": one}, outgoing.reply_ref)
            moments = [as_time(one.get("created_at")) for one in found]
            params["pagination_token"] = _token(answer)
            if not _token(answer) or any(m and m < since for m in moments):
                return None
        raise NetworkError(Reason.UNKNOWN, "too much written since to look through")

    def _is_answer(self, one, outgoing, since):
        written = as_time(one.get("created_at"))
        if not written or written < since or not isinstance(one.get("text"), str):
            return False
        to = outgoing.reply_ref
        if "dm" in to:
            if as_id(one.get("sender_id")) != self._me():
                return False
        else:
            payload = post_item(one, None, "").payload
            parents = [r["id"] for r in payload["referenced"] if r["type"] != "quoted"]
            if to["id"] not in (*parents, as_id(one.get("in_reply_to_tweet_id"))):
                return False
        return same_words(shown_text(Fields(one)), outgoing.text)

    def _upload(self, attachment, category):
        """Uploads a picture; nothing is published by it.

        :return: its id
        """
        media = (attachment.name, attachment.data, attachment.mime_type)
        what = {"data": {"media_category": category}, "files": {"media": media}}
        try:
            answer = self._client.submit(
                "POST", "/2/media/upload", auth=self._auth(), **what
            )
            number = Fields(self._written(answer)).child("data").id("id")
            if attachment.description:
                text = {"text": attachment.description[:1000]}
                data = {"id": number, "metadata": {"alt_text": text}}
                self._client.post("/2/media/metadata", data, auth=self._auth())
        except NetworkError as error:
            error.uncertain = False
            raise
        return number

    def like(self, reply_ref: dict, liked: bool = True) -> None:
        """Likes a post, or takes the like back."""
        path, number = f"/2/users/{self._me()}/likes", reply_ref["id"]
        if liked:
            data = {"tweet_id": number}
            answer = self._client.post(path, data, auth=self._auth())
        else:
            answer = self._client.delete(f"{path}/{number}", auth=self._auth())
        self._written(answer)
        self.meter.count("write")

    def hide(self, reply_ref: dict, hidden: bool = True) -> None:
        """Hides a reply in a conversation of the account, or shows it again."""
        path = f"/2/tweets/{reply_ref['id']}/hidden"
        data = {"hidden": hidden}
        answer = self._client.submit("PUT", path, json=data, auth=self._auth())
        self._written(answer)
        self.meter.count("write")

    def withdraw(self, external_id: str) -> None:
        """Deletes a post or direct message of ours."""
        kind, _colon, number = external_id.rpartition(":")
        path = f"/2/dm_events/{number}" if kind else f"/2/tweets/{number}"
        try:
            self._written(self._client.delete(path, auth=self._auth()))
        except NetworkError as error:
            if error.reason != Reason.NOT_FOUND:
                raise
        self.meter.count("write")


def _is_dear(text, private):
    return not private and has_link(text)


def _gone(answer):
    """The ids that were asked for and are not there any more."""
    for problem in Fields(answer).children("errors"):
        hidden = _HIDDEN.search(problem.text("detail", ""))
        if problem.text("type", "").endswith(_GONE) and not hidden:
            yield problem.id("resource_id", "") or problem.id("value", "")


def _sent(answer, to):
    data = Fields(answer).child("data")
    if "dm" in to:
        number = data.id("dm_event_id", "") or data.id("id")
        conversation = data.id("dm_conversation_id", to["dm"])
        return Sent(message_id(number), f"{SITE}/messages/{conversation}", to)
    number = data.id("id")
    return Sent(number, f"{SITE}/i/status/{number}", {"id": number})


def _query(query, me):
    """A search that leaves out copies and the account's own posts."""
    whole = f"({query.strip()}) -is:retweet -from:{me}"
    if not query.strip() or len(whole) > MAX_QUERY:
        room = MAX_QUERY - len(whole) + len(query.strip())
        raise NetworkError(Reason.REFUSED, f"a search has 1 to {room} characters")
    return whole


def _now():
    return datetime.now(timezone.utc)


def _id_at(moment):
    """The least id of what is written at a moment."""
    return max(int(moment.timestamp() * 1000) - _FIRST_ID, 1) << 22


def _since(cursor):
    """The id after which everything is new."""
    return number_of(cursor.get("since_id")) or _id_at(_now() - BACKFILL)


def _number(thing):
    return number_of(thing.get("id")) if isinstance(thing, dict) else 0


def _token(answer):
    meta = answer.get("meta")
    return as_id(meta.get("next_token")) if isinstance(meta, dict) else ""


def _onward(cursor, since, answer):
    """The cursor after a page."""
    numbers = [number for number in map(_number, listed(answer)) if number]
    newest = max(number_of(cursor.get("newest")), int(since), *numbers, 0)
    if not _token(answer):
        return {"since_id": str(newest)}
    after = {"since_id": str(since), "newest": str(newest), "page": _token(answer)}
    until = str(min(numbers)) if numbers else cursor.get("until_id")
    return after | ({"until_id": until} if until else {})
