from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase

from ..models.collision import NewerMessages
from .common import SocialCase

WORD = "Xylophonkonzert"
AGENT = "social_engagement.group_social_user"


def unrouted(case):
    """Conversations are worked on in themselves, whatever other add-ons there are."""
    conversations = case.env.registry["social.conversation"]
    case.patch(conversations, "_route", lambda _self, _messages: None)


class TestDirect(SocialCase):
    """Direct messages are read by the channel's team for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.make_user("social_reader", AGENT)
        cls.manager = cls.make_user(
            "social_manager", "social_engagement.group_social_manager"
        )
        cls.channel.direct_user_ids = cls.reader

    def setUp(self):
        super().setUp()
        unrouted(self)

    def direct(self, text=f"My {WORD}", **values):
        post = self.receive(self.payload(text, kind="direct", **values))
        post.conversation_id._bring_to_desk()
        return post

    def direct_in_public(self):
        """A direct message in an exchange that began in public."""
        first = self.payload("Hello all")
        self.receive(first)
        return self.direct(parent_id=first["id"])

    def visible(self, user, records):
        """Those of some records a user finds, which are those the user may read."""
        records = records.with_user(user)
        found = records.search([("id", "in", records.ids)])
        self.assertEqual(found, records._filtered_access("read"))
        return found

    def test_who_reads_them(self):
        direct, public = self.direct(), self.receive(self.payload("Hello all"))
        public.conversation_id._bring_to_desk()
        posts = direct + public
        for records in (posts, posts.conversation_id, posts.mail_message_id):
            for user in (self.reader, self.manager):
                self.assertEqual(self.visible(user, records), records)
            self.assertEqual(self.visible(self.agent, records), records[1])
        self.channel.direct_user_ids = False
        self.assertEqual(self.visible(self.agent, posts), posts)

    def test_a_team_of_former_colleagues_is_one_too(self):
        post = self.direct()
        self.reader.active = False
        self.assertFalse(self.visible(self.agent, post))

    def test_a_direct_message_in_a_public_exchange(self):
        first = self.payload("Hello all")
        [public] = self.receive(first)
        direct = self.direct(parent_id=first["id"], visibility="direct")
        conversation = public.conversation_id
        self.assertEqual(direct.conversation_id, conversation)
        self.assertFalse(conversation.is_private)
        for user, readable in ((self.reader, public + direct), (self.agent, public)):
            posts = conversation.with_user(user).social_message_ids
            self.assertEqual(posts.search([("id", "in", posts.ids)]), readable.sorted())
        target = conversation.with_user(self.agent)._answer_target()
        self.assertEqual(target, public)

    def test_what_leads_to_them_tells_nothing(self):
        post = self.direct()
        conversation = post.conversation_id
        self.assertEqual(conversation.name, "Direct message")
        activity = conversation.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.agent.id
        )
        self.assertNotIn(WORD, activity.res_name)
        self.assertEqual(
            post.with_user(self.agent).sudo().display_name, "Direct message"
        )
        self.assertIn(WORD, post.with_user(self.reader).display_name)

    def test_media_actions_and_labels(self):
        post = self.direct(media=[{"url": "https://scripted.example/1.png"}])
        post.with_user(self.reader).action_correct("sentiment", "neutral")
        self.env["social.action"]._want(post, "like")
        for records in (post.media_ids, post.action_ids, post.label_ids):
            self.assertEqual(self.visible(self.reader, records), records)
            self.assertFalse(self.visible(self.agent, records))

    def test_a_fetched_picture(self):
        post = self.direct(media=[{"url": "https://scripted.example/1.png"}])
        picture = self.env["ir.attachment"].create(
            {
                "name": WORD,
                "raw": b"x",
                "res_model": "social.message",
                "res_id": post.id,
            }
        )
        self.assertFalse(self.visible(self.agent, picture))
        post.media_ids.attachment_id = picture
        post._show_media()
        self.assertEqual(picture.res_model, "mail.message")
        self.assertFalse(self.visible(self.agent, picture))
        self.assertTrue(self.visible(self.reader, picture))

    def test_only_the_team_is_told(self):
        post = self.direct()
        conversation = post.conversation_id
        followers = self.agent + self.reader
        conversation.message_subscribe(followers.partner_id.ids)
        told = self.direct("And now?", parent_id=post.external_id).mail_message_id
        self.assertEqual(told.notified_partner_ids, self.reader.partner_id)
        answer = post.with_user(self.reader)._answer("Here it is")
        self.assertTrue(answer.is_private)
        self.assertNotIn(
            self.agent.partner_id, answer.mail_message_id.notified_partner_ids
        )
        self.assertFalse(self.visible(self.agent, answer.mail_message_id))
        note = conversation.with_user(self.reader).message_post(
            body=WORD, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertFalse(note.notified_partner_ids)

    def test_only_the_team_is_told_in_a_public_exchange(self):
        post = self.direct_in_public()
        conversation = post.conversation_id
        self.assertFalse(conversation.is_private)
        conversation.message_subscribe((self.agent + self.reader).partner_id.ids)
        told = self.direct("And now?", parent_id=post.external_id).mail_message_id
        self.assertEqual(told.notified_partner_ids, self.reader.partner_id)
        public = self.receive(self.payload("Hello?", parent_id=post.external_id))
        self.assertIn(
            self.agent.partner_id, public.mail_message_id.notified_partner_ids
        )

    def test_nobody_else_answers_or_touches_them(self):
        post = self.direct().with_user(self.agent)
        for touch in (
            lambda: post._answer("Hi"),
            lambda: post.action_correct("sentiment", "neutral"),
            lambda: post.action_like(),
            lambda: post.conversation_id.action_solve(),
            lambda: post.mail_message_id.read(["body"]),
            lambda: post.conversation_id.read(["name"]),
        ):
            with self.assertRaises(AccessError):
                touch()

    def test_no_search_tells_what_is_in_them(self):
        for post in (self.direct(handle="@bob"), self.direct_in_public()):
            self.check_search(post)

    def check_search(self, post):
        for model, path in (
            ("social.conversation", "message_ids.body"),
            ("social.conversation", "social_message_ids.body"),
            ("social.profile", "message_ids.body"),
            ("social.profile", "conversation_ids.message_ids.body"),
            ("social.channel", "message_ids.body"),
            ("mail.message", "body"),
            ("social.message.media", "message_id.body"),
            ("mail.notification", "mail_message_id.body"),
        ):
            found = (
                self.env[model].with_user(self.agent).search([(path, "ilike", WORD)])
            )
            self.assertFalse(found, path)
        self.assertTrue(
            self.env["social.conversation"]
            .with_user(self.reader)
            .search([("message_ids.body", "ilike", WORD)])
        )
        self.assertEqual(
            post.with_user(self.agent)._read_group(
                [("id", "=", post.id)], [], ["__count"]
            ),
            [(0,)],
        )

    def test_the_dialog_of_a_decision_shows_nobody_elses(self):
        direct = self.direct()
        decisions = self.env["social.message.decision"]
        theirs = decisions.with_user(self.reader).create({"message_id": direct.id})
        self.assertIn(WORD, theirs.text)
        with self.assertRaises(AccessError):
            decision = decisions.with_user(self.agent).create({"message_id": direct.id})
            self.assertFalse(decision.text)
        with self.assertRaises(AccessError):
            decision = decisions.with_user(self.agent).new({"message_id": direct.id})
            self.assertFalse(decision.text)
        public = self.receive(self.payload("Hello all"))
        own = decisions.with_user(self.agent).create({"message_id": public.id})
        self.assertEqual(own.text, "Hello all")
        with self.assertRaises(AccessError):
            own.message_id = direct.id
            self.assertFalse(own.text)

    def test_who_is_asked_about_newer_messages_reads_no_direct_ones(self):
        first = self.payload("Hello all")
        [public] = self.receive(first)
        self.direct(parent_id=first["id"], visibility="direct")
        answer = public.with_user(self.agent)._answer("Hi", seen_id=public.id)
        self.assertTrue(answer)
        with self.assertRaises(NewerMessages) as caught:
            public.with_user(self.reader)._answer("Hi", seen_id=public.id)
        self.assertIn(WORD, str(caught.exception.context))
        with self.assertRaises(NewerMessages) as caught:
            public.with_user(self.agent)._answer("Hi", seen_id=0)
        self.assertNotIn(WORD, str(caught.exception.context))

    def test_a_limit_that_is_set_later(self):
        self.channel.direct_user_ids = False
        post = self.direct()
        conversation = post.conversation_id
        self.assertIn(WORD, conversation.name)
        ours = self.direct("Something else", handle="@bob").conversation_id
        ours.name = "Ours"
        activity = conversation.activity_schedule(
            "mail.mail_activity_data_todo", summary=f"Answer: {conversation.name}"
        )
        public = self.receive(self.payload(f"{WORD}!", handle="@cid")).conversation_id
        self.channel.direct_user_ids = [Command.link(self.reader.id)]
        self.assertEqual(conversation.name, "Direct message")
        self.assertEqual(activity.summary, "Answer: Direct message")
        self.assertEqual((ours.name, public.name), ("Ours", f"{WORD}!"))


class TestDirectRoutes(SocialCase, HttpCase):
    def test_chatter(self):
        unrouted(self)
        self.channel.direct_user_ids = self.make_user("social_reader", AGENT)
        post = self.receive(self.payload(f"My {WORD}", kind="direct"))
        post.conversation_id._bring_to_desk()
        post.conversation_id.name = "Known"
        thread = {
            "thread_model": "social.conversation",
            "thread_id": post.conversation_id.id,
        }
        for login in ("social_agent", "social_reader"):
            self.authenticate(login, login)
            answer = self.url_open(
                "/mail/thread/messages",
                json={"params": {**thread, "fetch_params": {"limit": 30}}},
            ).text
            self.assertEqual(WORD in answer, login == "social_reader", answer[:500])
            answer = self.url_open(
                "/mail/data",
                json={
                    "params": {
                        "fetch_params": [
                            ["mail.thread", {**thread, "request_list": ["messages"]}]
                        ]
                    }
                },
            ).text
            self.assertEqual("social_agent" == login, '"social"' not in answer, answer)
