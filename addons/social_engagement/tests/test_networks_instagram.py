"""What is special to Instagram; what it shares with Facebook pages is tested there.
Payloads are as Meta documents them, none was recorded.
"""

import copy
import json
from datetime import timedelta
from urllib.parse import unquote_plus

from ..networks import get
from ..networks.base import Account, Known, Outgoing, Reason
from .network_case import answer, recorded
from .network_contract import SECRET, Contract, WithReplies, WithSignIn, WithWebhook
from .test_networks_facebook import (
    NOW,
    PICTURE,
    GraphCase,
    MetaAccount,
    at,
    failure,
    listed,
    single,
)

Instagram = get("instagram")
DATA = recorded("instagram.json")
ACCOUNT = "17841405309211844"
COMMENT = "17870913679156914"
MENTION = "17967008497439572"
LENA = "6221774837922501"
MID = "aWdfZAG1faXRlbToxOklHTWVzc2FnZAUlE0001"
ME = {"external_id": ACCOUNT, "handle": "@brand"}


def profiles():
    return answer([single(200, DATA["profile"])])


class InstagramCase(GraphCase):
    def setUp(self):
        super().setUp()
        session = {"access_token": "t0ken", "page_id": "1755847768034402"}
        self.adapter = Instagram(
            Account(
                "https://graph.facebook.com",
                client_id="4711",
                client_secret=SECRET,
                webhook_secret="v3rify",
                session=session,
                **ME,
            )
        )

    def fetch(self, kind, *answers, cursor=None):
        type(self).answers = list(answers)
        type(self).calls = []
        return self.adapter.fetch(kind, "", cursor or {})

    def posts(self, page):
        return {i.external_id: Instagram.normalise(i.payload) for i in page.items}

    def events(self, name, **changed):
        body = copy.deepcopy(DATA["webhooks"][name])
        body["entry"][0].get("changes", [{"value": {}}])[0]["value"] |= changed
        return Instagram.events(json.dumps(body).encode())


