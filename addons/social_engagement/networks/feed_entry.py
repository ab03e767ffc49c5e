"""What is kept of a feed's entries, and how their texts are read.

feedparser makes one shape of RSS, Atom and their extensions; what it calls
``*_detail.type`` says whether a text is HTML (RFC 4287, section 3.1; RSS says it
nowhere, so feedparser looks).
"""

import html
import mimetypes
import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from .base import Item
from .feed_dates import Reader
from .payload import Fields, digest, item_id
from .plaintext import absolute, clean, html_to_text

MAX_MEDIA = 10  # pictures and the like of one entry
_TEXTS = ("title", "content", "summary")
_DATES = ("published", "updated", "created")
_MARKUP = re.compile(r"<[a-zA-Z/!]")
_PLAIN = "text/plain"
_SHOWN = ("image/", "video/", "audio/")
# "ann@example.com (Ann)", "Ann <ann@example.com>", "Ann (ann@example.com)"
_MAIL = r"[^\s@()<>,;]+@[^\s@()<>,;]+"
_AUTHORS = (
    re.compile(rf"(?P<email>{_MAIL})\s*\((?P<name>[^()]+)\)"),
    re.compile(rf"(?P<name>[^()<>@]+?)\s*[(<](?P<email>{_MAIL})[)>]"),
)


def items(
    parsed: Any, feed: dict, base: str, known: set[str], shared: dict[str, str]
) -> list[Item]:
    """The entries of a feed, oldest first.

    :param parsed: what feedparser made of it
    :param feed: what is kept of the feed itself
    :param base: where it was found, which relative addresses count from
    :param known: :func:`key` of the entries delivered before
    :param shared: ids that several entries bore, by digest, with which of the entries
        keeps it; new ones are added
    """
    dates = Reader(feed["language"])
    site = feed["link"] or feed["address"]
    entries = [_kept(entry, base, site, dates) for entry in reversed(parsed.entries)]
    is_atom = str(parsed.get("version", "")).startswith("atom")
    received = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return [
        Item(
            item_id(_id(entry), entry),
            {"entry": entry | {"received": received}, "feed": feed},
            entry["revision"],
        )
        for entry in _told_apart(entries, is_atom, known, shared)
    ]


def key(identifier: str, revision: str) -> str:
    """What a delivered entry is recognised by."""
    return digest([identifier, revision])[:12]


def text(entry: Fields, name: str) -> str:
    """An entry's title, content or summary as plain text."""
    value = entry.text(name, "")
    if entry.get(f"{name}_type") == _PLAIN:
        return clean(value).strip()
    if not _MARKUP.search(value):  # then its lines are all it has
        lines = html.unescape(clean(value)).split("\n")
        return clean("\n".join(line.strip() for line in lines)).strip()
    return html_to_text(value, entry.url("base"))


def said(entry: dict) -> list[str]:
    """All that an entry says, as plain text."""
    return [text(Fields(entry), name) for name in _TEXTS]


def _kept(entry, base, site, dates):
    kept: dict[str, Any] = {"id": _string(entry.get("id"))}
    content = (entry.get("content") or [{}])[0]
    for name, detail in (
        ("title", entry.get("title_detail")),
        ("summary", entry.get("summary_detail")),
        ("content", content),
    ):
        kept[name] = _string((detail or {}).get("value"))
        kept[f"{name}_type"] = _string((detail or {}).get("type"))
    kept["summary"] = kept["summary"] or _string(entry.get("summary"))
    kept["language"] = _string(content.get("language"))
    # without a link of its own feedparser gives the id
    link = _string(entry.get("link"))
    kept["link"] = "" if _is_word(link, kept["id"]) else absolute(base, link)
    # As a reader of the article sees it; never the feed's own address, which may hold
    # a key.
    kept["base"] = _string(content.get("base")) or kept["link"] or site
    kept["author_detail"] = _author(entry)
    # past feedparser's own get(), which takes one of them for another with a warning
    dated = (dict.get(entry, name) for name in _DATES)
    moments = (dates.moment(_string(text)) for text in dated)
    moment = next(filter(None, moments), None)
    kept["published"] = moment.isoformat() if moment else ""
    kept["enclosures"] = _media(entry, content, base)
    kept["revision"] = digest(said(kept))[:16]
    if not kept["id"] and not kept["link"]:
        kept["id"] = "sha256:" + digest([kept["published"], *said(kept)])
    return kept


