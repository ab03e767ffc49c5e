"""The contract between a network and the rest of the add-on. Plain Python: nothing here
knows Odoo.

An adapter is one class in one file of this folder, registered under its name. It
declares what its network can do and translates both ways: what the network delivers
into :class:`Post`, an :class:`Outgoing` answer into a call. It keeps no state of its
own: what must last is in the cursor (per feed) or in the session (per account), both
plain JSON.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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


AS_WRITTEN = -1  # in place of a link's length: a link counts as any other text
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


class TooLarge(NetworkError):
    """An answer larger than any may be; of a page, a smaller one may do."""

    def __init__(self, detail, *, uncertain=False):
        super().__init__(Reason.BAD_PAYLOAD, detail, uncertain=uncertain)


@dataclass(frozen=True)
class Credential:
    """One value an administrator enters to connect an account."""

    name: str  # the field of a channel: username, secret, client_id or client_secret
    label: str
    help: str = ""


@dataclass(frozen=True)
class Usage:
    """What a network says of its rate limit: ``remaining`` of ``limit`` calls until
    ``reset`` seconds from now.
    """

    limit: int
    remaining: int
    reset: float

    @property
    def left(self) -> float:
        """The share that is left, 0 to 1."""
        return max(0.0, min(1.0, self.remaining / self.limit)) if self.limit else 0.0


@dataclass
class Meter:
    """What an adapter's calls used up: the tightest rate limit last told, and how many
    of each thing that costs were read or written (see :attr:`Adapter.costs`).
    """

    usage: Usage | None = None
    spent: dict[str, int] = field(default_factory=dict)

    def count(self, what: str, number: int = 1) -> None:
        """Notes that ``number`` of ``what`` were used."""
        if number:
            self.spent[what] = self.spent.get(what, 0) + number


@dataclass
class Account:
    """One account of the company on one network, as an adapter sees it.

    ``session`` is what the adapter wants to keep between calls (tokens): plain JSON.
    It is changed through :meth:`renew` only, since refresh tokens are often good for
    one use, and several processes may want to renew one at the same moment.

    ``client_id`` and ``client_secret`` are those of the app the account signs in with;
    ``webhook_secret`` is made by us, for networks that repeat or sign with it.
    """

    base_url: str
    username: str = ""
    secret: str = ""
    client_id: str = ""
    client_secret: str = ""
    webhook_secret: str = ""
    webhook_url: str = ""  # where the network can call this account's channel
    external_id: str = ""
    handle: str = ""
    session: dict = field(default_factory=dict)
    renew_session: Callable[[Callable[[dict], dict]], dict] | None = None
    allow_private: bool = False  # may addresses lead into loopback and private ranges?

    def renew(self, change: Callable[[dict], dict]) -> dict:
        """Replaces the session by ``change(session)``. It is called with the session as
        it is stored now, while no other process changes it, and what it returns is kept
        at once, whatever becomes of the caller.
        """
        keep = self.renew_session or (lambda change: change(self.session))
        self.session = keep(change)
        return self.session


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
    # characters a link counts, or AS_WRITTEN; 0: as it usually is on the network
    link_length: int = 0


@dataclass(frozen=True)
class Finding:
    """One line of a connection test: whether the account can do something.

    ``ability``: one of an adapter's ``feeds``, or "answer", "like", "hide",
    "follow", "withdraw", "webhook". ``ok``: None when the network does not tell before
    it is tried.
    """

    ability: str
    ok: bool | None
    reason: Reason | None = None
    detail: str = ""  # the missing permission by the network's own name


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
class Known:
    """A post taken in earlier, as :meth:`Adapter.reread` is asked about it."""

    external_id: str
    kind: str
    reply_ref: dict
    url: str = ""


@dataclass(frozen=True)
class Reread:
    """What became of known posts: ``gone`` by external id, and those that are still
    there, as :meth:`Adapter.fetch` would deliver them (with a new revision when they
    were edited). A post in neither could not be asked about now.
    """

    gone: frozenset[str] = frozenset()
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Call:
    """A webhook call exactly as it came in. Names of ``headers`` in lower case."""

    method: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Event:
    """One thing a webhook call tells.

    ``kind``: "item" (something was written; ``item``), "gone" (``external_id`` was
    deleted), "revoked" (our access was taken away), "nudge" (there is something new:
    fetch the feeds of kind ``feed``, all when empty).
    ``account_id``: external id of the company's account it is for; empty when the
    network does not say, and it is for the channel that was called.
    """

    kind: str
    account_id: str = ""
    item: Item | None = None
    external_id: str = ""
    feed: str = ""


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
    about: str | None = None  # how authors describe themselves, with links; plain text
    place: str | None = None  # where they say they are


@dataclass(frozen=True)
class Media:
    """A picture, video or sound that belongs to a post; fetched apart, from
    :meth:`Adapter.media_address`.
    """

    url: str  # not of the web where the network gives an address only when asked
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
    "not_addressed": "The network takes answers only to posts that mention or quote "
    "the account. Open the original to answer there.",
    "closed": "Answers to this post are switched off. Write to the author directly.",
}


@dataclass(frozen=True)
class Attachment:
    """A picture, video or file that goes out with an answer."""

    name: str
    mime_type: str
    data: bytes
    description: str = ""  # for people who can't see it


@dataclass(frozen=True)
class MediaLimits:
    """What a network takes with one answer. ``mime_types``: whole types, or families
    such as ``image/*``.
    """

    mime_types: tuple[str, ...]
    count: int = 1
    max_bytes: int = 5 * 1024 * 1024


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
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Sent:
    """An answer that stands on the network. ``reply_ref``: what :meth:`Adapter.reply`
    needs to write the next part of a long answer under it; empty where it can't.
    """

    external_id: str
    url: str = ""
    reply_ref: dict = field(default_factory=dict)


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
    own_server = False  # people may have their account on a server of their choice
    sign_in = False  # an account is connected by signing in there (see .oauth)

    # --- what can be read
    feeds: tuple[str, ...] = ()  # out of: mentions, direct, comments, search, feed
    needs_query: frozenset[str] = frozenset({"search"})  # feeds that ask a question
    interval = 60  # seconds between two fetches of a feed, unless more is known
    fastest = 20  # … when much arrives
    slowest = 900  # … when nothing arrives
    can_reread = False  # edits and deletions are found by asking again (reread)
    reread_batch = 100  # posts reread() takes at once
    webhook = False  # the network calls us
    tells_deletion = False  # … when a person wants to be forgotten, too

    # --- where can be answered, and how
    can_reply = False
    max_length: int | None = None  # of an answer, in the network's own way of counting
    direct_max_length: int | None = None  # of a private one, where it differs
    # … which is: characters | graphemes | utf16 | bytes | mastodon | x
    counting = "characters"
    threads = False  # a long answer can go on under its first part: Sent.reply_ref
    window: Mapping[str, timedelta] = {}  # kind of post: how long it can be answered
    media: MediaLimits | None = None  # what can go out with an answer
    mentions = False  # an answer can name other people by their handle: @somebody
    actions: frozenset[str] = frozenset()  # out of: like, hide, follow, withdraw

    # --- what it costs
    costs: Mapping[str, float] = {}  # what Meter.spent counts: its price
    cost_unit = ""  # "USD", or "units" of a quota
    cost_period = "month"  # what a budget is for: month | day
    budget: float = 0  # what the network allows in a period without asking, 0: all

    def __init__(self, account: Account):
        self.account = account
        self.meter = Meter()
        self.page_limit: int | None = None  # entries a page may have: see page()
        self.page_size = 0  # the most entries that were asked for at once

    def verify(self) -> Identity:
        """Asks the network who the account is. Proof that address and credentials are
        right.
        """
        raise NotImplementedError

    def diagnose(self) -> list[Finding]:
        """Tries what the account can do, for the connection test. Unless a network
        tells which permissions were given, each feed is read once.
        """
        findings = []
        for kind in self.feeds:
            if kind not in self.needs_query:
                findings.append(self._try(kind, lambda k=kind: self.fetch(k, "", {})))
        if self.can_reply:
            findings.append(Finding("answer", None))
        return findings

    def _try(self, ability, call) -> Finding:
        try:
            call()
        except NetworkError as error:
            return Finding(ability, False, error.reason, error.detail)
        return Finding(ability, True)

    def page(self, usual: int, least: int = 1) -> int:
        """How many entries to ask for where a network gives them in pages: fewer while
        larger pages are too large (:class:`TooLarge`).

        :param usual: how many else
        :param least: how few can be asked for
        """
        size = max(least, min(usual, self.page_limit or usual))
        self.page_size = max(self.page_size, usual)
        return size

    def keep_alive(self) -> None:
        """Renews what is about to expire. Called once an hour."""

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

    def media_address(self, media: Media) -> str:
        """Where a post's picture, video or sound can be fetched now. The address may
        hold the account's access: call it through :class:`.http.Client` at once, and
        neither keep nor show it.
        """
        return media.url

    def reread(self, known: list[Known]) -> Reread:
        """Asks what became of posts taken in earlier, at most ``reread_batch``."""
        raise NotImplementedError

    # --- webhooks, where ``webhook`` is set

    def subscribe(self) -> None:
        """Asks the network to call ``account.webhook_url``, or to call no more where
        that is empty; asking again changes nothing. Where an administrator has to enter
        the address there, nothing is done.
        """

    def why_uncalled(self) -> str:
        """Why the network will not call although it was asked to, in its own words;
        empty where it said no such thing.
        """
        return ""

    def answer_challenge(self, call: Call) -> str | None:
        """What to answer when the network checks that an address is ours; None when a
        call is no such check.

        :raises NetworkError: REFUSED, the check is not for us
        """
        return None

    def check_signature(self, call: Call) -> None:
        """Makes sure that a call comes from the network.

        :raises NetworkError: REFUSED, when it is not signed, signed wrongly, or there
            is no secret to check it by
        """
        raise NetworkError(Reason.REFUSED, "this network does not call")

    @classmethod
    def events(cls, body: bytes) -> list[Event]:
        """What a call tells. Needs no connection, like :meth:`normalise`.

        :raises BadPayload: it can't be read at all; a part that can't be read becomes
            an item whose normalise says so
        """
        raise NotImplementedError

    # --- answers

    @classmethod
    def length(cls, text: str, link_length: int = 0) -> int:
        """The length of a text as the network counts it.

        :param link_length: :attr:`Identity.link_length` of the account; read only by
            networks whose servers set it
        """
        return len(text)

    @classmethod
    def compose(cls, text: str, reply_ref: dict) -> str:
        """The text that will stand on the network for what an agent typed: some
        networks want the author mentioned.
        """
        return text

    @classmethod
    def price(cls, text: str, private: bool = False) -> float:
        """What publishing a text costs, in ``cost_unit``."""
        return cls.costs.get("write", 0.0)

    @classmethod
    def private_way(cls, identity: Identity) -> str:
        """Where an author can write to the account ``identity`` in private, as it can
        stand in a public answer: an address, or a mention. Empty where private messages
        do not reach us.
        """
        return ""

    def reply(self, outgoing: Outgoing) -> Sent:
        """Publishes an answer."""
        raise NotImplementedError

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Looks whether an answer whose sending was interrupted stands on the network.

        :return: the answer, or None when it certainly does not stand there
        :raises NetworkError: when that can't be known; a person decides then
        """
        raise NotImplementedError

    # --- actions, where ``actions`` has them. Doing one twice changes nothing.

    def like(self, reply_ref: dict, liked: bool = True) -> None:
        """Likes a post, or takes the like back."""
        raise NotImplementedError

    def hide(self, reply_ref: dict, hidden: bool = True) -> None:
        """Hides a comment of somebody on the account's own page, or shows it again."""
        raise NotImplementedError

    def follow(self, reply_ref: dict, followed: bool = True) -> None:
        """Follows the author of a post, or no more."""
        raise NotImplementedError

    def withdraw(self, external_id: str) -> None:
        """Deletes an answer of ours. One that is gone already counts as deleted."""
        raise NotImplementedError
