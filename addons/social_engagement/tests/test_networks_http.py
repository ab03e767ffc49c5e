"""The HTTP client against a server that misbehaves on purpose."""

import gzip
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch

import requests

from odoo.tests import BaseCase

from ..networks import http, transport
from ..networks.base import Account, NetworkError, Reason
from ..networks.http import Client

real_send = requests.Session.send


class Misbehaving(BaseHTTPRequestHandler):
    """Does what the path says; ``server.seen`` counts the calls of each path."""

    def do_GET(self):
        path = self.path.split("?")[0].strip("/")
        seen = self.server.seen
        seen[path] = seen.get(path, 0) + 1
        getattr(self, path)()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *args):
        pass

    def give(self, body=b"{}", status=200, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def fine(self):
        self.give(b'{"fine": true}')

    def echo(self):
        self.give(str(self.headers).encode())

    def bomb(self):
        self.give(gzip.compress(b"0" * 200_000_000, 9), Content_Encoding="gzip")

    def huge(self):
        self.give(b"0" * 11_000_000)

    def onion(self):
        self.give(gzip.compress(gzip.compress(b"{}")), Content_Encoding="gzip, gzip")

    def reset_once(self):
        if self.server.seen["reset_once"] == 1:
            self.reset()
        else:
            self.fine()

    def reset(self):
        abort = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, abort)
        self.connection.close()

    def short(self):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b'{"a": ')
        self.close_connection = True

    def drip(self):
        self.send_response(200)
        self.end_headers()
        self.drop_by_drop()

    def drip_headers(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
        self.drop_by_drop()

    def drop_by_drop(self):
        for _drop in range(100):
            try:
                self.wfile.write(b"0")
                time.sleep(0.1)
            except OSError:
                return

    def round(self):
        self.give(status=302, Location="/round")

    def home(self):
        self.give(status=301, Location="/fine")

    def to_file(self):
        self.give(status=302, Location="file:///etc/passwd")

    def to_private(self):
        there = f"http://127.0.0.2:{self.server.server_port}/fine"
        self.give(status=302, Location=there)

    def to_nowhere(self):
        self.give(status=302, Location="http://[::bad/")


class TestHttp(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving)
        cls.server.daemon_threads = True
        thread = threading.Thread(target=cls.server.serve_forever, daemon=True)
        thread.start()
        cls.addClassCleanup(thread.join)
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)
        cls.url = f"http://127.0.0.1:{cls.server.server_port}"

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        # whether a call goes out is what is tested here: nothing else may stop it
        return real_send(session, request, **kwargs)

    def setUp(self):
        super().setUp()
        self.server.seen = {}

    def client(self, **kwargs):
        account = Account(self.url, secret="s3cret", allow_private=True)
        return Client(account, **kwargs)

    def refused(self, call, reason):
        with self.assertRaises(NetworkError) as caught:
            call()
        self.assertEqual(caught.exception.reason, reason, caught.exception.detail)
        return caught.exception

    def test_reads(self):
        answer = self.client().get("/fine", {"a": "b"})
        self.assertEqual(answer.json(), {"fine": True})
        sent = self.client(headers={"X-Mine": "1"}).get("/echo").body.decode()
        self.assertIn("User-Agent: OdooSocialEngagement", sent)
        self.assertIn("X-Mine: 1", sent)

    def test_private_addresses_are_refused(self):
        port = self.server.server_port
        hosts = ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0")
        hosts += ("10.0.0.1", "192.168.1.1", "169.254.169.254", "2130706433", "0x7f.1")
        for host in hosts:
            account = Account(f"https://{host}:{port}/feed")
            client = Client(account, any_host=True)
            with self.subTest(host):
                error = self.refused(
                    lambda client=client, account=account: client.get(account.base_url),
                    Reason.REFUSED,
                )
                self.assertIn("private network", error.detail)
        self.assertEqual(self.server.seen, {})

    def test_public_addresses_are_told_apart(self):
        for address in ("93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"):
            self.assertTrue(transport.is_public(address), address)
        private = ("::1", "fe80::1%eth0", "fc00::1", "64:ff9b::7f00:1", "224.0.0.1")
        private += ("2002:7f00:1::", "100.64.0.1", "255.255.255.255", "::")
        for address in private:
            self.assertFalse(transport.is_public(address), address)

    def test_connects_to_the_address_it_checked(self):
        looked_up, connected = [], []

        def look_up(host, port, **kwargs):
            looked_up.append(host)
            address = "93.184.216.34" if len(looked_up) == 1 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        def connect(address, *args, **kwargs):
            connected.append(address)
            raise OSError("no network in tests")

        client = Client(Account("https://rebinding.example/"), any_host=True)
        with (
            patch.object(transport.socket, "getaddrinfo", look_up),
            patch.object(transport, "create_connection", connect),
        ):
            self.refused(lambda: client.get("/"), Reason.NETWORK)
        self.assertEqual(connected, [("93.184.216.34", 443)])

    def test_redirects(self):
        self.assertEqual(self.client().get("/home").json(), {"fine": True})
        self.refused(lambda: self.client().get("/round"), Reason.SERVER)
        self.assertEqual(self.server.seen["round"], http.MAX_REDIRECTS + 1)
        for path in ("/to_file", "/to_nowhere", "/to_private"):
            self.refused(lambda path=path: self.client().get(path), Reason.REFUSED)
        self.refused(lambda: self.client().post("/home", {}), Reason.REFUSED)

    def test_every_hop_is_checked(self):
        client = Client(Account(self.url), any_host=True)
        with patch.object(transport, "is_public", lambda ip: ip == "127.0.0.1"):
            self.assertEqual(client.get("/fine").json(), {"fine": True})
            self.refused(lambda: client.get("/to_private"), Reason.REFUSED)
            self.refused(lambda: client.get("/to_file"), Reason.REFUSED)
        self.assertEqual(self.server.seen["fine"], 1)

    def test_only_the_accounts_host(self):
        elsewhere = f"http://localhost:{self.server.server_port}/fine"
        self.refused(lambda: self.client().get(elsewhere), Reason.REFUSED)
        self.refused(lambda: self.client().get("http://127.0.0.1/"), Reason.REFUSED)
        for address in ("file:///etc/passwd", "", "brand.example", "https://", "::"):
            client = Client(Account(address, allow_private=True))
            self.refused(lambda client=client: client.get("/"), Reason.REFUSED)
        plain = Client(Account("http://social.example", secret="s3cret"))
        self.refused(lambda: plain.get("/"), Reason.REFUSED)

    def test_sizes_are_bounded(self):
        for path in ("/bomb", "/huge", "/onion"):
            start = time.monotonic()
            self.refused(lambda path=path: self.client().get(path), Reason.BAD_PAYLOAD)
            self.assertLess(time.monotonic() - start, 20)

    def test_time_is_bounded(self):
        with patch.object(transport, "TOTAL_TIMEOUT", 0.5):
            for path in ("/drip", "/drip_headers"):
                start = time.monotonic()
                self.refused(lambda path=path: self.client().get(path), Reason.NETWORK)
                self.assertLess(time.monotonic() - start, 5)
            error = self.refused(lambda: self.client().post("/drip"), Reason.NETWORK)
            self.assertTrue(error.uncertain)

    def test_reads_again_once(self):
        self.assertEqual(self.client().get("/reset_once").json(), {"fine": True})
        self.refused(lambda: self.client().get("/reset"), Reason.NETWORK)
        self.assertEqual(self.server.seen["reset"], 2)
        self.refused(lambda: self.client().get("/short"), Reason.NETWORK)

    def test_writes_once(self):
        for path in ("/reset", "/short"):
            error = self.refused(
                lambda path=path: self.client().post(path, {}), Reason.NETWORK
            )
            self.assertTrue(error.uncertain)
            self.assertEqual(self.server.seen[path.strip("/")], 1)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
            client = Client(Account(url, allow_private=True))
            error = self.refused(lambda: client.post("/", {}), Reason.NETWORK)
        self.assertFalse(error.uncertain)

    def test_a_name_that_does_not_exist(self):
        client = Client(Account("https://does-not-exist.invalid"))
        error = self.refused(lambda: client.get("/"), Reason.NETWORK)
        self.assertTrue(error.temporary)

    def test_an_access_that_can_not_be_written(self):
        for secret in ("line\nbreak", "ключ"):
            client = self.client(headers={"Authorization": f"Bearer {secret}"})
            error = self.refused(lambda c=client: c.get("/fine"), Reason.REFUSED)
            self.assertNotIn(secret, str(error))
