"""The closed list of reasons why a network call failed, in words, with what to do about
each.
"""

import re

from odoo.tools import LazyTranslate

from ..networks.base import UNANSWERABLE, Reason
from ..networks.plaintext import clean

_lt = LazyTranslate(__name__)

# A detail of :mod:`..networks.http`: what failed where, and what was said there.
_TOLD = re.compile(r"HTTP \d{3} from \S+: (?P<said>.+)")

SELECTION = [
    (Reason.AUTHORISATION.value, "Authorisation lost"),
    (Reason.PERMISSION.value, "Permission missing"),
    (Reason.RATE_LIMIT.value, "Rate limit reached"),
    (Reason.BUDGET.value, "Budget used up"),
    (Reason.NOT_FOUND.value, "Not found"),
    (Reason.DUPLICATE.value, "Duplicate"),
    (Reason.TOO_LONG.value, "Too long"),
    (Reason.WINDOW_CLOSED.value, "Answering window closed"),
    (Reason.BLOCKED.value, "Blocked by the author"),
    (Reason.REFUSED.value, "Refused by the network"),
    (Reason.NETWORK.value, "No connection"),
    (Reason.SERVER.value, "The network's server failed"),
    (Reason.BAD_PAYLOAD.value, "Unexpected data"),
    (Reason.UNKNOWN.value, "Unknown failure"),
]

ADVICE = {
    Reason.AUTHORISATION: _lt("The account's access is gone. Connect it again."),
    Reason.PERMISSION: _lt(
        "The account may not do this. Give it the permission on the network, then "
        "connect it again."
    ),
    Reason.RATE_LIMIT: _lt("The network asks to slow down. It is tried again later."),
    Reason.BUDGET: _lt(
        "The channel's budget is used up. Raise it on the channel, under Health, or "
        "wait: reading goes on in the next period."
    ),
    Reason.NOT_FOUND: _lt(
        "The post or address does not exist any more. Open it on the network to check."
    ),
    Reason.DUPLICATE: _lt("The same text stands there already. Change the text."),
    Reason.TOO_LONG: _lt("The network does not take texts this long. Shorten it."),
    Reason.WINDOW_CLOSED: _lt(
        "The time in which the network allows an answer is over. "
        "Use another way to reach the customer."
    ),
    Reason.BLOCKED: _lt(
        "The author does not accept answers from this account. "
        "Use another way to reach the customer."
    ),
    Reason.REFUSED: _lt(
        "A rule of the network forbids this. Change the text, or look on the network "
        "whether the account is restricted."
    ),
    Reason.NETWORK: _lt(
        "The network could not be reached. It is tried again; check the address if "
        "this lasts."
    ),
    Reason.SERVER: _lt("The network itself has a problem. It is tried again."),
    Reason.BAD_PAYLOAD: _lt(
        "What arrived is not what the network promises. Check the address; after an "
        "update of this app, process it again."
    ),
    Reason.UNKNOWN: _lt(
        "Something unexpected happened. Try again; an administrator finds the details "
        "on the record."
    ),
}

UNANSWERABLE_LABELS = {
    "read_only": _lt(
        "This source can only be read. Open the original to answer there."
    ),
    "not_addressed": _lt(
        "The network takes answers only to posts that mention or quote the account. "
        "Open the original to answer there."
    ),
    "closed": _lt(
        "Answers to this post are switched off. Write to the author directly."
    ),
}
assert [value for value, _label in SELECTION] == [r.value for r in Reason]
assert set(ADVICE) == set(Reason) and set(UNANSWERABLE_LABELS) == set(UNANSWERABLE)


def explain(env, reason):
    """What to do about a failure, in the user's language.

    :param reason: a value of :class:`Reason`, or False
    """
    return env._(ADVICE[Reason(reason)]) if reason else ""


def told(detail):
    """What the network itself said of a failure, out of its detail; may be empty."""
    found = _TOLD.match(detail or "")
    return found["said"] if found else ""


def explain_unanswerable(env, reason):
    """Why a post can't be answered and what can be done instead.

    :param reason: a key of UNANSWERABLE, or False
    """
    return env._(UNANSWERABLE_LABELS[reason]) if reason else ""


def storable(detail):
    """What a network or an exception said, fit for a field of a record."""
    return clean(detail)[:500]
