"""Reading what Meta's Graph API answers: pages of lists, times, what was written."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from .base import BadPayload, NetworkError, Reason
from .payload import Fields, as_id, as_time, digest

MAX_PAGES = 20  # of a list that is read whole
SKEW = timedelta(minutes=10)  # clocks may differ by this


def data(answer: dict) -> list:
    """The objects of a page.

    :raises BadPayload: it is none
    """
    found = answer.get("data")
    if not isinstance(found, list):
        raise BadPayload("there is no list of data")
    return found


def after(answer: dict) -> str:
    """The place of the next page; empty when this is the last one."""
    paging = answer.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    return as_id(cursors.get("after")) if isinstance(cursors, dict) else ""


def read_all(read: Callable, path: str, params: Mapping) -> Iterator[dict]:
    """The objects of all pages of a list.

    :param read: ``(path, params)`` → the JSON object there
    :raises NetworkError: UNKNOWN, when there are too many pages
    """
    place: dict[str, str] = {}
    for _page in range(MAX_PAGES):
        answer = read(path, {**params, **place})
        yield from (entry for entry in data(answer) if isinstance(entry, dict))
        place = {"after": after(answer)}
        if not place["after"]:
            return
    raise NetworkError(Reason.UNKNOWN, f"too many pages at {path}")


def node(identifier: str, edge: str = "") -> str:
    """The path of an object, or of one of its edges. Identifiers come from outside."""
    path = "/" + quote(identifier, safe="")
    return f"{path}/{edge}" if edge else path


def moment(fields: Fields, key: str) -> datetime:
    """A time as Meta tells it: ISO 8601, seconds or milliseconds since 1970.

    :raises BadPayload: there is none
    """
    value = fields.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = value / 1000 if value > 10**11 else value
        if 0 < seconds < 2**33:
            return datetime.fromtimestamp(seconds, timezone.utc)
    return fields.time(key)


def text_revision(text: object) -> str:
    """The revision of what has no time of its last edit: a digest of its text. Polling
    and webhooks agree on it.
    """
    return digest(text)[:16] if isinstance(text, str) and text else ""


def written_since(entry: dict, name: str, since: datetime) -> bool:
    """Whether an entry is from a moment or later, give or take :data:`SKEW`."""
    written = as_time(entry.get(name))
    return bool(written and written >= since - SKEW)


def same_words(one: object, other: str) -> bool:
    """Whether two texts are the same but for spaces."""
    return isinstance(one, str) and "".join(one.split()) == "".join(other.split())


def confirmed_id(answer: dict, key: str = "id") -> str:
    """The id of what was written.

    :raises NetworkError: BAD_PAYLOAD and uncertain: it may stand all the same
    """
    identifier = as_id(answer.get(key))
    if not identifier:
        raise NetworkError(Reason.BAD_PAYLOAD, f"{key} is missing", uncertain=True)
    return identifier
