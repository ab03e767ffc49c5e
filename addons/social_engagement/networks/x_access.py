"""Access to X: connecting an account, calling with it, and what X says when it does not
do what it is asked.
"""

import re

import requests
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from . import x_webhook
from .base import Account, Credential, Finding, Identity, NetworkError, Reason
from .http import Client, Told, checked_json
from .oauth import OAuth, SignsIn
from .payload import Fields
from .x_posts import author_of

USER_FIELDS = (
    "created_at,description,id,location,name,profile_image_url,protected,"
    "public_metrics,username,verified,verified_type"
)
_SCOPES = {
    "mentions": {"tweet.read", "users.read"},
    "search": {"tweet.read", "users.read"},
    "direct": {"dm.read", "tweet.read", "users.read"},
    "answer": {"tweet.write"},
    "like": {"like.write"},
    "hide": {"tweet.moderate.write"},
    "withdraw": {"tweet.write"},
}
_SAYING = ("message", "detail")
# Codes of version 1.1, which some calls still give
# (https://docs.x.com/x-api/fundamentals/response-codes-and-errors).
_CODES = {
    "32": Reason.AUTHORISATION,
    "64": Reason.AUTHORISATION,
    "89": Reason.AUTHORISATION,
    "326": Reason.AUTHORISATION,
    "34": Reason.NOT_FOUND,
    "144": Reason.NOT_FOUND,
    "385": Reason.NOT_FOUND,
    "88": Reason.RATE_LIMIT,
    "136": Reason.BLOCKED,
    "150": Reason.REFUSED,
    "179": Reason.PERMISSION,
    "186": Reason.TOO_LONG,
    "187": Reason.DUPLICATE,
    "226": Reason.REFUSED,
    "349": Reason.REFUSED,
    "354": Reason.TOO_LONG,
    "433": Reason.REFUSED,
}
# What X says, most telling first.
_SAID = (
    (r"duplicate content|status is a duplicate", Reason.DUPLICATE),
    (
        r"too long|longer than|exceeds?.* (characters|length)|a bit shorter|max.*length"
        r"|over the .*limit.* characters|character limit",
        Reason.TOO_LONG,
    ),
    (r"spend(ing)? (cap|limit)|usage cap|credits", Reason.BUDGET),
    (r"deleted or not visible|could not find", Reason.NOT_FOUND),
    (r"blocked", Reason.BLOCKED),
    (r"account (is|has been) (suspended|locked)", Reason.AUTHORISATION),
    (
        r"reply to this conversation|only reply to|who can reply|not allowed to reply"
        r"|cannot send messages|permission to dm",
        Reason.REFUSED,
    ),
)


