"""Speaking HTTP with a network: one client for all adapters, so that limits and
failures are the same everywhere.

What it guarantees, whatever the server does:

* only the account's own host is called (redirects too); with ``any_host`` every hop may
  lead elsewhere;
* the address really connected to is public, unless the account allows private ones:
  each name is resolved once, its addresses are checked and one of these very addresses
  is connected to, so a name that changes its address in between (DNS rebinding) gains
  nothing;
* a whole call takes at most 30 s, over all its redirects and its second try, or less
  where less is left (:mod:`.deadline`); an answer has at most 10 MB when unpacked, and
  the body of a redirect is never read;
* every failure is a :class:`NetworkError`, whose text holds neither secrets nor the
  address's query.

Tests put real ``requests.Response`` objects in at ``requests.Session.send``, where
Odoo's own tests do it too (``BaseCase._request_handler``). Since that one compares
``timeout`` with a number, timeouts are set further in.
"""

import json
import math
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests
from urllib3 import exceptions as pool_errors

from . import address, transport
from .base import Meter, NetworkError, Reason, TooLarge
from .deadline import within
from .limits import retry_after, usage
from .squeeze import Squeezer
from .transport import EndlessAnswer, ForbiddenAddress, GuardedAdapter

USER_AGENT = "OdooSocialEngagement/19.0 (+https://github.com/OCA/social)"
MAX_BYTES = 10 * 1024 * 1024
MAX_SQUEEZED = 32 * 1024 * 1024  # where large answers are made smaller
MAX_REDIRECTS = 5
# Small: one chunk of a decompression bomb unpacks to a thousand times its size.
_CHUNK = 16 * 1024
_REDIRECTS = {301, 302, 303, 307, 308}
_REASONS = {
    400: Reason.REFUSED,
    401: Reason.AUTHORISATION,
    402: Reason.BUDGET,
    403: Reason.PERMISSION,
    404: Reason.NOT_FOUND,
    408: Reason.NETWORK,
    409: Reason.DUPLICATE,
    410: Reason.NOT_FOUND,
    413: Reason.TOO_LONG,
    422: Reason.REFUSED,
    429: Reason.RATE_LIMIT,
}
_INVALID = "the address or the access has characters it can't have"
_PACKINGS = {"", "identity", "gzip", "x-gzip", "deflate"}

Classify = Callable[[int, str, str], Reason | None]
_squeezes: ContextVar[bool] = ContextVar("squeezing", default=False)


@contextmanager
def squeezing(wanted: bool = True) -> Iterator[None]:
    """Makes JSON that is too large smaller (:mod:`.squeeze`), instead of refusing it:
    for a page that can't be asked for in smaller parts.
    """
    token = _squeezes.set(wanted)
    try:
        yield
    finally:
        _squeezes.reset(token)


@dataclass(frozen=True)
class Told:
    """What the JSON of a failure says."""

    code: str = ""
    message: str = ""
    wait: float | None = None  # seconds until the next call makes sense


@dataclass(frozen=True)
class Answer:
    """What a server answered: any status below 400, the body whole and unpacked."""

    status: int
    headers: Mapping[str, str]  # names in any case
    body: bytes
    url: str  # where it came from, after redirects

    def json(self) -> Any:
        """The body as JSON; numbers JSON does not know (NaN, Infinity) become None.

        :raises NetworkError: BAD_PAYLOAD, when it is something else
        """
        try:
            return json.loads(
                self.body, parse_constant=lambda name: None, parse_float=_finite
            )
        except (ValueError, RecursionError):
            kind = "a web page" if looks_like_html(self.body) else "broken JSON"
            raise NetworkError(
                Reason.BAD_PAYLOAD, f"{kind} instead of JSON from {_place(self.url)}"
            ) from None


class _Session(requests.Session):
    def resolve_redirects(self, *args, **kwargs):
        """None: to tell where one leads, ``requests`` reads the whole body of it."""
        return iter(())


