"""Connections that lead only where they may, and end in time: the layer below
:mod:`.http`.
"""

import io
import ipaddress
import socket
import time
from http.client import HTTPResponse

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

CONNECT_TIMEOUT = 10  # seconds
READ_TIMEOUT = 30  # seconds without a byte
TOTAL_TIMEOUT = 60  # seconds for one whole answer
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Python calls these global (some versions, the first), but they lead to addresses of
# the own network: local NAT64, and old ways to write IPv4 in IPv6.
_LOCAL = [
    ipaddress.ip_network(net) for net in ("64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96")
]


class ForbiddenAddress(requests.ConnectionError):
    """A name leads to an address that is not public."""


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
    server drip for ever.
    """

    def __init__(self, sock):
        self._socket = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._end = time.monotonic() + TOTAL_TIMEOUT

    def readable(self):
        return True

    def readinto(self, buffer):
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the whole answer took too long")
        self._socket.settimeout(min(READ_TIMEOUT, left))
        return self._raw.readinto(buffer)

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

    class Plain(Guarded, HTTPConnection):
        pass

    class Secure(Guarded, HTTPSConnection):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connect(connection, allow_private):
    failure = NewConnectionError(connection, "the name has no address")
    for address in _addresses(connection, allow_private):
        try:
            return create_connection(
                (address, connection.port),
                CONNECT_TIMEOUT,
                socket_options=connection.socket_options,
            )
        except TimeoutError:
            failure = ConnectTimeoutError(connection, "connecting took too long")
        except OSError as error:
            failure = NewConnectionError(connection, type(error).__name__)
    raise failure


def _addresses(connection, allow_private):
    """The addresses of a connection's host; none at all when one is forbidden."""
    try:
        found = socket.getaddrinfo(
            connection.host, connection.port, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError):
        raise NewConnectionError(connection, "the name has no address") from None
    addresses = list(dict.fromkeys(entry[4][0] for entry in found))
    if not allow_private and not all(map(is_public, addresses)):
        raise ForbiddenAddress(
            "leads into a private network, which an administrator has to allow"
        )
    return addresses
