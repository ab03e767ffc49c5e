"""Text as networks deliver it, made fit for people and databases."""

import re
from urllib.parse import urlsplit

import regex
from lxml import etree

MAX_TEXT = 100_000  # characters of one post that are kept
CUT_MARK = " […]"
_MAX_NAME = 256
_MAX_HTML = 1_000_000  # characters that are looked at
_NEW_LINE, _NEW_PARAGRAPH = "\x01", "\x02"  # marks that clean text can't contain
_GAP = re.compile("[ \t\n\u00a0\x01\x02]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# These turn the text around, and in a name what stands beside it too.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"\bhttps?://[^\s<>\"]+", re.IGNORECASE)
_GRAPHEME = regex.compile(r"\X")
_BLOCKS = set(
    "address article aside blockquote dd div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tr ul".split()
)
_PARAGRAPHS = {"p", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"}
_UNSEEN = {"script", "style", "template", "noscript", "head", "title", "iframe"}


def clean(text: str) -> str:
    """Text without control characters and lone surrogates, with ``\\n`` as its only
    line break.
    """
    text = text.encode("utf-8", "ignore").decode()
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def bounded(text: str) -> str:
    """A post's text of at most :data:`MAX_TEXT` characters; the end of a longer one is
    replaced by a mark.
    """
    text = text.strip()
    if len(text) <= MAX_TEXT:
        return text
    return text[: MAX_TEXT - len(CUT_MARK)] + CUT_MARK


def one_line(text: str) -> str:
    """A name: no line breaks, nothing that turns the direction of what stands beside
    it, at most 256 characters.
    """
    text = undirected(clean(text[: 8 * _MAX_NAME]))
    return " ".join(text.split())[:_MAX_NAME]


def undirected(text: str) -> str:
    """Text without what turns the direction of all that comes after it; scripts keep
    the direction they have.
    """
    return _DIRECTIONS.sub("", text)


def with_true_hosts(text: str) -> str:
    """Text in which behind each web address that may look like another one the host it
    leads to is told: of letters that only look like others, of a name in front of an @.

    >>> with_true_hosts("https://bank.example@evil.example/login")
    'https://bank.example@evil.example/login [evil.example]'
    """
    return _ADDRESS.sub(_with_true_host, text)


def _with_true_host(match):
    address = match.group()
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        true = host.encode("idna").decode()
    except (ValueError, UnicodeError):
        return address
    if parts.username is None and true == host:
        return address
    return f"{address} [{true}]"


def graphemes(text: str) -> int:
    """Characters as people count them (Unicode's extended grapheme clusters): a flag or
    a family is one.
    """
    if text.isascii():
        return len(text) - text.count("\r\n")
    return sum(1 for _cluster in _GRAPHEME.finditer(text))


def html_to_text(html: str) -> str:
    """HTML as plain text: blocks and ``<br>`` become line breaks, links show where they
    lead, pictures what they describe.
    """
    html = clean(html)[:_MAX_HTML]
    if not html.strip():
        return ""
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, recover=True
    )
    try:
        root = etree.fromstring(f"<body>{html}</body>".encode(), parser)
    except (etree.LxmlError, ValueError):
        root = None
    if root is None:
        return clean(re.sub(r"<[^>]*>", " ", html)).strip()
    return _tidy("".join(_pieces(root)))


def _pieces(root):
    skipped = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if event == "end":
            if element is skipped:
                skipped = None
            elif skipped is None:
                yield from _closing(tag, element)
            if skipped is None:
                yield _flowing(element.tail)
        elif skipped is None:
            if tag in _UNSEEN:
                skipped = element
                continue
            yield from _opening(tag, element)


def _opening(tag, element):
    yield _boundary(tag)
    if tag == "br":
        yield "\n"
    if tag == "li":
        yield "- "
    if tag == "img":
        yield _flowing(element.get("alt"))
    yield _flowing(element.text)


def _closing(tag, element):
    if tag == "a":
        yield _target(element)
    if tag in ("td", "th"):
        yield " "
    yield _boundary(tag)


def _boundary(tag):
    if tag in _PARAGRAPHS:
        return _NEW_PARAGRAPH
    return _NEW_LINE if tag in _BLOCKS else ""


def _target(link):
    """What has to be added to a link's text so that a reader sees where it leads."""
    href = (link.get("href") or "").strip()
    shown = "".join(link.itertext()).strip()
    if not href.startswith(("https://", "http://")) or shown[:1] in ("@", "#"):
        return ""
    bare = re.sub(r"^https?://", "", href).rstrip("/")
    if re.sub(r"^https?://", "", shown).rstrip("/") == bare:
        return ""
    return f" ({href})"


def _flowing(text):
    return re.sub(r"\s+", " ", text) if text else ""


def _tidy(text):
    return clean(_GAP.sub(_gap, text)).strip()


def _gap(match):
    gap = match.group()
    breaks = min(gap.count("\n"), 2)
    if _NEW_PARAGRAPH in gap:
        breaks = 2
    elif _NEW_LINE in gap:
        breaks = max(breaks, 1)
    return "\n" * breaks or " "