class TestInstagram(InstagramCase):
    def test_accounts_are_those_of_pages(self):
        session = {"access_token": "of-the-person"}
        self.adapter.account.session = session
        type(self).answers = [answer(DATA["accounts"])] * 2
        [found] = self.adapter.choices()
        self.assertEqual((found.external_id, found.handle), (ACCOUNT, "@brand"))
        self.adapter.choose(ACCOUNT)
        self.assertEqual(self.adapter.access_token(), "EAAB-page-token-of-brand")
        type(self).answers = [answer(DATA["accounts"]["data"][1])]
        self.refused(Reason.NOT_FOUND, self.adapter.verify)

    def test_replies_are_found_below_old_comments(self):
        read = copy.deepcopy(DATA["media"])
        [old] = read["data"][0]["comments"]["data"]
        old["timestamp"] = at(NOW - timedelta(days=30))
        page = self.fetch("comments", answer(read))
        replies = [r["id"] for r in old["replies"]["data"]]
        self.assertEqual({i.external_id for i in page.items}, set(replies))
        self.assertEqual(self.path(), f"/{ACCOUNT}/media")
        self.assertIn("replies.limit(50){id,text", self.query()["fields"])

    def test_our_own_are_recognised(self):
        read = copy.deepcopy(DATA["media"])
        [own, _other] = read["data"][0]["comments"]["data"][0]["replies"]["data"]
        for sender in ({"id": ACCOUNT}, {"id": "6221", "username": "brand"}, None):
            own["from"] = sender
            posts = self.posts(self.fetch("comments", answer(read)))
            by = [p.text for p in posts.values() if p.author.external_id == ACCOUNT]
            self.assertEqual(by, ["We are looking into it."])
        sender = {"id": "6221", "username": "brand", "self_ig_scoped_id": "6221"}
        [event] = self.events("comment", **{"from": sender})
        told = Instagram.normalise(event.item.payload)
        self.assertEqual(told.author.external_id, ACCOUNT)

    def test_webhooks_and_polling_tell_the_same(self):
        polled = self.fetch("comments", answer(DATA["media"])).items
        for name in ("comment", "reply"):
            [event] = self.events(name)
            [same] = [i for i in polled if i.external_id == event.item.external_id]
            self.assertEqual(same.revision, event.item.revision)
            one = Instagram.normalise(same.payload)
            other = Instagram.normalise(event.item.payload)
            for value in "author text parent_id thread_id kind".split():
                self.assertEqual(getattr(one, value), getattr(other, value), value)
            self.assertEqual(event.account_id, ACCOUNT)
            self.assertLess(abs(one.posted_at - other.posted_at), timedelta(minutes=1))

    def test_tags_are_answered_only_where_the_account_is_named(self):
        page = self.fetch("mentions", answer(DATA["tags"]))
        self.assertEqual(self.path(), f"/{ACCOUNT}/tags")
        named, tagged = self.posts(page).values()
        if named.author.handle != "@ida":
            named, tagged = tagged, named
        self.assertTrue(named.answerable)
        self.assertFalse(tagged.answerable)
        self.assertEqual(tagged.unanswerable_reason, "not_addressed")
        self.assertEqual(named.media[0].mime_type, "image/*")
        other = copy.deepcopy(DATA["tags"]["data"][0]) | {"caption": "brands, brand.x"}
        [odd] = self.posts(self.fetch("mentions", listed(other))).values()
        self.assertFalse(odd.answerable)

    def test_people_who_write_have_figures(self):
        page = self.fetch("direct", answer(DATA["conversations"]), profiles())
        self.assertEqual(self.query(0)["platform"], "instagram")
        asked = json.loads(unquote_plus(self.form(1)["batch"]))
        self.assertEqual(len(asked), 1, "we need not be asked who we are")
        posts = self.posts(page)
        lena = posts[MID]
        self.assertEqual(lena.author.followers, 1234)
        self.assertEqual(
            (lena.author.handle, lena.author.name), ("@lena.fuchs", "Lena Fuchs")
        )
        own = posts[MID[:-1] + "2"]
        self.assertEqual(own.author.external_id, ACCOUNT)
        self.assertEqual(own.thread_id, lena.thread_id)

    def test_who_is_not_told_is_kept_all_the_same(self):
        refused = {"error": {"code": 230, "message": "User consent is required"}}
        for told in (answer([single(400, refused)]), failure(2)):
            page = self.fetch("direct", answer(DATA["conversations"]), told)
            lena = self.posts(page)[MID]
            self.assertEqual(
                (lena.author.handle, lena.author.followers), ("@lena.fuchs", None)
            )

    def test_what_is_unsent_is_gone(self):
        [gone] = self.events("unsent")
        self.assertEqual((gone.kind, gone.external_id), ("gone", MID))
        [nudge] = self.events("message")
        self.assertEqual((nudge.kind, nudge.feed), ("nudge", "direct"))

    def test_length(self):
        self.assertEqual(Instagram.length("Grüße 👋"), 12)

    def test_answers_to_replies_name_their_author(self):
        posts = self.posts(self.fetch("comments", answer(DATA["media"])))
        top = posts[COMMENT].reply_ref
        reply = posts["17870913679157001"].reply_ref
        self.assertEqual(reply["comment"], top["comment"])
        self.assertEqual(Instagram.compose("Hi", top), "Hi")
        self.assertEqual(Instagram.compose("Hi", reply), "@omar_k Hi")
        for said in ("Hi @Omar_K!", "Look, @omar_k."):
            self.assertEqual(Instagram.compose(said, reply), said)
        self.assertEqual(Instagram.compose("@omar_kk Hi", reply), "@omar_k @omar_kk Hi")

    def outgoing(self, reference, *attachments):
        text = "We are on it."
        return Outgoing("key", text, reference, "public", NOW, "en", attachments)

    def reply(self, reference, *answers, attachments=()):
        type(self).answers = list(answers)
        type(self).calls = []
        return self.adapter.reply(self.outgoing(reference, *attachments))

    def test_answers_where_it_was_written_to(self):
        done = answer({"id": "17"})
        self.reply({"comment": COMMENT, "id": COMMENT}, done)
        self.assertEqual(self.path(), f"/{COMMENT}/replies")
        [event] = self.events("mention")
        reference = Instagram.normalise(event.item.payload).reply_ref
        self.reply(reference, done)
        self.assertEqual(self.path(), f"/{ACCOUNT}/mentions")
        self.assertEqual(self.sent()["comment_id"], MENTION)
        self.assertEqual(self.sent()["media_id"], "17918195224117851")
        [event] = self.events("caption")
        reference = Instagram.normalise(event.item.payload).reply_ref
        self.reply(reference, done)
        self.assertNotIn("comment_id", self.sent())
        sent = {"recipient_id": LENA, "message_id": "aWd9"}
        self.reply({"recipient": LENA, "at": NOW.isoformat()}, answer(sent))
        self.assertEqual(self.path(), "/me/messages")

    def test_pictures_go_with_messages_only(self):
        reference = {"comment": COMMENT, "id": COMMENT}
        picture = {"attachments": [PICTURE]}
        self.refused(Reason.REFUSED, self.reply, reference, **picture)
        self.assertEqual(self.calls, [])
        answers = [answer({"attachment_id": "7"})] + [answer({"message_id": "a"})] * 2
        reference = {"recipient": LENA, "at": NOW.isoformat()}
        self.reply(reference, *answers, attachments=[PICTURE])
        self.assertIn(b"instagram", self.calls[0].body)
        self.assertEqual(self.sent(1)["message"]["attachment"]["payload"], {"id": "7"})

    def find(self, reference, *answers):
        type(self).answers = list(answers)
        return self.adapter.find_sent(self.outgoing(reference))

    def test_finds_what_was_sent(self):
        reference = {"comment": COMMENT, "id": COMMENT}
        own = {"id": "17", "text": "We are on it.", "username": "Brand"}
        own["timestamp"] = at(NOW)
        theirs = own | {"username": "lena.fuchs"}
        earlier = own | {"timestamp": at(NOW - timedelta(hours=1))}
        found = self.find(reference, listed(earlier, theirs, own))
        self.assertEqual(found.external_id, "17")
        self.assertIsNone(self.find(reference, listed(earlier, theirs)))
        self.assertIsNone(self.find(reference, failure(100, 33)))
        mention = {"mention_in": "1", "comment": "2"}
        self.refused(Reason.UNKNOWN, self.find, mention)

    def test_actions(self):
        done = answer({"success": True})
        type(self).answers = [done, done, done, failure(100, 33)]
        for hidden in (True, False):
            self.adapter.hide({"comment": "1", "id": COMMENT}, hidden)
            self.assertEqual(
                (self.path(), self.sent()), (f"/{COMMENT}", {"hide": hidden})
            )
        for _twice in range(2):
            self.adapter.withdraw("17")
            self.assertEqual((self.calls[-1].method, self.path()), ("DELETE", "/17"))
        self.refused(Reason.REFUSED, self.adapter.withdraw, MID)
        self.refused(Reason.REFUSED, self.adapter.hide, {"recipient": LENA})

    def known(self, name):
        [event] = self.events(name)
        post = Instagram.normalise(event.item.payload)
        return Known(post.external_id, post.kind, post.reply_ref), post

    def reread(self, known, *bodies):
        type(self).answers = [answer([single(200, body) for body in bodies])]
        return self.adapter.reread(known)

    def test_a_mention_gets_its_text(self):
        known, told = self.known("mention")
        self.assertEqual(told.text, "")
        read = {"id": MENTION, "text": "@brand where is it?", "timestamp": at(NOW)}
        [item] = self.reread([known], {"mentioned_comment": read, "id": ACCOUNT}).items
        [call] = json.loads(unquote_plus(self.form()["batch"]))
        asked = f"mentioned_comment.comment_id({MENTION})"
        self.assertIn(asked, unquote_plus(call["relative_url"]))
        filled = Instagram.normalise(item.payload)
        self.assertEqual(item.external_id, told.external_id)
        self.assertNotEqual(item.revision, told.revision)
        self.assertEqual(filled.text, "@brand where is it?")
        self.assertEqual(filled.reply_ref, told.reply_ref)
        known, told = self.known("caption")
        read = DATA["tags"]["data"][0]
        [item] = self.reread([known], {"mentioned_media": read}).items
        self.assertEqual(Instagram.normalise(item.payload).author.handle, "@ida")

    def test_ids_stay_ids_inside_of_expressions(self):
        known, _told = self.known("mention")
        evil = Known("1){id},accounts{access_token", "comment", known.reply_ref)
        self.reread([evil], {})
        [call] = json.loads(unquote_plus(self.form()["batch"]))
        self.assertNotIn("access_token", unquote_plus(call["relative_url"]))

    def test_rereads_comments(self):
        known, told = self.known("comment")
        [read] = DATA["media"]["data"][0]["comments"]["data"]
        [item] = self.reread([known], read).items
        again = Instagram.normalise(item.payload)
        self.assertEqual(again.external_id, told.external_id)
        self.assertEqual(item.revision, told.revision)
        self.assertEqual(again.parent_id, told.parent_id)
        gone = {"error": {"code": 100, "error_subcode": 33, "message": "gone"}}
        scopes = {"data": {"scopes": list(Instagram.permissions["comments"])}}
        type(self).answers = [answer([single(400, gone)]), answer(scopes)]
        self.assertEqual(self.adapter.reread([known]).gone, {COMMENT})

    def test_what_can_not_be_asked_for_is_left_alone(self):
        tagged = Known("17", "post", {"tagged_in": "17"})
        message = Known(MID, "direct", {"recipient": LENA})
        found = self.adapter.reread([tagged, message])
        self.assertEqual((found.gone, found.items, self.calls), (frozenset(), (), []))


