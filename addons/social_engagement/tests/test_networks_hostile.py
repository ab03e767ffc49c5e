"""The HTTP client against servers that mean harm: they hold it up, fill its memory, or
lead it where it must not go.
"""

import gzip
import json
import socket
import threading
import time
from contextlib import suppress
from unittest.mock import patch

import requests

from odoo.tests import BaseCase

from ..networks import squeeze, transport
from ..networks.base import Account, NetworkError, Reason, TooLarge
from ..networks.deadline import left, within
from ..networks.http import Client, squeezing
from ..networks.squeeze import KEPT, Squeezer

real_send = requests.Session.send
BOMB = gzip.compress(b"0" * 50_000_000, 9)


class Enemy:
    """A server that answers each connection with a function of its socket."""

    def __init__(self, act, asks=True):
        self.act = act
        self.asks = asks  # whether it waits for the request before it acts
        self.calls = []  # the head of each request
        self.sent = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._listening.close()

    def _serve(self):
        with suppress(OSError):
            while True:
                sock, _address = self._listening.accept()
                threading.Thread(target=self._talk, args=[sock], daemon=True).start()

    def _talk(self, sock):
        with suppress(OSError), sock:
            if self.asks:
                self.calls.append(sock.recv(65536).decode("latin-1"))
            else:
                self.calls.append("")
            self.act(self, sock)

    def send(self, sock, data):
        for start in range(0, len(data), 65536):
            self.sent += sock.send(data[start : start + 65536])

    def drip(self, sock, seconds=20.0):
        for _drop in range(int(seconds / 0.05)):
            sock.sendall(b"0")
            time.sleep(0.05)


def head(status="200 OK", *lines):
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode("latin-1")


def redirect(where, *lines):
    return head("302 Found", f"Location: {where}", *lines)