class Client:
    """Calls to one account's network.

    :param account: whose ``base_url`` is the host to call, and whose secrets must never
        show
    :param headers: sent with every call
    :param classify: ``(status, code, message) -> Reason or None``: what the network's
        own error codes mean
    :param explain: reads the JSON of a failure, where its names are not the usual ones
    :param any_host: redirects may lead to other hosts; for addresses that carry no
        credentials
    :param hosts: further hosts of the network that may be called ("upload.example.com")
    :param meter: where the rate limit that the network tells is noted
    """

    def __init__(
        self,
        account,
        *,
        headers=None,
        classify=None,
        explain=None,
        any_host=False,
        hosts=(),
        meter=None,
    ):
        self._account = account
        self._hosts = frozenset(hosts)
        self._meter = meter or Meter()
        self._classify: Classify = classify or (lambda status, code, message: None)
        self._explain: Callable[[dict], Told] = explain or _usual
        self._any_host = any_host
        self._session = _Session()
        self._session.trust_env = False  # no .netrc, and no proxy around the guard
        self._session.headers.update({"User-Agent": USER_AGENT} | (headers or {}))
        self._session.headers["Accept-Encoding"] = "gzip, deflate"
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, GuardedAdapter(account.allow_private))

    def get(self, path: str, params=None, headers=None, auth=None) -> Answer:
        """Reads; once more when the connection broke, which idle connections often do.

        :param path: appended to the account's address, or a whole address on its host
        :param auth: a ``requests.auth.AuthBase`` that signs the call
        """
        what = {"params": params, "headers": headers, "auth": auth}
        with within(transport.TOTAL_TIMEOUT):
            try:
                return self._call("GET", path, **what)
            except _Broken:
                return self._call("GET", path, **what)

    def post(self, path: str, data=None, headers=None, **more) -> Answer:
        """Writes ``data`` as JSON, once; see :meth:`submit`."""
        return self.submit("POST", path, json=data, headers=headers, **more)

    def delete(self, path: str, headers=None, **more) -> Answer:
        """Deletes, once; see :meth:`submit`."""
        return self.submit("DELETE", path, headers=headers, **more)

    def submit(self, method: str, path: str, **what) -> Answer:
        """Writes, once.

        :param what: ``json`` (a value), ``data`` (a form: dict, or bytes), ``files``
            (as ``requests`` takes them), ``params``, ``headers``, ``auth``
        :raises NetworkError: ``uncertain`` when the write may have arrived all the same
        """
        # An idle connection may have been dropped meanwhile, which would leave it open
        # whether this arrived: take a new one.
        self._session.close()
        with within(transport.TOTAL_TIMEOUT):
            return self._call(method, path, **what)

    def without_secrets(self, text: str) -> str:
        """What a network said, as it may be shown: one short line."""
        account = self._account
        kept = [v for v in account.session.values() if isinstance(v, str)]
        kept += [account.secret, account.client_secret, account.webhook_secret]
        for secret in kept:
            secret = (secret or "").strip()  # as it is sent
            if len(secret) >= 4:
                text = text.replace(secret, "***")
        return " ".join(text.split())[:200]

    def _call(self, method, path, **what) -> Answer:
        whole = path.startswith(("http://", "https://"))
        base = self._account.base_url.strip()
        url = path if whole else base.rstrip("/") + path
        own = not whole or url == base  # an administrator entered it
        for _hop in range(MAX_REDIRECTS + 1):
            if address.has_user(url) and not own:
                detail = "a name or password in the address is sent to nobody"
                raise NetworkError(Reason.REFUSED, detail)
            answer = self._exchange(self._prepared(method, url, what))
            if answer.status not in _REDIRECTS:
                return answer
            url, own = self._redirected(method, answer)
            what.pop("params", None)  # they are in the address that redirected
        raise NetworkError(Reason.SERVER, f"{_place(url)} redirects without end")

    def _prepared(self, method, url, what):
        """The request as it will be sent, and only where it may be: what is checked is
        the host that is connected to.
        """
        if address.is_ambiguous(url):
            raise NetworkError(Reason.REFUSED, _INVALID)
        if address.origin(url)[0] not in ("http", "https"):
            raise NetworkError(Reason.REFUSED, "the address is not one of the web")
        try:
            request = requests.Request(method, url, **what)
            prepared = self._session.prepare_request(request)
        except (requests.RequestException, ValueError):
            # ValueError is raised by what can't be written into a request
            raise NetworkError(Reason.REFUSED, _INVALID) from None
        self._check(prepared.url)
        return prepared

    def _check(self, url):
        scheme, host = address.connected(url)
        if scheme not in ("http", "https") or not host:
            raise NetworkError(Reason.REFUSED, "the address is not one of the web")
        if address.origin(url) != (scheme, host):
            raise NetworkError(Reason.REFUSED, _INVALID)
        if self._any_host:
            return
        if host not in self._hosts | {address.own_host(self._account.base_url)}:
            raise NetworkError(Reason.REFUSED, f"{host} is not the account's host")
        if scheme == "http" and not self._account.allow_private:
            raise NetworkError(Reason.REFUSED, "credentials are sent by https only")

    def _redirected(self, method, answer):
        """Where a redirect leads, and whether to the same host, in its own words."""
        if method != "GET":
            raise NetworkError(
                Reason.REFUSED, f"{_place(answer.url)} redirects: use the new address"
            )
        location = address.redirect(answer.headers)
        try:
            url = urljoin(answer.url, location)
        except ValueError:
            url = ""
        return url, not address.names_host(location)

    def _exchange(self, request) -> Answer:
        write, url = request.method != "GET", request.url
        try:
            with self._session.send(
                request, stream=True, allow_redirects=False
            ) as response:
                body = b""
                if response.status_code not in _REDIRECTS:
                    body = self._read(response, write and response.ok)
        except (requests.RequestException, pool_errors.HTTPError, OSError) as error:
            raise _translated(error, url, write) from None
        except ValueError:
            raise NetworkError(Reason.REFUSED, _INVALID) from None
        answer = Answer(
            response.status_code, response.headers, body, response.url or url
        )
        self._meter.usage = usage(answer.headers, time.time()) or self._meter.usage
        if answer.status >= 400:
            raise self._failure(answer, write)
        return answer

    def _read(self, response, uncertain) -> bytes:
        packing = response.headers.get("Content-Encoding", "").strip().lower()
        if packing not in _PACKINGS:  # or packed more than once
            detail = "packed in a way that was not asked for"
            raise NetworkError(Reason.BAD_PAYLOAD, detail, uncertain=uncertain)
        squeezer = Squeezer() if _squeezes.get() else None
        body, limit = bytearray(), MAX_SQUEEZED if squeezer else MAX_BYTES
        total = 0
        for chunk in response.iter_content(_CHUNK):
            total += len(chunk)
            if squeezer:
                squeezer.feed(chunk)
            if total <= MAX_BYTES:
                body += chunk
            elif total > limit or len(squeezer.kept) > MAX_BYTES:
                raise TooLarge(
                    f"more than {limit >> 20} MB from {_place(response.url)}",
                    uncertain=uncertain,
                )
        return bytes(body if total <= MAX_BYTES else squeezer.kept)

    def _failure(self, answer, write) -> NetworkError:
        told = self._told(answer)
        code, message = told.code, told.message
        default = Reason.SERVER if answer.status >= 500 else Reason.UNKNOWN
        reason = self._classify(answer.status, code, message)
        reason = reason or _REASONS.get(answer.status, default)
        said = self.without_secrets(": ".join(filter(None, [code, message])))
        detail = f"HTTP {answer.status} from {_place(answer.url)}"
        headers = answer.headers
        if reason != Reason.RATE_LIMIT:  # each answer of some tells when calls are new
            headers = {"retry-after": headers.get("retry-after")}
        wait = retry_after(headers, time.time())
        return NetworkError(
            reason,
            f"{detail}: {said}" if said else detail,
            retry_after=told.wait if wait is None else wait,
            uncertain=write and answer.status >= 500,
            code=code,
        )

    def _told(self, answer) -> Told:
        try:
            data = answer.json()
        except NetworkError:
            return Told(message=_plain(answer))
        return self._explain(data) if isinstance(data, dict) else Told()


