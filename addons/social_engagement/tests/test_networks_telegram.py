"""What is special to Telegram. The payloads are as its documentation shows them."""

import json
import logging
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from ..networks import get
from ..networks.base import (
    Account,
    Attachment,
    BadPayload,
    Call,
    Media,
    NetworkError,
    Outgoing,
    Reason,
)
from .network_case import CUT, NOW, RESET, TIMEOUT, NetworkCase, answer, recorded
from .network_contract import SECRET, WithReplies, WithWebhook

Telegram = get("telegram")
DATA = recorded("telegram.json")
TOKEN = f"4711:{SECRET}"
HEADER = "x-telegram-bot-api-secret-token"


def ok(result):
    return answer({"ok": True, "result": result})


def refused(status, description, **parameters):
    told = {"ok": False, "error_code": status, "description": description}
    return answer(told | ({"parameters": parameters} if parameters else {}), status)


def account(**values):
    known = {"external_id": "4711", "handle": "@BrandBot", "webhook_secret": "hush-7"}
    return Account("https://api.telegram.org", secret=TOKEN, **known | values)


def group(number, text="hello", **values):
    """An update of a group the bot is in."""
    update = json.loads(json.dumps(DATA["updates"][0]))
    update["update_id"] = number
    update["message"] |= {"message_id": number, "text": text, "entities": []} | values
    return update


