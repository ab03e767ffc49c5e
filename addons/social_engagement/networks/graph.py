"""What Facebook and Instagram have in common: Meta's Graph API, by the access token of
a page.

Signing in goes by Facebook Login: code → token of the person → long-lived token (about
60 days) → token of the chosen page, which has no end of its own. Every call carries
``appsecret_proof``. Facts are from https://developers.facebook.com/docs (Graph API
"Handling Errors", "Secure Graph API Calls", "Batch Requests", "Webhooks", Facebook
Login "Manually Build a Login Flow", "Long-Lived Access Tokens", "Data Deletion Request
Callback", Messenger "Common Error Codes"). Nothing of this was tried live.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import urlencode

from .base import (
    Account,
    BadPayload,
    Call,
    Credential,
    Event,
    Finding,
    Identity,
    NetworkError,
    Reason,
)
from .graph_nodes import node, read_all
from .http import Client, checked_json
from .oauth import OAuth, SignsIn
from .payload import Fields, as_id, digest

VERSION = "v25.0"
AHEAD = timedelta(days=7)  # before its end in which a token is renewed
BATCH = 50  # the most calls one batch takes
_CHALLENGE = re.compile(r"[\w.-]{1,200}", re.ASCII)

_RATE_LIMITS = {4, 17, 32, 341, 613} | set(range(80000, 80015))
_NOT_FOUND = {"100/33", "100/2018001", "100/2534014"}
_WINDOW = {"2018278", "2018109", "2018108", "2534022"}  # subcodes
_UNREACHABLE = "1545041"  # subcode: "This person isn't available"
_REASONS = {
    1: Reason.SERVER,
    2: Reason.SERVER,
    3: Reason.PERMISSION,
    10: Reason.PERMISSION,
    102: Reason.AUTHORISATION,
    190: Reason.AUTHORISATION,
    368: Reason.REFUSED,  # blocked for a time by Meta's policies
    506: Reason.DUPLICATE,
    551: Reason.BLOCKED,  # the person can't be reached: blocked, or account closed
}


def login(*scopes: str) -> OAuth:
    """Facebook Login, asking for the given permissions."""
    return OAuth(
        authorise=f"https://www.facebook.com/{VERSION}/dialog/oauth",
        token=f"/{VERSION}/oauth/access_token",
        scopes=scopes,
        separator=",",
        pkce=False,
    )


class Graph(SignsIn):
    """An account that is called through the Graph API with a page's token.

    ``session``: ``{"access_token", "expires_at" (of a person's token only), "page_id"
    (once a page was chosen)}``.
    """

    base_url = "https://graph.facebook.com"
    credentials = (
        Credential(
            "client_id", "App ID", "developers.facebook.com › My Apps › App settings."
        ),
        Credential("client_secret", "App secret", "Beside the app ID."),
        Credential(
            "secret",
            "Page access token",
            "Only instead of signing in, for example one of a system user.",
        ),
    )
    webhook = True
    tells_deletion = True
    can_reply = True
    threads = True
    can_reread = True
    reread_batch = BATCH

    page_fields = ""  # what tells who an account is, of a page
    permissions: Mapping[str, tuple[str, ...]] = {}  # ability: what it needs
    webhook_object = ""  # Meta's name of what calls us …
    webhook_fields: tuple[str, ...] = ()  # … and of what it shall tell
    page_webhook_fields: tuple[str, ...] = ()  # … and what of the page itself

    def __init__(self, account: Account):
        super().__init__(account)
        self._client = Client(account, classify=classify, meter=self.meter)

    # --- signing in

    def signed_in(self, pending: dict, code: str) -> None:
        grant = {"grant_type": "authorization_code", "code": code}
        grant["redirect_uri"] = pending["redirect_uri"]
        tokens = self._prolonged(self._ask_tokens(grant))
        self.account.renew(lambda kept: tokens)

    def choices(self) -> list[Identity]:
        """The accounts behind the person's pages; empty once one was chosen.

        :raises NetworkError: NOT_FOUND, when there is none
        """
        if "page_id" in self.account.session:
            return []
        found = [self._identity(Fields(page, "page")) for page in self._pages()]
        if not any(found):
            said = f"the sign-in gave access to no page with a {self.label} account"
            raise NetworkError(Reason.NOT_FOUND, said)
        return [identity for identity in found if identity]

    def choose(self, external_id: str) -> None:
        """Goes on with one page's token; the person's is not kept.

        :raises NetworkError: NOT_FOUND, PERMISSION when the person has no part in it
        """
        for page in self._pages():
            fields = Fields(page, "page")
            identity = self._identity(fields)
            if identity and identity.external_id == external_id:
                break
        else:
            raise NetworkError(Reason.NOT_FOUND, "not among the pages of the sign-in")
        token = fields.text("access_token", "")
        if not token:
            raise NetworkError(Reason.PERMISSION, "the page gave no access token")
        session = {"access_token": token, "page_id": fields.id("id")}
        self.account.renew(lambda kept: session)

    def keep_alive(self) -> None:
        """Renews a token that ends within a week."""
        ends = self.account.session.get("expires_at")
        if ends and ends - time.time() < AHEAD.total_seconds():
            self._renew(self.account.session)

    def granted(self) -> set[str] | None:
        """The permissions the token has now; None without an app that may ask."""
        account = self.account
        if not (account.client_id and account.client_secret):
            return None
        app = f"{account.client_id}|{account.client_secret}"
        answer = self._client.get(
            f"/{VERSION}/debug_token",
            {"input_token": self.access_token()},
            {"Authorization": f"Bearer {app}"},
        )
        token = Fields(checked_json(answer, dict)).child("data")
        if token.flag("is_valid") is False:
            raise NetworkError(Reason.AUTHORISATION, "the token is not valid any more")
        scopes = token.get("scopes")
        if not isinstance(scopes, list):
            return None
        return {scope for scope in scopes if isinstance(scope, str)}

    def diagnose(self) -> list[Finding]:
        granted = self.granted()
        if granted is None:
            return super().diagnose()
        findings = []
        for ability, needed in self.permissions.items():
            missing = ", ".join(name for name in needed if name not in granted)
            reason = Reason.PERMISSION if missing else None
            findings.append(Finding(ability, not missing, reason, missing))
        return findings

    def verify(self) -> Identity:
        """Asks whose the token is: that of a page."""
        page = self.get("/me", {"fields": f"id,name,category,{self.page_fields}"})
        if identity := self._identity(Fields(page, "page")):
            return identity
        raise NetworkError(Reason.NOT_FOUND, f"the page has no {self.label} account")

    def _identity(self, page: Fields) -> Identity | None:
        """Who the account of a page is; None when it has none."""
        raise NotImplementedError

    def _pages(self) -> Iterator[dict]:
        fields = f"id,name,access_token,{self.page_fields}"
        params = {"fields": fields, "limit": 100}
        token = self.access_token()
        yield from read_all(
            lambda path, more: self._get(path, more, token), "/me/accounts", params
        )

    def _ask_tokens(self, grant: dict) -> dict:
        try:
            return super()._ask_tokens(grant)
        except NetworkError as error:
            if error.reason != Reason.REFUSED:
                raise
            # Meta refuses a code or token with 400 and a code of its own
            raise NetworkError(Reason.AUTHORISATION, error.detail) from None

    def _prolonged(self, tokens: dict) -> dict:
        grant = {"grant_type": "fb_exchange_token"}
        return self._ask_tokens(grant | {"fb_exchange_token": tokens["access_token"]})

    def _renewed(self, old, kept):
        if kept.get("access_token") != old.get("access_token"):
            return kept  # another process was faster
        rest = {
            k: v for k, v in kept.items() if k not in ("access_token", "expires_at")
        }
        return rest | self._prolonged(kept)

    # --- calls

    def get(self, path: str, params: Mapping) -> dict:
        """The JSON object at a path, as the page sees it."""
        return self._get(path, params, self._page_token())

    def get_all(self, path: str, params: Mapping) -> Iterator[dict]:
        """The objects of all pages of a list, see :func:`.graph_nodes.read_all`."""
        return read_all(self.get, path, params)

    def submit(self, path: str, method: str = "POST", kind: type = dict, **what):
        """Writes, once; see :meth:`.http.Client.submit`."""
        token = self._page_token()
        try:
            answer = self._client.submit(
                method,
                f"/{VERSION}{path}",
                headers=_bearer(token),
                params=self._proof(token),
                **what,
            )
        except NetworkError as error:
            if error.reason == Reason.SERVER:  # told with any status
                error.uncertain = True
            raise
        return checked_json(answer, kind, write=True)

    def get_batch(self, wanted: list[tuple[str, dict]]) -> list[dict | NetworkError]:
        """Reads up to :data:`BATCH` objects, each by itself: one that is gone doesn't
        stand in the way of others, as it does with ``?ids=``.

        :param wanted: path and parameters of each
        """
        calls = [
            {"method": "GET", "relative_url": f"{VERSION}{path}?{urlencode(params)}"}
            for path, params in wanted
        ]
        form = {"batch": json.dumps(calls), "include_headers": "false"}
        answers = self.submit("/", kind=list, data=form)
        if len(answers) != len(wanted):
            raise BadPayload("not as many answers as calls")
        return [self._single(answer) for answer in answers]

    def certainly_gone(self, gone: set[str], others: bool, ability: str) -> set[str]:
        """Of objects said to be not there, those of which it can be believed: a missing
        permission is told in the same way.

        :param others: whether other objects could be read
        """
        if not gone:
            return gone
        granted = self.granted()
        if granted is None:
            return gone if others else set()
        if missing := [n for n in self.permissions[ability] if n not in granted]:
            raise NetworkError(Reason.PERMISSION, ", ".join(missing))
        return gone

    def _get(self, path, params, token):
        answer = self._client.get(
            f"/{VERSION}{path}", {**params, **self._proof(token)}, _bearer(token)
        )
        return checked_json(answer, dict)

    def _page_token(self):
        """The token of the page: with a person's, ``/me`` would be the person."""
        session = self.account.session
        if session.get("access_token") and "page_id" not in session:
            raise NetworkError(Reason.AUTHORISATION, "no page was chosen yet")
        return self.access_token()

    def _single(self, answer) -> dict | NetworkError:
        """One answer of a batch. Null: it came too late."""
        status = answer.get("code") if isinstance(answer, dict) else None
        try:
            body = json.loads(answer["body"])
            if status == 200 and isinstance(body, dict):
                return body
            error = body["error"]
            codes = (error["code"], error.get("error_subcode"))
        except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
            return NetworkError(Reason.UNKNOWN, "no answer in the batch")
        code = "/".join(str(part) for part in codes if part)
        message = str(error.get("message"))
        reason = classify(0, code, message) or Reason.UNKNOWN
        return NetworkError(reason, self._client.without_secrets(message), code=code)

    def _proof(self, token):
        secret = self.account.client_secret.strip()
        return {"appsecret_proof": _sign(secret, token.encode())} if secret else {}

    # --- webhooks

    def subscribe(self) -> None:
        """Tells the app where to call, and the page to tell the app. Fields that
        another channel of the same page asked for stay.
        """
        account = self.account
        if not (account.client_id and account.client_secret and account.webhook_url):
            return
        form = {
            "object": self.webhook_object,
            "callback_url": account.webhook_url,
            "verify_token": account.webhook_secret,
            "fields": ",".join(self.webhook_fields),
        }
        app = f"{account.client_id}|{account.client_secret}"
        path = f"/{VERSION}{node(account.client_id, 'subscriptions')}"
        self._client.submit("POST", path, data=form, headers=_bearer(app))
        fields = set(self.page_webhook_fields)
        for known in self.get_all("/me/subscribed_apps", {}):
            if as_id(known.get("id")) == account.client_id:
                told = known.get("subscribed_fields")
                fields |= set(told) if isinstance(told, list) else set()
        form = {"subscribed_fields": ",".join(sorted(fields))}
        self.submit("/me/subscribed_apps", data=form)

    def answer_challenge(self, call: Call) -> str | None:
        if call.method != "GET" or "hub.mode" not in call.params:
            return None
        challenge = call.params.get("hub.challenge", "")
        token = call.params.get("hub.verify_token", "")
        known = _same(token, self.account.webhook_secret)
        if call.params["hub.mode"] != "subscribe" or not known:
            raise NetworkError(Reason.REFUSED, "the verify token is not ours")
        if not _CHALLENGE.fullmatch(challenge):
            raise NetworkError(Reason.REFUSED, "the challenge is not one of Meta's")
        return challenge

    def check_signature(self, call: Call) -> None:
        secret = self.account.client_secret.strip()
        signed = call.headers.get("x-hub-signature-256", "")
        if not secret or not _same(signed, f"sha256={_sign(secret, call.body)}"):
            raise NetworkError(Reason.REFUSED, "not signed with the app's secret")

    @classmethod
    def events(cls, body: bytes) -> list[Event]:
        try:
            told = Fields(json.loads(body))
        except (ValueError, RecursionError):
            raise BadPayload("the call is no JSON") from None
        events: dict[Event | str, Event] = {}
        for entry in told.children("entry"):
            for event in cls._entry(entry):
                # nudges repeat within one call; items can't be hashed
                key = digest(event.item.payload) if event.item else event
                events.setdefault(key, event)
        return list(events.values())

    @classmethod
    def _entry(cls, entry: Fields) -> Iterator[Event]:
        """What one entry of a call tells."""
        raise NotImplementedError


def classify(status: int, code: str, message: str) -> Reason | None:
    """What Meta's codes ("code/subcode") mean."""
    number, _slash, subcode = code.partition("/")
    if code in _NOT_FOUND or number == "803":
        return Reason.NOT_FOUND
    if subcode in _WINDOW:
        return Reason.WINDOW_CLOSED
    if subcode == _UNREACHABLE:
        return Reason.BLOCKED
    if number == "100" and "Length of param" in message:
        return Reason.TOO_LONG
    if not number.isdecimal():
        return None
    number = int(number)
    if number in _RATE_LIMITS:
        return Reason.RATE_LIMIT
    if 200 <= number <= 299:
        return Reason.PERMISSION
    return _REASONS.get(number)


def parse_signed_request(signed_request: str, secret: str) -> dict:
    """What Meta says in a ``signed_request``, as the data deletion and the
    deauthorisation callback get one: ``{"user_id", "algorithm", "issued_at", …}``.

    :raises NetworkError: REFUSED, when it is not signed with the app's secret
    """
    signature, _dot, payload = signed_request.partition(".")
    secret = secret.strip()
    try:
        given = _unpacked(signature)
        expected = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
        if not secret or not hmac.compare_digest(given, expected):
            raise ValueError
        told = json.loads(_unpacked(payload))
        if not isinstance(told, dict) or told.get("algorithm") != "HMAC-SHA256":
            raise ValueError
    except (ValueError, RecursionError, binascii.Error):
        raise NetworkError(Reason.REFUSED, "not signed with the app's secret") from None
    return told


def _bearer(token):
    return {"Authorization": f"Bearer {token}"}


def _sign(secret, content: bytes) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def _same(given, expected) -> bool:
    """Compares in constant time; nothing is the same as no secret."""
    if not expected:
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _unpacked(text) -> bytes:
    """Base64 for addresses (RFC 4648, 5), without padding."""
    raw = text.encode("ascii")
    return base64.b64decode(raw + b"=" * (-len(raw) % 4), b"-_", validate=True)
