"""Facebook pages: comments, posts that tag the page, and Messenger.

A page's token reads ``/me/feed`` with the newest comments of each post in one call; see
:mod:`.graph_walk` for how far down. Comments on posts older than four weeks are told by
webhook only. Facts are from https://developers.facebook.com/docs/graph-api/reference
(``page/feed``, ``page/tagged``, ``comment``, ``object/comments``, ``object/likes``) and
https://developers.facebook.com/docs/graph-api/webhooks/reference/page. Not tried live:
nothing real runs here; the tests replay payloads as they are documented.

Whoever comments has no figures: Facebook gives no follower counts of people. Where it
does not say who wrote (posts that tag the page, a missing permission), the author is
known by the post only, and two such posts never count as one person's.
"""

from collections.abc import Iterator
from datetime import timedelta

from . import register
from .base import (
    Author,
    BadPayload,
    Event,
    Identity,
    Item,
    Known,
    Media,
    MediaLimits,
    NetworkError,
    Outgoing,
    Page,
    Post,
    Reason,
    Reread,
    Sent,
)
from .graph import login
from .graph_messages import Messages
from .graph_nodes import confirmed_id, moment, node, same_words, text_revision
from .graph_nodes import written_since as is_since
from .graph_walk import Edge, walk
from .graph_words import attached_text
from .payload import Fields, as_id, item_id
from .plaintext import bounded
from .wordless import what

SITE = "https://www.facebook.com"
UNKNOWN = "Facebook user"  # who wrote what Facebook gives no author of
LOOK_BACK = timedelta(days=28)  # age of posts whose comments are read
_MEDIA_FIELDS = "media_type,media,url,type,title"
_COMMENT = (
    "id,message,from,created_time,permalink_url,parent{id},like_count,"
    "attachment{type,media,url,title}"
)
_POST = (
    "id,message,story,from,created_time,permalink_url,"
    f"attachments{{{_MEDIA_FIELDS}}},shares"
)
_WRITTEN = {"add", "edited", "edit", "update"}  # verbs of webhooks
_POSTS = {"post", "status", "photo", "video", "share", "link", "album", "note"}