class TestHostile(BaseCase):
    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        return real_send(session, request, **kwargs)

    def enemy(self, act, **kwargs):
        enemy = Enemy(act, **kwargs)
        self.addCleanup(enemy.close)
        return enemy

    def client(self, url, **kwargs):
        headers = {"Authorization": "Bearer s3cret"}
        return Client(Account(url, allow_private=True), headers=headers, **kwargs)

    def refused(self, call, *reasons, within_seconds=2.0):
        start = time.monotonic()
        with self.assertRaises(NetworkError) as caught:
            call()
        self.assertLess(time.monotonic() - start, within_seconds)
        self.assertIn(caught.exception.reason, reasons, caught.exception.detail)
        return caught.exception

    def in_time(self, seconds=0.5):
        self.enterContext(patch.object(transport, "TOTAL_TIMEOUT", seconds))

    # ------------------------------------------------------------------
    # Time
    # ------------------------------------------------------------------

    def test_redirects_that_drip(self):
        self.in_time(3)

        def act(enemy, sock):
            sock.sendall(redirect("/again"))
            enemy.drip(sock)

        enemy = self.enemy(act)
        self.refused(self.getting(enemy), Reason.SERVER)
        self.assertEqual(len(enemy.calls), 6)

    def test_redirects_that_take_their_time_share_it(self):
        self.in_time()

        def act(enemy, sock):
            time.sleep(0.2)
            sock.sendall(redirect("/again"))

        enemy = self.enemy(act)
        self.refused(self.getting(enemy), Reason.NETWORK, within_seconds=1)
        self.assertLess(len(enemy.calls), 5)

    def test_a_second_try_has_what_the_first_left(self):
        self.in_time(2)

        def act(enemy, sock):
            if len(enemy.calls) == 1:
                time.sleep(1)  # and breaks
            else:
                sock.sendall(head())
                enemy.drip(sock)

        enemy = self.enemy(act)
        self.refused(self.getting(enemy), Reason.NETWORK, within_seconds=2.9)
        self.assertEqual(len(enemy.calls), 2)

    def test_several_calls_share_what_is_around_them(self):
        enemy = self.enemy(lambda enemy, sock: time.sleep(0.3))
        start = time.monotonic()
        with within(0.5):
            for _call in range(5):
                self.refused(self.getting(enemy), Reason.NETWORK)
        self.assertLess(time.monotonic() - start, 1)
        self.assertEqual(left(), float("inf"))

    def test_what_is_inside_ends_no_later(self):
        with within(0.2), within(60):
            self.assertLess(left(), 0.3)
            time.sleep(0.2)
            with self.assertRaises(TimeoutError):
                left()

    def test_headers_drip(self):
        self.in_time()

        def act(enemy, sock):
            sock.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            enemy.drip(sock)

        self.refused(self.getting(self.enemy(act)), Reason.NETWORK)

    def test_tls_drips(self):
        self.in_time()

        def silent(enemy, sock):
            time.sleep(5)

        def dripping(enemy, sock):
            sock.sendall(b"\x16\x03\x03\x40\x00")  # a handshake of 16 KB begins
            enemy.drip(sock)

        for act in (silent, dripping):
            enemy = self.enemy(act)
            client = self.client(f"https://127.0.0.1:{enemy.port}")
            error = self.refused(lambda c=client: c.post("/", {}), Reason.NETWORK)
            self.assertFalse(error.uncertain, "nothing was sent")

    def test_who_does_not_take_what_is_sent(self):
        self.in_time()

        def act(enemy, sock):
            time.sleep(5)

        enemy = self.enemy(act)
        client = self.client(enemy.url)
        big = {"file": ("a.bin", b"0" * 20_000_000, "image/png")}
        error = self.refused(
            lambda: client.submit("POST", "/", files=big), Reason.NETWORK
        )
        self.assertTrue(error.uncertain)

    def test_who_takes_it_bit_by_bit(self):
        self.in_time()

        def act(enemy, sock):
            while sock.recv(65536):
                time.sleep(0.01)

        client = self.client(self.enemy(act).url)
        big = {"file": ("a.bin", b"0" * 20_000_000, "image/png")}
        self.refused(lambda: client.submit("POST", "/", files=big), Reason.NETWORK)

    def test_a_name_that_takes_its_time(self):
        self.in_time(0.3)
        client = Client(Account("https://slow.example"))

        def look_up(*args, **kwargs):
            time.sleep(3)
            return []

        with patch.object(transport.socket, "getaddrinfo", look_up):
            error = self.refused(lambda: client.post("/", {}), Reason.NETWORK)
        self.assertFalse(error.uncertain)

    def test_a_name_with_many_addresses(self):
        self.in_time(0.3)
        client = Client(Account("https://many.example"))
        tried = []

        def look_up(host, port, **kwargs):
            addresses = [f"93.184.216.{n}" for n in range(200)]
            return [(2, 1, 6, "", (address, port)) for address in addresses]

        def connect(address, timeout, **kwargs):
            tried.append(address)
            time.sleep(min(timeout, 0.1))
            raise TimeoutError

        with (
            patch.object(transport.socket, "getaddrinfo", look_up),
            patch.object(transport, "create_connection", connect),
        ):
            self.refused(lambda: client.get("/"), Reason.NETWORK)
        self.assertLess(len(tried), 10)

    # ------------------------------------------------------------------
    # Size
    # ------------------------------------------------------------------

    def test_the_body_of_a_redirect_is_not_read(self):
        packed = ("Content-Encoding: gzip", "Content-Length: 90000000")

        def act(enemy, sock):
            if "/next" in enemy.calls[-1]:
                sock.sendall(head("200 OK", "Content-Length: 2") + b"{}")
                return
            sock.sendall(redirect("/next", *packed))
            while enemy.sent < 80_000_000:
                enemy.send(sock, BOMB)

        enemy = self.enemy(act)
        self.assertEqual(self.getting(enemy)().json(), {})
        self.assertLess(enemy.sent, 20_000_000, "what fits into buffers is sent")
        error = self.refused(
            lambda: self.client(enemy.url).post("/", {}), Reason.REFUSED
        )
        self.assertIn("redirects", error.detail)

    def test_bombs(self):
        for status in ("200 OK", "404 Not Found", "500 Oh", "206 Partial", "429 Slow"):

            def act(enemy, sock, status=status):
                length = f"Content-Length: {len(BOMB)}"
                sock.sendall(head(status, "Content-Encoding: gzip", length) + BOMB)

            error = self.refused(
                self.getting(self.enemy(act)), Reason.BAD_PAYLOAD, within_seconds=5
            )
            self.assertIsInstance(error, TooLarge)

    def test_packings_nobody_asked_for(self):
        for packing in ("br", "zstd", "gzip, gzip", "compress", "gzip,br"):

            def act(enemy, sock, packing=packing):
                sock.sendall(head("200 OK", f"Content-Encoding: {packing}") + b"{}")

            self.refused(self.getting(self.enemy(act)), Reason.BAD_PAYLOAD)

    def test_answers_without_end(self):
        self.in_time(10)

        def chunks(enemy, sock):
            sock.sendall(head("200 OK", "Transfer-Encoding: chunked"))
            while True:
                enemy.send(sock, b"1;x=" + b"y" * 200 + b"\r\n0\r\n")

        def preliminary(enemy, sock):
            while True:
                enemy.send(sock, head("100 Continue", "X: " + "y" * 5000))

        def body(enemy, sock):
            sock.sendall(head())
            while True:
                enemy.send(sock, b"0" * 65536)

        for act in (chunks, preliminary, body):
            with patch.object(transport, "MAX_RAW", 2_000_000):
                error = self.refused(
                    self.getting(self.enemy(act)),
                    Reason.BAD_PAYLOAD,
                    within_seconds=8,
                )
            self.assertIsInstance(error, TooLarge, act.__name__)

    def test_heads_without_end(self):
        self.in_time(5)

        def lines(enemy, sock):
            sock.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                enemy.send(sock, b"X: y\r\n" * 1000)

        def line(enemy, sock):
            sock.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while True:
                enemy.send(sock, b"y" * 65536)

        for act in (lines, line):
            self.refused(self.getting(self.enemy(act)), Reason.NETWORK)

    def test_cut_off_before_its_length(self):
        def act(enemy, sock):
            sock.sendall(head("200 OK", "Content-Length: 100") + b'{"a": 1}')

        enemy = self.enemy(act)
        self.refused(self.getting(enemy), Reason.NETWORK)
        self.assertEqual(len(enemy.calls), 2)
        error = self.refused(
            lambda: self.client(enemy.url).post("/", {}), Reason.NETWORK
        )
        self.assertTrue(error.uncertain)

    def test_cut_off_between_chunks(self):
        def act(enemy, sock):
            start = head("200 OK", "Transfer-Encoding: chunked")
            sock.sendall(start + b"8\r\n" + b'{"a": 1}' + b"\r\n")

        self.refused(self.getting(self.enemy(act)), Reason.NETWORK)

    def test_large_json_made_smaller(self):
        page = {"data": [{"id": "7", "text": "é" * 6_000_000}], "next": "token"}
        body = json.dumps(page, ensure_ascii=False).encode()

        def act(enemy, sock):
            enemy.send(sock, head("200 OK", f"Content-Length: {len(body)}") + body)

        enemy = self.enemy(act)
        error = self.refused(self.getting(enemy), Reason.BAD_PAYLOAD, within_seconds=5)
        self.assertIsInstance(error, TooLarge)
        with squeezing():
            found = self.getting(enemy)().json()
        self.assertEqual(found["data"][0]["id"], "7")
        self.assertEqual(found["next"], "token")
        self.assertTrue(found["data"][0]["text"].endswith("é […]"))

    # ------------------------------------------------------------------
    # Where it leads
    # ------------------------------------------------------------------

    def test_no_access_goes_astray(self):
        evil = self.enemy(lambda enemy, sock: sock.sendall(head()))
        answer = []
        good = self.enemy(lambda enemy, sock: sock.sendall(redirect(answer[0])))
        to, at = f"127.0.0.1:{evil.port}", f"127.0.0.1:{good.port}"
        for where in (
            f"http://{to}\\@{at}/x",
            f"http://{to}/\\@{at}/x",
            f"http:\\\\{to}\\@{at}",
            f"\\\\{to}\\x",
            f"http://{at}\\@{to}/x",
            f"http://{at}@{to}/x",
            f"http://user:pass@{at}/x",
            f"http://@{at}/x",
            f"http://{to}/",
            f"//{to}/x",
            f"///{to}/x",
            f"http:///{to}/x",
            f"http://{to}#@{at}/",
            f"http://{to}?@{at}/",
            f"http://{to};@{at}/",
            f"http://{at}\t.evil.example/",
            f"http://{at}%00.evil.example/",
            f"http://{at}\x0b@{to}/",
            f"http://{at}%40{to}/",
            f"http://localhost:{good.port}/x",
            f"http://2130706433:{good.port}/x",
            f"https://{at}:80/x",
            f"ftp://{at}/x",
            f"http://[::ffff:127.0.0.1]:{good.port}/x",
            "http://[::bad/",
            "http://",
            "http:",
            "gopher:x",
            "javascript:alert(1)",
        ):
            answer[:] = [where]
            client = self.client(good.url)
            with self.subTest(where):
                self.refused(
                    lambda client=client: client.get("/"), Reason.REFUSED, Reason.SERVER
                )
        self.assertEqual(evil.calls, [])

    def test_what_is_called_itself(self):
        evil = self.enemy(lambda enemy, sock: sock.sendall(head()))
        good = self.enemy(lambda enemy, sock: sock.sendall(head()))
        to, at = f"127.0.0.1:{evil.port}", f"127.0.0.1:{good.port}"
        for url in (f"http://{to}\\@{at}/", f"http://{to}@{at}/", f"http://a\n@{at}/"):
            for client in (self.client(good.url), self.client("", any_host=True)):
                self.refused(lambda c=client, u=url: c.get(u), Reason.REFUSED)
        self.assertEqual(evil.calls + good.calls, [])

    def test_a_password_that_an_administrator_entered(self):
        def act(enemy, sock):
            where = "/next" if len(enemy.calls) == 1 else elsewhere.url + "/x"
            sock.sendall(redirect(where))

        elsewhere = self.enemy(lambda enemy, sock: sock.sendall(head()))
        enemy = self.enemy(act)
        address = f"http://me:geheim@127.0.0.1:{enemy.port}/feed"
        with suppress(NetworkError):
            Client(Account(address, allow_private=True), any_host=True).get(address)
        self.assertIn("Authorization: Basic", enemy.calls[0])
        self.assertIn("Authorization: Basic", enemy.calls[1])
        self.assertNotIn("Authorization", elsewhere.calls[0])

    def test_redirects_that_are_fine(self):
        there = []

        def act(enemy, sock):
            if len(enemy.calls) == 1:
                sock.sendall(redirect(there[0]))
            else:
                sock.sendall(head("200 OK", "Content-Length: 2") + b"{}")

        for where, path in (
            ("/plain", "/plain"),
            ("next?a=b", "/in/next?a=b"),
            ("/a b", "/a%20b"),
            ("/caf\u00c3\u00a9", "/caf%C3%A9"),  # UTF-8, as headers are read
            ("HTTP://127.0.0.1:{port}/x", "/x"),
            ("http://127.0.0.1:{port}/@name", "/@name"),
        ):
            enemy = self.enemy(act)
            there[:] = [where.format(port=enemy.port)]
            with self.subTest(where):
                self.client(enemy.url).get("/in/first")
                self.assertEqual(enemy.calls[1].split(" ")[1], path)

    def test_a_host_of_other_letters(self):
        client = Client(Account("https://bücher.example"))
        with patch.object(transport.socket, "getaddrinfo", side_effect=OSError):
            for url in (
                "/",
                "https://bücher.example/",
                "https://xn--bcher-kva.example",
            ):
                self.refused(lambda u=url: client.get(u), Reason.NETWORK)
            self.refused(lambda: client.get("https://bucher.example"), Reason.REFUSED)

    def getting(self, enemy):
        return lambda: self.client(enemy.url).get("/")


