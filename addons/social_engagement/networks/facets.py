"""Facets: which bytes of a Bluesky post are a link, a mention or a tag
(https://docs.bsky.app, "Links, mentions, and rich text").
"""

import re
from collections.abc import Callable
from typing import Any

from .links import links

# Letters of other scripts may stand right in front: Chinese has no spaces.
_MENTION = re.compile(
    r"(?<![a-zA-Z0-9_/@.+-])@((?:[a-zA-Z0-9-]+\.)+[a-zA-Z][a-zA-Z0-9-]*)"
)
_TAG = re.compile(r"(?<![\w/#&])#(?=\w*[^\W\d])(\w{1,64})")
_MOST = 300  # facets of one post that are looked at: a link needs a character at least
_KIND = "app.bsky.richtext.facet#"


def facets(text: str, resolve: Callable[[str], str | None]) -> list[dict]:
    """The facets of a text, by their order in it.

    :param resolve: handle → DID, or None when there is nobody of that name
    """
    found = []
    for start, url in links(text):
        found.append(_facet(text, start, url, "link", uri=url))
    for match in _MENTION.finditer(text):
        if did := resolve(match.group(1).lower()):
            found.append(_facet(text, match.start(), match.group(), "mention", did=did))
    for match in _TAG.finditer(text):
        found.append(_facet(text, match.start(), match.group(), "tag", tag=match[1]))
    return _apart(sorted(found, key=lambda facet: facet["index"]["byteStart"]))


def expand(text: str, found: Any) -> str:
    """A text with its links' real targets: apps show them shortened, or words in their
    place.

    :param found: the record's facets as they came; what is not understood is left as it
        is
    """
    raw = text.encode("utf-8", "surrogatepass")
    for start, end, uri in sorted(_links(found), reverse=True):
        if not 0 <= start < end <= len(raw):
            continue
        shown = raw[start:end].decode("utf-8", "replace")
        if _bare(shown) == _bare(uri):
            continue
        shortened = _bare(shown).removesuffix("...").removesuffix("…")
        real = uri if _bare(uri).startswith(shortened) else f"{shown} ({uri})"
        raw = raw[:start] + real.encode("utf-8", "replace") + raw[end:]
    return raw.decode("utf-8", "replace")


def _facet(text, start, part, kind, **what):
    first = len(text[:start].encode())
    return {
        "index": {"byteStart": first, "byteEnd": first + len(part.encode())},
        "features": [{"$type": _KIND + kind, **what}],
    }


def _apart(found):
    """Facets may not overlap: a tag within a link is part of the link."""
    kept = []
    for facet in found:
        if not kept or facet["index"]["byteStart"] >= kept[-1]["index"]["byteEnd"]:
            kept.append(facet)
    return kept


def _links(found):
    for facet in found[:_MOST] if isinstance(found, list) else ():
        index = facet.get("index") if isinstance(facet, dict) else None
        features = facet.get("features") if isinstance(facet, dict) else None
        if not isinstance(index, dict) or not isinstance(features, list):
            continue
        start, end = index.get("byteStart"), index.get("byteEnd")
        uris = [f.get("uri") for f in features if isinstance(f, dict)]
        uris = [u for u in uris if isinstance(u, str) and u.startswith("http")]
        if uris and type(start) is int and type(end) is int:
            yield start, end, uris[0]


def _bare(url):
    return re.sub(r"^https?://", "", url).rstrip("/")