@register
class Facebook(Messages):
    """Listens to comments and tags of one page and to its messages, and answers in
    public or in Messenger, as it was written to.
    """

    name = "facebook"
    label = "Facebook"
    oauth = login(
        "pages_show_list",
        "pages_read_engagement",
        "pages_read_user_content",
        "pages_manage_engagement",
        "pages_manage_metadata",
        "pages_messaging",
        "business_management",
    )
    permissions = {
        "comments": ("pages_read_engagement", "pages_read_user_content"),
        "mentions": ("pages_read_user_content",),
        "direct": ("pages_messaging", "pages_read_engagement"),
        "answer": ("pages_manage_engagement", "pages_messaging"),
        "like": ("pages_manage_engagement",),
        "hide": ("pages_manage_engagement",),
        "withdraw": ("pages_manage_engagement",),
        "webhook": ("pages_manage_metadata",),
    }
    feeds = ("comments", "mentions", "direct")
    max_length = 8000
    direct_max_length = 2000
    media = MediaLimits(
        ("image/jpeg", "image/png", "image/gif"), max_bytes=8 * 1024 * 1024
    )
    actions = frozenset({"like", "hide", "withdraw"})

    page_fields = "username,link"
    platform = "messenger"
    inbox = "https://business.facebook.com/latest/inbox/"
    conversation_fields = "id,link,updated_time"
    webhook_object = "page"
    webhook_fields = (
        "feed",
        "mention",
        "messages",
        "message_echoes",
        "message_edits",
        "messaging_postbacks",
    )
    page_webhook_fields = webhook_fields

    def _identity(self, page: Fields) -> Identity | None:
        name, username = page.line("name"), page.line("username", "")
        return Identity(
            external_id=page.id("id"),
            handle=f"@{username}" if username else name,
            name=name,
            url=page.url("link"),
        )

    # --- reading

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next page of a feed, see :func:`.graph_walk.walk`. Posts of others on the
        page come with its comments.
        """
        if kind == "direct":
            step = self.walk_messages(cursor)
            items = [self.message_item(node, outer) for outer, node in step.inner]
        elif kind == "mentions":
            edge = Edge("/me/tagged", _POST, "created_time")
            step = walk(self.get, cursor, edge, self.page)
            items = [_post_item(post) for post in step.outer]
        else:
            step = walk(self.get, cursor, _comments(), self.page)
            me = self._me()
            posts = [post for post in step.outer if not _is_by(post, me)]
            items = [_post_item(post) for post in posts]
            items += [_comment_item(node, outer) for outer, node in step.inner]
        return Page(items[::-1], step.cursor, step.more)

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A comment, post or message, read or told by a webhook, as a post."""
        fields = Fields(payload)
        if fields.has("comment"):
            return _comment(fields.child("comment"), fields.id("post_id", ""))
        if fields.has("post"):
            return _post(fields.child("post"))
        if fields.has("feed"):
            return _told(fields.child("feed"))
        if fields.has("message"):
            return cls.message_post(payload)
        if fields.has("messaging"):
            return cls.told_post(payload)
        raise BadPayload("there is neither a comment, a post nor a message")

    def reread(self, known: list[Known]) -> Reread:
        """Asks for comments and posts, each by itself. Of messages only webhooks tell
        that they were unsent: the oldest ones can't be read although they are there.
        """
        asked = [k for k in known if k.kind != "direct"]
        if not asked:
            return Reread()
        wanted = [
            (node(k.external_id), {"fields": _POST if k.kind == "post" else _COMMENT})
            for k in asked
        ]
        gone, items = set(), []
        for post, answer in zip(asked, self.get_batch(wanted), strict=True):
            if isinstance(answer, dict) and post.kind == "post":
                items.append(_post_item(answer))
            elif isinstance(answer, dict):
                outer = {"id": post.reply_ref.get("post")}
                items.append(_comment_item(answer, outer))
            elif answer.reason == Reason.NOT_FOUND:
                gone.add(post.external_id)
            elif answer.reason in (Reason.AUTHORISATION, Reason.RATE_LIMIT):
                raise answer
        gone = self.certainly_gone(gone, bool(items), "comments")
        return Reread(frozenset(gone), tuple(items))

    # --- webhooks

    @classmethod
    def _entry(cls, entry: Fields) -> Iterator[Event]:
        account = entry.id("id", "")
        for change in entry.children("changes"):
            if change.get("field") in ("feed", "mention") and change.has("value"):
                if event := _event(change.child("value"), account):
                    yield event
        yield from cls.message_events(entry)

    # --- answers

    @classmethod
    def private_way(cls, identity: Identity) -> str:
        """The address that opens Messenger (Meta calls it an m.me link)."""
        return f"https://m.me/{identity.external_id}"

    def reply(self, outgoing: Outgoing) -> Sent:
        """Comments below a post or in the thread of a comment, or sends a message."""
        reference = outgoing.reply_ref
        if "recipient" in reference:
            return self.send(outgoing)
        path = node(reference["comment"], "comments")
        form = {"message": outgoing.text}
        if outgoing.attachments:
            picture = outgoing.attachments[0]
            source = (picture.name, picture.data, picture.mime_type)
            answer = self.submit(path, data=form, files={"source": source})
        else:
            answer = self.submit(path, json=form)
        return self._commented(confirmed_id(answer), reference)

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Looks for the text among the page's own comments in the thread since, or
        among its messages.
        """
        reference = outgoing.reply_ref
        if "recipient" in reference:
            return self.find_message(outgoing)
        me = self._me()
        params = {
            "fields": "id,message,from,created_time",
            "order": "reverse_chronological",
            "limit": 50,
        }
        try:
            for comment in self.get_all(node(reference["comment"], "comments"), params):
                if not is_since(comment, "created_time", outgoing.created_at):
                    return None
                words = same_words(comment.get("message"), outgoing.text)
                if words and _is_by(comment, me):
                    return self._commented(as_id(comment.get("id")), reference)
        except NetworkError as error:
            if error.reason != Reason.NOT_FOUND:
                raise  # otherwise the thread is gone, and the answer with it
        return None

    # --- actions

    def like(self, reply_ref: dict, liked: bool = True) -> None:
        path = node(_public(reply_ref), "likes")
        self.submit(path, "POST" if liked else "DELETE")

    def hide(self, reply_ref: dict, hidden: bool = True) -> None:
        self.submit(node(_public(reply_ref)), json={"is_hidden": hidden})

    def withdraw(self, external_id: str) -> None:
        if not external_id.replace("_", "").isdecimal():
            raise NetworkError(Reason.REFUSED, "Messenger takes no message back")
        try:
            self.submit(node(external_id), "DELETE")
        except NetworkError as error:
            if error.reason != Reason.NOT_FOUND:
                raise

    def _me(self):
        """The page's id."""
        known = self.account.external_id or self.account.session.get("page_id")
        return known or Fields(self.get("/me", {"fields": "id"})).id("id")

    def _commented(self, identifier, reference):
        following = {**reference, "id": identifier}
        return Sent(identifier, f"{SITE}/{identifier}", following)


def _comments():
    return Edge(
        path="/me/feed",
        fields=_POST,
        time="created_time",
        reach=LOOK_BACK,
        inner="comments",
        inner_fields=_COMMENT,
        inner_time="created_time",
        # without the filter replies are left out
        inner_params={"filter": "stream", "order": "reverse_chronological"},
    )


def _comment_item(comment, outer):
    if not isinstance(comment, dict):
        comment = {"not an object": comment}
    payload = {"comment": comment, "post_id": outer.get("id")}
    revision = text_revision(comment.get("message"))
    return Item(item_id(comment.get("id"), comment), payload, revision)


