"""The contract between a network and the rest of the add-on. Plain Python: nothing here
knows Odoo.

An adapter is one class in one file of this folder, registered under its name. It
declares what its network can do and translates both ways: what the network delivers
into :class:`Post`, an :class:`Outgoing` answer into a call. It keeps no state of its
own: what must last is in the cursor (per feed) or in the session (per account), both
plain JSON.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Reason(str, Enum):
    """Why a call failed: the closed list every failure of every network maps to."""

    AUTHORISATION = "authorisation"  # the account's access is gone: connect it again
    PERMISSION = "permission"  # the access does not cover this
    RATE_LIMIT = "rate_limit"
    BUDGET = "budget"
    NOT_FOUND = "not_found"
    DUPLICATE = "duplicate"
    TOO_LONG = "too_long"
    WINDOW_CLOSED = "window_closed"
    BLOCKED = "blocked"  # by the author
    REFUSED = "refused"  # by a rule of the network
    NETWORK = "network"  # no connection, or it broke
    SERVER = "server"  # the network's server failed
    BAD_PAYLOAD = "bad_payload"  # what came back is not what was promised
    UNKNOWN = "unknown"


TEMPORARY = {Reason.RATE_LIMIT, Reason.NETWORK, Reason.SERVER}


class NetworkError(Exception):
    """A failed call.

    :param reason: why, out of the closed list
    :param detail: what the network said, one line, without secrets; for the
        administrator
    :param retry_after: seconds until it makes sense to try again, where the network
        said so
    :param uncertain: whether a write may have reached the network all the same
    :param code: the network's own code for it; for its adapter only
    """

    def __init__(
        self, reason, detail="", *, retry_after=None, uncertain=False, code=""
    ):
        super().__init__(f"{Reason(reason).value}: {detail}")
        self.reason = Reason(reason)
        self.detail = detail
        self.retry_after = retry_after
        self.uncertain = uncertain
        self.code = code

    @property
    def temporary(self) -> bool:
        """Whether the same call may succeed later without anybody doing anything."""
        return self.reason in TEMPORARY


class BadPayload(NetworkError):
    """An item that is not what the network's documentation promises."""

    def __init__(self, detail):
        super().__init__(Reason.BAD_PAYLOAD, detail)


@dataclass(frozen=True)
class Credential:
    """One value an administrator enters to connect an account."""

    name: str  # "username" or "secret": the two fields a channel has
    label: str
    help: str = ""


@dataclass
class Account:
    """One account of the company on one network, as an adapter sees it.

    ``session`` is what the adapter wants to keep between calls (refreshed tokens):
    plain JSON. An adapter that changes it hands the new value to ``save_session`` at
    once, since refresh tokens are often good for one use only.
    """

    base_url: str
    username: str = ""
    secret: str = ""
    external_id: str = ""
    handle: str = ""
    session: dict = field(default_factory=dict)
    save_session: Callable[[dict], None] = lambda session: None
    allow_private: bool = False  # may addresses lead into loopback and private ranges?


@dataclass(frozen=True)
class Identity:
    """Who the account is, said by the network itself: the result of a successful
    connection test.
    """

    external_id: str
    handle: str
    name: str = ""
    url: str = ""
    max_length: int | None = None  # where the server sets its own limit


@dataclass(frozen=True)
class Item:
    """One payload exactly as delivered.

    ``external_id`` and ``revision`` identify it: the same pair is stored once per
    channel, however often it is delivered.
    """

    external_id: str
    payload: dict
    revision: str = ""


@dataclass(frozen=True)
class Page:
    """One fetch: items, and the cursor that may be stored together with them.

    ``more``: there is another page waiting now.
    """

    items: list[Item]
    cursor: dict
    more: bool = False


@dataclass(frozen=True)
class Author:
    """An author as the network describes it. Figures are None when the network does not
    say.
    """

    external_id: str  # the same wherever the author is seen on this network
    handle: str
    name: str = ""
    url: str = ""
    avatar_url: str = ""
    followers: int | None = None
    following: int | None = None
    posts: int | None = None
    listed: int | None = None
    created_at: datetime | None = None
    is_bot: bool | None = None
    verified: bool | None = None


@dataclass(frozen=True)
class Media:
    """A picture, video or sound that belongs to a post; fetched apart."""

    url: str
    mime_type: str = ""
    description: str = ""


@dataclass(frozen=True)
class Post:
    """One post, comment, reply, direct message, review or article in the form the rest
    of the add-on works with.
    """

    external_id: str
    kind: str  # post | reply | comment | direct | review | article
    text: str  # plain text, never markup
    author: Author
    posted_at: datetime  # with time zone
    url: str = ""
    title: str = ""
    language: str | None = None  # ISO 639-1, only when the network says so
    visibility: str = "public"  # public | unlisted | followers | direct
    parent_id: str | None = None  # external id of what it answers
    thread_id: str | None = None  # the thread's key where the network has one
    reply_ref: dict = field(default_factory=dict)  # what reply() needs to answer it
    answerable: bool = True
    unanswerable_reason: str = ""  # a key of UNANSWERABLE
    revision: str = ""
    media: tuple[Media, ...] = ()
    shares: int | None = None
    likes: int | None = None


# Why a post can't be answered through the network, in the words an agent reads.
UNANSWERABLE = {
    "read_only": "This source can only be read. Open the original to answer there.",
}


@dataclass(frozen=True)
class Outgoing:
    """An answer on its way. ``key`` is ours, unique, and the same however often the
    sending is tried.
    """

    key: str
    text: str  # the whole text as it will stand on the network, see Adapter.compose()
    reply_ref: dict
    visibility: str
    created_at: datetime
    language: str | None = None


@dataclass(frozen=True)
class Sent:
    """An answer that stands on the network."""

    external_id: str
    url: str = ""


class Adapter:
    """One network. Subclasses declare what differs and implement the methods their
    declarations promise.

    Every method may raise :class:`NetworkError`; none raises anything else for what a
    network or an administrator can cause.
    """

    name = ""  # technical, stored
    label = ""  # the network's own name, shown
    base_url = ""  # default; empty when an administrator has to enter it
    credentials: tuple[Credential, ...] = ()
    feeds: tuple[str, ...] = ()  # out of: mentions, direct, comments, search, feed
    can_reply = False
    max_length: int | None = None  # of an answer, in the network's own way of counting
    interval = 60  # seconds between two fetches of a feed, when nothing else is said

    def __init__(self, account: Account):
        self.account = account

    def verify(self) -> Identity:
        """Asks the network who the account is. Proof that address and credentials are
        right.
        """
        raise NotImplementedError

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next page of a feed after ``cursor`` ({} at the very first time), oldest
        page first where the network allows.

        :param kind: one of ``feeds``
        :param query: search words or feed address, where the kind needs one
        """
        raise NotImplementedError

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A stored payload as a post. Needs no connection: replaying works years later.

        :raises BadPayload: saying what is missing
        """
        raise NotImplementedError

    @classmethod
    def length(cls, text: str) -> int:
        """The length of a text as the network counts it."""
        return len(text)

    @classmethod
    def compose(cls, text: str, reply_ref: dict) -> str:
        """The text that will stand on the network for what an agent typed: some
        networks want the author mentioned.
        """
        return text

    def reply(self, outgoing: Outgoing) -> Sent:
        """Publishes an answer."""
        raise NotImplementedError

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Looks whether an answer whose sending was interrupted stands on the network.

        :return: the answer, or None when it certainly does not stand there
        :raises NetworkError: when that can't be known; a person decides then
        """
        raise NotImplementedError
