"""The end of the time that a call may take: one for all that belongs together, however
many hops, tries and pages it has.

Each call has an end of its own (:data:`.transport.TOTAL_TIMEOUT`); who makes several
for one purpose bounds them together with :func:`within`. What is inside can only end
earlier than what is around it. Ends are those of the current thread.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_end: ContextVar[float] = ContextVar("end of the current call", default=float("inf"))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Lets everything inside end after ``seconds``, by a clock that is never set."""
    token = _end.set(min(time.monotonic() + seconds, _end.get()))
    try:
        yield
    finally:
        _end.reset(token)


def left() -> float:
    """Seconds that are left, infinite where nothing set an end.

    :raises TimeoutError: none
    """
    seconds = remaining()
    if not seconds:
        raise TimeoutError("the call took too long")
    return seconds


def remaining() -> float:
    """The same, 0 when none are left: how long to wait before another call."""
    return max(0.0, _end.get() - time.monotonic())
