"""Working time: when a target is due, and how much of it has passed.

A calendar becomes a list of intervals once; each question is then a bisection, about a
thousand times faster than asking the calendar.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta

EPOCH = datetime(1970, 1, 1)


class BeyondHorizon(ValueError):
    """The intervals known do not reach that far: build more of them."""


class Worktime:
    """Moments are datetimes without time zone, all of the same zone: UTC."""

    def __init__(self, intervals, start, end):
        """
        :param intervals: iterable of (start, end) in order, that do not overlap
        :param start, end: between these moments the intervals are complete
        """
        self._start, self._end = _seconds(start), _seconds(end)
        self._starts, self._ends = [], []
        self._before, self._through = [], []  # seconds worked before each, through each
        worked = 0.0
        for opens, closes in intervals:
            opens, closes = _seconds(opens), _seconds(closes)
            if closes <= opens:
                continue
            self._starts.append(opens)
            self._ends.append(closes)
            self._before.append(worked)
            worked += closes - opens
            self._through.append(worked)

    def is_open(self, moment):
        """Whether somebody works at that moment."""
        index = bisect_right(self._starts, self._inside(moment)) - 1
        return index >= 0 and _seconds(moment) < self._ends[index]

    def between(self, start, end):
        """Seconds of working time from one moment to a later one."""
        return self._worked(self._inside(end)) - self._worked(self._inside(start))

    def due(self, start, seconds):
        """The moment when so much working time has passed.

        :param seconds: of working time, > 0
        :raises BeyondHorizon: it is later than the intervals tell
        """
        wanted = self._worked(self._inside(start)) + seconds
        index = bisect_left(self._through, wanted)
        if index == len(self._through):
            raise BeyondHorizon(f"{seconds} s of working time after {start}")
        reached = self._starts[index] + wanted - self._before[index]
        return EPOCH + timedelta(seconds=round(reached, 6))

    def _worked(self, seconds):
        index = bisect_right(self._starts, seconds) - 1
        if index < 0:
            return 0.0
        return (
            self._before[index]
            + min(seconds, self._ends[index])
            - (self._starts[index])
        )

    def _inside(self, moment):
        seconds = _seconds(moment)
        if not self._start <= seconds <= self._end:
            raise BeyondHorizon(f"{moment} is not between the moments known")
        return seconds


def _seconds(moment):
    return (moment - EPOCH).total_seconds()
