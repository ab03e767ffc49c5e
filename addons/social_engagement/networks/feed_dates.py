"""Dates as feeds write them: by RFC 822 and ISO 8601, or by whatever else a site's
author came up with, in any language.

feedparser's own reading is not made use of: it takes zones it does not know for UTC,
``2018/02/15`` for a day in December, and gives up half of what is read here.
"""

import re
from datetime import datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_tz
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.parser import isoparse

from .payload import as_epoch

LONGEST = 100  # characters of a date that are read
PATIENCE = 20  # dates of a feed nothing can be made of until only simple ones are tried

# Minutes from UTC. Of names that several zones have, the one most feeds mean; "CST" is
# China's in Chinese feeds.
_ZONES = {
    name: minutes
    for minutes, names in {
        -600: "HST",
        -540: "AKST",
        -480: "PST AKDT",
        -420: "MST PDT",
        -360: "CST MDT",
        -300: "EST CDT COT PET ECT",
        -240: "AST EDT VET CLT BOT",
        -210: "NST",
        -180: "ADT BRT ART CLST UYT",
        -150: "NDT",
        -120: "BRST",
        0: "UT UTC GMT Z WET",
        60: "BST WEST CET MEZ WAT",
        120: "CEST MESZ EET SAST CAT",
        180: "EEST MSK EAT TRT",
        210: "IRST",
        240: "MSD GST SAMT",
        300: "PKT YEKT UZT",
        330: "IST SLST",
        345: "NPT",
        360: "BDT OMST ALMT",
        390: "MMT",
        420: "WIB ICT KRAT",
        480: "AWST HKT SGT MYT PHT WITA IRKT CNST",
        540: "JST KST WIT YAKT",
        570: "ACST",
        600: "AEST VLAT CHST",
        630: "ACDT",
        660: "AEDT",
        720: "NZST",
        780: "NZDT",
    }.items()
    for name in names.split()
}
_REGIONS = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
_COMMENT = re.compile(r"\([^()]*\)")
# At the end, or in front of the year: "Thu Feb 15 11:24:50 CET 2018".
_OFFSET = re.compile(
    r"(?<=[\d\s.])(?:GMT|UTC|UT|Z)?\s*([+-]|\u2212)(\d{1,2}):?(\d\d)?\s*(?=\Z|\s\d{4}\Z)",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?<=[\d\s.])([A-Za-z]{1,5}|[A-Z][a-z]+/[A-Za-z_/+-]{2,40})\.?\s*(?=\Z|\s\d{4}\Z)"
)
_CLOCK = re.compile(r"\d[:.h]\d\d|\d{8}T\d{4}", re.IGNORECASE)
_HALF = re.compile(r"\b[ap]\.?m\b", re.IGNORECASE)
_YEAR_FIRST = re.compile(
    r"(\d{4})([./ -]?)(\d\d?)\2(\d\d?)(?:\D{0,3}?(\d\d?)[:.]?(\d\d)(?:[:.]?(\d\d))?)?"
    r"(?:[.,]\d*)?\Z",
    re.ASCII,
)
_UNCLEAR = re.compile(r"\d\d?[./ -]\d\d?[./ -]\d{2,4}\b", re.ASCII)


class Reader:
    """Reads the dates of one feed.

    :param language: the feed's language tag, such as ``en-GB``: it tells whether
        05/02 is in May
    """

    def __init__(self, language: str = ""):
        self._language = language.replace("_", "-").lower()
        self._given_up = 0

    def moment(self, text: str) -> datetime | None:
        """A date in UTC, or None when it is none. Without a time it is midnight,
        without a zone it is UTC.
        """
        text = " ".join(_COMMENT.sub(" ", text[: 2 * LONGEST]).split())
        if not text or len(text) > LONGEST or not re.search(r"\d", text):
            return None
        hard = self._given_up < PATIENCE
        found = _read(text, self._language, hard)
        self._given_up += not found
        return found


