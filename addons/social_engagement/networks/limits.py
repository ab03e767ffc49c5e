"""What a network says of its rate limit: how much is left, and when it ends. Three
formats of the end are in use, and some servers give none.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime

from dateutil.parser import isoparse

from .base import Usage
from .payload import as_number

LONGEST = 24 * 3600  # seconds; longer waits are somebody's mistake
HOUR = 3600  # seconds; Meta counts over the last hour and names no end of it
_PREFIXES = ("x-ratelimit-", "x-rate-limit-", "ratelimit-")
_PERCENTAGES = ("x-app-usage", "x-page-usage", "x-business-use-case-usage")
_COUNTERS = ("call_count", "total_time", "total_cputime")
# Smaller numbers are seconds from now, larger ones seconds since 1970.
_EPOCH = 1_000_000_000
_EPOCH_MILLISECONDS = 100_000_000_000


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds until the next call makes sense, or None when the headers don't say.

    ``Retry-After`` (RFC 9110: seconds or a date) goes first. Rate-limit resets are
    epoch seconds (X, Bluesky), ISO 8601 (Mastodon, GoToSocial) or seconds from now
    (Reddit); Meta tells minutes from now, see :func:`usage`.

    :param headers: with case-insensitive or lower-case names
    :param now: seconds since 1970
    """
    wait = _seconds(headers.get("retry-after"), now)
    if wait is None:
        found = (_seconds(headers.get(f"{p}reset"), now) for p in _PREFIXES)
        wait = next((seconds for seconds in found if seconds is not None), None)
    if wait is None:
        wait = max(map(_regained, _shares(headers)), default=0) or None
    return None if wait is None else min(max(wait, 0.0), LONGEST)


def usage(headers: Mapping[str, str], now: float) -> Usage | None:
    """How much of its rate limit a network says is left, or None when it says nothing.

    Meta tells what was used in hundredths, of calls and of time, for the app and for
    each page: the highest counts
    (https://developers.facebook.com/docs/graph-api/overview/rate-limiting).

    :param headers: with case-insensitive or lower-case names
    :param now: seconds since 1970
    """
    for prefix in _PREFIXES:
        remaining = _number(headers.get(f"{prefix}remaining"))
        if remaining is None:
            continue
        limit = _number(headers.get(f"{prefix}limit"))
        if limit is None:  # Reddit tells what was used instead
            used = _number(headers.get(f"{prefix}used"))
            limit = remaining + used if used is not None else None
        reset = _seconds(headers.get(f"{prefix}reset"), now)
        if limit and reset is not None:
            return Usage(int(limit), int(remaining), min(max(reset, 0.0), LONGEST))
    if shares := list(_shares(headers)):
        used = max(_count(share.get(name)) for share in shares for name in _COUNTERS)
        reset = max(map(_regained, shares)) or HOUR
        return Usage(100, max(0, 100 - int(used)), min(reset, LONGEST))
    return None


def _shares(headers) -> Iterator[dict]:
    """The objects of Meta's headers: of the app, or of each page and use case."""
    for name in _PERCENTAGES:
        try:
            told = json.loads(headers.get(name) or "null")
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict):
            cases = [v for v in told.values() if isinstance(v, list)]
            flat = [share for case in cases for share in case] or [told]
            yield from (share for share in flat if isinstance(share, dict))


def _regained(share) -> float:
    """Seconds until calls are taken again; 0 while they are."""
    return 60 * _count(share.get("estimated_time_to_regain_access"))


def _count(value) -> float:
    number = as_number(value) or 0.0
    return float(number) if number < 1e12 else 0.0


def _number(value) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if 0 <= number < 1e12 else None


def _seconds(value, now) -> float | None:
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        return _from_date(value, now)
    if number != number:
        return None
    if number > _EPOCH_MILLISECONDS:
        number /= 1000
    return number - now if number > _EPOCH else number


def _from_date(value, now) -> float | None:
    for parse in (isoparse, parsedate_to_datetime):
        try:
            moment = parse(value)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=timezone.utc)
            return moment.timestamp() - now
        except (ValueError, TypeError, OverflowError):
            continue
    return None
