"""Signing in with a network: OAuth 2.0 (RFC 6749) with PKCE (RFC 7636), as far as all
networks do it alike. ``oauthlib`` writes and reads the messages; they travel through
:mod:`.http`, so the same guards hold.

What is kept of it stands in ``account.session``: ``{"access_token", "refresh_token",
"expires_at" (seconds since 1970), "scope" (granted, space separated)}``; what a network
does not give is left out.
"""

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from oauthlib.common import generate_token
from oauthlib.oauth2 import WebApplicationClient

from .base import Adapter, Identity, NetworkError, Reason
from .http import Client, checked_json
from .payload import as_number

LONGEST = 100 * 366 * 24 * 3600  # seconds; some write "never" as a number
VERIFIER = 64  # characters of a code verifier; RFC 7636 allows 43 to 128


@dataclass(frozen=True)
class OAuth:
    """What differs between networks. Addresses are paths below the account's
    ``base_url``, or whole ones on hosts of their own.
    """

    authorise: str
    token: str
    scopes: tuple[str, ...]
    hosts: tuple[str, ...] = ()  # of whole addresses
    separator: str = " "
    basic: bool = False  # the app's secret goes into the Authorization header
    pkce: bool = True
    extra: tuple[tuple[str, str], ...] = ()  # further parameters of the sign-in page
    ahead: int = 600  # seconds before its end in which a token is renewed


class SignsIn(Adapter):
    """An adapter whose accounts sign in by OAuth. Subclasses set ``oauth``."""

    sign_in = True
    oauth: OAuth

    def register_app(self, redirect_uri: str) -> dict:
        """Registers an app for the administrator, where the network allows that.

        :return: ``{"client_id", "client_secret"}``; empty where an administrator has to
            register one by hand
        """
        return {}

    def sign_in_page(self, redirect_uri: str, state: str) -> tuple[str, dict]:
        """The address of the page where the account agrees.

        :param state: ours, unguessable; comes back with the code
        :return: the address, and what :meth:`signed_in` needs later (a dict, secret)
        :raises NetworkError: REFUSED, when it is not safe to sign in there
        """
        client = WebApplicationClient(self.account.client_id)
        pending, more = {"redirect_uri": redirect_uri}, dict(self.oauth.extra)
        if self.oauth.pkce:
            pending["verifier"] = client.create_code_verifier(VERIFIER)
            more["code_challenge"] = client.create_code_challenge(
                pending["verifier"], "S256"
            )
            more["code_challenge_method"] = "S256"
        page = self._at(self.oauth.authorise)
        plain = page.startswith("http://")
        if plain and not self.account.allow_private:
            raise NetworkError(Reason.REFUSED, "credentials are sent by https only")
        url = client.prepare_request_uri(
            page.replace("http://", "https://", 1),  # oauthlib takes no other
            redirect_uri=redirect_uri,
            scope=self.oauth.separator.join(self.oauth.scopes),
            state=state,
            **more,
        )
        return url.replace("https://", "http://", 1) if plain else url, pending

    def signed_in(self, pending: dict, code: str) -> None:
        """Turns the code that came back into tokens, and keeps them.

        :raises NetworkError: AUTHORISATION, when the network does not take the code
        """
        grant = {"grant_type": "authorization_code", "code": code}
        grant["redirect_uri"] = pending["redirect_uri"]
        if verifier := pending.get("verifier"):
            grant["code_verifier"] = verifier
        tokens = self._ask_tokens(grant)
        self.account.renew(lambda kept: tokens)

    def choices(self) -> list[Identity]:
        """The accounts that a sign-in gives access to, where there may be several
        (pages); empty when it is the one that signed in.
        """
        return []

    def choose(self, external_id: str) -> None:
        """Settles on one of :meth:`choices`."""

    def access_token(self) -> str:
        """A token to call with: of the sign-in, renewed when it is about to end, or one
        entered by hand.

        :raises NetworkError: AUTHORISATION, when there is none
        """
        session = self.account.session
        if self._is_ending(session):
            session = self._renew(session)
        token = session.get("access_token") or self.account.secret.strip()
        if not token:
            raise NetworkError(Reason.AUTHORISATION, "nobody has signed in yet")
        return token

    def keep_alive(self) -> None:
        """Renews the tokens when they are about to end."""
        if self._is_ending(self.account.session):
            self._renew(self.account.session)

    def granted(self) -> set[str] | None:
        """The scopes that were given; None when the network did not say."""
        scope = self.account.session.get("scope")
        return set(scope.replace(",", " ").split()) if scope else None

    def _is_ending(self, session):
        ends = session.get("expires_at")
        return bool(ends) and ends - time.time() < self.oauth.ahead

    def _renew(self, old):
        return self.account.renew(lambda kept: self._renewed(old, kept))

    def _renewed(self, old, kept):
        """The session after a renewal; called while no other process renews."""
        if kept.get("access_token") != old.get("access_token"):
            return kept  # another process was faster
        refresh = kept.get("refresh_token")
        if not refresh:
            return kept
        grant = {"grant_type": "refresh_token", "refresh_token": refresh}
        return kept | self._ask_tokens(grant)

    def _ask_tokens(self, grant: dict) -> dict:
        account = self.account
        auth = None
        if self.oauth.basic:
            auth = (account.client_id, account.client_secret)
        else:
            grant = grant | {
                "client_id": account.client_id,
                "client_secret": account.client_secret,
            }
        client = Client(account, hosts=self.oauth.hosts, classify=_classify)
        try:
            answer = client.submit(
                "POST", self._at(self.oauth.token), data=grant, auth=auth
            )
        except NetworkError as error:
            error.uncertain = False  # nothing is published by it
            raise
        return tokens(checked_json(answer, dict))

    def _at(self, address: str) -> str:
        """An address of the network; on the account's own server where that is another
        one than the network's default.
        """
        base = self.account.base_url.strip().rstrip("/")
        if not address.startswith("https://"):
            return base + address
        if base == self.base_url.rstrip("/"):
            return address
        return base + urlsplit(address).path


def tokens(answer: dict) -> dict:
    """What is kept of a token answer (RFC 6749, 5.1).

    :raises NetworkError: AUTHORISATION, when there is no token in it
    """
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        raise NetworkError(Reason.AUTHORISATION, "no token was given")
    kept = {"access_token": token}
    if isinstance(answer.get("refresh_token"), str):
        kept["refresh_token"] = answer["refresh_token"]
    if isinstance(answer.get("scope"), str):
        kept["scope"] = answer["scope"]
    if lasts := as_number(answer.get("expires_in")):
        kept["expires_at"] = int(time.time() + min(lasts, LONGEST))
    return kept


def new_state() -> str:
    """An unguessable value that ties a sign-in to the browser it began in."""
    return generate_token(40)


def _classify(status, code, message):
    """RFC 6749, 5.2: a refused code, token or app is told with status 400."""
    refused = {"invalid_grant", "invalid_client", "unauthorized_client"}
    said = code or message
    return Reason.AUTHORISATION if status in (400, 401) and said in refused else None