class TestSqueeze(BaseCase):
    def squeezed(self, value, step=16 * 1024, **how):
        raw, squeezer = json.dumps(value, **how).encode(), Squeezer()
        for start in range(0, len(raw), step):
            squeezer.feed(raw[start : start + step])
        return json.loads(bytes(squeezer.kept))

    def test_what_is_small_stays(self):
        value = [{'a\\"': 'b\\\\"[{,', "c": [1, None, {"d": []}, "é\n"]}, "x"]
        for step in range(1, 8):
            self.assertEqual(self.squeezed(value, step), value)
            self.assertEqual(self.squeezed(value, step, ensure_ascii=False), value)

    def test_long_texts_are_cut_anywhere(self):
        for text in ("a", "é", "😀", '"', "\\", 'a😀\\"é'):
            for shift in range(4):
                long = "b" * shift + text * KEPT + "c"
                for ascii_only in (True, False):
                    found = self.squeezed([long, 1], 999, ensure_ascii=ascii_only)
                    self.assertTrue(found[0].endswith(" […]"))
                    self.assertEqual(found[1], 1)
                    self.assertLessEqual(len(found[0]), KEPT + 10)

    def test_too_many_parts_are_left_out(self):
        room = 20_000
        self.enterContext(patch.object(squeeze, "ROOM", room))
        many = [{"n": n} for n in range(room)]
        page = {"data": [{"id": "7", "tags": many, "after": 1}], "next": "token"}
        found = self.squeezed(page)
        self.assertEqual(found["data"][0]["id"], "7")
        self.assertEqual(found["next"], "token")
        self.assertEqual(found["data"][0]["tags"][:2], many[:2])
        self.assertLess(len(json.dumps(found)), room * 1.2)
        found = self.squeezed([{"id": "7", "tags": many}, {"id": "8"}])
        self.assertEqual([entry["id"] for entry in found], ["7", "8"])