def _post_item(post):
    if not isinstance(post, dict):
        post = {"not an object": post}
    kept = {name: value for name, value in post.items() if name != "comments"}
    revision = text_revision(post.get("message"))
    return Item(item_id(post.get("id"), post), {"post": kept}, revision)


def _event(value, account):
    """What a change of a page's feed, or a mention of the page, means."""
    item, verb = value.get("item"), value.get("verb")
    is_post = isinstance(item, str) and item in _POSTS
    if item != "comment" and not is_post:
        return None  # likes and reactions
    identifier = value.id("post_id" if is_post else "comment_id", "")
    if verb == "remove":
        return Event("gone", account, external_id=identifier) if identifier else None
    if not isinstance(verb, str) or verb not in _WRITTEN:
        return None  # hidden or shown again: it is still there
    told = _raw(value)
    if is_post and _is_by(told, account):
        return None
    revision = text_revision(value.get("message"))
    item = Item(identifier or item_id(None, told), {"feed": told}, revision)
    return Event("item", account, item=item)


def _raw(value):
    names = (
        "item verb comment_id post_id parent_id from sender_id sender_name message "
        "created_time photo video link"
    )
    return {n: value.get(n) for n in names.split() if value.get(n) is not None}


def _told(value):
    """A webhook's words for a comment or a post as those of the API."""
    is_comment = value.get("item") == "comment"
    name = "comment_id" if is_comment else "post_id"
    identifier, post_id = value.id(name), value.id("post_id", "")
    written = moment(value, "created_time").isoformat()
    as_read = {
        "id": identifier,
        "message": value.get("message"),
        "created_time": written,
    }
    if value.has("from"):
        as_read["from"] = value.get("from")
    elif sender := value.id("sender_id", ""):
        as_read["from"] = {"id": sender, "name": value.get("sender_name")}
    picture = value.url("photo") or value.url("link")
    media = {"image": {"src": picture}} if picture else {}
    if video := value.url("video"):
        media["source"] = video
    if not is_comment:
        return _post(Fields({**as_read, "attachments": {"data": [{"media": media}]}}))
    parent = value.id("parent_id", "")
    if parent and parent != post_id:
        as_read["parent"] = {"id": parent}
    return _comment(Fields({**as_read, "attachment": {"media": media}}), post_id)


def _comment(comment, post_id):
    identifier = comment.id("id")
    parent = comment.child("parent").id("id", "") if comment.has("parent") else ""
    attached = [comment.child("attachment")] if comment.has("attachment") else []
    text = comment.text("message", "").strip() or attached_text(attached)
    text = text or what("Comment that can only be seen on Facebook")
    thread = parent or identifier
    return Post(
        external_id=identifier,
        kind="comment",
        text=bounded(text),
        author=_author(comment, identifier),
        posted_at=comment.time("created_time"),
        url=comment.url("permalink_url") or f"{SITE}/{identifier}",
        parent_id=parent or post_id or None,
        thread_id=thread,
        reply_ref={"comment": thread, "id": identifier, "post": post_id},
        revision=text_revision(comment.get("message")),
        media=tuple(_media(attached)),
        likes=comment.count("like_count"),
    )


def _post(post):
    identifier = post.id("id")
    attached = post.child("attachments") if post.has("attachments") else None
    attached = attached.children("data") if attached else []
    text = post.text("message", "").strip() or post.text("story", "")
    text = text or attached_text(attached) or what("Post without words")
    shares = post.child("shares").count("count") if post.has("shares") else None
    return Post(
        external_id=identifier,
        kind="post",
        text=bounded(text),
        author=_author(post, identifier),
        posted_at=post.time("created_time"),
        url=post.url("permalink_url") or f"{SITE}/{identifier}",
        thread_id=identifier,
        reply_ref={"comment": identifier, "id": identifier, "post": identifier},
        revision=text_revision(post.get("message")),
        media=tuple(_media(attached)),
        shares=shares,
    )


def _author(fields, identifier):
    sender = fields.child("from") if fields.has("from") else None
    if not sender:
        return Author(f"unknown:{identifier}", UNKNOWN, UNKNOWN)
    name = sender.name("name", UNKNOWN)
    return Author(sender.id("id"), name, name)


def _media(attached):
    for attachment in attached:
        media = attachment.child("media") if attachment.has("media") else None
        if not media:
            continue
        if url := media.url("source"):
            yield Media(url, "video/*")
        elif media.has("image") and (url := media.child("image").url("src")):
            yield Media(url, "image/*")


def _is_by(entry, account):
    """Whether an account wrote something."""
    sender = entry.get("from") if isinstance(entry, dict) else None
    known = as_id(sender.get("id")) if isinstance(sender, dict) else ""
    return bool(known) and known == account


def _public(reference):
    """What of a comment or post can be liked and hidden."""
    if "id" not in reference:
        raise NetworkError(Reason.REFUSED, "this works on public posts only")
    return reference["id"]
