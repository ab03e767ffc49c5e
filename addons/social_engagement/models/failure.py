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

# While an account is being connected nothing was lost yet: what can be wrong is what
# was entered, or what was agreed to on the network's page.
CONNECTING = {
    Reason.AUTHORISATION: _lt(
        "%(network)s rejected these credentials. Check: %(named)s."
    ),
    Reason.PERMISSION: _lt(
        "The account lacks a permission. Grant it on %(network)s, then try again."
    ),
    Reason.NOT_FOUND: _lt("There is nothing at this address. Check: %(named)s."),
    Reason.NETWORK: _lt(
        "The server can't be reached. Check that Odoo has internet access and, if you "
        "entered an address, that it is correct."
    ),
    Reason.SERVER: _lt("%(network)s has a problem of its own. Try again later."),
    Reason.RATE_LIMIT: _lt("There were too many requests. Try again in a few minutes."),
    Reason.BAD_PAYLOAD: _lt(
        "The server replied with something unexpected. Check: %(named)s."
    ),
    Reason.REFUSED: _lt("%(network)s refused this. Check: %(named)s."),
}
SIGNING_IN = {
    Reason.AUTHORISATION: _lt(
        "%(network)s rejected the sign-in. Check: %(named)s. Then sign in again."
    ),
    Reason.PERMISSION: _lt(
        "%(network)s didn't grant access. Sign in again and allow everything it asks "
        "for."
    ),
    Reason.NOT_FOUND: _lt(
        "No account was found. Sign in as somebody who manages it, and select it when "
        "%(network)s asks."
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


def not_connected(env, error, network, named, signs_in=False):
    """Why an account could not be connected, and what to do, in words.

    :param error: :class:`NetworkError`
    :param network: the network's name
    :param named: what was entered: “Handle, App Password”
    :param signs_in: whether on the network's page, not with what was entered
    """
    texts = ADVICE | CONNECTING | (SIGNING_IN if signs_in else {})
    advice = env._(texts[error.reason])
    advice %= {"network": network, "named": named}
    said = env._("%(network)s could not be connected.", network=network)
    detail = error.detail and f"({error.detail})"
    return " ".join(filter(None, [said, advice, detail]))


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
