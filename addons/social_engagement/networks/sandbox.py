"""A network that needs no account: a story for trying things out. Nothing leaves the
machine.

The posts of :mod:`.sandbox_story` arrive over the first five minutes after the first
fetch; an author who was answered reacts 20 seconds later. What arrives is a function of
the time since then and the answers given, both kept in ``account.session``:
``{"started_at": ISO time, "answers": [...], "liked": [ids]}``.
"""

from datetime import datetime, timedelta, timezone

from . import register
from .base import (
    Adapter,
    Author,
    Identity,
    Item,
    MediaLimits,
    NetworkError,
    Outgoing,
    Page,
    Post,
    Reason,
    Sent,
)
from .payload import Fields, as_time, digest, language
from .plaintext import bounded
from .sandbox_story import AUTHORS, POSTS

SITE = "https://sandbox.example"
BRAND = "@brand@sandbox.example"
REACTION = timedelta(seconds=20)


def now() -> datetime:
    """The sandbox's clock; tests put their own in its place."""
    return datetime.now(timezone.utc)


@register
class Sandbox(Adapter):
    """Posts, answers and reactions that nobody wrote."""

    name = "sandbox"
    label = "Sandbox"
    base_url = SITE
    feeds = ("mentions",)
    can_reply = True
    max_length = 500
    interval = 10
    fastest = 5
    slowest = 60
    media = MediaLimits(("image/*",), count=4)
    actions = frozenset({"like", "withdraw"})

    def verify(self) -> Identity:
        """Always there."""
        return Identity(f"{SITE}/@brand", BRAND, "Brand (sandbox)", f"{SITE}/@brand")

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """What has been written since ``cursor``: ``{"until": ISO time}``."""
        until, here = as_time(cursor.get("until")), now()
        due = [p for p in self._story() if as_time(p["created_at"]) <= here]
        new = [p for p in due if not until or as_time(p["created_at"]) > until]
        return Page([Item(p["id"], p) for p in new], {"until": here.isoformat()})

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A post of the story."""
        fields = Fields(payload)
        author = fields.child("author")
        identifier, thread = fields.id("id"), fields.id("thread")
        parent = fields.id("parent", None)
        return Post(
            external_id=identifier,
            kind="reply" if parent else "post",
            text=bounded(fields.text("text")),
            author=Author(
                external_id=author.id("url"),
                handle=author.line("handle"),
                name=author.line("name"),
                url=author.url("url"),
                followers=author.count("followers"),
                following=author.count("following"),
                posts=author.count("posts"),
                created_at=author.time("created_at", None),
                is_bot=False,
                about=author.text("about", None),
                place=author.line("place", None),
            ),
            posted_at=fields.time("created_at"),
            url=fields.url("url"),
            language=language(fields.get("language")),
            parent_id=parent,
            thread_id=thread,
            reply_ref={"id": identifier, "thread": thread},
        )

    def reply(self, outgoing: Outgoing) -> Sent:
        """Keeps the answer, once."""
        if sent := self.find_sent(outgoing):
            return sent
        there = {post["id"] for post in [*self._story(), *self._standing()]}
        if outgoing.reply_ref["id"] not in there:
            raise NetworkError(Reason.NOT_FOUND, "there is no such post in the story")
        answer = {
            "key": outgoing.key,
            "id": "answer-" + digest(outgoing.key)[:12],
            "parent": outgoing.reply_ref["id"],
            "thread": outgoing.reply_ref["thread"],
            "text": outgoing.text,
            "at": now().isoformat(),
            "media": [attachment.name for attachment in outgoing.attachments],
        }
        self._save({"answers": [*self._answers(), answer]})
        return _sent(answer)

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Looks among the answers kept."""
        kept = (a for a in self._standing() if a["key"] == outgoing.key)
        return next(map(_sent, kept), None)

    def like(self, reply_ref: dict, liked: bool = True) -> None:
        """Keeps the like."""
        this, kept = reply_ref["id"], self.account.session.get("liked", [])
        others = [post for post in kept if post != this]
        self._save({"liked": [*others, this] if liked else others})

    def withdraw(self, external_id: str) -> None:
        """Marks the answer, which nobody reacts to any more."""
        answers = [
            {**a, "withdrawn": True} if a["id"] == external_id else a
            for a in self._answers()
        ]
        self._save({"answers": answers})

    def _story(self):
        """Everything that is written up to now or will be, by time."""
        started = self._started()
        posts = [_post(entry, started) for entry in POSTS]
        reactions = [_reaction(a, n) for a, n in _counted(self._answers())]
        posts += [reaction for reaction in reactions if reaction]
        return sorted(posts, key=lambda post: (post["created_at"], post["id"]))

    def _answers(self):
        return self.account.session.get("answers", [])

    def _standing(self):
        return [a for a in self._answers() if not a.get("withdrawn")]

    def _started(self):
        started = as_time(self.account.session.get("started_at"))
        if not started:
            started = now()
            self._save({"started_at": started.isoformat()})
        return started

    def _save(self, changes):
        self.account.renew(lambda session: {**session, **changes})


def _counted(answers):
    """Each answer with the number of answers given before it in its thread. What goes
    on below an answer is part of that.
    """
    before, ids = {}, {answer["id"] for answer in answers}
    for answer in answers:
        if answer["parent"] in ids:
            continue
        thread = answer["thread"]
        yield answer, before.get(thread, 0)
        before[thread] = before.get(thread, 0) + 1


def _post(entry, started):
    return _payload(
        entry.id,
        entry.author,
        entry.text,
        started + timedelta(seconds=entry.second),
        entry.thread or entry.id,
        entry.parent,
    )


def _reaction(answer, before):
    """What the author of a thread says to an answer, or None when there is nothing left
    to say.
    """
    first = next(entry for entry in POSTS if entry.id == answer["thread"])
    reactions = AUTHORS[first.author].reactions
    if before >= len(reactions) or answer.get("withdrawn"):
        return None
    written = as_time(answer["at"]) + REACTION
    name = f"{answer['id']}-reaction"
    text = reactions[before]
    return _payload(name, first.author, text, written, first.id, answer["id"])


def _payload(name, author, text, written, thread, parent):
    who = AUTHORS[author]
    return {
        "id": name,
        "url": f"{SITE}/@{author}/{name}",
        "author": {
            "url": f"{SITE}/@{author}",
            "handle": f"@{author}@sandbox.example",
            "name": f"{who.name} (sandbox)",
            "followers": who.followers,
            "following": who.following,
            "posts": who.posts,
            "created_at": who.since,
        },
        "text": text,
        "language": who.language,
        "created_at": written.isoformat(),
        "thread": thread,
        "parent": parent,
    }


def _sent(answer):
    below = {"id": answer["id"], "thread": answer["thread"]}
    return Sent(answer["id"], f"{SITE}/@brand/{answer['id']}", below)
