"""What a call brings along, of the type it has to be: anybody can send anything."""

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.http import request

LARGEST = 2**31 - 1  # number of a record
LONGEST = 200  # characters of what names something


def text(name, value, longest=None):
    """:raises ValidationError: no text, or too long"""
    if not isinstance(value, str) or longest and not 0 < len(value) <= longest:
        raise _unusable(name)
    return value


def named(name, value):
    """What names something: short, and storable.

    :raises ValidationError: else
    """
    if not text(name, value, LONGEST).isprintable():
        raise _unusable(name)
    return value


def number(name, value, least=1):
    """A record's number.

    :raises ValidationError: none
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise _unusable(name)
    if not least <= value <= LARGEST:
        raise _unusable(name)
    return value


def numbers(name, values):
    """:raises ValidationError: no list of records' numbers"""
    if not isinstance(values, list | tuple):
        raise _unusable(name)
    return [number(name, value) for value in values]


def flag(name, value):
    """:raises ValidationError: neither true, false nor nothing"""
    if value not in (True, False, None):
        raise _unusable(name)
    return bool(value)


def moment(name, value):
    """Naive, in UTC; None: no moment.

    :raises ValidationError: not "YYYY-MM-DD HH:MM:SS"
    """
    if value is None:
        return None
    try:
        return fields.Datetime.to_datetime(text(name, value) or None)
    except ValueError:
        raise _unusable(name) from None


def _unusable(name):
    return ValidationError(
        request.env._("The server can't make sense of “%(name)s” in a call.", name=name)
    )
