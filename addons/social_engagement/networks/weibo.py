"""Weibo, by version 2 of its open platform.

Facts are from https://open.weibo.com/wiki (2/statuses/mentions, 2/comments/mentions,
2/comments/to_me, 2/comments/create, 2/comments/reply, Error_code). Not tried live.

There is no push, an access ends and can't be renewed without signing in again, and few
calls are allowed.
"""

import re
from datetime import datetime, timedelta, timezone

from . import register
from .base import (
    Account,
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
from .oauth import OAuth, SignsIn
from .payload import NEEDED, Fields, as_id, item_id
from .plaintext import bounded
from .wordless import quoted, what

SITE = "https://m.weibo.cn"
UNKNOWN = "Weibo user"  # who wrote what Weibo gives no author of
PAGE = 50  # the most that all lists give at once
BACKFILL = timedelta(days=7)  # how far the first fetch looks back
SKEW = timedelta(minutes=10)  # clocks may differ by this
_LISTS = {
    "mentions": ("statuses/mentions",),
    "comments": ("comments/mentions", "comments/to_me"),
}
_KINDS = {"statuses": "status", "comments": "comment"}  # of a list: of one in it
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
# "Wed Jun 01 00:50:25 +0800 2011"
_TIME = re.compile(r"\w{3} (\w{3}) (\d\d?) (\d\d:\d\d:\d\d) ([+-]\d{4}) (\d{4})")
_ADDED = re.compile(r"^回复\s?@[^:：]+[:：]")  # what Weibo puts in front of a reply
_LINK = re.compile(r"https?://[\x21-\x7e]+")  # it shortens them
# Texts of https://open.weibo.com/wiki/Error_code, most telling first. Statuses say
# little: most failures have 400 or 403.
_SAID = (
    (
        r"expired_token|invalid_access_token|token_(rejected|revoked|expired)",
        Reason.AUTHORISATION,
    ),
    (r"out of rate limit|out of limit|too many pending", Reason.RATE_LIMIT),
    (r"permission|unaudited|need a high level", Reason.PERMISSION),
    (r"does not exist", Reason.NOT_FOUND),
    (r"repeat content", Reason.DUPLICATE),
    (r"too long|length over limit", Reason.TOO_LONG),
    (r"blacklist|black list|blocked", Reason.BLOCKED),
    (r"illegal|advertising|only allow|can not comment|trusted", Reason.REFUSED),
    (r"system error|service unavailable|remote service|job expired", Reason.SERVER),
)


@register
class Weibo(SignsIn):
    """Listens to posts and comments that mention the account, and to comments on its
    own posts. Answers are public comments.
    """

    name = "weibo"
    label = "Weibo"
    base_url = "https://api.weibo.com"
    credentials = (
        Credential("client_id", "App Key", "open.weibo.com › 我的应用."),
        Credential("client_secret", "App Secret"),
        Credential(
            "username",
            "IP address",
            "The public one of this server: Weibo wants it told with each answer.",
        ),
    )
    oauth = OAuth(
        authorise="/oauth2/authorize",
        token="/oauth2/access_token",
        scopes=("all",),
        pkce=False,
    )
    feeds = ("mentions", "comments")
    interval = 180
    fastest = 90
    slowest = 1800
    can_reply = True
    threads = True
    # 140 Chinese characters. Latin letters count half, which is not made use of.
    max_length = 140
    actions = frozenset({"withdraw"})

    def __init__(self, account: Account):
        super().__init__(account)
        self._client = Client(account, classify=_classify, meter=self.meter)

    def verify(self) -> Identity:
        """Asks for the own account."""
        uid = Fields(self._read("account/get_uid", {})).id("uid")
        me = _user(Fields(self._read("users/show", {"uid": uid})))
        return Identity(me.external_id, me.handle, me.name, me.url)

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next page of each list, newest first: Weibo knows no other order.

        The cursor has a position for each list: ``{"since_id": newest id of the last
        whole walk}``, and within a walk ``newest``, what that becomes at its end, and
        ``max_id``, below which it goes on. A list ends with an empty page only: Weibo
        leaves things out of pages, so that a short one says nothing.
        """
        items, after = {}, {}
        for path in _LISTS[kind]:
            name = path.partition("/")[0]
            position = cursor.get(path) or {}
            since = position.get("since_id", "0")
            params = {"count": self.page(PAGE), "since_id": since}
            if "max_id" in position:
                params["max_id"] = position["max_id"]
            found = _listed(self._read(path, params), name)
            after[path] = _onward(position, found)
            for one in found:
                item = _item(one, _KINDS[name])
                if not self._is_own(one):
                    items[item.external_id] = item
        more = any("max_id" in position for position in after.values())
        return Page(list(items.values())[::-1], after, more)

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A post, or a comment with the post it is on."""
        fields = Fields(payload)
        if fields.has("comment"):
            return _comment(fields.child("comment"))
        return _status(fields.child("status"))

    def reply(self, outgoing: Outgoing) -> Sent:
        """Comments on the post, or replies to the comment."""
        to = outgoing.reply_ref
        data = {"id": to["status"], "comment": outgoing.text}
        if self.account.username.strip():
            data["rip"] = self.account.username.strip()
        path = "comments/create"
        if to.get("comment"):
            path, data = "comments/reply", data | {"cid": to["comment"]}
        answer = self._write(path, data)
        number = as_id(answer.get("idstr")) or as_id(answer.get("id"))
        if not number:
            detail = "nothing says whether it was written"
            raise NetworkError(Reason.BAD_PAYLOAD, detail, uncertain=True)
        return _sent(number, to["status"])

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Looks among the comments the account wrote since."""
        status, since = outgoing.reply_ref["status"], outgoing.created_at - SKEW
        params = {"count": PAGE}
        for _page in range(5):
            found = _listed(self._read("comments/by_me", params), "comments")
            found = [one for one in found if isinstance(one, dict)]
            for one in found:
                if _is_answer(one, status, outgoing.text, since):
                    return _sent(as_id(one["id"]), status)
            moments = [_moment(one.get("created_at")) for one in found]
            if not found or any(m and m < since for m in moments):
                return None
            params["max_id"] = str(max(min(map(_number, found)) - 1, 0))
        raise NetworkError(Reason.UNKNOWN, "too many own comments to look through")

    def withdraw(self, external_id: str) -> None:
        """Deletes a comment of ours."""
        try:
            self._write("comments/destroy", {"cid": external_id.rpartition(":")[2]})
        except NetworkError as error:
            if error.reason != Reason.NOT_FOUND:
                raise

    def _is_own(self, one):
        user = one.get("user") if isinstance(one, dict) else None
        number = as_id(user.get("id")) if isinstance(user, dict) else ""
        return bool(number) and number == self.account.external_id

    def _headers(self):
        return {"Authorization": f"OAuth2 {self.access_token()}"}

    def _read(self, path, params):
        answer = self._client.get(f"/2/{path}.json", params, self._headers())
        return self._checked(checked_json(answer, dict))

    def _write(self, path, data):
        answer = self._client.submit(
            "POST", f"/2/{path}.json", data=data, headers=self._headers()
        )
        return self._checked(checked_json(answer, dict, write=True))

    def _checked(self, answer):
        """An answer that is no failure: some of them come with status 200."""
        if not answer.get("error_code"):
            return answer
        said = self._client.without_secrets(Fields(answer).text("error", ""))
        raise NetworkError(_classify(200, "", said) or Reason.REFUSED, said)


def _classify(status, code, message):
    said = f"{code} {message}".lower()
    return next((reason for words, reason in _SAID if re.search(words, said)), None)


def _listed(answer, name):
    found = answer.get(name)
    if not isinstance(found, list):
        raise NetworkError(Reason.BAD_PAYLOAD, f"{name} are missing")
    return found


def _onward(position, found):
    """A list's position after a page."""
    numbers = [number for number in map(_number, found) if number]
    since = int(position.get("since_id", 0))
    newest = max([int(position.get("newest", since)), *numbers])
    times = [_moment(one.get("created_at")) for one in found if isinstance(one, dict)]
    oldest = datetime.now(timezone.utc) - BACKFILL
    is_enough = not since and any(moment and moment < oldest for moment in times)
    if not numbers or is_enough:
        return {"since_id": str(newest)}
    walk = {"newest": str(newest), "max_id": str(min(numbers) - 1)}
    return {"since_id": str(since), **walk}


def _item(one, kind):
    number = as_id(one.get("id")) if isinstance(one, dict) else ""
    if number and kind == "comment":
        number = _comment_id(number)
    payload = {kind: one}
    return Item(number or item_id(None, payload), payload)


def _comment_id(number):
    """The external id of a comment: posts are numbered likewise."""
    return f"comment:{number}"


def _sent(number, status):
    reference = {"status": status, "comment": number}
    return Sent(_comment_id(number), f"{SITE}/status/{status}", reference)


def _is_answer(one, status, text, since):
    on = one.get("status")
    if not isinstance(on, dict) or as_id(on.get("id")) != status:
        return False
    moment, written = _moment(one.get("created_at")), one.get("text")
    if not moment or moment < since or not isinstance(written, str):
        return False
    return bool(as_id(one.get("id"))) and _bare(written) == _bare(text)


def _bare(text):
    """What of a text survives Weibo."""
    return "".join(_LINK.sub("", _ADDED.sub("", text)).split())


def _status(status):
    number = status.id("id")
    visible = status.child("visible") if status.has("visible") else Fields({})
    return Post(
        external_id=number,
        kind="post",
        text=bounded(_text(status)),
        author=_author(status, number),
        posted_at=_needed_time(status),
        url=f"{SITE}/status/{number}",
        visibility="followers" if visible.count("type") else "public",
        thread_id=number,
        reply_ref={"status": number},
        media=tuple(_media(status)),
        shares=status.count("reposts_count"),
        likes=status.count("attitudes_count"),
    )


def _comment(comment):
    number = comment.id("id")
    status = comment.child("status").id("id")
    answered = None
    if comment.has("reply_comment"):
        answered = _comment_id(comment.child("reply_comment").id("id"))
    return Post(
        external_id=_comment_id(number),
        kind="comment",
        text=bounded(_text(comment)),
        author=_author(comment, _comment_id(number)),
        posted_at=_needed_time(comment),
        url=f"{SITE}/status/{status}",
        parent_id=answered or status,
        thread_id=status,
        reply_ref={"status": status, "comment": number},
    )


def _text(one):
    """What somebody wrote, and below it what they passed on, marked as a quote."""
    said = one.text("text").strip()
    if not said and one.children("pic_urls"):
        said = what("Photo")
    if not one.has("retweeted_status"):
        return said
    other = one.child("retweeted_status")
    user = other.child("user") if other.has("user") else Fields({})
    name = user.name("screen_name", "")
    return f"{said}\n\n{quoted(other.text('text', ''), name and f'@{name}')}".strip()


def _author(one, wrote):
    """Who wrote; by what they wrote where Weibo does not say who."""
    if one.has("user") or one.get("deleted"):
        return _user(one.child("user"))
    return Author(f"unknown:{wrote}", UNKNOWN, UNKNOWN)


def _user(user):
    number = user.id("id")
    name = user.name("screen_name", "") or number
    return Author(
        external_id=number,
        handle=f"@{name}",
        name=user.name("name", name),
        url=f"https://weibo.com/u/{number}",
        avatar_url=user.url("avatar_large") or user.url("profile_image_url"),
        followers=user.count("followers_count"),
        following=user.count("friends_count"),
        posts=user.count("statuses_count"),
        created_at=_moment(user.get("created_at")),
        verified=user.flag("verified"),
    )


def _media(status):
    if status.has("retweeted_status"):
        yield from _media(status.child("retweeted_status"))
    for picture in status.children("pic_urls"):
        if url := picture.url("thumbnail_pic"):
            yield Media(url.replace("/thumbnail/", "/large/"), "image/*")


def _needed_time(fields):
    return _moment(fields.get("created_at")) or fields.time("created_at", NEEDED)


def _moment(value):
    """A moment as Weibo writes it, in UTC, or None when it is none. Read by hand, since
    the names of months depend on the machine's language.
    """
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if not match or match[1] not in _MONTHS:
        return None
    month = _MONTHS.index(match[1]) + 1
    text = f"{match[5]}-{month}-{match[2]} {match[3]} {match[4]}"
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z")
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def _number(one):
    text = as_id(one.get("id")) if isinstance(one, dict) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
