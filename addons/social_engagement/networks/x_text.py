"""Text on X: how long it is, and where its links lead."""

import html
import re
import unicodedata
from pathlib import Path

import regex

from .payload import Fields
from .plaintext import bounded, clean

LINK_LENGTH = 23  # every link becomes one of t.co
# What weighs 1: version 3 of the configuration X publishes with its library
# twitter-text (https://docs.x.com/fundamentals/counting-characters). All else is 2.
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_PART = (
    r"\p{Extended_Pictographic}(?!\uFE0E)\p{Emoji_Modifier}?\uFE0F?"
    r"[\U000E0020-\U000E007F]*"
)
_EMOJI = regex.compile(
    r"[0-9#*]\uFE0F?\u20E3"
    r"|\p{Regional_Indicator}{2}"
    # these four are emoji only when a selector asks for it, the others unless one
    # forbids it
    r"|[©®™♟]\uFE0F"
    rf"|(?![©®™♟]){_PART}(?:\u200D{_PART})*"
)
# X makes links of bare domains as well, when it knows their ending. The browser, which
# counts while somebody types, has the same list.
_DOMAINS = Path(__file__).parents[1] / "static/src/answer/top_level_domains.js"
_LISTED = re.findall("`([^`]*)`", _DOMAINS.read_text("utf-8"))
_GENERIC, _COUNTRIES = ("|".join(names.split()) for names in _LISTED)
_GENERIC += r"|co|tv|xn--[a-z0-9-]+"  # co and tv are of countries, but used by all
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\."
_PATH = r"[a-z0-9_À-ɏЀ-ӿ!*';:=+,.$/%#~@|&()?\[\]–-]"
_TAIL = rf"(?::\d+)?(?:[/?#](?:{_PATH}*[a-z0-9_À-ɏЀ-ӿ=#/+-])?)?"
_URL = regex.compile(
    r"(?<![@a-z0-9_$#.-])(?:"
    rf"https?://(?:[^\W_](?:[\w-]*[^\W_])?\.)+(?:[a-z]{{2,}}|[^\W\d_a-z]{{2,}}){_TAIL}"
    rf"|(?:{_LABEL})+(?:{_GENERIC})(?![a-z0-9_@-]|\.[a-z0-9]){_TAIL}"
    # a country's ending alone makes no link of two words that miss a space: "ok.so"
    rf"|(?:{_LABEL}){{2,}}(?:{_COUNTRIES})(?![a-z0-9_@-]|\.[a-z0-9]){_TAIL}"
    rf"|(?:{_LABEL})(?:{_COUNTRIES})/{_PATH}+)",
    regex.IGNORECASE,
)
_SHORT = re.compile(r"https?://t\.co/\w+")
_LEADING = regex.compile(r"^(?:\s*@\w{1,15}\b)+\s*")


def weighted_length(text: str) -> int:
    """The length of a text as X counts it: links 23, emoji 2 however many parts they
    are made of, letters of Europe's scripts 1, others (Chinese among them) 2.
    """
    text, links = _URL.subn("", unicodedata.normalize("NFC", text))
    text, emoji = _EMOJI.subn("", text)
    light = sum(_is_light(ord(character)) for character in text)
    return links * LINK_LENGTH + 2 * (emoji + len(text) - light) + light


def has_link(text: str) -> bool:
    """Whether X finds a link in a text, which costs more to publish."""
    return bool(_URL.search(text))


def shown_text(post: Fields) -> str:
    """The text of a post or direct message as people read it: whole, links where they
    lead, without the addresses of its own pictures.
    """
    long = next((n for n in ("note_post", "note_tweet") if post.has(n)), "")
    body = post.child(long) if long else post
    targets = _targets(body) | (_targets(post) if long else {})
    text = body.text("text", "") if long else body.text("text")
    text = _SHORT.sub(lambda link: targets.get(link.group(), link.group()), text)
    return bounded(clean(html.unescape(text)))


def same_words(one: str, other: str) -> bool:
    """Whether two texts say the same, before and after X's own changes: mentions put in
    front, links rewritten.
    """
    return _bare(one) == _bare(other)


def _bare(text):
    text = _LEADING.sub("", unicodedata.normalize("NFC", text))
    text = re.sub(r"/(?=\s|$)", "", re.sub(r"https?://", "", text))
    return "".join(text.split())


def _targets(body):
    """Short links: what to show in their place."""
    found = {}
    for link in body.child("entities").children("urls") if body.has("entities") else ():
        short = link.url("url")
        target = link.url("expanded_url") or link.url("unwound_url")
        if link.get("media_key"):
            target = ""
        elif not target:
            continue
        found[short] = target
    return found


def _is_light(code):
    return any(first <= code <= last for first, last in _LIGHT)
