"""Data about a person in a text that everybody can read."""

import re
from dataclasses import dataclass

from stdnum import luhn

from ..identity import phones
from .bank import is_iban

MAX_CHARS = 20_000  # of a text that are looked at

_EMAIL = re.compile(
    r"(?<![\w.@+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@])"
)
# Two letters, two digits, then groups (ISO 13616); what follows may look like one more.
_IBAN = re.compile(r"\b[a-z]{2}\d{2}(?:[ -]?[a-z\d]){11,40}", re.IGNORECASE)
_CARD = re.compile(r"(?<![\w/.-])\d(?:[ -]?\d){12,24}")
# Things that have numbers of their own.
_THINGS = (
    r"\b(?:order|invoice|customer|tracking|shipment|parcel|package|reference|ref"
    r"|ticket|case|contract|serial|imei|iccid|ean|isbn|article|item"
    r"|bestell\w*|auftrag\w*|rechnung\w*|kunden\w*|sendung\w*|paket\w*|trackingn\w*"
    r"|vertrag\w*|artikel\w*|serienn\w*|vorgang\w*|commande|facture|client|colis|suivi"
    r"|envoi|contrat|référence|dossier|pedido|factura|cliente|env[ií]o|seguimiento"
    r"|contrato|referencia|paquete|encomenda|fatura|rastreio|rastreamento|ordine"
    r"|fattura|spedizione|bestelling|factuur|zending|zamówieni\w*|przesyłk\w*)\b"
    r"|订单|发票|客户|运单|快递|单号|序列"
)
_NUMBER = r"(?:n[oºr]?\b|number|nummer|num[eé]ro|número|code|nr|id|号码?|编号)"
_ORDER = re.compile(
    rf"(?:{_THINGS})(?:\W{{0,3}}{_NUMBER})?"
    r"[\s:#.№°-]{0,4}([A-Z]{0,4}[-/]?\d(?:[\d/-]{4,24}|\d{2,4}(?: \d{2,5}){1,6}))",
    re.IGNORECASE,
)
# What stands around a number says what it is: "tracking number 4…", "4… is your order".
_LINK = (
    r"(?:is|are|was|reads|lautet|ist|war|est|était|es|era|[ée]|为|是|your|the|our|my|ihre?"
    r"|deine?|die|der|das|la|le|votre|su|tu|el|a|o|sua|seu|number|nummer"
    r"|num[eé]ro|número)"
)
_NAMED_BEFORE = re.compile(
    rf"(?:{_THINGS})(?:\W{{0,3}}{_NUMBER})?(?:\W{{1,3}}{_LINK}\b){{0,2}}[\s:#.№°(“\"'-]{{0,5}}$",
    re.IGNORECASE,
)
_NAMED_AFTER = re.compile(
    rf"[\s,:(–—-]{{0,4}}(?:{_LINK}\b\s{{1,3}}){{1,3}}(?:{_THINGS})", re.IGNORECASE
)
_NEAR = 60  # characters before and after a number that are looked at
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
    Luhn's, ISO/IEC 7812); cards only in the ranges and lengths their networks give out,
    and not where the words around name an order or something like it. What stands in a
    web address does not count.

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
            named = kind == "card" and _is_named(rest, match.start(), said)
            start = rest.index(said, match.start())
            rest = rest[:start] + " " * len(said) + rest[start + len(said) :]
            if _bare(said) not in own:
                found.append(Found("order" if named else kind, said.strip()))
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
    # Of each country's own length and form: not every code with right check digits.
    return text.isascii() and is_iban(_SEPARATOR.sub("", text))


def _is_card(text):
    digits = _SEPARATOR.sub("", text)
    if len(set(digits)) == 1 or not luhn.is_valid(digits):
        return False
    return any(
        first <= int(digits[: len(str(first))]) <= last and len(digits) in lengths
        for first, last, lengths in CARDS
    )


def _is_named(text, start, said):
    """Whether the words around a number say that it is of an order or the like."""
    before = text[max(0, start - _NEAR) : start]
    after = text[start + len(said) :][:_NEAR]
    return bool(_NAMED_BEFORE.search(before) or _NAMED_AFTER.match(after))


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

#: The first digits of cards, from–to, and how long they can be (ISO/IEC 7812): as Visa,
#: Mastercard, American Express, Discover, Diners Club, JCB, UnionPay, Maestro, Mir,
#: RuPay, Verve, Troy and Elo give them out; see the table of
#: https://en.wikipedia.org/wiki/Payment_card_number
CARDS = (
    (4, 4, {13, 16, 19}),
    (51, 55, {16}),
    (2221, 2720, {16}),
    (34, 34, {15}),
    (37, 37, {15}),
    (6011, 6011, range(16, 20)),
    (644, 649, range(16, 20)),
    (65, 65, range(16, 20)),
    (300, 305, range(14, 20)),
    (3095, 3095, range(14, 20)),
    (36, 36, range(14, 20)),
    (38, 39, range(14, 20)),
    (3528, 3589, range(16, 20)),
    (62, 62, range(16, 20)),
    (81, 82, range(16, 20)),
    (5018, 5018, range(13, 20)),
    (5020, 5020, range(13, 20)),
    (5038, 5038, range(13, 20)),
    (5893, 5893, range(13, 20)),
    (6304, 6304, range(13, 20)),
    (6759, 6763, range(13, 20)),
    (676770, 676774, range(13, 20)),
    (2200, 2205, range(16, 20)),
    (508, 508, {16}),
    (606985, 608500, {16}),
    (506099, 506198, {16, 18, 19}),
    (507865, 507964, {16, 18, 19}),
    (9792, 9792, {16}),
    (5067, 5067, {16}),
    (6362, 6363, {16}),
)