class TestTelegram(NetworkCase):
    def setUp(self):
        super().setUp()
        self.adapter = Telegram(account())

    def fetch(self, cursor, *answers):
        type(self).answers = list(answers)
        return self.adapter.fetch("direct", "", cursor)

    def asked(self, number=-1):
        query = parse_qs(urlsplit(self.calls[number].url).query)
        return {name: values[0] for name, values in query.items()}

    def failure(self, call, *answers):
        type(self).answers = list(answers)
        with self.assertRaises(NetworkError) as caught:
            call()
        self.assertNotIn(SECRET, str(caught.exception))
        return caught.exception

    def post(self, number):
        return Telegram.normalise(DATA["updates"][number])

    def said(self, **values):
        update = group(1, **values)
        for key in ("text",) if "text" not in values else ():
            del update["message"][key]
        return Telegram.normalise(update).text

    def test_what_is_no_text_is_told_in_words(self):
        place = {"latitude": 52.5, "longitude": 13.4}
        option = [{"text": "Yes", "voter_count": 0}, {"text": "No", "voter_count": 2}]
        for values, text in (
            (
                {"poll": {"question": "Is it down?", "options": option}},
                "[Poll] Is it down?\n- Yes\n- No",
            ),
            (
                {"checklist": {"title": "To do", "tasks": [{"id": 1, "text": "Call"}]}},
                "[Checklist] To do\n- Call",
            ),
            ({"sticker": {"file_id": "x", "emoji": "😡"}}, "[Sticker] 😡"),
            ({"sticker": {"file_id": "x"}}, "[Sticker]"),
            ({"voice": {"file_id": "x"}}, "[Voice message]"),
            ({"video_note": {"file_id": "x"}}, "[Video message]"),
            ({"video": {"file_id": "x"}}, "[Video]"),
            ({"photo": [{"file_id": "x"}]}, "[Photo]"),
            ({"animation": {"file_id": "x"}, "document": {"file_id": "x"}}, "[GIF]"),
            ({"document": {"file_id": "x", "file_name": "a.pdf"}}, "[File] a.pdf"),
            ({"audio": {"file_id": "x", "title": "Song"}}, "[Audio] Song"),
            (
                {"contact": {"first_name": "Ann", "phone_number": "+1 2"}},
                "[Contact] Ann +1 2",
            ),
            ({"location": place}, "[Location] 52.5, 13.4"),
            (
                {"venue": {"title": "Shop", "location": place}, "location": place},
                "[Place] Shop, 52.5, 13.4",
            ),
            ({"dice": {"emoji": "🎲", "value": 4}}, "[Dice] 🎲 4"),
            ({"story": {"id": 1}}, "[Story]"),
            ({"game": {"title": "Chess"}}, "[Game] Chess"),
            ({"something_new": {}}, "[Message that can only be seen in Telegram]"),
        ):
            self.assertEqual(self.said(**values), text, values)

    def test_names_that_are_html(self):
        who = {"id": 7, "first_name": "Ann &amp; Co", "last_name": "&lt;3"}
        update = group(1, **{"from": who})
        update["message"].pop("sender_chat", None)
        self.assertEqual(Telegram.normalise(update).author.name, "Ann & Co <3")

    def test_links_and_quotes_of_a_text(self):
        url = "https://acme.example/4711"
        link = {"type": "text_link", "offset": 3, "length": 7, "url": url}
        text = "My invoice is here"
        shown = f"My invoice ({url}) is here"
        self.assertEqual(self.said(text=text, entities=[link]), shown)
        photo = {"photo": [{"file_id": "x"}], "caption": text}
        self.assertEqual(self.said(**photo, caption_entities=[link]), shown)
        emoji = link | {"offset": 5}
        self.assertEqual(
            self.said(text="📦 My invoice", entities=[emoji | {"offset": 6}]),
            f"📦 My invoice ({url})",
        )
        same = {"type": "text_link", "offset": 0, "length": len(url), "url": url}
        self.assertEqual(self.said(text=url, entities=[same]), url)
        for odd in (
            link | {"offset": 500},
            link | {"length": -1},
            link | {"offset": "3"},
            link | {"url": "tg://user?id=1"},
            {"type": "bold", "offset": 0, "length": 2},
        ):
            self.assertEqual(self.said(text=text, entities=[odd]), text)
        quote = {"type": "blockquote", "offset": 0, "length": 9}
        quoted = self.said(text="one\ntwo 2\nno!", entities=[quote])
        self.assertEqual(quoted, "> one\n> two 2\nno!")

    def test_messages_of_telegram_itself_are_left_out(self):
        update = json.loads(json.dumps(DATA["updates"][1]))
        for key in ("photo", "caption"):
            update["message"].pop(key, None)
        for service in (
            {"pinned_message": {"message_id": 1}},
            {"new_chat_members": [{"id": 1}]},
            {"left_chat_member": {"id": 1}},
            {"group_chat_created": True},
            {"migrate_to_chat_id": -1001},
            {"message_auto_delete_timer_changed": {}},
            {"forum_topic_created": {"name": "x"}},
            {"video_chat_started": {}},
            {"write_access_allowed": {}},
            {"chat_background_set": {}},
            {"successful_payment": {}},
        ):
            told = update | {"message": update["message"] | service}
            self.assertEqual(self.fetch({}, ok([told])).items, [], service)
            self.assertEqual(Telegram.events(json.dumps(told).encode()), [])
            written = told | {"message": told["message"] | {"text": "hi"}}
            self.assertEqual(len(self.fetch({}, ok([written])).items), 1)

    def test_confirms_only_what_was_stored(self):
        page = self.fetch({}, ok(DATA["updates"]))
        self.assertNotIn("offset", self.asked(), "this would delete unread updates")
        self.assertEqual(page.cursor["offset"], 810006)
        self.fetch(page.cursor, ok([]))
        self.assertEqual(self.asked()["offset"], "810006")

    def test_nothing_new_moves_nothing(self):
        cursor = {"offset": 8, "at": int(time.time())}
        page = self.fetch(cursor, ok([]))
        self.assertEqual((page.items, page.cursor, page.more), ([], cursor, False))

    def test_an_offset_of_before_a_week_of_silence_is_not_used(self):
        for at in (time.time() - 7 * 24 * 3600, None, "yesterday"):
            self.fetch({"offset": 8, "at": at}, ok([]))
            self.assertNotIn("offset", self.asked())

    def test_a_full_page_is_not_the_last(self):
        updates = [group(n, "@brandbot hi") for n in range(100)]
        page = self.fetch({}, ok(updates))
        self.assertTrue(page.more)
        self.assertEqual(len(page.items), 100)
        self.assertEqual(page.cursor["offset"], 100)

    def test_only_what_is_for_the_bot(self):
        theirs = {"id": 4712, "is_bot": True, "first_name": "Other"}
        ours = theirs | {"id": 4711}
        caption = group(5, caption="for @BRANDBOT")
        del caption["message"]["text"]
        named = [{"type": "text_mention", "offset": 0, "length": 2, "user": ours}]
        wanted = [
            group(1, "hi @brandbot!"),
            group(2, "/help@brandbot"),
            group(3, reply_to_message={"from": ours}),
            group(4, entities=named),
            caption,
        ]
        others = [
            group(11, "hi all"),
            group(12, "hi @otherbot and @brandbots"),
            group(13, reply_to_message={"from": theirs}),
            group(14, reply_to_message={"from": ours, "forum_topic_created": {}}),
            {"update_id": 15, "callback_query": {}},
        ]
        page = self.fetch({}, ok(wanted + others))
        numbers = [item.payload["update_id"] for item in page.items]
        self.assertEqual(numbers, [1, 2, 3, 4, 5])
        self.assertEqual(page.cursor["offset"], 16)

    def test_what_is_broken_is_kept(self):
        odd = ["what?", {"update_id": 3, "message": 7}, {"update_id": 4, "message": {}}]
        odd += [group(5, chat=None), group(6, "@brandbot", reply_to_message={})]
        page = self.fetch({}, ok(odd))
        self.assertEqual(len(page.items), 5)
        for item in page.items[:4]:
            with self.assertRaises(BadPayload):
                Telegram.normalise(item.payload)
        self.assertEqual(page.items[4].external_id, "-1001234567890:6")

    def test_messages(self):
        public, photo, edited, animation, place = map(self.post, range(5))
        self.assertEqual(public.external_id, "-1001234567890:231")
        self.assertEqual((public.kind, public.visibility), ("post", "public"))
        self.assertEqual(public.url, "https://t.me/routerfriends/231")
        self.assertEqual(public.author.handle, "@lenafox")
        self.assertEqual(public.author.name, "Lena Fox 🦊")
        self.assertEqual((photo.kind, photo.visibility), ("direct", "direct"))
        self.assertEqual((photo.thread_id, photo.url), ("7001002", ""))
        self.assertEqual(photo.text, "It looks like this")
        self.assertEqual(photo.author.handle, "7001002")
        large = Media("tg-file:AgACAgIAAxkBAAIBlarge", "image/jpeg")
        self.assertEqual(photo.media, (large,))
        self.assertEqual((edited.kind, edited.parent_id[-4:]), ("reply", ":229"))
        self.assertEqual(edited.thread_id, "-1001234567890:229")
        self.assertTrue(edited.revision)
        self.assertEqual([m.mime_type for m in animation.media], ["video/mp4"])
        self.assertEqual(place.text, "[Location] 52.5, 13.4")

    def test_an_edit_is_another_revision(self):
        first = group(7, "@brandbot helo")
        edit = {"update_id": 8, "edited_message": dict(first["message"])}
        edit["edited_message"]["edit_date"] = 1795600900
        one, other = self.fetch({}, ok([first, edit])).items
        self.assertEqual(one.external_id, other.external_id)
        self.assertNotEqual(one.revision, other.revision)

    def test_a_group_of_no_name_and_a_channel_as_author(self):
        chat = {"id": -1009, "type": "supergroup", "title": "Staff"}
        post = Telegram.normalise(group(5, chat=chat, sender_chat=chat))
        self.assertEqual((post.visibility, post.author.name), ("followers", "Staff"))
        self.assertEqual(post.url, "https://t.me/c/9/5")
        self.assertEqual(Telegram.normalise(group(5, chat=chat | {"id": -9})).url, "")

    def test_a_file_is_asked_for_and_its_address_holds_the_token(self):
        type(self).answers = [ok(DATA["file"])]
        url = self.adapter.media_address(self.post(1).media[0])
        self.assertEqual(self.asked()["file_id"], "AgACAgIAAxkBAAIBlarge")
        host = "https://api.telegram.org"
        self.assertEqual(url, f"{host}/file/bot{TOKEN}/photos/file_0.jpg")
        self.assertNotIn(SECRET, repr(self.post(1)))
        too_big = refused(400, "Bad Request: file is too big")
        media = self.post(1).media[0]
        error = self.failure(lambda: self.adapter.media_address(media), too_big)
        self.assertEqual(error.reason, Reason.REFUSED)

    def test_the_log_shows_no_token(self):
        with self.assertLogs("urllib3.connectionpool", "DEBUG") as logged:
            logging.getLogger("urllib3.connectionpool").debug(
                '%s "%s %s"', "https", "GET", f"/file/bot{TOKEN}/photos/1.jpg?a=1"
            )
        self.assertIn("/file/bot***/photos/1.jpg", logged.output[0])
        self.assertNotIn(SECRET, logged.output[0])

    def test_what_is_no_token_calls_nobody(self):
        for secret in ("", "4711", "4711:a/../b", "4711:a b", "4711:ä"):
            self.adapter.account.secret = secret
            error = self.failure(self.adapter.verify)
            self.assertEqual(error.reason, Reason.AUTHORISATION)
        self.assertEqual(self.calls, [])

    def test_verify(self):
        type(self).answers = [ok(DATA["bot"])]
        identity = self.adapter.verify()
        self.assertEqual((identity.external_id, identity.handle), ("4711", "@brandbot"))

    def test_names_the_reason(self):
        for status, words, reason in (
            (401, "Unauthorized", Reason.AUTHORISATION),
            (404, "Not Found", Reason.AUTHORISATION),
            (403, "Forbidden: bot was blocked by the user", Reason.BLOCKED),
            (403, "Forbidden: user is deactivated", Reason.NOT_FOUND),
            (403, "Forbidden: bot was kicked from the group chat", Reason.PERMISSION),
            (400, "Bad Request: message is too long", Reason.TOO_LONG),
            (400, "Bad Request: message to be replied not found", Reason.NOT_FOUND),
            (400, "Bad Request: chat not found", Reason.NOT_FOUND),
            (400, "Bad Request: something else", Reason.REFUSED),
            (429, "Too Many Requests: retry after 7", Reason.RATE_LIMIT),
        ):
            error = self.failure(lambda: self.reply(0), refused(status, words))
            self.assertEqual(error.reason, reason, words)
            self.assertIn(words, error.detail)
            self.assertFalse(error.uncertain)

    def test_waits_as_long_as_the_body_says(self):
        limited = refused(429, "Too Many Requests: retry after 7", retry_after=7)
        self.assertEqual(self.failure(self.adapter.verify, limited).retry_after, 7)

    def test_a_refusal_that_comes_with_status_200(self):
        told = {"ok": False, "error_code": 403, "description": "blocked by the user"}
        error = self.failure(lambda: self.reply(0), answer(told))
        self.assertEqual((error.reason, error.uncertain), (Reason.BLOCKED, False))

    def reply(self, number, text="We are on it.", *attachments):
        post = self.post(number)
        return self.adapter.reply(
            Outgoing(
                "k",
                text,
                post.reply_ref,
                post.visibility,
                NOW,
                None,
                tuple(attachments),
            )
        )

    def test_reply(self):
        type(self).answers = [ok(DATA["sent"])]
        sent = self.reply(0)
        self.assertEqual(sent.external_id, "-1001234567890:233")
        self.assertEqual(sent.url, "https://t.me/routerfriends/233")
        self.assertEqual(sent.reply_ref["message"], "233")
        self.assertEqual(
            self.sent(),
            {
                "chat_id": "-1001234567890",
                "text": "We are on it.",
                "reply_parameters": {"message_id": 231},
            },
        )
        type(self).answers = [ok({"message_id": 99})]
        self.assertEqual(self.reply(1).url, "")

    def test_sends_pictures_and_files(self):
        for mime_type, method in (("image/png", "Photo"), ("text/csv", "Document")):
            type(self).answers = [ok(DATA["sent"])]
            self.reply(0, "See", Attachment("a.x", mime_type, b"\x89content"))
            self.assertTrue(self.calls[-1].url.endswith(f"/send{method}"))
            body = self.calls[-1].body
            for part in (b"\x89content", b"See", b'{"message_id": 231}', b"a.x"):
                self.assertIn(part, body)
        picture = Attachment("a.png", "image/png", b"x")
        error = self.failure(lambda: self.reply(0, "x" * 1025, picture))
        self.assertEqual(error.reason, Reason.TOO_LONG)

    def test_counts_as_utf16(self):
        for text, length in (("hello", 5), ("é", 1), ("📦", 2), ("👨‍👩‍👧", 8)):
            self.assertEqual(Telegram.length(text), length, text)

    def test_an_interrupted_answer_is_for_a_person(self):
        post = self.post(0)
        outgoing = Outgoing("k", "hi", post.reply_ref, post.visibility, NOW)
        error = self.failure(lambda: self.adapter.find_sent(outgoing))
        self.assertEqual((error.reason, self.calls), (Reason.UNKNOWN, []))

    def test_likes_and_takes_it_back(self):
        for liked, count in ((True, 1), (False, 0)):
            type(self).answers = [ok(True)]
            self.adapter.like(self.post(0).reply_ref, liked)
            self.assertTrue(self.calls[-1].url.endswith("/setMessageReaction"))
            self.assertEqual(len(self.sent()["reaction"]), count)
            self.assertEqual(self.sent()["message_id"], 231)

    def test_withdraws(self):
        gone = refused(400, "Bad Request: message to delete not found")
        for said in (ok(True), gone):
            type(self).answers = [said]
            self.adapter.withdraw("-1001234567890:233")
            expected = {"chat_id": "-1001234567890", "message_id": 233}
            self.assertEqual(self.sent(), expected)
        late = refused(400, "Bad Request: message can't be deleted")
        error = self.failure(lambda: self.adapter.withdraw("-1:2"), late)
        self.assertEqual(error.reason, Reason.WINDOW_CLOSED)
        error = self.failure(lambda: self.adapter.withdraw("nonsense"))
        self.assertEqual(error.reason, Reason.NOT_FOUND)

    def webhook(self, **told):
        self.adapter.account.webhook_url = "https://odoo.example/hook"
        conflict = refused(
            409,
            "Conflict: can't use getUpdates method while webhook is active; use "
            "deleteWebhook to delete the webhook first",
        )
        return conflict, ok({"url": "https://odoo.example/hook"} | told)

    def test_fetches_nothing_while_it_is_called(self):
        cursor = {"offset": 8, "at": int(time.time())}
        page = self.fetch(cursor, *self.webhook())
        self.assertEqual((page.items, page.cursor, page.more), ([], cursor, False))

    def test_says_when_another_program_gets_the_messages(self):
        other = self.webhook(url="https://elsewhere.example/?token=s3cret")
        error = self.failure(lambda: self.adapter.fetch("direct", "", {}), *other)
        self.assertEqual(error.reason, Reason.REFUSED)
        self.assertNotIn("elsewhere", error.detail)
        words = "Conflict: terminated by other getUpdates request"
        error = self.failure(
            lambda: self.adapter.fetch("direct", "", {}), refused(409, words)
        )
        self.assertTrue(error.temporary)

    def test_says_when_it_can_not_be_called(self):
        failed = {"last_error_date": int(time.time()) - 60, "pending_update_count": 3}
        failed["last_error_message"] = "Connection timed out"
        said = self.webhook(**failed)
        error = self.failure(lambda: self.adapter.fetch("direct", "", {}), *said)
        self.assertEqual(error.reason, Reason.NETWORK)
        self.assertIn("timed out", error.detail)
        failed["last_error_date"] -= 7200
        self.assertEqual(self.fetch({}, *self.webhook(**failed)).items, [])

    def test_diagnoses(self):
        conflict, info = self.webhook()
        type(self).answers = [conflict, info, info]
        told = {f.ability: f.ok for f in self.adapter.diagnose()}
        self.assertEqual(told, {"direct": True, "answer": None, "webhook": True})
        type(self).answers = [ok([]), ok({"url": ""})]
        webhook = self.adapter.diagnose()[-1]
        self.assertEqual((webhook.ok, webhook.reason), (False, Reason.NOT_FOUND))

    def test_asks_to_be_called(self):
        self.adapter.account.webhook_url = "https://odoo.example/hook"
        type(self).answers = [ok(True)]
        self.adapter.subscribe()
        self.assertEqual(self.sent()["url"], "https://odoo.example/hook")
        self.assertEqual(self.sent()["secret_token"], "hush-7")
        self.assertEqual(self.sent()["allowed_updates"], ["message", "edited_message"])

    def test_calls_tell_what_is_for_a_bot(self):
        def events(update):
            return Telegram.events(json.dumps(update).encode())

        [event] = events(DATA["updates"][0])
        self.assertEqual(event.item.external_id, "-1001234567890:231")
        self.assertEqual(events(group(1, "hi all, @lena too")), [])
        self.assertEqual(events({"update_id": 1, "callback_query": {}}), [])
        for body in (b"", b"[]", b"{", b"[" * 100_000, b"\xff"):
            with self.assertRaises(BadPayload):
                Telegram.events(body)


class TestTelegramContract(WithReplies, WithWebhook, NetworkCase):
    network = "telegram"
    delivery = ok(DATA["updates"])
    written = ok(DATA["sent"])

    def account(self):
        return account()

    def payloads(self):
        return DATA["updates"]

    def access(self, call):
        return call.url

    def deliveries(self):
        return [json.dumps(update).encode() for update in DATA["updates"]]

    def signed(self, body):
        return Call("POST", {}, {HEADER: self.account().webhook_secret}, body)

    def test_no_failure_shows_the_token(self):
        adapter, post = self.adapter(), Telegram.normalise(self.payloads()[0])
        outgoing = replace(self.outgoing(), reply_ref=post.reply_ref)
        echo = {"ok": False, "error_code": 400, "description": f"no method {TOKEN}"}
        moved = answer(b"", 302, {"Location": f"https://x.example/bot{TOKEN}/getMe"})
        for said in (RESET, CUT, TIMEOUT, answer(echo, 400), answer(echo), moved):
            for call in (adapter.verify, lambda: adapter.reply(outgoing)):
                type(self).answers = [said, said]
                with self.assertRaises(NetworkError) as caught:
                    call()
                self.assertNotIn(SECRET, str(caught.exception))