class XAccess(SignsIn):
    """An account of X, connected by signing in or by hand (see :mod:`.x`)."""

    base_url = "https://api.x.com"
    credentials = (
        Credential(
            "client_id",
            "Client ID",
            "console.x.com › Apps. To connect without signing in: the API key.",
        ),
        Credential(
            "client_secret",
            "Client secret",
            "To connect without signing in: the API key secret.",
        ),
        Credential(
            "username",
            "API key or access token",
            "After signing in: the API key, for webhooks. Else: the access token.",
        ),
        Credential("secret", "Its secret"),
    )
    oauth = OAuth(
        authorise="https://x.com/i/oauth2/authorize",
        token="/2/oauth2/token",
        scopes=(
            *("tweet.read", "tweet.write", "tweet.moderate.write", "users.read"),
            *("dm.read", "dm.write", "like.write", "media.write", "offline.access"),
        ),
        basic=True,
    )

    def __init__(self, account: Account):
        super().__init__(account)
        self._client = Client(
            account, classify=_classify, explain=_explain, meter=self.meter
        )

    def verify(self) -> Identity:
        """Asks for the own account."""
        answer = self._read("/2/users/me", {"user.fields": USER_FIELDS})
        self.meter.count("user_read")
        me = author_of(Fields(answer).child("data"))
        return Identity(me.external_id, me.handle, me.name, me.url)

    def diagnose(self) -> list[Finding]:
        """What the granted scopes allow; asks nothing, since reading costs. Connected
        by hand, only trying shows it.
        """
        granted = self.granted()
        findings = []
        for ability, needed in _SCOPES.items():
            missing = " ".join(sorted(needed - granted)) if granted else ""
            if missing:
                findings.append(Finding(ability, False, Reason.PERMISSION, missing))
            else:
                findings.append(Finding(ability, True if granted else None))
        webhook = Finding("webhook", None)
        if not all(self._app_key):
            missing = "API key and its secret"
            webhook = Finding("webhook", False, Reason.AUTHORISATION, missing)
        return [*findings, webhook]

    def subscribe(self) -> None:
        """Registers the address for the app and asks for the account's events. Needs
        the app's API key, and an access with the scopes of what is read. Without an
        address nothing is done: the app's other accounts may go on being called.
        """
        if not self.account.webhook_url:
            return
        hook = self._webhook()
        path = "/2/activity/subscriptions"
        there = {
            (entry.line("event_type", ""), entry.id("webhook_id", ""))
            for entry in Fields(self._read(path, {})).children("data")
            if entry.child("filter").id("user_id", "") == self._me()
        }
        for event in x_webhook.EVENTS:
            if (event, hook) not in there:
                data = {"event_type": event, "filter": {"user_id": self._me()}}
                data["webhook_id"] = hook
                self._written(self._client.post(path, data, auth=self._auth()))

    def _webhook(self):
        """The id of the webhook at our address."""
        auth = _Bearer(self._app_token())
        known = Fields(self._read("/2/webhooks", {}, auth)).children("data")
        for hook in known:
            if hook.get("url") == self.account.webhook_url:
                if hook.flag("valid") is False:
                    path = f"/2/webhooks/{hook.id('id')}"
                    self._client.submit("PUT", path, auth=auth)
                return hook.id("id")
        data = {"url": self.account.webhook_url}
        answer = self._client.post("/2/webhooks", data, auth=auth)
        return Fields(self._written(answer)).child("data").id("id")

    def _app_token(self):
        """The app's own token, which lasts:
        https://docs.x.com/fundamentals/authentication/oauth-2-0/application-only
        """
        token = self.account.session.get("app_token")
        if not token:
            data = {"grant_type": "client_credentials"}
            answer = self._client.submit(
                "POST", "/oauth2/token", data=data, auth=self._app_key
            )
            token = Fields(checked_json(answer, dict)).text("access_token")
            self.account.renew(lambda kept: kept | {"app_token": token})
        return token

    @property
    def _has_signed_in(self):
        return bool(self.account.session.get("access_token"))

    @property
    def _app_key(self):
        """The app's API key and its secret."""
        account = self.account
        if self._has_signed_in:
            return account.username.strip(), account.secret.strip()
        return account.client_id.strip(), account.client_secret.strip()

    def access_token(self) -> str:
        """The token of the sign-in; there is none by hand."""
        if not self._has_signed_in:
            raise NetworkError(Reason.AUTHORISATION, "nobody has signed in yet")
        return super().access_token()

    def _ask_tokens(self, grant):
        """X calls a code or token it does not take an invalid request."""
        try:
            return super()._ask_tokens(grant)
        except NetworkError as error:
            if error.code != "invalid_request":
                raise
            raise NetworkError(Reason.AUTHORISATION, error.detail) from None

    def _auth(self):
        token = (self.account.username.strip(), self.account.secret.strip())
        if not self._has_signed_in and all((*self._app_key, *token)):
            return OAuth1(*self._app_key, *token)
        return _Bearer(self.access_token())

    def _me(self):
        """The account's id."""
        if not self.account.external_id:
            self.account.external_id = self.verify().external_id
        return self.account.external_id

    def _read(self, path, params, auth=None, *, partly=False):
        """An answer with "data", "meta" or both; with ``partly`` it may have "errors"
        only: each thing asked for has one.
        """
        answer = self._client.get(path, params, auth=auth or self._auth())
        data = checked_json(answer, dict)
        if "data" in data or "meta" in data:
            return data
        problems = Fields(data).children("errors")
        if problems and partly:
            return data
        if problems:
            raise self._problem(problems[0])
        raise NetworkError(Reason.BAD_PAYLOAD, "neither data nor errors")

    def _written(self, answer):
        """What a write answers: ``{"data": {...}}``.

        :raises NetworkError: it can't be read; what was written may stand all the same
        """
        data = checked_json(answer, dict, write=True)
        problems = Fields(data).children("errors")
        if isinstance(data.get("data"), dict):
            return data
        if problems:
            raise self._problem(problems[0])
        detail = "nothing says whether it was written"
        raise NetworkError(Reason.BAD_PAYLOAD, detail, uncertain=True)

    def _problem(self, problem):
        """A problem that came with status 200."""
        kind = problem.text("type", "")
        said = problem.text("detail", "") or problem.text("message", "it failed")
        reason = Reason.PERMISSION if "authorized" in kind else Reason.REFUSED
        if kind.endswith("/resource-not-found"):
            reason = Reason.NOT_FOUND
        reason = _classify(200, problem.id("code", ""), said) or reason
        return NetworkError(reason, self._client.without_secrets(said))


def _explain(data: dict) -> Told:
    """What X says of a failure: a title and detail for all of it, and messages of its
    own for each thing that is wrong, which tell more. Its token calls, and the calls of
    version 1.1 that some of this still comes from, have other names.
    """
    fields = Fields(data)
    problems = fields.children("errors")
    codes = [problem.id("code", "") for problem in problems]
    codes.append(fields.line("error", ""))
    said = [problem.text(name, "") for problem in problems for name in _SAYING]
    said += [fields.text(name, "") for name in (*_SAYING, "error_description")]
    said = [one.strip(" .") for one in said if one.strip()]
    said = said or [fields.text("title", "")]
    return Told(next(filter(None, codes), ""), ". ".join(dict.fromkeys(said)))


class _Bearer(AuthBase):
    def __init__(self, token: str):
        self._token = token

    def __call__(self, request: requests.PreparedRequest):
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _classify(status, code, message):
    if status >= 500:
        return None
    if code in _CODES:
        return _CODES[code]
    said = f"{code} {message}".lower()
    return next((reason for words, reason in _SAID if re.search(words, said)), None)
