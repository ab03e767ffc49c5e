"""What people say about themselves in a text: addresses, numbers, websites."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from .phones import find

#: Of a text so many characters are read.
LONGEST = 20_000
#: So many digits at the end tell a telephone number apart, with the country's code
#: or without.
PHONE_DIGITS = 8

# Every repetition is bounded: strangers write. "@ann@example.com" is a handle.
_EMAIL = re.compile(
    r"(?<![\w.+@-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@])"
)
_SITE = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"')\]]{3,500}", re.I)
_REFERENCE = re.compile(r"(?<!\w)[A-Z]{1,8}[/-]?\d[\d/-]{2,20}\d(?!\w)")
#: Where many people have their pages under one host: the path tells them apart.
_SHARED_HOSTS = frozenset(
    """about.me behance.net bsky.app etsy.com facebook.com flickr.com github.com
    gitlab.com google.com instagram.com ko-fi.com linkedin.com linktr.ee medium.com
    patreon.com pinterest.com reddit.com soundcloud.com t.me tiktok.com tumblr.com
    twitch.tv twitter.com vimeo.com wa.me weibo.com x.com xing.com youtu.be
    youtube.com""".split()
)


@dataclass(frozen=True)
class Trace:
    """One datum somebody said of themselves.

    `kind` is "email", "phone", "website" or "reference" (the number of an order, a
    ticket, an invoice); `value` its normal form, as :func:`traces` gives it; `origin`
    says where: "about" (the profile's description), "public" or "private" (a post);
    `source` is the post's key for the caller, None for the description.
    """

    kind: str
    value: str
    origin: str
    source: object = None


def traces(
    text: str,
    origin: str = "public",
    source: object = None,
    countries: tuple[str, ...] = (),
) -> list[Trace]:
    """What a text says of its author, each datum once, in order of kind.

    It may say it of somebody else: it is evidence, never proof.

    :param countries: where the author may be, see :func:`.phones.find`
    """
    text = (text or "")[:LONGEST]
    found = [
        *(("email", each.lower().strip(".")) for each in _EMAIL.findall(text)),
        *(
            ("phone", number)
            for _start, each in find(text, countries)
            if (number := phone(each))
        ),
        *(("website", page) for each in _SITE.findall(text) if (page := site(each))),
        *(("reference", each) for each in _REFERENCE.findall(text)),
    ]
    return [Trace(*each, origin, source) for each in dict.fromkeys(found)]


def phone(text: str) -> str:
    """The last digits of a telephone number, which tell it apart; "" when there are too
    few.
    """
    digits = "".join(filter(str.isdigit, text or ""))
    return digits[-PHONE_DIGITS:] if len(digits) >= PHONE_DIGITS else ""


def site(text: str) -> str:
    """A website as host, without "www.", and for hosts that many share with the path;
    "" for what is none.
    """
    text = (text or "").strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = (parts.hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""
    if "." not in host:
        return ""
    if host not in _SHARED_HOSTS:
        return host
    path = parts.path.strip("/.,;:!?").lower()
    return f"{host}/{path}" if path else ""


def masked(trace: Trace) -> str:
    """A datum as it may be shown and kept: enough to recognise it when one knows it."""
    if trace.kind == "email":
        name, _at, host = trace.value.partition("@")
        return f"{name[:1]}…@{host}"
    if trace.kind == "phone":
        return f"…{trace.value[-3:]}"
    return trace.value
