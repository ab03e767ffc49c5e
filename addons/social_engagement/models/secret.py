"""Fields that no template reads, whoever it is rendered as: who writes templates of
mails may call ``sudo()`` in them, and is not one of those who may read secrets.
"""

import threading
from contextlib import contextmanager

from odoo import fields
from odoo.exceptions import AccessError

_thread = threading.local()


@contextmanager
def secrets_hidden():
    """While this lasts, secrets read as empty in this thread."""
    before = are_hidden()
    _thread.hidden = True
    try:
        yield
    finally:
        _thread.hidden = before


def are_hidden():
    """Whether a template is being rendered."""
    return getattr(_thread, "hidden", False)


class _Secret:
    """Of a field, what hides it. It is read on its own, so that reading other fields
    never touches it.
    """

    prefetch = False

    def __get__(self, record, owner=None):
        if record is not None and are_hidden():
            return False
        return super().__get__(record, owner)

    def to_sql(self, model, alias):
        if are_hidden():  # searched or grouped by: it could be guessed bit by bit
            raise AccessError(model.env._("Templates can't read “%s”.", self.name))
        return super().to_sql(model, alias)


class SecretChar(_Secret, fields.Char):
    pass


class SecretText(_Secret, fields.Text):
    pass
