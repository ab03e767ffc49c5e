"""Where an address really leads: to the host that is connected to, not to what a look
at it suggests.
"""

import re
from urllib.parse import urlsplit

import requests
from urllib3.util import parse_url

# Programs disagree about the host that an address with one of these leads to.
_AMBIGUOUS = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")


def is_ambiguous(url: str) -> bool:
    """Whether it has signs that no address can have."""
    return bool(_AMBIGUOUS.search(url))


def redirect(headers) -> str:
    """Where a redirect leads. Headers are read as Latin-1, addresses are UTF-8."""
    location = headers.get("Location", "").strip()
    try:
        return location.encode("latin-1").decode()
    except UnicodeError:
        return location


def names_host(url) -> bool:
    """Whether it leads somewhere by itself, not only from another address."""
    try:
        return bool(urlsplit(url).netloc)
    except ValueError:
        return True


def has_user(url) -> bool:
    """Whether it holds a name or password, which is what leads people, and programs,
    astray.
    """
    try:
        return "@" in urlsplit(url).netloc
    except ValueError:
        return False  # and no address either


def origin(url) -> tuple[str, str]:
    """Scheme and host (with its port, when that is not the usual one) as this program
    reads them; empty where it can't.
    """
    try:
        parts = urlsplit(url)
        return _named(parts.scheme, parts.hostname, parts.port)
    except ValueError:
        return "", ""


def connected(url) -> tuple[str, str]:
    """The same as those read them who connect."""
    try:
        parts = parse_url(url)
    except ValueError:
        return "", ""
    return _named(parts.scheme or "", (parts.host or "").strip("[]"), parts.port)


def _named(scheme, host, port):
    default = {"https": 443, "http": 80}.get(scheme)
    host = (host or "").rstrip(".").lower()
    port = port or default
    return scheme, host if not host or port == default else f"{host}:{port}"


def own_host(base_url) -> str:
    """The host of an account, written as it is connected to."""
    try:
        return connected(requests.Request("GET", base_url.strip()).prepare().url)[1]
    except (requests.RequestException, ValueError):
        return ""
