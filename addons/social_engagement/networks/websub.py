"""Being told when a feed changes (WebSub, https://www.w3.org/TR/websub/).

What is known of the subscription stands in ``account.session``: ``{"hub", "topic",
"lease_ends" (seconds since 1970; 0: not confirmed yet)}``, or ``{"denied": why}`` when
the hub will not call.
"""

import hashlib
import hmac
import re
import time
from urllib.parse import urljoin

from .base import Account, Call, NetworkError, Reason
from .http import Answer, Client
from .plaintext import one_line

LEASE = 10 * 24 * 3600  # seconds that are asked for; the hub decides
AHEAD = 24 * 3600  # seconds before its end in which a subscription is renewed
LONGEST = 366 * 24 * 3600
_HASHES = {"sha1", "sha256", "sha384", "sha512"}
_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r"""\brel\s*=\s*(?:"([^"]*)"|([^\s;,]+))""", re.IGNORECASE)


def discover(answer: Answer, links) -> tuple[str, str]:
    """A feed's hub and the address the hub knows it by; empty where it names none.

    Headers (RFC 8288) go before what the feed says (section 4).

    :param links: the feed's own, as feedparser gives them
    """
    found = {}
    header = answer.headers.get("Link") or ""
    for target, parameters in _LINK.findall(header[:10_000]):
        rels = _REL.search(parameters)
        _note(found, target, " ".join(filter(None, rels.groups())) if rels else "")
    for link in links:
        _note(found, link.get("href"), link.get("rel"))
    hub, topic = found.get("hub", ""), found.get("self", "")
    try:
        hub, topic = urljoin(answer.url, hub), urljoin(answer.url, topic)
    except ValueError:
        return "", ""
    return (hub, topic) if found.get("hub") else ("", "")


def subscribe(client: Client, account: Account, hub: str, topic: str) -> None:
    """Asks the hub to call; it checks back before it does (section 5.1). Without a hub,
    what is known of an earlier one is forgotten.

    :raises NetworkError: REFUSED, when the secret would not be safe on the way
    """
    if hub and not hub.startswith("https://") and not account.allow_private:
        raise NetworkError(Reason.REFUSED, "secrets are sent by https only")
    if hub and not account.webhook_secret:
        raise NetworkError(Reason.REFUSED, "there is no secret to check calls by")
    asked = {"hub": hub, "topic": topic, "lease_ends": 0} if hub else {}
    account.renew(lambda kept: _without(kept) | asked)
    if not hub:
        return
    form = {
        "hub.mode": "subscribe",
        "hub.topic": topic,
        "hub.callback": account.webhook_url,
        "hub.secret": account.webhook_secret,
        "hub.lease_seconds": str(LEASE),
    }
    client.submit("POST", hub, data=form)


def answer_challenge(account: Account, call: Call) -> str | None:
    """What to answer a hub that checks whether we subscribed (section 5.3), or tells
    that it will not call.

    :raises NetworkError: REFUSED, when we did not
    """
    mode, params = call.params.get("hub.mode"), call.params
    if call.method != "GET" or not mode:
        return None
    topic, challenge = account.session.get("topic"), params.get("hub.challenge")
    if not topic or params.get("hub.topic") != topic:
        raise NetworkError(Reason.REFUSED, "nobody subscribed to this feed")
    if mode == "denied":  # section 5.2; at any time, even after it was confirmed
        reason = one_line(params.get("hub.reason", "")) or "no reason was given"
        account.renew(lambda kept: _without(kept) | {"denied": reason})
        return ""
    if mode != "subscribe" or not challenge:
        raise NetworkError(Reason.REFUSED, "this was not asked for")
    told = params.get("hub.lease_seconds", "")
    lease = min(int(told), LONGEST) if told.isdecimal() and len(told) < 20 else LEASE
    ends = int(time.time()) + lease
    account.renew(lambda kept: {**kept, "lease_ends": ends})
    return challenge


def ends_soon(session: dict) -> bool:
    """Whether a subscription has to be asked for again: it ends, or nobody confirmed
    it.
    """
    return bool(session.get("hub")) and session["lease_ends"] - time.time() < AHEAD


def check_signature(secret: str, call: Call) -> None:
    """Checks ``X-Hub-Signature``: ``method=hex`` of an HMAC of the body (section 7.1).

    :raises NetworkError: REFUSED
    """
    method, _sign, given = call.headers.get("x-hub-signature", "").partition("=")
    if not secret or method not in _HASHES:
        raise NetworkError(Reason.REFUSED, "the call is not signed")
    right = hmac.new(secret.encode(), call.body, getattr(hashlib, method)).hexdigest()
    if not hmac.compare_digest(given.encode("utf-8", "replace"), right.encode()):
        raise NetworkError(Reason.REFUSED, "the call is signed wrongly")


def _without(session):
    known = ("hub", "topic", "lease_ends", "denied")
    return {name: value for name, value in session.items() if name not in known}


def _note(found, target, rels):
    """Keeps the first address of a kind."""
    if isinstance(target, str) and target.strip() and isinstance(rels, str):
        for rel in rels.lower().split():
            found.setdefault(rel, target.strip())
