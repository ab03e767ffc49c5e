"""Connections that lead only where they may, and end in time: the layer below
:mod:`.http`.
"""

import io
import ipaddress
import queue
import socket
import ssl
import threading
from http.client import HTTPResponse

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from .deadline import left

CONNECT_TIMEOUT = 10  # seconds
READ_TIMEOUT = 20  # seconds without a byte
# Seconds for one whole call: names, connecting, all redirects and the second try. Odoo
# ends a process whose job or request takes 120 s.
TOTAL_TIMEOUT = 30
MAX_RAW = 32 * 1024 * 1024  # bytes of one answer on the wire, with all around its body
_BLOCK = 16 * 1024  # bytes that are sent at once: what TLS encrypts at once
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Python calls these global (some versions, the first), but they lead to addresses of
# the own network: local NAT64, and old ways to write IPv4 in IPv6.
_LOCAL = [
    ipaddress.ip_network(net) for net in ("64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96")
]


class ForbiddenAddress(requests.ConnectionError):
    """A name leads to an address that is not public."""


class EndlessAnswer(requests.ConnectionError):
    """A server sends on and on."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, looking through IPv4 in
    IPv6.
    """
    ip = ipaddress.ip_address(address.split("%")[0])
    if ip.version == 6:
        if ip in _NAT64:
            ip = ipaddress.ip_address(int(ip) & 0xFFFFFFFF)
        ip = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None) or ip
    local = any(ip in net for net in _LOCAL) or getattr(ip, "is_site_local", False)
    return ip.is_global and not ip.is_multicast and not local


class GuardedAdapter(HTTPAdapter):
    """Transport of a ``requests.Session`` with the limits above.

    :param allow_private: whether loopback, private and link-local addresses may be
        connected to
    """

    def __init__(self, allow_private: bool):
        self._allow_private = allow_private
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        """Gives the pools connections that check where they go."""
        made = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._allow_private)
        return made

    def send(self, request, **kwargs):
        """Sends with this module's timeouts, whatever the caller says."""
        kwargs["timeout"] = (CONNECT_TIMEOUT, READ_TIMEOUT)
        return super().send(request, **kwargs)


class _TimedStream(io.RawIOBase):
    """What a socket delivers, for as long as there is time: a read timeout alone lets a
    server drip for ever. It ends, too, when it is far longer than any answer may be:
    of chunks of one byte, or of headers without a body.
    """

    def __init__(self, sock):
        self._socket = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._allowed = MAX_RAW

    def readable(self):
        return True

    def readinto(self, buffer):
        self._socket.settimeout(min(READ_TIMEOUT, left()))
        count = self._raw.readinto(buffer)
        self._allowed -= count or 0
        if self._allowed < 0:
            raise EndlessAnswer("an answer without end")
        return count

    def close(self):
        self._raw.close()
        return super().close()


class _TimedSocket:
    def __init__(self, sock):
        self._socket = sock

    def makefile(self, mode):
        return io.BufferedReader(_TimedStream(self._socket))


class _TimedResponse(HTTPResponse):
    def __init__(self, sock, *args, **kwargs):
        super().__init__(_TimedSocket(sock), *args, **kwargs)


def _pools(allow_private):
    class Guarded:
        response_class = _TimedResponse

        def _new_conn(self):
            return _connect(self, allow_private)

        def connect(self):
            """Tells what fails before anything was sent from what fails later."""
            try:
                return super().connect()
            except ssl.SSLCertVerificationError:
                raise
            except TimeoutError:
                raise ConnectTimeoutError(self, "connecting took too long") from None
            except (ConnectionError, ssl.SSLError) as error:
                raise NewConnectionError(self, type(error).__name__) from None

        def send(self, data):
            """Sends in time, however slowly the server takes it."""
            if not isinstance(data, bytes | bytearray):
                return super().send(data)
            for start in range(0, len(data), _BLOCK):
                if self.sock:
                    self.sock.settimeout(min(READ_TIMEOUT, left()))
                super().send(data[start : start + _BLOCK])

    class Guarding:
        def urlopen(self, *args, **kwargs):
            """Takes an answer that was cut off for none: urllib3 1 leaves that open."""
            kwargs["enforce_content_length"] = True
            return super().urlopen(*args, **kwargs)

    class Plain(Guarded, HTTPConnection):
        pass

    class Secure(Guarded, HTTPSConnection):
        pass

    class PlainPool(Guarding, HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(Guarding, HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connect(connection, allow_private):
    failure = NewConnectionError(connection, "the name has no address")
    for address in _addresses(connection, allow_private):
        try:
            sock = create_connection(
                (address, connection.port),
                min(CONNECT_TIMEOUT, left()),
                socket_options=connection.socket_options,
            )
            # for the TLS handshake, which the timeout of a socket bounds as a whole
            sock.settimeout(min(CONNECT_TIMEOUT, left()))
            return sock
        except TimeoutError:
            failure = ConnectTimeoutError(connection, "connecting took too long")
        except OSError as error:
            failure = NewConnectionError(connection, type(error).__name__)
    raise failure


def _addresses(connection, allow_private):
    """The addresses of a connection's host; none at all when one is forbidden."""
    try:
        found = _look_up(connection.host, connection.port)
    except (OSError, UnicodeError):
        raise NewConnectionError(connection, "the name has no address") from None
    addresses = list(dict.fromkeys(entry[4][0] for entry in found))
    if not allow_private and not all(map(is_public, addresses)):
        raise ForbiddenAddress(
            "leads into a private network, which an administrator has to allow"
        )
    return addresses


def _look_up(host, port):
    """``socket.getaddrinfo`` in time: it knows no timeout of its own, and who owns a
    name decides how long its servers take.
    """
    answer = queue.SimpleQueue()

    def ask():
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except Exception as error:  # raised where it was asked for
            found = error
        answer.put(found)

    threading.Thread(target=ask, daemon=True, name="look up a name").start()
    try:
        found = answer.get(timeout=min(CONNECT_TIMEOUT, left()))
    except queue.Empty:
        raise TimeoutError("looking up the name took too long") from None
    if isinstance(found, Exception):
        raise found
    return found
