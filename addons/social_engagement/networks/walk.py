"""A walk through what a network gives newest first only: from its newest entry back to
those seen before, one page a step.

A walk may break off after any step; it goes on from the cursor stored then, and loses
nothing. What arrives during a walk comes with the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .base import NetworkError, Reason
from .payload import as_time, digest

BACKFILL = timedelta(days=7)  # how far the very first walk goes back
# Entries are filed under their author's or home server's clock, or reach the network
# late, by this.
OVERLAP = timedelta(hours=1)
KNOWN = 300  # entries of the overlap that are remembered


@dataclass(frozen=True)
class Reader:
    """How a network is walked through.

    ``read``: page token (None: the newest page) → the page's entries, and the token of
    the one before it, empty when there is none. ``moment``: by what an entry is sorted,
    None when it has none. ``mark``: a JSON value that tells entries, and their
    revisions, apart. ``wanted``: which entries are of interest. ``overlap``: how late
    entries may turn up.
    """

    read: Callable[[str | None], tuple[list[Any], str]]
    moment: Callable[[Any], datetime | None]
    mark: Callable[[Any], Any] = lambda entry: entry
    wanted: Callable[[Any], bool] = lambda entry: True
    overlap: timedelta = OVERLAP

    def marked(self, entry) -> str:
        """An entry's mark, short enough to be kept."""
        return digest(self.mark(entry))[:12]


def walk(reader: Reader, cursor: dict) -> tuple[list[Any], dict]:
    """One step of a walk.

    The cursor: ``seen``: ISO time of the newest entry of the last whole walk;
    ``known``: marks of the newest entries up to there. Entries of the overlap
    before ``seen`` are delivered unless known, as far as the page reaches that brings
    the walk to its end. ``newest``, ``read``: what these two become
    when the walk ends; ``page``: where the walk stands; ``edge``: marks of the last
    entries delivered, which the next page may begin with; ``last``: a mark of the whole
    page.

    :return: the new entries, newest first, and the cursor; it has a "page" while there
        is more
    """
    entries, onward, page = _read_page(reader.read, cursor.get("page"))
    now = datetime.now(timezone.utc)
    seen = cursor.get("seen") or iso(now - BACKFILL)
    known = cursor.get("known", [])
    times = sorted(filter(None, map(reader.moment, entries)))
    newest, marks = (cursor["newest"], cursor["read"]) if page else (seen, [])
    if times:
        # What is dated into the future must not hide what is written until then.
        newest = max(newest, min(iso(times[-1]), iso(now)))
    last = digest([reader.marked(entry) for entry in entries])[:12]
    entries = [entry for entry in entries if reader.wanted(entry)]
    edge = cursor["edge"] if page else []
    fresh = [e for e in entries if _is_fresh(reader, e, as_time(seen), known)]
    fresh = [e for e in fresh if reader.marked(e) not in edge]
    marks = (marks + [reader.marked(e) for e in entries])[:KNOWN]
    # some servers know no pages, and give the same one again
    repeats = page and last == cursor.get("last")
    if repeats or not onward or (times and times[0] <= as_time(seen)):
        known = list(dict.fromkeys(marks + known))[:KNOWN]
        return fresh, {"seen": newest, "known": known}
    oldest = [e for e in entries if times and reader.moment(e) == times[0]]
    walking = {"newest": newest, "read": marks, "page": onward, "last": last}
    walking["edge"] = [reader.marked(e) for e in oldest]
    return fresh, {"seen": seen, "known": known, **walking}


def iso(moment: datetime) -> str:
    """A moment in UTC as ISO 8601 with milliseconds; such texts sort by time."""
    return moment.isoformat(timespec="milliseconds")


def _read_page(read, page):
    """A page, and the token it was read by; from the start again where the network does
    not know the token any more.
    """
    try:
        return *read(page), page
    except NetworkError as error:
        if not page or error.reason != Reason.REFUSED:
            raise
    return *read(None), None


def _is_fresh(reader, entry, seen, known):
    moment = reader.moment(entry)
    due = moment is None or moment > seen - reader.overlap
    return due and reader.marked(entry) not in known
