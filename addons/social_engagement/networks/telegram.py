"""Telegram, through a bot.

Facts are from https://core.telegram.org/bots/api (``getUpdates``, ``setWebhook``,
``sendMessage``, ``ReplyParameters``, ``setMessageReaction``, ``deleteMessage``,
``getFile``, ``Update``). The wording of failures, which are told by words only, is from
https://github.com/vrumger/telegram-errors and what other programs look for.
"""

import hmac
import json
import logging
import re
import time

from . import register
from .base import (
    Account,
    Adapter,
    Attachment,
    BadPayload,
    Call,
    Credential,
    Event,
    Finding,
    Identity,
    Media,
    MediaLimits,
    NetworkError,
    Outgoing,
    Page,
    Post,
    Reason,
    Sent,
)
from .http import Client, Told, checked_json
from .payload import Fields, as_epoch, as_id, as_number
from .telegram_message import (
    FILE,
    NUMBER,
    UPDATES,
    addressed,
    is_private,
    is_written,
    item,
    link,
    message,
    post,
)

PAGE = 100  # the most getUpdates gives
MAX_CAPTION = 1024  # of a text that goes out with a picture or file
LIKE = "👍"
RECENT = 3600  # seconds in which a failed call of theirs counts
# Numbers of updates start again anywhere after a week of silence: an offset of before
# would then confirm what nobody has read.
OFFSET_HOLDS = 6 * 24 * 3600  # seconds
_TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)
_PHOTOS = ("image/jpeg", "image/png")
# What a failure says, in small letters: its reason. The first that is found counts.
_SAID = {
    "blocked by the user": Reason.BLOCKED,
    "user is deactivated": Reason.NOT_FOUND,
    "not found": Reason.NOT_FOUND,  # chat, message to be replied, message to delete
    "upgraded to a supergroup": Reason.NOT_FOUND,
    "is too long": Reason.TOO_LONG,
    "message can't be deleted": Reason.WINDOW_CLOSED,
    "rights": Reason.PERMISSION,
    "was kicked": Reason.PERMISSION,
    "not a member": Reason.PERMISSION,
    "chat_write_forbidden": Reason.PERMISSION,
    "can't initiate conversation": Reason.REFUSED,
    "messages to bots": Reason.REFUSED,
    "other getupdates": Reason.NETWORK,
    "webhook is active": Reason.DUPLICATE,
}


class _Masked(logging.Filter):
    """Keeps tokens out of what urllib3 notes of addresses, which it does at the level
    "debug".
    """

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(map(self._masked, record.args))
        return True

    def _masked(self, value):
        if not isinstance(value, str):
            return value
        return re.sub(r"/bot\d+:[\w-]+", "/bot***", value)


logging.getLogger("urllib3.connectionpool").addFilter(_Masked())


