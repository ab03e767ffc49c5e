"""Who hears who else is here."""

import json
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from .common import SocialCase

ROUTE = "/social_engagement/presence"


@tagged("post_install", "-at_install")
class TestPresence(SocialCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.conversation = self.receive(self.payload()).conversation_id

    def rooms(self, user, *names):
        """The rooms that a user's browser gets into by these names."""
        websocket = self.env["ir.websocket"].with_user(user)
        request = SimpleNamespace(session=SimpleNamespace(uid=user.id))
        with patch("odoo.addons.bus.models.ir_websocket.wsrequest", request):
            channels = websocket._build_bus_channel_list(list(names))
        strings = {c for c in channels if isinstance(c, str)}
        self.assertFalse(strings & set(names), "no name stays a channel")
        pairs = [c for c in channels if isinstance(c, tuple)]
        return [room for room, name in pairs if name == "social_presence"]

    def name(self, record):
        return f"social_engagement.presence:{record._name}:{record.id}"

    def test_only_readers_get_in(self):
        name = self.name(self.conversation)
        self.assertEqual(self.rooms(self.agent, name), [self.conversation])
        company = self.env["res.company"].create({"name": "Other"})
        elsewhere = self.make_user(
            "elsewhere",
            "social_engagement.group_social_user",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        outsiders = (
            elsewhere,
            self.make_user("outsider", "base.group_portal"),
            self.env.ref("base.public_user"),
        )
        for user in outsiders:
            self.assertFalse(self.rooms(user, self.name(self.conversation)))

    def test_only_rooms(self):
        partner = self.env.user.partner_id
        for record in (partner, self.channel):
            self.assertFalse(self.rooms(self.agent, self.name(record)))
        for name in (
            "social_engagement.presence:no.model:1",
            self.name(self.conversation) + "0",
            self.name(self.conversation) + "0" * 30,
        ):
            self.assertFalse(self.rooms(self.agent, name))

    def call(self, **values):
        params = {
            "thread_model": self.conversation._name,
            "thread_id": self.conversation.id,
            "state": "reading",
            "tab": "tab",
            **values,
        }
        body = json.dumps({"params": params})
        response = self.url_open(
            ROUTE, data=body, headers={"Content-Type": "application/json"}
        )
        return response.json()

    def told(self):
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([])
        messages = [(json.loads(r.channel), json.loads(r.message)) for r in rows]
        return [(c, m["payload"]) for c, m in messages if m["type"] == ROUTE[1:]]

    def test_who_is_in_is_heard(self):
        self.env["bus.bus"].sudo().search([]).unlink()
        self.authenticate(self.agent.login, self.agent.login)
        self.assertNotIn("error", self.call(state="answering", hello=True))
        [(channel, said)] = self.told()
        self.assertEqual(
            channel[1:],
            [self.conversation._name, self.conversation.id, "social_presence"],
        )
        self.assertEqual(said["state"], "answering")
        self.assertTrue(said["hello"])
        self.assertEqual(said["user"]["id"], self.agent.id)
        for values in (
            {"state": "<script>"},
            {"thread_model": "res.partner", "thread_id": 1},
            {"thread_model": "no.model"},
            {"thread_id": 10**8},
            {"thread_id": 10**30},
            {"thread_id": "1; --"},
            {"thread_id": None},
            {"thread_model": ["social.conversation"]},
            {"state": ["reading"]},
        ):
            error = self.call(**values)["error"]
            self.assertIn("NotFound", error["data"]["name"], values)
        self.assertEqual(len(self.told()), 1)

    def test_what_is_new_is_told_in_the_room(self):
        bus = self.env["bus.bus"].sudo()
        post = self.conversation.social_message_ids
        self.env.cr.precommit.run()
        bus.search([]).unlink()
        self.receive(self.payload("Somebody else", handle="@ben"))
        self.assertFalse(self.news(), "nobody looks at what has just begun")
        self.receive(self.payload("Hello?", parent_id=post.external_id))
        post.with_user(self.agent)._answer("Here we are")
        desk = self.conversation._desk_thread()
        told = [(desk._name, desk.id)] * 2
        self.assertEqual(self.news(), told)
        answer = post.conversation_id.social_message_ids.filtered("delivery_state")
        answer.delivery_state = "sent"
        answer._notify_delivery()
        self.assertEqual(self.news(), [*told, told[0]], "what became of it, too")

    def news(self):
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([], order="id")
        messages = [json.loads(row.message) for row in rows]
        said = [m["payload"] for m in messages if m["type"].endswith("/news")]
        return [(news["model"], news["id"]) for news in said]

    def test_outsiders_are_not_heard(self):
        self.env["bus.bus"].sudo().search([]).unlink()
        outsider = self.make_user("outsider", "base.group_portal")
        self.authenticate(outsider.login, outsider.login)
        self.assertIn("error", self.call())
        self.authenticate(None, None)
        self.assertIn("error", self.call())
        self.assertFalse(self.told())
