"""Real servers on loopback, and clients on them that know nothing of this project.

Each is a context manager; entering it starts the server afresh, empty but for its
members, and leaving it stops it. Within one process a running one is shared::

    with Snac() as peer:
        Mastodon(peer.brand) ...; peer.client(peer.fan).status_post("@brand hello")

The servers are installed at their first start, into ``$PEERS`` or ``.local/peers``.
"""

import html
import json
import os
import re
import subprocess
import time
import xmlrpc.client
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import requests

_HERE = Path(__file__).resolve().parent
_PEERS = Path(os.environ.get("PEERS") or _HERE.parents[1] / ".local/peers")
_RUN = _PEERS / "run"
_running: dict = {}  # script → the peer it runs
_OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


@dataclass(frozen=True)
class Member:
    """Somebody with an account on a peer.

    ``mention`` is what others write to mention them; ``secret`` what this add-on's
    channel takes: an access token or an app password.
    """

    username: str
    password: str
    secret: str
    mention: str
    url: str = ""


class Peer:
    """A server run by one of the scripts beside this file."""

    script = ""

    def __init__(self):
        self.url = ""
        self._guests = 0
        self.facts: dict = {}

    def __enter__(self):
        peer = _running.get(self.script)
        if not peer:
            self.start()
            peer = _running[self.script] = self
        peer._guests += 1
        return peer

    def __exit__(self, *exception):
        peer = _running[self.script]
        peer._guests -= 1
        if not peer._guests:
            del _running[self.script]
            peer.stop()

    def start(self):
        """Installs what is missing, starts the server and makes its members."""
        self._end_left_over()
        self.facts = json.loads(self._run("start"))
        self.url = self.facts["url"]

    def stop(self):
        """Stops the server."""
        self._run("stop")

    def _end_left_over(self):
        """Stops servers of processes that were killed before they could."""
        for folder in _RUN.glob(f"{self.script}-*"):
            try:
                os.kill(int(folder.name.rsplit("-")[-1]), 0)
            except ProcessLookupError:
                self._run("stop", folder)

    def _run(self, command, folder=None):
        folder = folder or _RUN / f"{self.script}-{os.getpid()}"
        done = subprocess.run(
            [_HERE / self.script, command],
            env=os.environ | {"PEERS": str(_PEERS), "PEER_RUN": str(folder)},
            stdout=subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{self.script} {command} failed, see above")
        return done.stdout


class Snac(Peer):
    """A server that speaks Mastodon's API, with a ``brand`` and a ``fan``.

    Mentions take it 8 to 9 seconds to deliver.
    """

    script = "snac.sh"
    brand: Member
    fan: Member

    def start(self):
        super().start()
        self.brand, self.fan = (self._member(name) for name in ("brand", "fan"))

    def client(self, member: Member):
        """A ``mastodon.Mastodon`` client."""
        from mastodon import Mastodon

        return Mastodon(
            access_token=member.secret,
            api_base_url=self.url,
            version_check_mode="none",
        )

    def register_app(self, redirect_uri: str = _OUT_OF_BAND) -> dict:
        """An app as of ``POST /api/v1/apps``: "client_id" and "client_secret"."""
        data = {"client_name": "tests", "redirect_uris": redirect_uri}
        data["scopes"] = "read write"
        return self._post("/api/v1/apps", data).json()

    def sign_in(self, username: str, app: dict) -> str:
        """What a browser does when somebody fills in the server's form.

        :return: the authorisation code
        """
        password = self.facts["users"][username]
        form = {"login": username, "passwd": password, "redir": _OUT_OF_BAND}
        form |= {"cid": app["client_id"], "state": ""}
        return self._post("/oauth/x-snac-login", form).text.strip()

    def agree(self, username: str, page: str) -> dict:
        """What a browser does from a sign-in page on: fills in the form, and follows it
        back to where it came from.

        :return: the parameters it comes back with
        """
        shown = requests.get(page, headers={"Connection": "close"}, timeout=30)
        shown.raise_for_status()
        inputs = re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', shown.text)
        form = {name: html.unescape(value) for name, value in inputs}
        form |= {"login": username, "passwd": self.facts["users"][username]}
        answer = self._post("/oauth/x-snac-login", form, allow_redirects=False)
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def delete(self, member: Member, uri: str) -> None:
        """Deletes a status in the server's own pages: its API can't."""
        form = {"id": uri, "actor": member.url, "action": "Delete", "redir": "/"}
        access = (member.username, member.password)
        path = f"/{member.username}/admin/action"
        self._post(path, form, auth=access, allow_redirects=False)

    def _member(self, name):
        app = self.register_app()
        grant = {"grant_type": "authorization_code", "code": self.sign_in(name, app)}
        grant |= {name: app[name] for name in ("client_id", "client_secret")}
        grant["redirect_uri"] = _OUT_OF_BAND
        token = self._post("/oauth/token", grant).json()["access_token"]
        password = self.facts["users"][name]
        return Member(name, password, token, f"@{name}", f"{self.url}/{name}")

    def _post(self, path, data, **more):
        answer = requests.post(
            self.url + path, data, headers={"Connection": "close"}, timeout=30, **more
        )
        answer.raise_for_status()
        return answer


class Atproto(Peer):
    """The Bluesky network; ``brand`` and ``fan`` sign in by app password."""

    script = "atproto.sh"
    brand: Member
    fan: Member

    def start(self):
        super().start()
        self.brand, self.fan = (self.add(name) for name in ("brand", "fan"))

    def add(self, name: str) -> Member:
        """A new account, ``name.test``."""
        handle, password = f"{name}.test", "correct-horse"
        data = {"handle": handle, "email": f"{name}@example.com", "password": password}
        account = self._call("com.atproto.server.createAccount", data)
        access = {"Authorization": f"Bearer {account['accessJwt']}"}
        app = self._call(
            "com.atproto.server.createAppPassword", {"name": "tests"}, access
        )
        self._wait_until_known(account["did"], access)
        return Member(handle, password, app["password"], f"@{handle}", account["did"])

    def client(self, member: Member):
        """An ``atproto.Client``, signed in."""
        from atproto import Client

        client = Client(self.url)
        client.login(member.username, member.password)
        return client

    def mention(self, member: Member, text: str):
        """A text for ``client.send_post`` that begins with a mention of somebody."""
        from atproto import client_utils

        builder = client_utils.TextBuilder()
        return builder.mention(member.mention, member.url).text(f" {text}")

    def _wait_until_known(self, did, access):
        """The app view learns of a new account a moment later."""
        url = f"{self.url}/xrpc/app.bsky.actor.getProfile"
        for _attempt in range(120):
            if requests.get(url, {"actor": did}, headers=access, timeout=30).ok:
                return
            time.sleep(0.25)
        raise TimeoutError(f"{did} did not become known")

    def _call(self, method, data, headers=None):
        answer = requests.post(
            f"{self.url}/xrpc/{method}", json=data, headers=headers, timeout=30
        )
        answer.raise_for_status()
        return answer.json()


class WordPress(Peer):
    """A blog; ``feed`` is the address of its articles."""

    script = "wordpress.sh"
    feed = ""
    _access: tuple | None = None

    def start(self):
        super().start()
        self.feed = self.facts["feed"]

    def application_password(self) -> str:
        """A new one of the administrator's."""
        browser = requests.Session()
        browser.cookies.set("wordpress_test_cookie", "WP Cookie check")
        form = {"log": self.facts["user"], "pwd": self.facts["password"]}
        browser.post(f"{self.url}/wp-login.php", form, timeout=30)
        ajax = f"{self.url}/wp-admin/admin-ajax.php?action=rest-nonce"
        nonce = {"X-WP-Nonce": browser.get(ajax, timeout=30).text}
        path = "/wp-json/wp/v2/users/me/application-passwords"
        name = {"name": f"tests {time.monotonic_ns()}"}
        made = browser.post(self.url + path, json=name, headers=nonce, timeout=30)
        made.raise_for_status()
        return made.json()["password"]

    def guest_comment(self, text: str, name: str) -> None:
        """What a visitor of the first article writes into its form; once in 15
        seconds.
        """
        form = {"comment_post_ID": 1, "comment": text, "author": name}
        form["email"] = f"{name.lower()}@example.com"
        answer = requests.post(f"{self.url}/wp-comments-post.php", form, timeout=30)
        answer.raise_for_status()

    def comments(self, method: str, path: str = "", **what):
        """A call to the comments' API as the administrator."""
        if not self._access:
            self._access = (self.facts["user"], self.application_password())
        url = f"{self.url}/wp-json/wp/v2/comments{path}"
        answer = requests.request(method, url, auth=self._access, timeout=60, **what)
        answer.raise_for_status()
        return answer.json()

    def comment(self, text: str, name: str = "Eve", article: int = 1) -> str:
        """A guest's comment without waiting.

        :return: its number
        """
        guest = {"author_name": name, "author_email": f"{name.lower()}@example.com"}
        comment = {"post": article, "content": text, **guest}
        return str(self.comments("POST", json=comment)["id"])

    def publish(self, title: str, html: str) -> str:
        """Publishes an article.

        :return: its number
        """
        article = {"post_title": title, "post_content": html, "post_status": "publish"}
        user, password = self.facts["user"], self.facts["password"]
        with xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc.php") as server:
            return server.wp.newPost(0, user, password, article)


class Prism(Peer):
    """X's published API description: refuses what does not conform to it, and answers
    the rest with made-up values. It remembers nothing.

    The description is X's and not ours to pass on: ``x-openapi.json`` in
    ``$SOCIAL_DATA``, or in ``../shared/data`` beside the repository.
    """

    script = "prism.sh"
    description = (
        Path(os.environ.get("SOCIAL_DATA") or _HERE.parents[2] / "shared/data")
        / "x-openapi.json"
    )


class Telegram(Peer):
    """Telegram's Bot API, with one bot; ``token`` is its."""

    script = "telegram.sh"
    token = ""

    def start(self):
        super().start()
        self.token = self.facts["token"]

    def write(self, text: str, **values):
        """A message of somebody to the bot; ``values``: what differs in it, as of
        https://core.telegram.org/bots/api#message.
        """
        person = {"id": 7001, "is_bot": False, "first_name": "Fan", "username": "fan"}
        message = {"from": person, "chat": {**person, "type": "private"}, "text": text}
        message |= {"date": int(time.time()), "botToken": self.token}
        self._call("sendMessage", message | values)

    def sent(self) -> list[dict]:
        """What the bot sent and did not delete: the calls' own data."""
        history = self._call("getUpdatesHistory", {"token": self.token})["result"]
        own = [entry for entry in history if "chat_id" in entry["message"]]
        return [{"id": str(e["messageId"]), **e["message"]} for e in own]

    def end_webhook(self):
        """Lets the bot fetch again."""
        self._call(f"bot{self.token}/deleteWebhook", {})

    def _call(self, path, data):
        answer = requests.post(f"{self.url}/{path}", json=data, timeout=30)
        answer.raise_for_status()
        return answer.json()
