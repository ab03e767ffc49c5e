"""What every part of the analysis does to a text first: bound it, clean it, cut it up.

Nothing here raises on bad input: lone surrogates, marks stacked on marks, directional
marks and 100,000 characters all come out as something short and plain.
"""

import re
import unicodedata
from functools import lru_cache

#: Characters looked at. Longer posts are judged by their beginning and their end.
MAX_CHARS = 2000
#: Tokens looked at after cutting up.
MAX_TOKENS = 500
#: Texts whose cleaned forms are kept.
RECENT = 16

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\u00ad\u061c\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u20d0-\u20ff]{2,}")
_COMBINING = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u0640"
    "\u06d6-\u06dc\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f]+"
)
_URL = re.compile(
    r"(?:https?:?(?://)?|www\.)\S*|\b[\w-]+\.(?:com|net|org|de|fr|es|it|ly|co)(?:/\S*)?\b",
    re.IGNORECASE,
)
_MAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,255}\.[\w.-]{2,63}")
_NAME = re.compile(r"(?<![\w@])[@＠][\w.-]+(?:@[\w.-]+)?")
_RETWEET = re.compile(r"^\s*(?:RT|MT)\b[\s:]*", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
#: What ends a clause, in any script.
CLAUSE_END = frozenset(".,;:!?…。，；！？،؛؟।")

# Others' words in a post: from here to its end …
_REPOST = re.compile(r"//\s?[@＠][^\s:：]{1,60}[:：]|(?<=\s)(?:RT|MT)\s?[@＠]\w")
_MAIL_ABOVE = re.compile(
    r"^[ \t]*(?:-{2,}\s?(?:original|forwarded|urspr|weiter|message|mensaje|messaggio|"
    r"mensagem|oorspronk|转发|原始|رسالة).{0,60}"
    r"|(?:on|am|le|el|il|em|op|在|于|في)\b.{4,120}"
    r"(?:wrote|schrieb|a écrit|escribió|escribio|ha scritto|escreveu|schreef|写道|كتب)"
    r".{0,80}[:：]\s*)$",
    re.IGNORECASE | re.MULTILINE,
)
# … and of a line.
_OTHERS = frozenset(">»┃│")
_QUOTED_LINE = re.compile(r"^[ \t]*(?:>|&gt;|»|┃|│).*$", re.MULTILINE)
_ENTITY = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'"}
_ENTITIES = re.compile("|".join(_ENTITY))

_TOKEN = re.compile(
    r"(?:[<>}\]]?[:;=8xX][-o*']?[)\](\[dDpP/\\}{@|3*]|[)\](\[dDpP\\][-o*']?[:;=]|(?<!<)<+/?3+"
    r"|\^[_.-]?\^|[-~oO;>][_.][-~oO;<])(?![A-Za-z0-9])"
    r"|[\u0900-\u0963\u0966-\u097f\u200d]+"  # vowel signs are no letters to Python
    r"|[^\W_]+(?:['’][^\W_]+)*"
    r"|[!?¡¿！？؟]+|\.{2,}|…+|[.,;:。，；：、،؛।]"
    r"|[\u2190-\u2bff\U0001f000-\U0001faff]"
)
_WORD_START = re.compile(r"[^\W\d_]")


def plain(text):
    """The text bounded to `MAX_CHARS`, without control characters and stacked marks.

    :param text: anything; what is no string counts as empty
    :return: str
    """
    return _plain(text) if isinstance(text, str) else ""


# The parts of the analysis each ask for the same forms of the same text: the last few
# are kept.
@lru_cache(maxsize=RECENT)
def _plain(text):
    if len(text) > MAX_CHARS:
        half = MAX_CHARS // 2
        text = f"{text[:half]} {text[-half:]}"
    text = _CONTROL.sub("", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _MARKS.sub("", text))
    if "&" in text:
        text = _ENTITIES.sub(lambda match: _ENTITY[match.group()], text)
    return text


@lru_cache(maxsize=RECENT)
def without_addresses(text):
    """`plain` text without links, mail addresses, @names and retweet marks."""
    text = _URL.sub(" ", _MAIL.sub(" ", text))
    text = _NAME.sub(" ", _RETWEET.sub("", text))
    return _SPACE.sub(" ", text).strip()


@lru_cache(maxsize=RECENT)
def links(text):
    """Number of links in the text."""
    return len(_URL.findall(text))


@lru_cache(maxsize=RECENT)
def own(text):
    """What of a `plain` text its author says: no quoted lines, reposts, mails below.

    A post that consists of others' words alone gives an empty text, one that is passed
    on whole ("RT @name: …") itself: who repeats it has nothing else to say.
    """
    if not _OTHERS.isdisjoint(text):
        text = _QUOTED_LINE.sub("", text)
    if "//" in text or "RT" in text or "MT" in text:
        found = _REPOST.search(text)
        text = text[: found.start()] if found else text
    if "\n" in text:
        found = _MAIL_ABOVE.search(text)
        text = text[: found.start()] if found else text
    return text.strip()


def names(text):
    """The @names in the text, in order, as written."""
    return _NAME.findall(text)


def shared(text):
    """Whether the text passes on another's post, as "RT @name: …" does."""
    return bool(_RETWEET.match(text or ""))


def starts_with_name(text):
    """Whether the text begins by addressing an @name."""
    return bool(_NAME.match(text.lstrip(" .\"'“¿¡")))


def lowered(text):
    """Lower case, each letter in one spelling; accents tell words apart and stay."""
    text = text.lower()
    if text.isascii():
        return text
    text = text.replace("ß", "ss").replace("’", "'").replace("ı", "i")
    return _COMBINING.sub("", unicodedata.normalize("NFKC", text))


def fold(text):
    """`lowered` without accents: people leave them out when they are in a hurry."""
    text = lowered(text)
    if text.isascii():
        return text
    return _COMBINING.sub("", unicodedata.normalize("NFKD", text))


def tokens(text):
    """Words, emoticons, emoji and sentence marks of a cleaned text, as written."""
    return _TOKEN.findall(text)[:MAX_TOKENS]


def is_word(token):
    """Whether a token starts with a letter of any script."""
    return bool(_WORD_START.match(token))


@lru_cache(maxsize=20_000)
def unstretched(word):
    """Spellings to try for a stretched word: "suuuper" gives "suuper" and "super"."""
    if not re.search(r"(.)\1\1", word):
        return ()
    return tuple(re.sub(r"(.)\1{2,}", shape, word) for shape in (r"\1\1", r"\1"))
