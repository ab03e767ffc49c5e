"""What a server of Mastodon's API says of itself: ``/api/v2/instance``, or ``v1`` on
servers that know no other.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .base import AS_WRITTEN, NetworkError
from .payload import Fields

# Servers that count every character of a link, whatever they say of it.
_COUNTS_ALL = re.compile(r"gotosocial|takahe|pixelfed", re.IGNORECASE)
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*(:\d{1,5})?")


@dataclass(frozen=True)
class Server:
    """``max_characters``: of a status, None when it does not say. ``link_length``: see
    :class:`.base.Identity`. ``domain``: of its accounts, which may be another one than
    that of its address; empty when it does not say.
    """

    max_characters: int | None = None
    link_length: int = 0
    domain: str = ""


def read(ask: Callable[..., Any]) -> Server:
    """Asks the server.

    :param ask: ``(path, kind, params) → JSON``
    :raises NetworkError: it can't be asked now
    """
    domain, most = "", None
    for version in ("v2", "v1"):
        try:
            told = Fields(ask(f"/api/{version}/instance", dict))
        except NetworkError as error:
            if error.temporary:
                raise
            continue
        domain = domain or _domain(told)
        most = most or told.count("max_toot_chars")  # Pleroma, before "configuration"
        if told.has("configuration") and told.child("configuration").has("statuses"):
            limits = told.child("configuration").child("statuses")
            return Server(
                limits.count("max_characters"), _link_length(told, limits), domain
            )
    return Server(most, AS_WRITTEN if most else 0, domain)


def _link_length(told, limits) -> int:
    """How long a link counts. Who reserves nothing for links counts what is written
    (Pleroma, Akkoma).
    """
    software = told.text("version", "") + told.text("source_url", "")
    reserved = limits.count("characters_reserved_per_url")
    if not reserved or _COUNTS_ALL.search(software):
        return AS_WRITTEN
    return reserved


def _domain(told) -> str:
    """GoToSocial tells that of its accounts apart from its own."""
    for name in ("account_domain", "domain", "uri"):
        domain = told.line(name, "").removeprefix("https://").removeprefix("http://")
        if _DOMAIN.fullmatch(domain.rstrip("/")):
            return domain.rstrip("/").lower()
    return ""
