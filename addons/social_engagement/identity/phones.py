"""Phone numbers in what people write, told from dates, versions and other numbers."""

import re

import phonenumbers

#: Digits of the shortest and the longest number (ITU-T E.164).
DIGITS = (7, 15)
_SOME = re.compile(r"\d(?:[\s()./-]{0,3}\d){6}")
MOST_TRIES = 100  # places of a text the numbering plan of a country is asked about

# Scripts without spaces stand right beside a number.
_BEFORE = r"(?<!\d )(?<![0-9A-Za-zÀ-ɏ_/.,@-])"
_AFTER = r"(?![0-9A-Za-zÀ-ɏ_@])(?![.,/-]\d)"
# With a sign of its own: an international or trunk prefix, an area code in brackets.
_MARKED = r"(?:\+|00?|\()\d[\d ()./-]{5,22}\d"
# Forms so common that they are known without the country: Chinese mobile phones, and
# North American numbers in their usual groups. The numbering plan has the last word.
_PLAIN = {
    "CN": r"1[3-9]\d(?P<s>[ -]?)\d{4}(?P=s)\d{4}",
    "US": r"(?:1[-. ])?\(?[2-9]\d\d\)?[-. ][2-9]\d\d[-. ]\d{4}",
}
_PLACES = re.compile(
    f"{_BEFORE}(?:(?P<marked>{_MARKED})|"
    + "|".join(f"(?P<{country}>{form})" for country, form in _PLAIN.items())
    + f"){_AFTER}"
)
_DAY = r"(?:\d{1,2}([./-])\d{1,2}\%d(?:\d{4}|\d{2})|\d{4}([./-])\d{1,2}\%d\d{1,2})"
# One, or what begins with one: "01.03.2026 - 15.03", "01.03.2026 10".
_DATE = re.compile(
    rf"\(?{_DAY % (1, 2)}\)?(?:[ /-]+(?:{_DAY % (3, 4)}|[\d./]{{1,6}}))?[ ().]*"
)


def find(text: str, countries: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    """The phone numbers of a text, each with where it begins.

    :param countries: ISO 3166 codes of where the author may be: numbers are known there
        without a prefix
    """
    if not _SOME.search(text):
        return []
    found = {}
    for match in _PLACES.finditer(text):
        said = match.group().strip()
        country = next((c for c in _PLAIN if match[c]), None)
        if _is_date(said) or not _has_length(said):
            continue
        if country is None or _is_valid(said, country):
            found[match.start()] = said
    for country in countries:
        for match in _by_plan(text, country):
            taken = any(
                start < match.end and match.start < start + len(said)
                for start, said in found.items()
            )
            if not taken and not _is_date(match.raw_string):
                found[match.start] = match.raw_string
    return sorted(found.items())


def _by_plan(text, country):
    if country not in phonenumbers.SUPPORTED_REGIONS:
        return ()
    return phonenumbers.PhoneNumberMatcher(
        text, country, leniency=phonenumbers.Leniency.VALID, max_tries=MOST_TRIES
    )


def _is_valid(said, country):
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(said, country))
    except phonenumbers.NumberParseException:
        return False


def _has_length(said):
    fewest, most = DIGITS
    return fewest <= sum(character.isdigit() for character in said) <= most


def _is_date(said):
    """Whether it is a date, or two of them: 01.03.2026, 2026-03-01 - 2026-03-15."""
    return bool(_DATE.fullmatch(said.strip()))
