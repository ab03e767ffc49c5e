"""What became of statuses of Mastodon's API that were taken in earlier.

A status that the account can't read is not deleted for that: its author may have
blocked the account or be suspended, the server may have dropped its copy of what was
written elsewhere. So whoever else may know is asked before it counts as deleted: the
server about the two accounts, the server without signing in, and the server that the
status comes from.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from .base import Account, Known, NetworkError, Reason
from .http import Client, checked_json
from .payload import Fields, as_id

_FOR_ALL = ("public", "unlisted")
_BLOCKS = ("blocked_by", "blocking", "domain_blocking")
_ACTIVITY = {"Accept": "application/activity+json"}


class Missing:
    """Statuses that the account can't read.

    :param read: ``(path, kind, params) → JSON`` as the account reads it
    """

    def __init__(self, account: Account, read: Callable[..., Any]):
        self._read = read
        nobody = replace(account, secret="", session={}, renew_session=None)
        self._anybody = Client(nobody)
        self._anywhere = Client(nobody, any_host=True)

    def is_deleted(self, post: Known) -> bool:
        """Whether a status is deleted: somebody who can tell says so, and nobody who
        can tell says that it is there, or hidden from the account.

        :raises NetworkError: the server can't be asked now
        """
        said = []
        for ask in (self._accounts, self._server, self._origin):
            answer = ask(post)
            if answer is False:
                return False
            said.append(answer)
        return any(said)

    def _accounts(self, post) -> bool | None:
        """Whether its absence means something, by what the server says of the author:
        False when the author is suspended, or has blocked the account; None when the
        server does not say (snac leaves "blocked_by" out).
        """
        author = self._author(post.reply_ref)
        if author is None:
            return None
        if author.flag("suspended"):
            return False
        asked = {"id[]": author.id("id", "")}
        told = self._told("/api/v1/accounts/relationships", list, asked)
        relation = told[0] if told and isinstance(told[0], dict) else {}
        if any(relation.get(block) is True for block in _BLOCKS):
            return False
        return True if relation.get("blocked_by") is False else None

    def _author(self, reference) -> Fields | None:
        number, acct = as_id(reference.get("account")), as_id(reference.get("acct"))
        account = None
        if number:
            path = f"/api/v1/accounts/{quote(number, safe='')}"
            account = self._told(path, dict)
        if account is None and acct:
            account = self._told("/api/v1/accounts/lookup", dict, {"acct": acct})
        if account is None and number:  # at least the two accounts can be asked about
            account = {"id": number}
        return None if account is None else Fields(account)

    def _told(self, path, kind, params=None):
        """What the server says, or None when it does not."""
        try:
            return self._read(path, kind, params)
        except NetworkError as error:
            if error.temporary or error.reason == Reason.AUTHORISATION:
                raise
            return None

    def _server(self, post) -> bool | None:
        """Whether the server has it for nobody; None when it says nothing to those who
        have not signed in, or may not.
        """
        if post.reply_ref.get("visibility") not in _FOR_ALL:
            return None
        path = f"/api/v1/statuses/{quote(post.external_id, safe='')}"
        try:
            checked_json(self._anybody.get(path), dict)
        except NetworkError as error:
            if error.temporary:
                raise
            return True if error.reason == Reason.NOT_FOUND else None
        return False

    def _origin(self, post) -> bool | None:
        """Whether the server that it comes from does not have it any more; None when it
        answers nobody without a signature, or with web pages only. One that can't be
        reached may have it.
        """
        if post.reply_ref.get("visibility") not in _FOR_ALL or not post.url:
            return None
        try:
            there = self._anywhere.get(post.url, headers=_ACTIVITY)
            return checked_json(there, dict).get("type") == "Tombstone"
        except NetworkError as error:
            if error.temporary:
                return False
            return True if error.reason == Reason.NOT_FOUND else None
