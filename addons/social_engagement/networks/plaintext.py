"""Text as networks deliver it, made fit for people and databases."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import regex
from lxml import etree

MAX_TEXT = 100_000  # characters of one post that are kept
CUT_MARK = " […]"
_MAX_NAME = 256
_MAX_HTML = 1_000_000  # characters that are looked at
# Marks that clean text can't contain.
_NEW_LINE, _NEW_PARAGRAPH = "\x01", "\x02"
_QUOTE, _UNQUOTE = "\x03", "\x04"
_GAP = re.compile("[ \t\n\u00a0\x01\x02]+")
# Two or more letters, figures and underscores (Mastodon's CustomEmoji); no "10:30:".
_SHORTCODE = re.compile(r"(?<!\w):(?=\w*[A-Za-z_])[A-Za-z0-9_]{2,}:(?![A-Za-z0-9_])")
# It begins where a row of gaps does, and nowhere in it: else long rows take the square.
_GAP_IN_QUOTE = re.compile(
    "\x03[ \t\n\u00a0\x01-\x03]+(?:[ \t\n\u00a0\x01\x02\x04]*\x04)?"
    "|(?<![ \t\n\u00a0\x01\x02\x04])[ \t\n\u00a0\x01\x02\x04]+\x04"
)
# An empty quote; empty lines at the edge of a ``<pre>``.
_NOTHING = re.compile("\x03\x04|(?<=\x02)\x05+|(?<!\x05)\x05+(?=\x02)")
# White space of ``<pre>``, which no gap swallows.
_KEPT = {"\n": "\x05", " ": "\x06", "\t": "\x07", "\u00a0": "\x08"}
_KEEP = str.maketrans(_KEPT)
_RESTORE = str.maketrans({mark: space for space, mark in _KEPT.items()})
# The text of a link that says by itself where it leads: a mention, a tag, a subreddit.
_NAMED = re.compile(r"[@#]|/?[ru]/[\w-]+\Z")
_MAX_QUOTES = 5  # quotes in each other that are told apart
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# These turn the text around, and in a name what stands beside it too.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ADDRESS = re.compile(r"\bhttps?://[^\s<>\"]+", re.IGNORECASE)
_GRAPHEME = regex.compile(r"\X")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>|<[!?][^<>]*>")
# What takes the square of its length to be read: attributes, pictures among them.
_LONG_TAG = re.compile(r"(<[^<>]{4000})[^<>]*")
_LONG_DATA = re.compile(r"\bdata:[^\s\"'<>]{500,}", re.IGNORECASE)
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


def without_shortcodes(name: str) -> str:
    """A name without the pictures of its server, which stand in it as ``:fox_2:``. A
    name of nothing else stays, and so do times of day.

    >>> without_shortcodes("Ann :verified: :fox_2:")
    'Ann'
    """
    return " ".join(_SHORTCODE.sub(" ", name).split()) or name


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
    # ``regex`` looks back from each flag to the first one of a row: the square of it
    text = _FLAG.sub("A", text)
    return sum(1 for _cluster in _GRAPHEME.finditer(text))


def html_to_text(html: str, base: str = "") -> str:
    """HTML as plain text: blocks and ``<br>`` become line breaks, links show where they
    lead, pictures what they describe. Each line of a quote begins with ``> ``, lines
    and spaces of ``<pre>`` stay.

    :param base: the address the HTML was found at, which its relative links count from

    >>> html_to_text('<blockquote>a</blockquote>b, <a href="/c">c</a>', "https://d.e")
    '> a\\n\\nb, c (https://d.e/c)'
    """
    html = clean(html)[:_MAX_HTML]
    if not html.strip():
        return ""
    html = _LONG_TAG.sub(r"\1'\"", _LONG_DATA.sub("", html))
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, recover=True
    )
    try:
        root = etree.fromstring(f"<body>{html}</body>".encode(), parser)
    except (etree.LxmlError, ValueError):
        root = None
    if root is None or any(e.level_name == "FATAL" for e in parser.error_log):
        return _tidy("".join(_crude_pieces(html)))  # nested too deep, say
    return _tidy("".join(_pieces(root, base)))


def _crude_pieces(html):
    """The text between tags, whatever they are nested in."""
    at, hidden = 0, ""
    for tag in _TAG.finditer(html):
        name = (tag[2] or "").lower()
        if not hidden:
            yield _flowing(unescape(html[at : tag.start()]))
            yield "\n" if name == "br" else _boundary(name)
            if name in _UNSEEN and not tag[1]:
                hidden = name
        elif name == hidden and tag[1]:
            hidden = ""
        at = tag.end()
    if not hidden:
        yield _flowing(unescape(html[at:]))


def _pieces(root, base):
    skipped, kept = None, 0  # kept: how many <pre> are open
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if event == "end":
            if element is skipped:
                skipped = None
            elif skipped is None:
                kept -= tag == "pre"
                yield from _closing(tag, element, base)
            if skipped is None:
                yield _flowing(element.tail, kept)
        elif skipped is None:
            if tag in _UNSEEN:
                skipped = element
                continue
            kept += tag == "pre"
            yield from _opening(tag, element, kept)


def _opening(tag, element, kept):
    yield _boundary(tag)
    if tag == "blockquote":
        yield _QUOTE
    if tag == "br":
        yield _KEPT["\n"] if kept else "\n"
    if tag == "li":
        yield "- "
    if tag == "img":
        yield _flowing(element.get("alt"))
    yield _flowing(element.text, kept)


def _closing(tag, element, base):
    if tag == "a":
        yield _target(element, base)
    if tag in ("td", "th"):
        yield " "
    if tag == "blockquote":
        yield _UNQUOTE
    yield _boundary(tag)


def _boundary(tag):
    if tag in _PARAGRAPHS:
        return _NEW_PARAGRAPH
    return _NEW_LINE if tag in _BLOCKS else ""


def _target(link, base):
    """What has to be added to a link's text so that a reader sees where it leads."""
    href = absolute(base, link.get("href") or "")
    shown = "".join(link.itertext()).strip()
    if not href.startswith(("https://", "http://")) or _NAMED.match(shown):
        return ""
    if _bare(shown) == _bare(href):
        return ""
    return f" ({href})"


