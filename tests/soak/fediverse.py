"""A network for volume, where no real server delivers so much: Mastodon's API for any
number of brands, and Telegram's for their bots. It remembers what was written to it.

It is hard to please: it knows no Idempotency-Key, and what was written stands.
"""

import json
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

START = datetime.now(timezone.utc) - timedelta(hours=2)
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d494441"
    "54789c6360f8cfc0f01f0005000201a5f645400000000049454e44ae426082"
)


class Fediverse:
    """``with Fediverse(brands) as network``; ``network.url`` is its address."""

    def __init__(self, brands):
        self.brands = [f"brand{number}" for number in range(brands)]
        self.posts = {brand: [] for brand in self.brands}  # mentions, oldest first
        self.written = []  # statuses of the brands, as they came
        self.sent = []  # messages of the bots, as they came
        self.gone = set()
        self.revoked = set()  # brands whose token is refused
        self._lock = threading.Lock()
        self._last = 10**6

    def publish(self, brand, text, with_picture=False):
        """Somebody mentions a brand."""
        with self._lock:
            number = self._last = self._last + 1
            moment = START + timedelta(milliseconds=20 * (number - 10**6))
            author = f"fan{number % 5000}"
            status = self._status(str(number), author, text, moment)
            if with_picture:
                url = f"{self.url}/media/{number}.png"
                status["media_attachments"] = [{"type": "image", "url": url}]
            self.posts[brand].append(
                {
                    "id": str(number),
                    "type": "mention",
                    "created_at": moment.isoformat(),
                    "account": status["account"],
                    "status": status,
                }
            )

    def _status(self, identifier, author, text, moment, parent=None):
        return {
            "id": identifier,
            "uri": f"{self.url}/@{author}/{identifier}",
            "url": f"{self.url}/@{author}/{identifier}",
            "content": f"<p>{text}</p>",
            "created_at": moment.isoformat(),
            "edited_at": None,
            "in_reply_to_id": parent,
            "visibility": "public",
            "language": "en",
            "spoiler_text": "",
            "reblogs_count": 0,
            "favourites_count": 0,
            "media_attachments": [],
            "account": self._account(author),
        }

    def _account(self, name):
        return {
            "id": name,
            "username": name,
            "acct": name,
            "display_name": name.title(),
            "url": f"{self.url}/@{name}",
            "avatar_static": f"{self.url}/media/{name}.png",
            "followers_count": len(name) * 37,
            "following_count": 12,
            "statuses_count": 99,
            "created_at": "2020-01-01T00:00:00Z",
            "bot": False,
        }

    # ------------------------------------------------------------------

    def __enter__(self):
        network = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_words):
                pass

            def _serve(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                status, answer = network._answer(self, body)
                kind = "image/png" if isinstance(answer, bytes) else "application/json"
                if not isinstance(answer, bytes):
                    answer = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_DELETE = _serve

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()

    def _answer(self, call, body):
        parts = urlsplit(call.path)
        asked = {k: v[-1] for k, v in parse_qs(parts.query).items()}
        names = parts.path.strip("/").split("/")
        if names[0] == "media":
            number = names[1].removesuffix(".png")
            good = not number.isdigit() or int(number) % 3
            return (200, PICTURE) if good else (404, {"error": "gone"})
        if names[0].startswith("bot"):
            return self._bot(names[0][3:], names[1], _given(call, body, asked))
        brand = call.headers.get("Authorization", "").removeprefix("Bearer token-")
        if brand not in self.posts or brand in self.revoked:
            return 401, {"error": "The access token was revoked"}
        given = _given(call, body, asked)
        return self._mastodon(call.command, brand, names[2:], given)

    def _mastodon(self, method, brand, names, given):
        match method, names:
            case "GET", ["accounts", "verify_credentials"]:
                return 200, self._account(brand)
            case "GET", ["instance"]:
                limits = {"statuses": {"max_characters": 500}}
                return 200, {"configuration": limits}
            case "GET", ["notifications"]:
                return 200, self._page(self.posts[brand], given)
            case "POST", ["statuses"]:
                return 200, self._write(brand, given)
            case "GET", ["statuses", identifier]:
                found = self._find(brand, identifier)
                return (200, found) if found else (404, {"error": "not found"})
            case "GET", ["accounts", _me, "statuses"]:
                own = [s for s in self.written if s["account"]["id"] == brand]
                return 200, self._page(own, given)
        return 404, {"error": "not found"}

    def _page(self, entries, given):
        """Newest first, as Mastodon pages: right after min_id or before max_id."""
        limit = int(given.get("limit", 40))
        with self._lock:
            entries = list(entries)
        if low := int(given.get("min_id", 0)):
            after = [e for e in entries if int(e["id"]) > low]
            return after[:limit][::-1]
        high = int(given.get("max_id", 10**9))
        return [e for e in entries if int(e["id"]) < high][-limit:][::-1]

    def _find(self, brand, identifier):
        if identifier in self.gone:
            return None
        for status in self.written:
            if status["id"] == identifier:
                return status
        first = int(self.posts[brand][0]["id"]) if self.posts[brand] else 0
        for entry in self.posts[brand][max(0, int(identifier) - first - 5) // 1000 :]:
            if entry["id"] == identifier:
                return entry["status"]
        return None

    def _write(self, brand, given):
        with self._lock:
            number = self._last = self._last + 1
            moment = datetime.now(timezone.utc)
            text, parent = given["status"], given.get("in_reply_to_id")
            status = self._status(str(number), brand, text, moment, parent)
            self.written.append(status)
        return status

    def _bot(self, token, method, given):
        if method == "getMe":
            return _ok({"id": int(token[:6]), "first_name": "Bot", "username": "a_bot"})
        if method in ("getUpdates", "getWebhookInfo"):
            return _ok([] if method == "getUpdates" else {"url": ""})
        if method == "sendMessage":
            with self._lock:
                number = self._last = self._last + 1
                self.sent.append(given["text"])
            chat = {"id": int(given["chat_id"]), "type": "private"}
            return _ok({"message_id": number, "chat": chat, "date": 0})
        return _ok(True)


def private_message(number, chat, text):
    """An update as Telegram sends it: somebody wrote to the bot."""
    person = {"id": chat, "first_name": f"Fan {chat}"}
    return {
        "update_id": number + 1,
        "message": {
            "message_id": number + 1,
            "date": int(time.time()),
            "chat": person | {"type": "private"},
            "from": person | {"is_bot": False},
            "text": text,
        },
    }


def _ok(result):
    return 200, {"ok": True, "result": result}


def _given(call, body, asked):
    if not body:
        return asked
    if "json" in call.headers.get("Content-Type", ""):
        return asked | json.loads(body)
    return asked | {k: v[-1] for k, v in parse_qs(body.decode()).items()}
