"""Reading payloads of which nothing is certain: every value may be missing, of another
type, or full of control characters.
"""

import hashlib
import html
import json
import math
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from dateutil.parser import isoparse

from .base import BadPayload, Post
from .plaintext import clean, one_line

NEEDED: Any = object()  # in place of a default: there is none
_MAX_ID = 512  # characters; longer ones don't fit a database index
_MAX_COUNT = 2**31 - 1  # what a database integer holds
_MAX_URL = 2000
#: In place of a time that is told but can't be: before all that can.
NO_TIME = datetime.min.replace(tzinfo=timezone.utc)
_DATE = re.compile(r"[+-]?[0-9]{4,6}-[0-9]{2}-[0-9]{2}(T|\Z)", re.ASCII)
EARLIEST = datetime(1990, 1, 1, tzinfo=timezone.utc)  # nothing that is read is older
AHEAD = timedelta(minutes=10)  # a network's clock may be ahead of ours by this


class Fields:
    """One JSON object of a payload, read by name and type.

    Values of the wrong type count as missing. A missing value is the default, or
    :class:`BadPayload` naming it when none is given.
    """

    def __init__(self, data: Any, name: str = ""):
        if not isinstance(data, dict):
            raise BadPayload(f"{name or 'the payload'} is not an object")
        self._data = data
        self._prefix = f"{name}." if name else ""

    def _missing(self, key, default):
        if default is NEEDED:
            raise BadPayload(f"{self._prefix}{key} is missing")
        return default

    def get(self, key: str) -> Any:
        """The value as it came, or None."""
        return self._data.get(key)

    def text(self, key: str, default: Any = NEEDED) -> str:
        """Text of any length without characters a database refuses; may be empty."""
        value = self._data.get(key)
        return clean(value) if isinstance(value, str) else self._missing(key, default)

    def line(self, key: str, default: Any = NEEDED) -> str:
        """A name: one line of at most 256 characters, not empty."""
        return one_line(self.text(key, "")) or self._missing(key, default)

    def id(self, key: str, default: Any = NEEDED) -> str:
        """An identifier: text or a whole number."""
        return as_id(self._data.get(key)) or self._missing(key, default)

    def url(self, key: str, default: Any = "") -> str:
        """An address of the web; others (``javascript:``) count as missing."""
        value = self.text(key, "").strip()
        good = value.startswith(("https://", "http://")) and len(value) <= _MAX_URL
        return value if good and _has_host(value) else self._missing(key, default)

    def count(self, key: str) -> int | None:
        """A figure of 0 or more."""
        value = self._data.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            return None
        return min(value, _MAX_COUNT)

    def flag(self, key: str) -> bool | None:
        value = self._data.get(key)
        return value if isinstance(value, bool) else None

    def name(self, key: str, default: Any = NEEDED) -> str:
        """A name from where names are HTML: one line, ``&amp;`` and the like read."""
        return one_line(html.unescape(self.text(key, "")[:_MAX_URL])) or self._missing(
            key, default
        )

    def time(self, key: str, default: Any = NEEDED) -> datetime:
        """A moment in ISO 8601, in UTC; without time zone it is taken as UTC. One that
        no calendar has (year 0, 30 February) is the default, or :data:`NO_TIME`.
        """
        return self._moment(as_time(self._data.get(key)), key, default)

    def epoch(self, key: str, default: Any = NEEDED) -> datetime:
        """A moment in seconds since 1970, in UTC; see :meth:`time`."""
        return self._moment(as_epoch(self._data.get(key)), key, default)

    def _moment(self, moment, key, default):
        if moment or default is not NEEDED:
            return moment or default
        value = self._data.get(key)
        if isinstance(value, str):
            is_told = bool(_DATE.match(value))
        else:
            is_told = isinstance(value, int | float) and not isinstance(value, bool)
        return NO_TIME if is_told else self._missing(key, default)

    def child(self, key: str) -> "Fields":
        """An object in this object."""
        return Fields(self._data.get(key), self._prefix + key)

    def has(self, key: str) -> bool:
        """Whether there is an object under this name."""
        return isinstance(self._data.get(key), dict)

    def children(self, key: str) -> list["Fields"]:
        """The objects of a list in this object."""
        values = self._data.get(key)
        values = values if isinstance(values, list) else []
        return [Fields(v, self._prefix + key) for v in values if isinstance(v, dict)]


def _has_host(url):
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def as_id(value: Any) -> str:
    """A usable identifier, or an empty string."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**60 else ""
    if not isinstance(value, str) or clean(value) != value:
        return ""
    return value.strip() if len(value) <= _MAX_ID else ""


def as_number(value: Any) -> float | None:
    """A figure of 0 or more, of servers that write numbers as text, too; else None."""
    if isinstance(value, str) and len(value) <= 40 and "_" not in value:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value < math.inf else None


def item_id(value: Any, payload: Any) -> str:
    """The identifier of a delivered item: its own, or a digest of the payload when it
    has no usable one.
    """
    return as_id(value) or "sha256:" + digest(payload)


def digest(payload: Any) -> str:
    """SHA-256 of a JSON value, independent of the order of its names."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def as_time(value: Any) -> datetime | None:
    """ISO 8601 text as a moment in UTC, or None when it is none."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        moment = isoparse(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def as_epoch(value: Any) -> datetime | None:
    """Seconds since 1970 as a moment in UTC, or None when it is no such number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return None
    try:
        return datetime.fromtimestamp(value, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None


def in_time(post: Post, arrived: datetime) -> Post:
    """A post with times that can be. One that was written before networks were, or
    after it arrived, counts as written when it arrived: else it would fall out of every
    list, stay on top of it for years, or be old enough to be deleted at once.

    :param arrived: when the post was delivered to us, with time zone
    """
    author = post.author
    if author.created_at and not _can_be(author.created_at, arrived):
        post = replace(post, author=replace(author, created_at=None))
    if _can_be(post.posted_at, arrived):
        return post
    return replace(post, posted_at=arrived)


def _can_be(moment, arrived):
    return EARLIEST <= moment <= arrived + AHEAD


def language(value: Any) -> str | None:
    """ISO 639-1 of a language tag ("pt-BR" → "pt"), or None where it has none."""
    if not isinstance(value, str):
        return None
    code = value.replace("_", "-").split("-")[0].lower()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None