def _plain(answer) -> str:
    """What a failure says in one line of plain text ("Invalid Bearer token")."""
    body = answer.body if len(answer.body) <= 200 else b""
    text = body.decode("utf-8", "replace").strip()
    return text if text.isprintable() and "<" not in text else ""


class _Broken(NetworkError):
    """The connection broke on the way: the one failure that a read repeats at once."""


def looks_like_html(body: bytes) -> bool:
    """Whether a body is a web page."""
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<h1"))


def checked_json(answer: Answer, kind: type, *, write: bool = False) -> Any:
    """The body of an answer as JSON of the promised kind (``dict`` or ``list``).

    :param write: whether it confirms a write, which then may stand although its
        confirmation can't be read
    """
    try:
        data = answer.json()
    except NetworkError as error:
        error.uncertain = write
        raise
    if not isinstance(data, kind):
        raise NetworkError(
            Reason.BAD_PAYLOAD,
            f"no JSON {kind.__name__} from {_place(answer.url)}",
            uncertain=write,
        )
    return data


def _translated(error, url, write) -> NetworkError:
    cause = _causes(error)
    if forbidden := cause(ForbiddenAddress):
        return NetworkError(Reason.REFUSED, f"{_place(url)} {forbidden}")
    if cause(EndlessAnswer):
        return TooLarge(f"an answer without end from {_place(url)}", uncertain=write)
    if isinstance(error, ValueError):  # requests' InvalidURL, InvalidHeader and such
        return NetworkError(Reason.REFUSED, _INVALID)
    if isinstance(error, requests.exceptions.ContentDecodingError):
        detail = f"unreadable packing from {_place(url)}"
        return NetworkError(Reason.BAD_PAYLOAD, detail, uncertain=write)
    unsent = cause(
        pool_errors.NewConnectionError,
        pool_errors.ConnectTimeoutError,
        ssl.SSLCertVerificationError,
    )
    if unsent or isinstance(error, requests.ConnectTimeout):
        detail = f"no connection to {_place(url)}: {type(unsent or error).__name__}"
        return NetworkError(Reason.NETWORK, detail)
    if cause(TimeoutError, pool_errors.ReadTimeoutError, requests.Timeout):
        detail = f"no complete answer in time from {_place(url)}"
        return NetworkError(Reason.NETWORK, detail, uncertain=write)
    detail = f"the connection to {_place(url)} broke: {type(error).__name__}"
    return _Broken(Reason.NETWORK, detail, uncertain=write)