def absolute(base: str, address: str) -> str:
    """An address as seen from the page it stands on; what can't be joined stays as it
    is, and a place on the page itself leads nowhere.
    """
    address = address.strip()
    if not base or not address or address.startswith("#"):
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def _bare(address):
    return re.sub(r"^https?://", "", address).rstrip("/")


def _flowing(text, kept=0):
    text = _CONTROLS.sub("", text or "")
    if kept:
        return text.translate(_KEEP)
    return re.sub(r"\s+", " ", text)


def _tidy(text):
    text = _NOTHING.sub("", _GAP_IN_QUOTE.sub(_without_gap, text))
    text = _GAP.sub(_gap, text).strip().translate(_RESTORE)
    return clean(_quoted(text)).strip("\n").rstrip()


def _without_gap(match):
    return "".join(mark for mark in match.group() if mark in (_QUOTE, _UNQUOTE))


def _quoted(text):
    """Text in which each line between two marks of a quote says that it is one."""
    if _QUOTE not in text:
        return text
    depth, lines = 0, []
    for line in text.split("\n"):
        depth += line.count(_QUOTE)
        bare = line.replace(_QUOTE, "").replace(_UNQUOTE, "")
        lines.append(f"{'> ' * min(depth, _MAX_QUOTES)}{bare}".rstrip())
        depth -= line.count(_UNQUOTE)
    return "\n".join(lines)


def _gap(match):
    gap = match.group()
    breaks = min(gap.count("\n"), 2)
    if _NEW_PARAGRAPH in gap:
        breaks = 2
    elif _NEW_LINE in gap:
        breaks = max(breaks, 1)
    return "\n" * breaks or " "
