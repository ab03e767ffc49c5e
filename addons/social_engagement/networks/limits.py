"""When a network says its rate limit ends: three formats are in use, and some servers
give none.
"""

from collections.abc import Mapping
from datetime import timezone
from email.utils import parsedate_to_datetime

from dateutil.parser import isoparse

LONGEST = 24 * 3600  # seconds; longer waits are somebody's mistake
_RESETS = ("x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset")
# Smaller numbers are seconds from now, larger ones seconds since 1970.
_EPOCH = 1_000_000_000
_EPOCH_MILLISECONDS = 100_000_000_000


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds until the next call makes sense, or None when the headers don't say.

    ``Retry-After`` (RFC 9110: seconds or a date) goes first. Rate-limit resets are
    epoch seconds (X, Bluesky), ISO 8601 (Mastodon, GoToSocial) or seconds from now
    (Reddit).

    :param headers: with case-insensitive or lower-case names
    :param now: seconds since 1970
    """
    wait = _seconds(headers.get("retry-after"), now)
    if wait is None:
        found = (_seconds(headers.get(name), now) for name in _RESETS)
        wait = next((seconds for seconds in found if seconds is not None), None)
    return None if wait is None else min(max(wait, 0.0), LONGEST)


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