def _causes(error):
    """A function giving the first of an error's causes that is of given types:
    libraries wrap errors many times.
    """
    chain, waiting = [], [error]
    while waiting and len(chain) < 20:
        current = waiting.pop(0)
        chain.append(current)
        near = [current.__cause__, current.__context__, *current.args]
        near.append(getattr(current, "reason", None))
        waiting += [e for e in near if isinstance(e, BaseException)]
    return lambda *types: next((e for e in chain if isinstance(e, types)), None)


def _usual(data: dict) -> Told:
    """A network's error code and message, where they stand under one of the usual
    names.
    """
    if isinstance(data.get("error"), dict):
        return _nested(data["error"])
    code, message = data.get("code"), data.get("message")
    if isinstance(code, str) and isinstance(message, str):  # WordPress
        return Told(code, message)
    names = ("error", "message", "error_description", "detail", "title")
    said = [data[name] for name in names if isinstance(data.get(name), str)]
    if len(said) == 1 or (said and " " in said[0]):
        return Told(message=said[0])
    return Told(said[0], said[1]) if said else Told()


def _nested(error: dict) -> Told:
    """Code and message where they stand in an object of their own (Meta, Google):
    ``{"error": {"code": 190, "error_subcode": 460, "message": "…"}}`` has code
    "190/460".
    """
    codes = (error.get("code"), error.get("error_subcode"))
    code = "/".join(str(c) for c in codes if c and isinstance(c, int | str))
    message = error.get("message")
    return Told(code[:60], message if isinstance(message, str) else "")


def _place(url) -> str:
    return address.origin(url)[1] or "the server"


def _finite(text):
    number = float(text)
    return number if math.isfinite(number) else None