@lru_cache(maxsize=4096)
def _read(text, language, hard):
    if found := _whole(text):
        return found
    if re.search(r"(?<!\d)0\d{3}(?!\d)", _without_clock(text)):
        return None  # the year 1, which others take for 2001
    text, days = _midnight(text)
    rest, zone = _without_zone(text, language)
    readers = [_in_a_row, _iso, _mail, _by_numbers]
    if hard:
        readers.append(lambda said: _in_words(said, language))
    naive = next(filter(None, (read(rest) for read in readers)), None)
    if not naive:
        return None
    try:
        moment = naive.replace(tzinfo=zone) + timedelta(days=days)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def _whole(text):
    """ISO 8601 with its zone, or seconds or milliseconds since 1970."""
    if re.fullmatch(r"\d{9,10}(\.\d+)?|\d{13}", text, re.ASCII):
        seconds = float(text)
        return as_epoch(seconds / 1000 if len(text) == 13 else seconds)
    try:
        moment = isoparse(text)
        return moment.astimezone(timezone.utc) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _without_clock(text):
    return re.sub(r"[+-]\d{4}\b|\d[\d.]*:[\d:.]*|T\d+", " ", text)


def _midnight(text):
    """The end of a day is the beginning of the next one, a leap second the one before
    it. Gives the days to add, too.
    """
    text = re.sub(r"(:\d\d):60\b", r"\1:59", text)
    text = re.sub(r"(\d{4}):(\d\d:\d\d)", r"\1 \2", text)  # 15/Feb/2018:11:24
    changed = re.sub(r"(?<![\d:])24:00(:00)?\b", "00:00", text)
    return changed, int(changed != text)


def _without_zone(text, language) -> tuple[str, tzinfo]:
    """A date without its zone, and the zone; only a time of day has one."""
    if not _CLOCK.search(text):
        return text, timezone.utc
    if match := _OFFSET.search(text):
        sign, hours, minutes = match.groups()
        offset = int(hours) * 60 + int(minutes or 0)
        if offset < 24 * 60:
            offset = offset if sign == "+" else -offset
            return _cut(text, match), timezone(timedelta(minutes=offset))
    match = _NAME.search(text)
    if match and (zone := _named(match[1], language)):
        return _cut(text, match), zone
    return text, timezone.utc


def _cut(text, match):
    return f"{text[: match.start()]} {text[match.end() :]}".strip()


def _named(name, language) -> tzinfo | None:
    if name.upper() == "CST" and language.startswith("zh"):
        name = "CNST"
    if name.upper() in _ZONES:
        return timezone(timedelta(minutes=_ZONES[name.upper()]))
    if "/" not in name and name not in _REGIONS:
        return timezone.utc if name.isupper() and len(name) > 2 else None
    try:
        return ZoneInfo(_REGIONS.get(name, name))
    except (KeyError, ValueError, OSError):
        return timezone.utc


def _in_a_row(text):
    """20180215112450"""
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S") if len(text) == 14 else None
    except ValueError:
        return None


def _iso(text):
    try:
        return isoparse(text).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _mail(text):
    """By RFC 822 and what mail programs make of it."""
    if _HALF.search(text):
        return None
    try:
        told = parsedate_tz(text)
        return datetime(*told[:6]) if told else None
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _by_numbers(text):
    """2018/02/15 11:24"""
    match = _YEAR_FIRST.match(text)
    if not match:
        return None
    year, _separator, *rest = match.groups()
    try:
        return datetime(int(year), *(int(part or 0) for part in rest))
    except ValueError:
        return None


def _in_words(text, language):
    """A date in words of any language, or by numbers in any order."""
    import dateparser  # it takes a second to load, and most feeds do without

    settings = {
        "PARSERS": ["absolute-time"],  # not "yesterday": that is another day tomorrow
        "STRICT_PARSING": True,  # a day, a month and a year
        "RETURN_AS_TIMEZONE_AWARE": False,
    }
    if _UNCLEAR.search(text):
        settings["DATE_ORDER"] = _order(text, language)
    known = language.partition("-")[0]
    for languages in ([known], None) if len(known) == 2 else (None,):
        try:
            found = dateparser.parse(text, languages=languages, settings=settings)
        except Exception:  # a language it does not know; it fails in many ways
            continue
        if found:
            return found.replace(tzinfo=None)
    return None


def _order(text, language):
    """Whether a month or a day comes first, where both can be."""
    if "/" not in text:
        return "DMY"
    american = ("", "en", "en-us", "en-ph", "es-us")
    is_british = language.startswith("en-") and language not in american
    if language in american or (_HALF.search(text) and not is_british):
        return "MDY"
    return "DMY"