@register
class Telegram(Adapter):
    """Listens to what people write to the bot, and to what mentions or answers it in
    groups; answers there.

    There is one stream of updates for both, and reading on deletes what was read, so it
    is one feed. Bots are not told of deletions and can't read messages again.
    """

    name = "telegram"
    label = "Telegram"
    base_url = "https://api.telegram.org"
    credentials = (
        Credential(
            "secret",
            "Bot token",
            "Write to @BotFather in Telegram: /newbot, or /token for a bot you have.",
        ),
    )
    feeds = ("direct",)
    interval = 15  # it is a chat, and reading costs nothing
    fastest = 5
    slowest = 120
    webhook = True
    can_reply = True
    threads = True
    max_length = 4096
    counting = "utf16"
    media = MediaLimits(
        ("image/*", "video/*", "audio/*", "application/*", "text/*"),
        max_bytes=10 * 1024 * 1024,
    )
    actions = frozenset({"like", "withdraw"})

    def __init__(self, account: Account):
        super().__init__(account)
        self._client = Client(
            account, classify=_classify, explain=_explain, meter=self.meter
        )

    def verify(self) -> Identity:
        """Asks who the token's bot is."""
        bot = Fields(self._read("getMe", dict), "bot")
        name = bot.line("username")
        return Identity(
            external_id=bot.id("id"),
            handle=f"@{name}",
            name=bot.line("first_name", name),
            url=f"https://t.me/{name}",
            max_length=self.max_length,
        )

    def diagnose(self) -> list[Finding]:
        """Reads without confirming, and asks how calling us went."""
        findings = super().diagnose()
        if self.account.webhook_url:
            findings.append(self._try("webhook", self._check_webhook))
        return findings

    def fetch(self, kind: str, query: str, cursor: dict) -> Page:
        """The next updates. The cursor is ``{"offset", "at"}``: the number to go on
        from, and when that was told.

        Asking from an offset deletes all before it at the server, so what a page gives
        is confirmed by the fetch after the cursor behind it was stored. While Telegram
        calls us there is nothing to fetch: it keeps what we did not take, and repeats.
        """
        size = self.page(PAGE)
        params = {"limit": size, "allowed_updates": json.dumps(UPDATES)}
        if _holds(cursor):
            params["offset"] = cursor["offset"]
        try:
            updates = self._read("getUpdates", list, params)
        except NetworkError as error:
            if error.reason != Reason.DUPLICATE:
                raise
            self._check_webhook()
            return Page([], cursor)
        items = [item(u) for u in updates if self._is_wanted(u)]
        return Page(items, _position(cursor, updates), len(updates) >= size)

    @classmethod
    def normalise(cls, payload: dict) -> Post:
        """An update as a post."""
        return post(payload)

    def media_address(self, media: Media) -> str:
        """Asks for the file's address, which holds the token and is good for an hour.
        Files of more than 20 MB have none.
        """
        name = media.url.removeprefix(FILE)
        found = self._read("getFile", dict, {"file_id": name})
        path = Fields(found, "file").text("file_path")
        return f"{self.account.base_url.rstrip('/')}/file/bot{self._token()}/{path}"

    # --- webhooks

    def subscribe(self) -> None:
        """Sets the address Telegram calls; without one, takes it back, since as long as
        there is one updates can't be fetched.
        """
        self._write(
            "setWebhook",
            {
                "url": self.account.webhook_url,
                "secret_token": self.account.webhook_secret,
                "allowed_updates": UPDATES,
            },
        )

    def check_signature(self, call: Call) -> None:
        """Compares the secret that Telegram repeats with every call."""
        ours = self.account.webhook_secret.encode()
        theirs = call.headers.get("x-telegram-bot-api-secret-token", "")
        if not ours or not hmac.compare_digest(theirs.encode("utf-8", "replace"), ours):
            raise NetworkError(Reason.REFUSED, "the call lacks this channel's secret")

    @classmethod
    def events(cls, body: bytes) -> list[Event]:
        """The one update of a call. In groups without privacy mode a bot gets
        everything: what neither mentions nor answers a bot is left out.
        """
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            raise BadPayload("the call is no JSON") from None
        if not isinstance(update, dict):
            raise BadPayload("the call is no update")
        if not is_written(update):
            return []
        bots = [n for n in addressed(update) if n.isdigit() or n.endswith("bot")]
        wanted = is_private(update) or bots
        return [Event("item", item=item(update))] if wanted else []

    # --- answers

    @classmethod
    def length(cls, text: str) -> int:
        """UTF-16 code units, as Telegram counts the positions in a text."""
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    @classmethod
    def private_way(cls, identity: Identity) -> str:
        """The address that opens a chat with the bot."""
        return f"https://t.me/{identity.handle.lstrip('@')}"

    def reply(self, outgoing: Outgoing) -> Sent:
        """Sends the answer, with its picture or file if there is one. It is refused
        when the message it answers is gone.
        """
        text, reference = outgoing.text, outgoing.reply_ref
        data = {
            "chat_id": reference["chat"],
            "reply_parameters": {"message_id": int(reference["message"])},
        }
        if outgoing.attachments:
            sent = self._upload(data, text, outgoing.attachments[0])
        else:
            sent = self._write("sendMessage", data | {"text": text})
        return _sent(sent, reference)

    def find_sent(self, outgoing: Outgoing) -> Sent | None:
        """Not to be had: a bot is not shown what it wrote."""
        detail = "Telegram does not show bots their own messages"
        raise NetworkError(Reason.UNKNOWN, detail)

    def like(self, reply_ref: dict, liked: bool = True) -> None:
        """Reacts with a thumb up. A group may not allow that reaction."""
        reaction = [{"type": "emoji", "emoji": LIKE}] if liked else []
        data = {"chat_id": reply_ref["chat"], "message_id": int(reply_ref["message"])}
        self._write("setMessageReaction", data | {"reaction": reaction})

    def withdraw(self, external_id: str) -> None:
        """Deletes a message of ours, which can be done for 48 hours."""
        chat, _colon, number = external_id.partition(":")
        if not (NUMBER.fullmatch(chat) and NUMBER.fullmatch(number)):
            raise NetworkError(Reason.NOT_FOUND, "this is no message of Telegram")
        try:
            self._write("deleteMessage", {"chat_id": chat, "message_id": int(number)})
        except NetworkError as error:
            if error.reason != Reason.NOT_FOUND:
                raise

    # --- calls

    def _token(self):
        token = self.account.secret.strip()
        if not _TOKEN.fullmatch(token):
            raise NetworkError(Reason.AUTHORISATION, "there is no bot token")
        return token

    def _read(self, method, kind, params=None):
        answer = self._client.get(f"/bot{self._token()}/{method}", params)
        result = self._result(answer, write=False)
        if not isinstance(result, kind):
            raise NetworkError(Reason.BAD_PAYLOAD, f"{method} gave no {kind.__name__}")
        return result

    def _write(self, method, data):
        answer = self._client.post(f"/bot{self._token()}/{method}", data)
        return self._result(answer, write=True)

    def _upload(self, data, text, attachment: Attachment):
        if self.length(text) > MAX_CAPTION:
            detail = f"at most {MAX_CAPTION} characters go out with a picture or file"
            raise NetworkError(Reason.TOO_LONG, detail)
        kind = "photo" if attachment.mime_type in _PHOTOS else "document"
        form = {k: json.dumps(v) if isinstance(v, dict) else v for k, v in data.items()}
        file = (attachment.name, attachment.data, attachment.mime_type)
        answer = self._client.submit(
            "POST",
            f"/bot{self._token()}/send{kind.title()}",
            data=form | {"caption": text},
            files={kind: file},
        )
        return self._result(answer, write=True)

    def _result(self, answer, *, write):
        """What a call gave. A refusal may come with any status."""
        data = checked_json(answer, dict, write=write)
        if data.get("ok") is True:
            return data.get("result")
        if data.get("ok") is not False:
            detail = "the answer is none of Telegram's"
            raise NetworkError(Reason.BAD_PAYLOAD, detail, uncertain=write)
        told = _explain(data)
        reason = _classify(data.get("error_code"), "", told.message) or Reason.REFUSED
        detail = self._client.without_secrets(told.message)
        raise NetworkError(reason, detail, retry_after=told.wait)

    def _check_webhook(self):
        """Makes sure that it is us whom Telegram calls, and that it works."""
        told = Fields(self._read("getWebhookInfo", dict), "webhook")
        url = told.text("url", "")
        if not url:
            raise NetworkError(Reason.NOT_FOUND, "Telegram does not call us yet")
        if url != self.account.webhook_url:
            detail = "another program gets the bot's messages: connect the bot again"
            raise NetworkError(Reason.REFUSED, detail)
        failed = as_epoch(told.get("last_error_date"))
        late = failed and time.time() - failed.timestamp() < RECENT
        if late and told.count("pending_update_count"):
            detail = told.line("last_error_message", "")
            raise NetworkError(Reason.NETWORK, f"Telegram can't reach us: {detail}")

    def _is_wanted(self, update):
        """Whether an update is for us: private, or it mentions or answers our bot. What
        is broken is kept, to be shown.
        """
        if not isinstance(update, dict) or "update_id" not in update:
            return True
        if not message(update):
            return any(key in update for key in UPDATES)
        if not is_written(update):
            return False
        ours = {self.account.external_id, self.account.handle.lower()}
        return is_private(update) or bool(addressed(update) & ours)