class InstagramAccount(MetaAccount):
    network = "instagram"

    def account(self):
        account = super().account()
        account.external_id, account.handle = ACCOUNT, "@brand"
        return account


class TestInstagramWords(InstagramCase):
    def said(self, **values):
        message = copy.deepcopy(DATA["conversations"]["data"][0]["messages"]["data"][0])
        message.pop("message")
        return Instagram.normalise({"message": message | values}).text

    def test_messages_that_are_no_text(self):
        link = "https://scontent.example/story"
        photo = {"data": [{"image_data": {"url": "https://a.example/1.jpg"}}]}
        for values, text in (
            ({"story": {"mention": {"link": link}}}, f"[Named in a story] {link}"),
            (
                {"story": {"reply_to": {"link": link}}, "message": "Wow"},
                f"Wow\n[Reply to a story] {link}",
            ),
            ({"story": {"reply_to": {}}, "message": "x"}, "x\n[Reply to a story]"),
            ({"attachments": photo}, "[Photo]"),
            (
                {"is_unsupported": True, "message": ""},
                "[Message that can only be seen on Instagram]",
            ),
            ({}, "[Message that can only be seen on Instagram]"),
        ):
            self.assertEqual(self.said(**values), text, values)

    def test_media_and_comments_that_are_no_text(self):
        media = {"id": "1", "timestamp": "2026-11-23T11:00:10+0000", "username": "ann"}
        for kind, text in (
            ("IMAGE", "[Photo]"),
            ("VIDEO", "[Video]"),
            ("CAROUSEL_ALBUM", "[Photos]"),
        ):
            payload = {"media": media | {"media_type": kind}}
            self.assertEqual(Instagram.normalise(payload).text, text)
        post = Instagram.normalise({"comment": media | {"text": ""}})
        self.assertEqual(post.text, "[Comment that can only be seen on Instagram]")


