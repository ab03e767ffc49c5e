"""What X calls us with: events of its Activity API.

Shapes are from https://docs.x.com/x-api/activity/event-payloads, the two checks from
https://docs.x.com/x-api/webhooks/introduction and /quickstart.
"""

import base64
import hashlib
import hmac
import json
import math
import re
from datetime import datetime, timezone
from typing import Any

from .base import BadPayload, Call, Event, NetworkError, Reason
from .payload import Fields, as_id
from .x_posts import message_item, part, post_item

SIGNATURE = "x-twitter-webhooks-signature"
# What to be told, as far as it has to be asked for. A revoked access is told unasked.
EVENTS = (
    "post.mention.create",
    "post.reply.create",
    "post.quote.create",
    "post.delete",
    "dm.received",
)
# X signs with the same secret: an answer to a challenge that is a call's body would be
# the signature of a forged call. A body is JSON and has other characters than these.
_CHALLENGE = re.compile(r"[A-Za-z0-9+/=_-]{1,256}")


def answer_challenge(call: Call, secret: str) -> str | None:
    """The answer to a challenge-response check (CRC), or None when it is none.

    :raises NetworkError: REFUSED
    """
    token = call.params.get("crc_token")
    if call.method != "GET" or token is None:
        return None
    if not secret or not _CHALLENGE.fullmatch(token):
        raise NetworkError(Reason.REFUSED, "a challenge that can't be answered")
    return json.dumps({"response_token": _signature(token.encode(), secret)})


def check_signature(call: Call, secret: str) -> None:
    """Compares the signature of a call with that of the app's secret.

    :raises NetworkError: REFUSED
    """
    if not secret:
        raise NetworkError(Reason.REFUSED, "no secret to check calls by")
    given = call.headers.get(SIGNATURE, "").encode()
    if not hmac.compare_digest(given, _signature(call.body, secret).encode()):
        raise NetworkError(Reason.REFUSED, "the call is not signed by X")


def events(body: bytes) -> list[Event]:
    """What a call tells: one event, or several in a list.

    :raises BadPayload: it is not of the documented form
    """
    try:
        data = json.loads(body, parse_constant=lambda name: None, parse_float=_finite)[
            "data"
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadPayload("the call is not an event") from None
    told = data if isinstance(data, list) else [data]
    return [event for one in told for event in _events(Fields(one, "data"))]


def _signature(body, secret):
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return "sha256=" + base64.b64encode(digest).decode()


def _events(fields):
    kind = fields.line("event_type")
    account = part(fields, "filter").id("user_id", "")
    payload = fields.get("payload")
    if kind == "oauth.revoke":
        return [Event("revoked", fields.child("payload").id("user_id"))]
    if kind == "post.delete":
        number = fields.child("payload").id("id")
        return [Event("gone", account, external_id=number)]
    if kind == "dm.received":
        return [Event("item", account, item) for item in _messages(payload, account)]
    if kind in EVENTS:
        return [_post_event(kind, payload, fields.get("includes"), account)]
    return []


def _post_event(kind, post, includes, account):
    item = post_item(post, includes, account)
    if kind == "post.reply.create" and not item.payload["author"]:
        # Polling finds direct replies, and tells who wrote them.
        return Event("nudge", account, feed="mentions")
    if kind == "post.quote.create":  # says itself whose post was quoted
        for reference in item.payload["referenced"]:
            if reference["type"] == "quoted":
                reference["author_id"] = account
    return Event("item", account, item)


def _messages(payload, account):
    """Direct messages come in the form of the API before the present one: brought into
    that of polling.
    """
    fields = Fields(payload, "payload")
    known = fields.get("users")
    known = known.values() if isinstance(known, dict) else ()
    users = [u.get("data", u) for u in known if isinstance(u, dict)]
    for event in fields.children("direct_message_events"):
        message, media = _message(event, account)
        yield message_item(message, {"users": users, "media": media}, account)


def _message(event, account):
    created = part(event, "message_create")
    content = part(created, "message_data")
    sender = created.id("sender_id", "")
    attached = part(content, "attachment")
    media = [_media(attached.child("media"))] if attached.has("media") else []
    message = {
        "id": event.id("id", ""),
        "event_type": "MessageCreate",
        "text": content.get("text"),
        "created_at": _moment(event.get("created_timestamp")),
        "sender_id": sender,
        "dm_conversation_id": _conversation(sender, account),
        "entities": content.get("entities"),
        "attachments": {"media_keys": [m["media_key"] for m in media]},
    }
    return message, media


def _media(media):
    return {
        "media_key": media.id("id_str", "") or media.id("id", ""),
        "type": media.line("type", ""),
        "url": media.url("media_url_https"),
    }


def _conversation(sender, account):
    """The id X gives to a conversation of two: both ids, the smaller first."""
    pair = sorted(filter(str.isdigit, (sender, account)), key=int)
    return "-".join(pair) if len(pair) == 2 else None


def _finite(text):
    number = float(text)
    return number if math.isfinite(number) else None


def _moment(milliseconds: Any):
    text = as_id(milliseconds)
    if not text.isdecimal() or len(text) > 14:
        return None
    moment = datetime.fromtimestamp(int(text) / 1000, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