def _explain(data) -> Told:
    parameters = data.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    message = data.get("description")
    return Told(
        message=message if isinstance(message, str) else "",
        wait=as_number(wait) or None,
    )


def _classify(status, code, message):
    said = message.lower()
    if status == 404 and said == "not found":
        return Reason.AUTHORISATION  # what it says to a token of no bot
    if status not in (400, 403, 409):
        return None
    return next((reason for words, reason in _SAID.items() if words in said), None)


def _holds(cursor):
    """Whether an offset is young enough to go on from."""
    at = cursor.get("at")
    known = isinstance(at, int | float) and isinstance(cursor.get("offset"), int)
    return known and time.time() - at < OFFSET_HOLDS


def _position(cursor, updates):
    """The cursor after a page; updates come in the order of their numbers."""
    numbers = [u.get("update_id") for u in updates if isinstance(u, dict)]
    numbers = [n for n in numbers if isinstance(n, int) and not isinstance(n, bool)]
    if not numbers:
        return cursor
    return {"offset": numbers[-1] + 1, "at": int(time.time())}


def _sent(result, reference):
    if not isinstance(result, dict):
        raise NetworkError(Reason.BAD_PAYLOAD, "no message came back", uncertain=True)
    number = as_id(result.get("message_id"))
    if not NUMBER.fullmatch(number):
        raise NetworkError(Reason.BAD_PAYLOAD, "no message came back", uncertain=True)
    chat = reference["chat"]
    url = link(chat, reference.get("group", ""), number)
    return Sent(f"{chat}:{number}", url, reference | {"message": number})
