"""Searching by Mastodon's API: hashtags, each walked through by itself, and words."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from .base import NetworkError, Reason
from .payload import as_id
from .statuses import written_at
from .walk import Reader, walk

FOUND = 40  # the most of a search or hashtag
SHORT = 20  # every server gives as many as this, when there are as many


class Search:
    """A search, page by page.

    :param read: ``(path, kind, params) → JSON`` as the account reads it
    :param wanted: which statuses are of interest
    :param size: how many a page has at most
    """

    def __init__(
        self,
        read: Callable[..., Any],
        wanted: Callable[[Any], bool],
        size: int = FOUND,
    ):
        self._read = read
        self._wanted = wanted
        self._size = size

    def page(self, query: str, cursor: dict) -> tuple[list[Any], dict, bool]:
        """The next statuses, newest first, the cursor after them and whether there are
        more now.

        Words have the cursor of :func:`.walk.walk`, hashtags one for each of them:
        ``{"tags": {tag: cursor}}``. ``any[]``, which would ask for several at once, is
        not known to every server, and those that don't say nothing of it.
        """
        words = query.split()
        tags = [word[1:] for word in words if len(word) > 1 and word[0] == "#"]
        if len(tags) < len(words):
            found, after = self._walk(lambda token: self._found(query, token), cursor)
            return found, after, "page" in after
        kept = cursor.get("tags") or {}
        # A cursor of before tags were walked one by one tells how far all of them are.
        since = {name: cursor[name] for name in ("seen", "known") if name in cursor}
        after = {tag: kept.get(tag, since) for tag in tags}
        found: list[Any] = []
        unfinished = [tag for tag in after if "page" in after[tag]]
        for tag in unfinished or after:
            more, after[tag] = self._walk(
                lambda token, tag=tag: self._tagged(tag, token), after[tag]
            )
            found += [one for one in more if _mark(one) not in map(_mark, found)]
        return found, {"tags": after}, any("page" in one for one in after.values())

    def _walk(self, read, cursor):
        return walk(Reader(read, written_at, _mark, self._wanted), cursor)

    def _tagged(self, tag, before):
        """A page of a hashtag. One that nobody has used yet may be unknown."""
        params = {"limit": self._size, "max_id": before}
        path = f"/api/v1/timelines/tag/{quote(tag, safe='')}"
        try:
            found = self._read(path, list, params)
        except NetworkError as error:
            if error.reason != Reason.NOT_FOUND:
                raise
            found = []
        return found, _last(found)

    def _found(self, query, token):
        """A page of a search; servers leave out of it what the account has hidden, so
        that only an empty one is the last.

        The token is the offset and, where more may follow, the id of the last status:
        servers that know no offset (GoToSocial gives nothing then, others the same page
        again) are asked for what is older than that. Without an offset, only that is
        asked for.
        """
        offset, _comma, last = (token or "0").partition(",")
        found = self._at_offset(query, offset, last) if offset else []
        if last and (not found or last in _ids(found)):
            older = self._matches(query, max_id=last)
            if all(_is_older(number, last) for number in _ids(older)):
                found, offset = older, ""
        if not found:
            return found, ""
        onward = str(int(offset) + self._size) if offset else ""
        if not offset or len(found) >= min(SHORT, self._size):
            onward += f",{_last(found)}"
        return found, onward

    def _at_offset(self, query, offset, last):
        try:
            return self._matches(query, offset=offset)
        except NetworkError as error:
            if not last or error.reason != Reason.REFUSED:
                raise
        return []

    def _matches(self, query, **place):
        params = {"q": query, "type": "statuses", "limit": self._size} | place
        found = self._read("/api/v2/search", dict, params).get("statuses")
        if not isinstance(found, list):
            raise NetworkError(Reason.BAD_PAYLOAD, "statuses are missing")
        return found


def _ids(found):
    return [as_id(status.get("id")) for status in found if isinstance(status, dict)]


def _is_older(one, other):
    """Ids grow, as numbers or as text of one length. Newer ones come from servers that
    do not know what they were asked for.
    """
    return (len(one), one) < (len(other), other)


def _last(found):
    """The id of the last status, by which older ones are asked for."""
    return next(iter(reversed(_ids(found))), "")


def _mark(status):
    if isinstance(status, dict) and status.get("id"):
        return [status.get("id"), status.get("edited_at")]
    return status
