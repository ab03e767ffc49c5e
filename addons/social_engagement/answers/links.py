"""Links a customer had better not be sent to."""

import re
from urllib.parse import urlsplit

MOST = 20  # links of a text that are looked at

_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_SHORTENERS = frozenset(
    "bit.ly buff.ly cutt.ly dlvr.it goo.gl is.gd lnkd.in ow.ly rb.gy rebrand.ly "
    "shorturl.at t.co t.cn t.ly tiny.cc tinyurl.com url.cn dwz.cn".split()
)


def questionable_links(text, own=()):
    """The links of a text with what speaks against them: "unreadable", "shortener",
    "insecure" (http) or "foreign" (neither a host of the company's nor below one).

    :param own: hosts of the company; empty: none counts as foreign
    :return: list of (link, what), one entry a link, the gravest
    """
    found = []
    for link in _LINK.findall(text)[:MOST]:
        link = link.rstrip(".,;:!?)'\"…")
        try:
            parts = urlsplit(link)
            host = (parts.hostname or "").lower().removeprefix("www.")
        except ValueError:
            host = ""
        if what := _question(parts.scheme.lower() if host else "", host, own):
            found.append((link, what))
    return found


def _question(scheme, host, own):
    if not host or "xn--" in host or not host.isascii():
        return "unreadable"
    if host in _SHORTENERS:
        return "shortener"
    if scheme == "http":
        return "insecure"
    known = {name.lower().removeprefix("www.") for name in own if name}
    is_own = any(host == name or host.endswith(f".{name}") for name in known)
    return "foreign" if known and not is_own else ""
