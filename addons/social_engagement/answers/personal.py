"""Data about a person in a text that everybody can read."""

import re
from dataclasses import dataclass

from ..identity import phones

MAX_CHARS = 20_000  # of a text that are looked at

_EMAIL = re.compile(
    r"(?<![\w.@+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@])"
)
# Two letters, two digits, then groups (ISO 13616); what follows may look like one more.
_IBAN = re.compile(r"\b[a-z]{2}\d{2}(?:[ -]?[a-z\d]){11,40}", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w/.-])\d(?:[ -]?\d){12,24}")
_ORDER = re.compile(
    r"(?:\b(?:order|invoice|customer|tracking|bestell\w*|auftrag\w*|rechnung\w*"
    r"|kunden\w*|sendung\w*|commande|facture|client|colis|pedido|factura|cliente"
    r"|env[ií]o)\b|订单|发票|客户|运单)"
    r"(?:\W{0,3}(?:n[oºr]?\b|number|nummer|num[eé]ro|número|id|号码?|编号))?"
    r"[\s:#.№°-]{0,4}([A-Z]{0,4}[-/]?\d[\d/-]{4,24})",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[ -]")
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Found:
    """Something of a person in a text. ``kind``: iban, card, email, phone or order."""

    kind: str
    text: str


def personal_data(text, own=(), countries=()):
    """What a text tells of a person, in the order of :data:`KINDS`; each place once.

    Bank accounts and cards count only when their check digits are right (ISO 13616, and
    Luhn's, ISO/IEC 7812); what stands in a web address does not count.

    :param own: the company's own e-mail addresses and phone numbers, which may be told
    :param countries: where the customer may be, see :func:`..identity.phones.find`
    :return: list of :class:`Found`
    """
    rest = _ADDRESS.sub(" ", text[:MAX_CHARS])
    own = {_bare(known) for known in own if known}
    found = []
    for kind, pattern, part in KINDS:
        for match in reversed(list(pattern.finditer(rest))):
            said = part(match[1] if pattern.groups else match.group())
            if not said:
                continue
            start = rest.index(said, match.start())
            rest = rest[:start] + " " * len(said) + rest[start + len(said) :]
            if _bare(said) not in own:
                found.append(Found(kind, said.strip()))
    numbers = [said for _start, said in reversed(phones.find(rest, countries))]
    return found + [Found("phone", said) for said in numbers if _bare(said) not in own]


def _iban(text):
    """The bank account a text begins with, or ""."""
    return next(filter(_is_iban, _beginnings(text)), "")


def _card(text):
    return next(filter(_is_card, _beginnings(text)), "")


def _beginnings(text):
    """A text, and what is left of it when groups at its end are cut off."""
    yield text
    for separator in reversed(list(_SEPARATOR.finditer(text))):
        yield text[: separator.start()]


def _is_iban(text):
    text = _SEPARATOR.sub("", text)
    if not 15 <= len(text) <= 34 or not text.isascii():
        return False
    digits = "".join(str(int(character, 36)) for character in text[4:] + text[:4])
    return int(digits) % 97 == 1


def _is_card(text):
    digits = [int(character) for character in _SEPARATOR.sub("", text)]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _all(text):
    return text


def _bare(text):
    """Addresses and numbers as they are compared: of numbers the end, since +49 30 …
    and 030 … are the same.
    """
    if "@" in text:
        return text.strip().lower()
    return re.sub(r"\D", "", text)[-7:]


#: Kind, where it may stand, and what of that is one; the surest first. Phone numbers
#: are what is left.
KINDS = (
    ("iban", _IBAN, _iban),
    ("card", _CARD, _card),
    ("email", _EMAIL, _all),
    ("order", _ORDER, _all),
)
