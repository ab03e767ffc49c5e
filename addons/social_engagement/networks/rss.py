"""Feeds of the web: RSS, Atom and what resembles them. They can only be read.

A feed has no way to ask for what is new: it always delivers its newest entries, or 304
when nothing changed since (``ETag`` and ``Last-Modified``, RFC 9110). What was
delivered before is recognised by the cursor. Where a feed names a hub
(:mod:`.websub`), that says when it is worth asking.
"""

import io
import re
from urllib.parse import urlsplit

import feedparser
from feedparser.encodings import convert_to_utf8
from lxml import etree

from . import feed_entry, register, websub
from .base import (
    Account,
    Adapter,
    Author,
    Call,
    Event,
    Finding,
    Identity,
    Media,
    NetworkError,
    Page,
    Post,
    Reason,
)
from .http import Client, looks_like_html
from .payload import NEEDED, Fields, as_id, digest, in_time, language
from .plaintext import absolute, bounded, clean

KNOWN = 2000  # entries of the last delivery that are remembered
SHARED = 200  # ids that several entries bear which are remembered
MAX_BROKEN = 512 * 1024  # bytes; guessing at broken XML takes seconds a megabyte
_ENTITIES = re.compile(rb"<!ENTITY", re.IGNORECASE)


@register
class Rss(Adapter):
    """``account.base_url`` is the feed's address; a feed's query narrows it to entries
    with one of its words.
    """

    name = "rss"
    label = "RSS / Atom"
    feeds = ("feed",)
    interval = 900
    fastest = 300
    slowest = 6 * 3600
    webhook = True

    def __init__(self, account: Account):
        super().__init__(account)
        accept = "application/atom+xml, application/rss+xml, application/xml, */*;q=0.5"
        self._client = Client(
            account, headers={"Accept": accept}, any_host=True, meter=self.meter
        )

    def verify(self) -> Identity:
        """Reads the feed once."""
        answer = self._read()
        feed = self._feed(self._parse(answer), _place(answer.url))
        address = self.account.base_url
        # the address may hold a token, which not everybody may read
        title = Fields(feed).name("title", "") or urlsplit(address).hostname or ""
        return Identity(address, title, title, feed["link"])

    def diagnose(self) -> list[Finding]:
        """Reads the feed; whether its hub really calls shows when it does."""
        findings = super().diagnose()
        if denied := self.why_uncalled():
            findings.append(Finding("webhook", False, Reason.REFUSED, denied))
        elif findings[0].ok and self.account.session.get("hub"):
            findings.append(Finding("webhook", None))
        return findings

    def keep_alive(self) -> None:
        """Subscribes anew before the hub forgets."""
        if websub.ends_soon(self.account.session):
            self.subscribe()

    def subscribe(self) -> None:
        """Asks the feed's hub to call, where it names one that is safe to ask. Without
        an address of ours the subscription is let end.
        """
        if not self.account.webhook_url:
            websub.subscribe(self._client, self.account, "", "")
            return
        answer = self._read()
        links = self._parse(answer).feed.get("links", ())
        hub, topic = websub.discover(answer, links)
        websub.subscribe(self._client, self.account, hub, topic)

    def why_uncalled(self) -> str:
        """What the hub said when it denied the subscription."""
        return self.account.session.get("denied", "")

    def answer_challenge(self, call: Call) -> str | None:
        """Confirms what we asked the hub for, and nothing else."""
        return websub.answer_challenge(self.account, call)

    def check_signature(self, call: Call) -> None:
        """Checks the hub's signature."""
        websub.check_signature(self.account.webhook_secret, call)

    @classmethod
    def events(cls, body: bytes) -> list[Event]:
        """A hub delivers the feed, or a part of it. It is fetched from its own address
        all the same: so the words it is narrowed to and what is known already count.
        """
        return [Event("nudge", feed="feed")]

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The entries that are new or changed since the last fetch, oldest first.

        :param query: words separated by commas; only entries with one of them are
            delivered; empty: all
        :param cursor: ``{"etag", "modified", "known": [digests of the entries last
            delivered], "shared": ids of several entries, see :mod:`.feed_entry`}``
        """
        conditions = {
            "If-None-Match": cursor.get("etag"),
            "If-Modified-Since": cursor.get("modified"),
        }
        conditions = {name: value for name, value in conditions.items() if value}
        answer = self._read(conditions)
        if answer.status == 304:
            return Page([], cursor)
        parsed = self._parse(answer)
        place = _place(answer.url)
        feed = self._feed(parsed, place)
        known, shared = set(cursor.get("known", ())), dict(cursor.get("shared", {}))
        found = feed_entry.items(parsed, feed, place, known, shared)
        items = [i for i in found if _key(i) not in known and _wanted(i.payload, query)]
        after = self._cursor(answer, parsed, found)
        if shared:
            after["shared"] = dict(list(shared.items())[-SHARED:])
        return Page(items, after)

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """A feed's entry as an article."""
        entry, feed = Fields(payload).child("entry"), Fields(payload).child("feed")
        title = " ".join(feed_entry.text(entry, "title").split())
        text = feed_entry.text(entry, "content") or feed_entry.text(entry, "summary")
        published = entry.time("published", None)
        received = entry.time("received", published or NEEDED)
        url = entry.url("link")
        identifier = entry.id("id", None) or as_id(url)
        if not identifier:
            identifier = entry.id("id")  # says that it is missing
        post = Post(
            external_id=identifier,
            kind="article",
            text=bounded(text or title),
            author=_author(entry, feed),
            posted_at=published or received,
            url=url,
            title=title[:500],
            language=language(entry.get("language") or feed.get("language")),
            answerable=False,
            unanswerable_reason="read_only",
            revision=entry.line("revision", ""),
            media=tuple(_media(entry)),
        )
        return in_time(post, received)

    def _read(self, headers=None):
        return self._client.get(self.account.base_url.strip(), headers=headers)

    def _feed(self, parsed, base):
        """What is kept of the feed; ``address``: where it was found, which alone is no
        claim of its own. All but the host is made unreadable, since it may hold a key.
        """
        names = ("title", "link", "language", "id")
        told = {name: parsed.feed.get(name) for name in names}
        feed = {name: v if isinstance(v, str) else "" for name, v in told.items()}
        feed["link"] = absolute(base, feed["link"])
        parts = urlsplit(self.account.base_url.strip())
        host, path = parts.netloc.rpartition("@")[2], digest(parts.path)[:12]
        return feed | {"address": f"{parts.scheme}://{host}/~{path}"}

    @staticmethod
    def _parse(answer):
        body = answer.body
        # The feed's address is not told: it would become a part of relative ids, and
        # each article a new one when the feed moves.
        headers = {}
        if kind := answer.headers.get("Content-Type"):
            headers["content-type"] = kind
        # As bytes, and as feedparser reads them: an encoding can hide ASCII (UTF-7).
        read = convert_to_utf8(headers, body, {})
        if _ENTITIES.search(body.replace(b"\0", b"")) or _ENTITIES.search(read):
            raise _bad("the feed declares entities of its own, which is refused")
        if len(body) > MAX_BROKEN and not _is_well_formed(body):
            raise _bad("a broken feed, and too long to make something of it")
        # BytesIO, since feedparser takes mere bytes for the name of a file first. Texts
        # are not made safe as HTML (which is slow), since they are made plain.
        parsed = feedparser.parse(
            io.BytesIO(body),
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        if not parsed.get("version"):
            page = looks_like_html(body) or b"<html" in body[:2048].lower()
            raise _bad("a web page, not a feed" if page else "this is not a feed")
        if parsed.bozo and not parsed.entries and _is_broken(parsed):
            raise _bad(f"a broken feed: {parsed.bozo_exception}")
        return parsed

    @staticmethod
    def _cursor(answer, parsed, found):
        cursor = {"known": [_key(item) for item in found][-KNOWN:]}
        if not _is_broken(parsed):  # the rest of a broken one has to be asked for again
            cursor["etag"] = answer.headers.get("ETag", "")
            cursor["modified"] = answer.headers.get("Last-Modified", "")
        return cursor


def _is_well_formed(body):
    try:
        parser = etree.XMLPullParser(resolve_entities=False, no_network=True)
        parser.feed(body)
        parser.close()
    except etree.XMLSyntaxError:
        return False
    return True


def _bad(detail):
    return NetworkError(Reason.BAD_PAYLOAD, " ".join(clean(detail).split())[:200])


def _is_broken(parsed):
    """Whether the XML is not well-formed; a wrong character set alone is harmless."""
    harmless = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
    return bool(parsed.bozo) and not isinstance(parsed.bozo_exception, harmless)


def _place(address):
    """Where a feed was found, without the keys its address may hold."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def _key(item):
    return feed_entry.key(item.external_id, item.revision)


def _wanted(payload, query):
    words = [word.strip() for word in query.split(",") if word.strip()]
    if not words:
        return True
    text = " ".join(feed_entry.said(payload["entry"]))
    pattern = "|".join(re.escape(word) for word in words)
    return bool(re.search(rf"(?<!\w)(?:{pattern})(?!\w)", text, re.IGNORECASE))


def _author(entry, feed):
    """The entry's author within the feed; the feed itself where it names none.

    An entry can name anybody, so its author is known by the feed's address first, and
    is shown with a page of the feed's own site only.
    """
    site = feed.url("link")
    address = feed.url("address") or site or feed.line("id", "")
    detail = entry.child("author_detail") if entry.has("author_detail") else entry
    name = detail.name("name", "") or entry.name("author", "")
    title = feed.name("title", "") or address
    if not (address or title):
        feed.line("title")  # says that it is missing
    own, page = detail.line("email", "") or name, detail.url("href")
    is_own = urlsplit(page).hostname == urlsplit(address or site).hostname
    identifier = address or title
    if own or page:
        identifier += f"#{page or own}"
    return Author(
        external_id=identifier[:512],
        handle=name or title,
        name=name or title,
        url=page if page and is_own else site,
    )


def _media(entry):
    for enclosure in entry.children("enclosures"):
        if url := enclosure.url("href"):
            yield Media(url, enclosure.line("type", ""))