def _is_word(link, identifier):
    """Whether a link is no more than an id that is no address."""
    return link == identifier and not re.match(r"https?:|[./]", link)


def _id(entry):
    return entry["id"] or entry["link"]


def _told_apart(entries, is_atom, known, shared):
    """Gives entries that bear the same id and are not the same ids of their own; the
    one that was known by it alone keeps it. By Atom's rules one id is one entry, in its
    versions; RSS has none, and there are feeds that give each article the same id, or
    the address of the front page.
    """
    found: dict[str, dict[str, dict]] = {}
    for entry in entries:
        told = [entry["link"]] if is_atom else [entry["link"], said(entry)[0]]
        # the newest of the same
        found.setdefault(_id(entry), {})[digest(told)[:12]] = entry
    for identifier, versions in found.items():
        name = digest(identifier)[:12]
        if len(versions) > 1:
            before = (
                which
                for which, entry in versions.items()
                if key(identifier, entry["revision"]) in known
            )
            shared.setdefault(name, next(before, ""))
        for which, entry in versions.items():
            if which != shared.get(name, which):
                entry["id"] = "sha256:" + digest([identifier, which])
            yield entry


def _author(entry):
    """The first of an entry's authors: name, e-mail address and page."""
    authors = [author for author in entry.get("authors") or () if author]
    detail = authors[0] if authors else entry.get("author_detail") or {}
    author = {name: _string(detail.get(name)) for name in ("name", "email", "href")}
    told = _string(entry.get("author")) if len(authors) < 2 else ""
    if not told and "(" in author["name"] and ")" not in author["name"]:
        # feedparser cuts off the end of a long top-level domain
        told = author["email"] + author["name"] + ")"
    for pattern in _AUTHORS:
        if match := pattern.match(told.strip()[:500]):
            return author | match.groupdict()
    if told and not author["href"] and "@" in told:
        author |= {"name": told, "email": told}
    author["name"] = author["name"] or told
    return author


def _media(entry, content, base):
    """Pictures, videos and sounds, each once; a preview only where there is no more."""
    found: dict[str, str] = {}
    for media in _attached(entry, content):
        href = absolute(base, _string(media.get("href") or media.get("url")))
        kind = _kind(href, media)
        if href and kind is not None and href not in found:
            found[href] = kind
    if not any(kind.startswith("image/") for kind in found.values()):
        for preview in (*entry.get("media_thumbnail", ()), entry.get("image") or {}):
            href = _string(preview.get("url") or preview.get("href"))
            if href:
                found.setdefault(absolute(base, href), "image/*")
    listed = [{"href": href, "type": kind} for href, kind in found.items()]
    return listed[:MAX_MEDIA]


def _attached(entry, content) -> Iterable[dict]:
    yield from entry.get("enclosures", ())
    yield from entry.get("media_content", ())
    if source := content.get("src"):
        yield {"href": source, "type": content.get("type")}


def _kind(href, media):
    """The type of what is attached: as told, or by the end of its address. None for
    what can't be shown here, such as the page of a player.
    """
    told = _string(media.get("type")).strip().lower()
    if not told and media.get("medium") in ("image", "video", "audio"):
        told = f"{media['medium']}/*"
    told = told or mimetypes.guess_type(href.partition("?")[0])[0] or ""
    is_file = "href" in media  # an enclosure: whatever it is, it was meant to be had
    return told if is_file or told.startswith(_SHOWN) else None


def _string(value):
    return value if isinstance(value, str) else ""
