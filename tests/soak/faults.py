"""A proxy between Odoo and a network that breaks some calls, at random and seeded."""

import random
import socket
import struct
import threading
import time
from collections import Counter
from datetime import datetime, timezone
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

PATIENCE = 30  # seconds after which Odoo gives a silent server up
# How likely a call meets each, of 1000.
BEFORE = {
    "429 epoch": 4,
    "429 iso": 4,
    "429 seconds": 4,
    "429 nothing": 2,
    "500": 6,
    "502 page": 6,
    "reset": 8,
}
AFTER = {"no answer": 10, "cut off": 8, "broken JSON": 8, "slow": 5, "silent": 0.3}
_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Faults:
    """Decides which calls break, and counts them; ``off`` lets all through."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.off = False
        self.met = Counter()
        self._lock = threading.Lock()

    def draw(self, kinds):
        """The fault a call meets, or None."""
        with self._lock:
            point = self.random.uniform(0, 1000)
            for kind, likely in kinds.items():
                point -= likely
                if point < 0 and not self.off:
                    self.met[kind] += 1
                    return kind
        return None


class Proxy:
    """``with Proxy(upstream, faults) as url``: the network, less reliable."""

    def __init__(self, upstream, faults):
        self.upstream = urlsplit(upstream)
        self.faults = faults

    def __enter__(self):
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except OSError:  # the other side was killed
                    self.close_connection = True

            def log_message(self, *_words):
                pass

            def _serve(self):
                proxy._serve(self)

            do_GET = do_POST = do_PUT = do_DELETE = _serve

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()

    def _serve(self, call):
        body = call.rfile.read(int(call.headers.get("Content-Length") or 0))
        fault = self.faults.draw(BEFORE)
        if fault == "reset":
            return _reset(call)
        if fault:
            return _answer(call, *_refusal(fault))
        try:
            status, headers, answer = self._forward(call, body)
        except (OSError, HTTPException):
            return _answer(call, 502, {}, b"the network is not there")
        fault = self.faults.draw(AFTER)
        if fault == "no answer":
            return _reset(call)
        if fault == "silent":
            time.sleep(PATIENCE + 2)
            return _reset(call)
        if fault == "slow":
            time.sleep(1)
        if fault == "broken JSON":
            answer = answer[: len(answer) // 2]
        length = len(answer)
        if fault == "cut off":
            answer = answer[: length // 2]
        _answer(call, status, headers, answer, length)
        if fault == "cut off":
            call.close_connection = True

    def _forward(self, call, body):
        connection = HTTPConnection(self.upstream.hostname, self.upstream.port, 60)
        headers = {k: v for k, v in call.headers.items() if k.lower() not in _HOP}
        headers |= {"Host": self.upstream.netloc, "Connection": "close"}
        connection.request(call.command, call.path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        headers = {k: v for k, v in answer.getheaders() if k.lower() not in _HOP}
        return answer.status, headers, content


def _refusal(fault):
    if fault == "500":
        return 500, {}, b'{"error": "oops"}'
    if fault == "502 page":
        return 502, {"Content-Type": "text/html"}, b"<!DOCTYPE html><h1>Sorry</h1>"
    moment = time.time() + 2
    iso = datetime.fromtimestamp(moment, timezone.utc).isoformat()
    headers = {
        "429 epoch": {"x-rate-limit-reset": str(int(moment))},
        "429 iso": {"X-RateLimit-Reset": iso},
        "429 seconds": {"x-ratelimit-reset": "2.0", "Retry-After": "2"},
    }.get(fault, {})
    return 429, headers, b'{"error": "Too many requests"}'


def _answer(call, status, headers, body, length=None):
    call.send_response_only(status)
    for name, value in headers.items():
        call.send_header(name, value)
    call.send_header("Content-Length", str(len(body) if length is None else length))
    call.end_headers()
    call.wfile.write(body)


def _reset(call):
    """Ends the connection as a crash does: with RST, not with FIN."""
    linger = struct.pack("ii", 1, 0)
    call.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    call.close_connection = True
    call.connection.close()
