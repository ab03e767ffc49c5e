"""Comments on the articles of a WordPress site, by application password.

Facts are from https://developer.wordpress.org/rest-api/reference/comments/, and
measured against WordPress 6.1.
"""

import base64
import html
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

from . import register
from .base import (
    Account,
    Adapter,
    Author,
    Credential,
    Finding,
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
from .http import Client, checked_json
from .payload import Fields, as_id, as_time, digest, item_id
from .plaintext import bounded, html_to_text
from .walk import Reader, walk

API = "/wp-json/wp/v2"
PAGE = 100  # the most a site gives at once
SKEW = timedelta(minutes=10)  # the site's clock may differ by this
# A comment that was taken for spam keeps its date when somebody finds it there.
OVERLAP = timedelta(days=7)
# Neither the author's address nor browser is asked for.
_FIELDS = (
    "id,post,parent,author,author_name,author_email,author_url,author_avatar_urls,"
    "date_gmt,content,link,status"
)
# Only who may moderate gets this; others would be taken for anybody without a word,
# and with a wrong password too.
_ALL = {"context": "edit", "_fields": _FIELDS}
_CODES = {
    "comment_content_column_length": Reason.TOO_LONG,
    "comment_duplicate": Reason.DUPLICATE,
    "comment_flood": Reason.RATE_LIMIT,
    "rest_comment_closed": Reason.REFUSED,
    "rest_comment_content_invalid": Reason.REFUSED,
}
_GONE = {"rest_comment_invalid_id", "rest_already_trashed"}


@register
class WordPress(Adapter):
    """Reads comments, held ones too, and answers below them; ``account.base_url`` is
    the site's address.

    What is found is stored as ``{"site": address, "comment": …}``.
    """

    name = "wordpress"
    label = "WordPress"
    credentials = (
        Credential("username", "User name", "Of somebody who may moderate comments."),
        Credential(
            "secret", "Application password", "Users › Profile › Application Passwords."
        ),
    )
    feeds = ("comments",)
    interval = 120
    slowest = 1800
    can_reread = True
    can_reply = True
    threads = True
    max_length = 65525  # a column of the site's database
    counting = "bytes"
    actions = frozenset({"hide", "withdraw"})

    def __init__(self, account: Account):
        super().__init__(account)
        access = f"{account.username.strip()}:{account.secret.strip()}"
        access = base64.b64encode(access.encode("utf-8", "replace")).decode()
        headers = {"Authorization": f"Basic {access}"}
        self._client = Client(
            account, headers=headers, classify=_classify, meter=self.meter
        )

    def verify(self) -> Identity:
        """Asks for the user."""
        me = self._me()
        name = me.line("name", "") or me.line("slug")
        return Identity(_user(self._site, me.id("id")), name, name, me.url("link"))

    def diagnose(self) -> list[Finding]:
        """Asks whether the user may moderate, which all of it needs."""
        asked = self._try("comments", self._check_moderator)
        rest = ("answer", "hide", "withdraw")
        return [asked, *(replace(asked, ability=ability) for ability in rest)]

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next page of comments, newest first. See :func:`.walk.walk`."""
        reader = Reader(self._found, _written_at, _mark, self._is_other, OVERLAP)
        found, after = walk(reader, cursor)
        items = [self._item(comment) for comment in reversed(found)]
        return Page(items, after, "page" in after)

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A comment as a post; its thread is the article."""
        fields = Fields(payload)
        site, comment = fields.url("site"), fields.child("comment")
        identifier, article = comment.id("id"), comment.id("post")
        parent = comment.id("parent", "0")
        rendered = comment.child("content").text("rendered")
        return Post(
            external_id=identifier,
            kind="comment",
            text=bounded(html_to_text(rendered, comment.url("link") or site)),
            author=_author(comment, site),
            posted_at=comment.time("date_gmt"),
            url=comment.url("link"),
            parent_id=None if parent == "0" else parent,
            thread_id=f"article {article}",
            reply_ref={"id": identifier, "post": article},
            revision=_revision(comment.get("content")),
        )

    def reread(self, known: list[Known]) -> Reread:
        """Reads the comments; those that are not given are asked for one by one, since
        only what is in the trash or unknown counts as gone.
        """
        ids = [post.external_id for post in known]
        params = {"status": "all", "per_page": PAGE, "include[]": ids}
        found = [c for c in self._comments(params)[0] if isinstance(c, dict)]
        missing = set(ids) - {as_id(comment.get("id")) for comment in found}
        gone = frozenset(i for i in missing if self._status(i) == "trash")
        return Reread(gone, tuple(map(self._item, found)))

    @classmethod
    def length(cls, text: str) -> int:
        """Bytes, as they are stored."""
        return len(_markup(text).encode("utf-8", "replace"))

    def reply(self, outgoing: Outgoing) -> Sent:
        """Writes the answer below the comment. That is looked up first: the site takes
        answers to what is gone.
        """
        reference = outgoing.reply_ref
        if self._status(reference["id"]) == "trash":
            raise NetworkError(Reason.NOT_FOUND, "the comment is gone")
        data = {"post": reference["post"], "parent": reference["id"]}
        data["content"] = _markup(outgoing.text)
        answer = self._client.post(f"{API}/comments", data)
        return _sent(checked_json(answer, dict, write=True))

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Looks among the user's answers to the same comment."""
        params = {
            "author[]": self._me().id("id"),
            "parent[]": outgoing.reply_ref["id"],
            "per_page": PAGE,
        }
        since = outgoing.created_at - SKEW
        for status in ("all", "spam"):  # "all" are those approved and those that wait
            for comment in self._comments(params | {"status": status})[0]:
                written = _written_at(comment)
                if written and written >= since and _says(comment, outgoing.text):
                    return _sent(comment)
        return None

    def hide(self, reply_ref: dict, hidden: bool = True) -> None:
        """Takes back the approval of a comment, or approves it."""
        data = {"status": "hold" if hidden else "approved"}
        self._client.post(_path(reply_ref["id"]), data)

    def withdraw(self, external_id: str) -> None:
        """Puts the answer into the trash; deletes it where the site has none."""
        path = _path(external_id)
        try:
            self._client.delete(path)
        except NetworkError as error:
            if error.code == "rest_trash_not_supported":
                self._client.delete(path, params={"force": "true"})
            elif error.code not in _GONE:
                raise

    @property
    def _site(self):
        return self.account.base_url.strip().rstrip("/")

    def _me(self):
        params = {"context": "edit"}
        answer = self._client.get(f"{API}/users/me", params)
        return Fields(checked_json(answer, dict), "user")

    def _check_moderator(self):
        rights = self._me().get("capabilities")
        if not (isinstance(rights, dict) and rights.get("moderate_comments")):
            raise NetworkError(Reason.PERMISSION, "moderate_comments")

    def _comments(self, params):
        """Comments, and how many pages of them there are."""
        answer = self._client.get(f"{API}/comments", params | _ALL)
        found = checked_json(answer, list)
        told = answer.headers.get("X-WP-TotalPages", "")
        return found, int(told) if told.isdecimal() else None

    def _found(self, token):
        number, size = _page_of(token, self.page(PAGE))
        params = {"status": "all", "orderby": "date_gmt", "order": "desc"}
        found, pages = self._comments(params | {"per_page": size, "page": number})
        more = len(found) == size if pages is None else number < pages
        following = str(number + 1) if size == PAGE else f"{number + 1}/{size}"
        return found, following if more else ""

    def _status(self, identifier):
        """A comment's status: approved, hold, spam or trash, which stands for deleted
        ones too.
        """
        try:
            answer = self._client.get(_path(identifier), _ALL)
            status = Fields(checked_json(answer, dict), "comment").line("status")
        except NetworkError as error:
            if error.code not in _GONE:
                raise
            return "trash"
        return status

    def _is_other(self, comment):
        """Whether somebody else wrote it; broken ones are kept, to be shown."""
        user = as_id(comment.get("author")) if isinstance(comment, dict) else ""
        return not user or _user(self._site, user) != self.account.external_id

    def _item(self, comment):
        payload = {"site": self._site, "comment": comment}
        if not isinstance(comment, dict):
            return Item(item_id(None, payload), payload)
        identifier = item_id(comment.get("id"), payload)
        return Item(identifier, payload, _revision(comment.get("content")))


def _classify(status, code, message):
    return _CODES.get(code)


def _path(identifier):
    return f"{API}/comments/{quote(identifier, safe='')}"


def _author(comment, site):
    """A user of the site, or a guest. Guests say who they are, and nobody checks it:
    they are told apart by all they say.
    """
    name = comment.line("author_name", "") or "?"
    user = comment.id("author", "0")
    # as it came: by this guests are known
    said = [name, comment.line("author_email", ""), comment.url("author_url")]
    guest = f"{site}/#guest-{digest(said)[:16]}"
    pictured = comment.has("author_avatar_urls")
    avatar = comment.child("author_avatar_urls").url("96") if pictured else ""
    shown = comment.name("author_name", "Anonymous")
    return Author(
        external_id=guest if user == "0" else _user(site, user),
        handle=shown,
        name=shown,
        url=comment.url("author_url"),
        avatar_url=avatar,
    )


def _user(site, identifier):
    return f"{site}/?author={identifier}"


def _revision(content):
    """What tells the versions of a comment apart: WordPress does not say."""
    raw = content.get("raw") if isinstance(content, dict) else content
    return digest(raw)[:16]


def _mark(comment):
    if isinstance(comment, dict) and comment.get("id"):
        return [comment.get("id"), _revision(comment.get("content"))]
    return comment


def _written_at(comment):
    return as_time(comment.get("date_gmt")) if isinstance(comment, dict) else None


def _markup(text):
    """A text as the HTML that comments are made of."""
    return html.escape(text, quote=False)


def _says(comment, text):
    content = comment.get("content")
    raw = content.get("raw") if isinstance(content, dict) else None
    return isinstance(raw, str) and _words(html_to_text(raw)) == _words(text)


def _words(text):
    return "".join(c for c in text if c.isalnum()) or "".join(text.split())


def _sent(comment):
    fields = Fields(comment, "comment")
    identifier = fields.id("id")
    below = {"id": identifier, "post": fields.id("post")}
    return Sent(identifier, fields.url("link"), below)


def _page_of(token, size):
    """The number of a page, and its size, for a token: "7", or "7/50" where pages were
    made smaller. After a change of the size it begins where the token does, or a little
    before.
    """
    number, _slash, before = (token or "1").partition("/")
    return (int(number) - 1) * int(before or PAGE) // size + 1, size
