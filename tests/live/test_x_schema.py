"""Every request of the adapter for X against X's own description of its API.

The account has signed in: what Prism knows of OAuth 1.0a is that X has it.
"""

import json
from datetime import datetime, timezone

import pytest
import requests
from networks import get
from networks.base import Account, Attachment, Known, NetworkError, Outgoing, Reason

ME = "1111111111111111111"
POST, MESSAGE = {"id": "2080765813578191303"}, {"dm": "2222222222222222222"}
PICTURE = Attachment("a.png", "image/png", b"\x89PNG\r\n\x1a\n", "a parcel")
KNOWN = [Known(str(number), "post", {"id": str(number)}) for number in range(1, 101)]
WALK = {"since_id": "100", "newest": "200", "page": "a-token-of-16-letters"}


def outgoing(to, *pictures):
    now = datetime.now(timezone.utc)
    text = "We are on it: https://example.com"
    return Outgoing("key", text, to, "public", now, "en", pictures)


def account(url):
    session = {"access_token": "a-token", "app_token": "another"}
    hook = "https://odoo.example/social_engagement/webhook/1"
    keys = {"username": "key", "secret": "secret", "external_id": ME}
    return Account(url, session=session, webhook_url=hook, allow_private=True, **keys)


CALLS = {
    "subscribe": lambda x: x.subscribe(),
    "verify": lambda x: x.verify(),
    "mentions": lambda x: x.fetch("mentions", "", {}),
    "mentions, further": lambda x: x.fetch("mentions", "", WALK),
    "mentions, again": lambda x: x.fetch("mentions", "", {"until_id": "150"}),
    "search": lambda x: x.fetch("search", "brand OR #brand", {}),
    "search, further": lambda x: x.fetch("search", "brand", WALK),
    "direct": lambda x: x.fetch("direct", "", {}),
    "direct, further": lambda x: x.fetch("direct", "", WALK),
    "reread": lambda x: x.reread(KNOWN),
    "reply": lambda x: x.reply(outgoing(POST)),
    "reply, pictures": lambda x: x.reply(outgoing(POST, *4 * [PICTURE])),
    "direct reply": lambda x: x.reply(outgoing(MESSAGE)),
    "direct reply, picture": lambda x: x.reply(outgoing(MESSAGE, PICTURE)),
    "find": lambda x: x.find_sent(outgoing(POST)),
    "find a message": lambda x: x.find_sent(outgoing(MESSAGE)),
    "like": lambda x: x.like(POST),
    "unlike": lambda x: x.like(POST, False),
    "hide": lambda x: x.hide(POST),
    "show": lambda x: x.hide(POST, False),
    "withdraw": lambda x: x.withdraw("2080765813578191303"),
    "withdraw a message": lambda x: x.withdraw("dm:2080765813578191303"),
}


@pytest.fixture
def requested(monkeypatch):
    """The requests that went out: method, address, status, and how they violate the
    description.
    """
    seen, send = [], requests.Session.send

    def noted(session, request, **options):
        response = send(session, request, **options)
        violations = json.loads(response.headers.get("sl-violations", "[]"))
        violations = [v for v in violations if v["location"][0] == "request"]
        seen.append((request.method, request.url, response.status_code, violations))
        # what is made up does not keep to X's own pattern of an id
        response._content = response.content.replace(b'"id":"string"', b'"id":"77"')
        return response

    monkeypatch.setattr(requests.Session, "send", noted)
    return seen


@pytest.mark.parametrize("name", CALLS)
def test_conforms(prism, requested, name):
    try:
        CALLS[name](get("x")(account(prism.url)))
    except NetworkError as error:
        # every made-up page says that there is another
        assert error.reason == Reason.UNKNOWN and name.startswith("find")
    assert requested
    for request in requested:
        assert request[2] < 300 and not request[3], request


def test_is_strict(prism):
    """That the check would notice: a wrong request, and one without access."""
    access = {"Authorization": "Bearer a-token"}
    answer = requests.post(
        f"{prism.url}/2/tweets", json={"txet": "hello"}, headers=access, timeout=30
    )
    assert answer.status_code == 422
    answer = requests.post(f"{prism.url}/2/tweets", json={"text": "hello"}, timeout=30)
    assert answer.status_code == 401
