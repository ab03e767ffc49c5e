"""When a feed is fetched next, and when its silence is unusual. Plain arithmetic: no
clock and no connection, so that any situation can be tried.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .base import Usage

RESERVE = 0.1  # the share of a rate limit that is kept for answers
QUIET_GROWTH = 1.25  # how much longer a feed rests after each fetch without news
BUSY_SHRINK = 0.5  # … and how much shorter after one with news
LONGEST = 24 * 3600  # seconds; no feed rests longer for want of calls or money

UNUSUAL = 1.5  # times the longest silence known
SHORTEST_SILENCE = 3600  # seconds; less is never unusual
KNOWN_FOR = 3 * 24 * 3600  # seconds until the past of a feed says anything
FORGOTTEN = 14 * 24 * 3600  # seconds after which a long silence counts half


@dataclass(frozen=True)
class Allowance:
    """The rest of a budget. ``left`` and ``cost`` in the network's unit; ``cost`` is
    what one fetch of the feed costs, ``seconds`` the time until the budget is new.
    """

    left: float
    cost: float
    seconds: float


def pause(
    adapter,
    before: float,
    news: bool,
    *,
    feeds: int = 1,
    usage: Usage | None = None,
    allowance: Allowance | None = None,
) -> float:
    """Seconds until a feed is fetched again after it was read to its end.

    :param adapter: says ``interval``, ``fastest`` and ``slowest``
    :param before: the pause before this fetch, 0 at the first
    :param news: whether the fetch brought anything new
    :param feeds: how many feeds share the rate limit and the budget
    """
    if not before:
        own = adapter.interval
    else:
        own = before * (BUSY_SHRINK if news else QUIET_GROWTH)
    own = min(max(own, adapter.fastest), adapter.slowest)
    return max(own, wait(feeds, usage, allowance))


def wait(feeds: int, usage: Usage | None, allowance: Allowance | None) -> float:
    """Seconds a feed has to wait for calls and money to last until they are new, even
    when more waits to be fetched; 0 when there is plenty.
    """
    seconds = 0.0
    if usage and usage.reset > 0:
        spare = usage.remaining - RESERVE * usage.limit
        # enough for one call a second: as good as no limit
        if spare < usage.reset:
            seconds = feeds * usage.reset / spare if spare >= 1 else usage.reset
            seconds = min(seconds, usage.reset)
    if allowance and allowance.cost > 0:
        if allowance.left < allowance.cost:
            seconds = max(seconds, allowance.seconds)
        else:
            fetches = allowance.left / allowance.cost
            seconds = max(seconds, feeds * allowance.seconds / fetches)
    return min(seconds, LONGEST)


def expected_cost(before: float, last: float) -> float:
    """What a fetch is expected to cost: rather too much than too little, since it is
    known only afterwards.
    """
    return max(last, before / 2)


def period(now: datetime, kind: str) -> tuple[datetime, datetime]:
    """When the budget's period that ``now`` is in began, and when the next begins.

    :param kind: "day" or "month"
    """
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == "day":
        return start, start + timedelta(days=1)
    start = start.replace(day=1)
    return start, (start + timedelta(days=32)).replace(day=1)


def longest_silence(before: float, silence: float) -> float:
    """The longest silence to remember after another one has ended, in seconds. The past
    fades: two weeks later a silence counts half.
    """
    return max(silence, before * 0.5 ** (silence / FORGOTTEN))


def is_unusual(silence: float, longest: float, known_for: float) -> bool:
    """Whether a feed has been silent for longer than its own past suggests. Nights and
    weekends are part of that past.

    :param silence: seconds since something came
    :param longest: see :func:`longest_silence`; 0 when nothing ever came
    :param known_for: seconds since the feed was first fetched
    """
    if not longest or known_for < KNOWN_FOR:
        return False
    return silence > max(UNUSUAL * longest, SHORTEST_SILENCE)