class TestInstagramContract(
    InstagramAccount, WithSignIn, WithWebhook, WithReplies, GraphCase
):
    delivery = answer(DATA["media"])
    written = answer({"id": "17870913679157777"})

    def payloads(self):
        media = DATA["media"]["data"][0]
        [comment] = media["comments"]["data"]
        replies = comment["replies"]["data"]
        outer = {"media_id": media["id"], "permalink": media["permalink"]}
        return [{"comment": entry, **outer} for entry in (comment, *replies)]


class TestInstagramTagsContract(InstagramAccount, WithReplies, GraphCase):
    feed = "mentions"
    delivery = answer(DATA["tags"])
    written = answer({"id": "17846319838228163"})

    def payloads(self):
        return [{"media": entry, "mentioned": True} for entry in DATA["tags"]["data"]]


class TestInstagramMessagesContract(InstagramAccount, WithReplies, GraphCase):
    feed = "direct"
    delivery = answer(DATA["conversations"])
    written = answer({"recipient_id": LENA, "message_id": "aWd9"})

    def payloads(self):
        [conversation] = DATA["conversations"]["data"]
        messages = conversation["messages"]["data"]
        return [{"message": m, "profile": DATA["profile"]} for m in messages]

    def after_delivery(self):
        return (profiles(),)


class TestInstagramToldContract(InstagramAccount, Contract, GraphCase):
    def payloads(self):
        return self.told()
