"""What people with little rights, authors of posts and networks might pretend."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged
from odoo.tools import email_split

from ..networks import mastodon, transport
from ..networks.base import Account, Sent
from ..networks.http import Client
from .common import US, SocialCase


@tagged("post_install", "-at_install")
class TestForgery(SocialCase):
    def test_agents_cannot_write_what_is_read_only(self):
        conversation = self.receive(self.payload()).conversation_id
        other = self.receive(self.payload(handle="@bob")).conversation_id
        company = self.env["res.company"].create({"name": "Other"})
        for record, values in (
            (conversation, {"profile_id": other.profile_id.id}),
            (conversation, {"channel_id": self.channel.id}),
            (conversation, {"thread_key": "x"}),
            (conversation, {"company_id": company.id}),
            (conversation.profile_id, {"external_id": "@bob"}),
            (conversation.profile_id, {"url": "javascript:alert(1)"}),
            (conversation.profile_id, {"influence": 100, "partner_id": False}),
        ):
            with self.assertRaises(AccessError, msg=values):
                record.with_user(self.agent).write(values)
        profile = other.profile_id.with_user(self.agent)
        with self.assertRaises(AccessError):
            profile.conversation_ids += conversation.with_user(self.agent)
        conversation.with_user(self.agent).write(
            {"state": "open", "user_id": self.agent.id}
        )

    def test_administrators_cannot_write_payloads(self):
        group = "social_engagement.group_social_administrator"
        administrator = self.make_user("social_forger", group)
        intake = self.store(self.payload())
        for name, value in (
            ("payload", "{}"),
            ("channel_id", self.channel.id),
            ("state", "done"),
        ):
            with self.assertRaises(AccessError):
                intake.with_user(administrator).write({name: value})

    def test_administrators_cannot_write_what_networks_and_jobs_decide(self):
        group = "social_engagement.group_social_administrator"
        administrator = self.make_user("social_forger", group)
        channel = self.channel.with_user(administrator)
        for values in (
            {"state": "draft"},
            {"account_external_id": "them"},
            {"account_handle": "@them"},
            {"refused_calls": 0},
        ):
            with self.assertRaises(AccessError, msg=values):
                channel.write(values)
            with self.assertRaises(AccessError, msg=values):
                channel.create({"name": "Forged", "network": "scripted", **values})
        channel.write({"name": "Renamed", "sequence": 3})
        feed = self.feed.with_user(administrator)
        for values in ({"cursor": {}}, {"last_success": "2026-01-01"}):
            with self.assertRaises(AccessError, msg=values):
                feed.write(values)
            with self.assertRaises(AccessError, msg=values):
                feed.create({"channel_id": channel.id, "kind": "search", **values})
        feed.write({"query": "us", "active": False})
        with self.assertRaises(UserError):
            feed.channel_id = self.make_channel(name="Other")

    def test_a_token_in_an_address_is_for_administrators(self):
        self.channel.base_url = "https://user@feed.example:8080/x?token=geheim"
        self.channel.account_external_id = self.channel.base_url
        manager = self.make_user("social_m", "social_engagement.group_social_manager")
        for user in (self.agent, manager):
            channel = self.channel.with_user(user)
            self.assertEqual(channel.host, "feed.example")
            self.assertNotIn("geheim", str(channel.read()))
            for name in ("base_url", "account_external_id"):
                with self.assertRaises(AccessError):
                    channel.read([name])
                with self.assertRaises(AccessError):
                    channel.search([(name, "like", "geheim")])
        self.channel.base_url = "https://[broken"
        self.assertFalse(self.channel.host)

    def test_contacts_of_other_companies(self):
        company = self.env["res.company"].create({"name": "Other"})
        partner = self.env["res.partner"].create(
            {"name": "Theirs", "company_id": company.id}
        )
        profile = self.receive(self.payload()).profile_id.with_user(self.agent)
        with self.assertRaises(UserError):
            profile.partner_id = partner

    def test_everybody_still_reads_contacts_and_messages(self):
        user = self.make_user("social_nobody")
        for model in ("res.partner", "mail.message"):
            self.assertNotIn(
                "social_profile_ids"
                if model == "res.partner"
                else "social_message_ids",
                self.env[model].with_user(user).fields_get(),
            )

    def test_a_name_is_no_address(self):
        for name in ("Boss <boss@company.example>", "boss@company.example"):
            author = {"handle": f"@{len(name)}", "name": name}
            message = self.receive(self.payload(author=author))
            message.conversation_id._bring_to_desk()
            shown = message.mail_message_id
            self.assertFalse(email_split(shown.email_from), shown.email_from)
            self.assertFalse(shown.author_id)
            self.assertIn("company.example", shown.email_from)

    def test_a_network_names_a_customers_post_as_our_answer(self):
        message = self.receive(self.payload("Help?"))
        answer = message.with_user(self.agent)._answer("Here it is")
        self.script.replies = [lambda outgoing: Sent(message.external_id)]
        self.send()
        self.assertTrue(message.exists(), "nothing delivered is lost")
        self.assertEqual(answer.delivery_state, "uncertain")
        self.assertEqual(answer.failure_reason, "bad_payload")

    def test_authors_of_feeds_are_never_us(self):
        self.patch(self.channel._network(), "can_reply", False)
        message = self.receive(self.payload(author={"handle": US}))
        self.assertEqual(message.direction, "inbound")


class TestForgedAccounts(BaseCase):
    def status(self, **account):
        return {
            "status": {
                "id": "1",
                "content": "hi",
                "visibility": "public",
                "created_at": "2026-01-01T00:00:00Z",
                "account": {"username": "x", **account},
            }
        }

    def author(self, acct, url):
        return mastodon.Mastodon.normalise(self.status(acct=acct, url=url)).author

    def test_page_on_another_server(self):
        """Not every server checks the page that an author of another server names."""
        page = "https://home.example/@brand"
        self.assertEqual(self.author("brand", page).external_id, page)
        self.assertEqual(self.author("brand@home.example", page).external_id, page)
        self.assertNotEqual(self.author("brand@evil.example", page).external_id, page)
        same = self.author("brand@Home.example", page).external_id
        self.assertEqual(same, page)

    def test_names_that_are_no_mention(self):
        """They would begin our own public answer with the author's words."""
        page = "https://far.example/@x"
        for acct in (
            "ann",
            "a.b_c-d@far.example",
            "x@127.0.0.1:8803",
            "älva@far.example",
        ):
            post = mastodon.Mastodon.normalise(self.status(acct=acct, url=page))
            self.assertTrue(post.answerable, acct)
        for acct in ("x @all buy@far.example", "x@y@z", "x\nbuy this", "<b>@x", "x y"):
            post = mastodon.Mastodon.normalise(self.status(acct=acct, url=page))
            self.assertFalse(post.answerable, acct)
            self.assertEqual(post.unanswerable_reason, "read_only")

    def test_secrets_with_spaces_around_them(self):
        client = Client(Account("https://x.example", secret=" geheim\n"))
        self.assertNotIn("geheim", client.without_secrets("bad token geheim"))

    def test_roundabout_ways_to_own_addresses(self):
        for address in ("64:ff9b:1::1", "::7f00:1", "fec0::1", "::ffff:0:7f00:1"):
            self.assertFalse(transport.is_public(address), address)
