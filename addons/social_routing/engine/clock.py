"""The clock of a target: when it is due, and how it stands.

It counts working time only, and stands still while the customer is waited for: then
what was left moves behind the moment the customer came back.
"""

from dataclasses import dataclass, replace
from datetime import datetime

RUNNING, AT_RISK, PAUSED = "running", "at_risk", "paused"
MET, MISSED = "met", "missed"


@dataclass(frozen=True)
class Clock:
    """:param warn_at: from then on it is at risk; ≤ ``due_at``"""

    due_at: datetime
    warn_at: datetime
    paused_at: datetime | None = None
    done_at: datetime | None = None

    def state(self, now):
        """running | at_risk | paused | met | missed"""
        if self.done_at:
            return MET if self.done_at <= self.due_at else MISSED
        if (self.paused_at or now) > self.due_at:
            return MISSED
        if self.paused_at:
            return PAUSED
        return AT_RISK if now >= self.warn_at else RUNNING


def start(worktime, moment, target, warn):
    """A clock that starts now.

    :param worktime: :class:`Worktime`
    :param target: seconds of working time, > 0
    :param warn: share of the target after which it is at risk, 0–1
    """
    due_at = worktime.due(moment, target)
    warn_at = worktime.due(moment, target * warn) if warn > 0 else moment
    return Clock(due_at, min(warn_at, due_at))


def pause(clock, moment):
    """The customer is waited for. A clock that stands or is done is left as it is."""
    if clock.paused_at or clock.done_at:
        return clock
    return replace(clock, paused_at=moment)


def resume(clock, worktime, moment):
    """It goes on: what was left when it paused is left now. A target missed before the
    pause stays missed.
    """
    if not clock.paused_at or clock.done_at:
        return clock
    return replace(
        clock,
        due_at=_later(clock.due_at, clock.paused_at, worktime, moment),
        warn_at=_later(clock.warn_at, clock.paused_at, worktime, moment),
        paused_at=None,
    )


def finish(clock, moment):
    """What was asked for is done; only the first time counts, which may be to come."""
    if clock.done_at and clock.done_at <= moment:
        return clock
    return replace(clock, done_at=clock.paused_at or moment)


def _later(when, paused_at, worktime, moment):
    if when <= paused_at or moment <= paused_at:
        return when
    left = worktime.between(paused_at, when)
    return worktime.due(moment, left) if left > 0 else moment
