"""When a failed call to a network is tried again."""

from datetime import timedelta

from odoo import fields

TRIES = 6
FIRST_PAUSE = 30  # seconds, doubled each time
LONGEST_PAUSE = 3600  # seconds, whatever the network asks for


def next_try(error, attempts):
    """The moment (naive, UTC) of the next try after a failure; None when there is none.

    :param error: :class:`NetworkError`
    :param attempts: how many there were, this one among them
    """
    if not error.temporary or attempts >= TRIES:
        return None
    pause = error.retry_after or FIRST_PAUSE * 2 ** (attempts - 1)
    return fields.Datetime.now() + timedelta(seconds=min(pause, LONGEST_PAUSE))
