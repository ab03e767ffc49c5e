import re
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import file_open, mute_logger

from ..networks.base import Identity, NetworkError, Reason
from .common import Scripted, SocialCase

MODELS = (
    "social.channel",
    "social.feed",
    "social.intake",
    "social.profile",
    "social.message",
    "social.conversation",
)


class TestChannel(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user(
            "social_manager", "social_engagement.group_social_manager"
        )
        cls.administrator = cls.make_user(
            "social_admin", "social_engagement.group_social_administrator"
        )

    # ------------------------------------------------------------------
    # Connecting
    # ------------------------------------------------------------------

    def test_connecting_asks_who_we_are_and_starts_to_listen(self):
        channel = self.env["social.channel"].create(
            {"name": "New", "network": "scripted", "secret": "geheim"}
        )
        self.assertEqual(channel.base_url, "https://scripted.example")
        self.assertEqual(channel.health, "none")
        channel.action_connect()
        [account] = self.script.accounts
        self.assertEqual(account.secret, "geheim")
        self.assertEqual(channel.state, "connected")
        self.assertEqual(channel.account_handle, "@us")
        self.assertEqual(channel.max_length, 100, "the network's own")
        self.assertEqual(
            channel.feed_ids.mapped("kind"), ["mentions"], "a search needs words"
        )
        self.assertEqual(channel.health, "good")
        channel.action_connect()
        self.assertEqual(len(channel.feed_ids), 1)

    def test_the_servers_own_limit_wins(self):
        self.script.identity = Identity("us", "@us", max_length=7)
        self.channel.action_connect()
        self.assertEqual(self.channel.max_length, 7)

    def test_a_refused_connection_says_what_to_do(self):
        for reason in Reason:
            self.script.identity = NetworkError(reason, "code 42")
            channel = self.make_channel(name=reason.value, state="draft")
            with self.assertRaisesRegex(UserError, "Scripted .*code 42"):
                channel.action_connect()
            self.assertEqual(channel.state, "draft")
            self.assertFalse(channel.feed_ids)

    def test_lost_authorisation_is_told_once(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        other = self.make_user(
            "other_admin",
            "social_engagement.group_social_administrator",
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        gone = self.make_user(
            "gone_admin", "social_engagement.group_social_administrator", active=False
        )
        self.channel._lose_authorisation()
        self.channel._lose_authorisation()
        told = self.channel.activity_ids.user_id
        self.assertEqual(len(told), len(self.channel.activity_ids), "one each")
        self.assertIn(self.administrator, told)
        self.assertFalse(told & (other | gone | self.agent | self.manager))
        self.assertEqual(self.channel.state, "reauthorise")
        self.assertEqual(self.channel.health, "bad")
        self.assertIn("Connect it again", self.channel.health_message)

    def test_connecting_again_settles_it(self):
        self.channel._lose_authorisation()
        self.channel.action_connect()
        self.assertEqual(self.channel.state, "connected")
        self.assertFalse(self.channel.activity_ids)

    def test_a_channel_that_was_not_connected_is_not_lost(self):
        self.channel.state = "draft"
        self.channel._lose_authorisation()
        self.assertEqual(self.channel.state, "draft")
        self.assertFalse(self.channel.activity_ids)

    def test_what_the_adapter_remembers_is_kept_at_once(self):
        with self.job() as env:
            channel = env["social.channel"].browse(self.channel.id)
            channel._adapter().account.renew(lambda kept: {"token": 1})
            channel._adapter().account.renew(lambda kept: {"token": kept["token"] + 1})
            env.invalidate_all()
            self.assertEqual(channel._adapter().account.session, {"token": 2})
            env.cr.commit()
        sessions = self.env["social.channel.session"].search([])
        self.assertEqual(sessions.mapped("data"), ['{"token": 2}'])

    # ------------------------------------------------------------------
    # Health
    # ------------------------------------------------------------------

    def test_health(self):
        self.assertEqual(self.channel.health, "good")
        self.feed.write({"failures": 1, "failure_reason": "network"})
        self.assertEqual(self.channel.health, "warning")
        self.assertIn("could not be reached", self.channel.health_message)
        self.feed.active = False
        self.assertEqual(self.channel.health, "none")
        self.channel.state = "draft"
        self.assertEqual(self.channel.health, "none")

    def test_empty_states(self):
        channel = self.env["social.channel"].new({})
        self.assertEqual(channel.health, "none")
        self.assertFalse(channel.last_seen or channel.network_label)
        empty = self.make_channel(name="Empty")
        self.assertEqual((empty.message_count, empty.failed_intake_count), (0, 0))
        for model in MODELS:
            self.assertFalse(self.env[model].new({}).display_name)

    @mute_logger("odoo.addons.social_engagement.models.social_intake")
    def test_counts(self):
        self.receive(self.payload(), {"no": "id"})
        self.assertEqual(self.channel.message_count, 1)
        self.assertEqual(self.channel.message_count_label, "1")
        self.assertEqual(self.channel.failed_intake_count, 1)
        action = self.channel.action_view_messages()
        found = self.env["social.message"].search(action["domain"])
        self.assertEqual(len(found), 1)
        action = self.channel.action_view_failed_intake()
        self.assertTrue(self.env["social.intake"].search(action["domain"]))
        self.receive(self.payload("Another"))
        with patch("odoo.addons.social_engagement.models.social_channel.COUNTED", 1):
            self.channel.invalidate_recordset()
            self.assertEqual(self.channel.message_count_label, "1+")

    def test_a_copy_is_not_connected_and_knows_no_secret(self):
        self.channel._ensure_session().data = "{}"
        copy = self.channel.copy()
        self.assertEqual(copy.state, "draft")
        self.assertFalse(copy.secret or copy.session_id or copy.feed_ids)
        self.assertFalse(copy.account_external_id)

    # ------------------------------------------------------------------
    # Secrets
    # ------------------------------------------------------------------

    def test_secrets_are_for_system_administrators(self):
        self.channel._ensure_session().data = '{"token": 1}'
        for user in (self.agent, self.manager, self.administrator):
            channel = self.channel.with_user(user)
            self.assertNotIn("secret", channel.read()[0])
            for name in ("secret", "session_id"):
                with self.assertRaises(AccessError):
                    channel.read([name])
                with self.assertRaises(AccessError):
                    channel.search([(name, "!=", False)])
            with self.assertRaises(AccessError):
                channel.env["social.channel.session"].search([]).read()
        system = self.make_user(
            "system", "base.group_system", "social_engagement.group_social_user"
        )
        self.assertEqual(self.channel.with_user(system).secret, "geheim")

    def test_a_secret_never_follows_to_another_address(self):
        self.channel._ensure_session().data = '{"token": 1}'
        channel = self.channel.with_user(self.administrator)
        channel.write({"base_url": self.channel.base_url, "name": "Renamed"})
        self.assertEqual(self.channel.secret, "geheim")
        webhook_secret = self.channel.webhook_secret
        channel.base_url = "https://evil.example"
        self.assertFalse(self.channel.secret or self.channel.session_id)
        self.assertEqual(self.channel.state, "draft")
        self.assertNotEqual(self.channel.webhook_secret, webhook_secret)

    def test_who_may_read_a_secret_may_take_it_along(self):
        self.channel.base_url = "https://new.example"
        self.assertEqual(self.channel.secret, "geheim")
        self.assertEqual(self.channel.state, "connected")

    def test_secrets_are_in_no_log_and_no_message(self):
        Scripted.script.identity = NetworkError(Reason.AUTHORISATION, "denied")
        with self.assertLogs(level="DEBUG") as logs, self.assertRaises(UserError):
            self.channel.action_connect()
            self.channel.secret = "anders"
        self.channel._lose_authorisation()
        self.env.flush_all()
        said = "".join(logs.output) + str(self.channel.message_ids.mapped("body"))
        self.assertNotIn("geheim", re.sub(r"odoo\.sql_db.*", "", said))

    def test_neutralize(self):
        self.channel._ensure_session().data = '{"token": 1}'
        [message] = self.receive(self.payload("Where is it?"))
        answer = message.with_user(self.agent)._answer("There!")
        self.env.flush_all()
        with file_open("social_engagement/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.channel.secret or self.channel.session_id)
        self.assertEqual(self.channel.state, "draft")
        self.assertEqual(answer.delivery_state, "cancelled")
        answer.with_user(self.agent).action_send_again()
        self.send()
        self.listen()
        self.assertFalse(self.script.sent or self.script.fetched)

    # ------------------------------------------------------------------
    # Who may do what
    # ------------------------------------------------------------------

    def test_rights_by_group(self):
        nothing, read = "", "r"
        expected = {
            # model: agent, manager, administrator
            "social.channel": (read, read, "rwcu"),
            "social.feed": (read, read, "rwcu"),
            "social.intake": (nothing, nothing, "rw"),
            "social.profile": ("rw", "rw", "rw"),
            "social.message": (read, read, read),
            "social.conversation": ("rw", "rw", "rw"),
            "social.channel.session": (nothing, nothing, nothing),
        }
        users = (self.agent, self.manager, self.administrator)
        letters = {"read": "r", "write": "w", "create": "c", "unlink": "u"}
        for model, rights in expected.items():
            for user, right in zip(users, rights, strict=True):
                records = self.env[model].with_user(user)
                has = "".join(c for op, c in letters.items() if records.has_access(op))
                self.assertEqual(has, right, f"{user.login} on {model}")

    def test_other_companies_and_outsiders_see_nothing(self):
        self.receive(self.payload("Where is it?"))
        company = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = self.make_user(
            "elsewhere",
            "social_engagement.group_social_administrator",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        portal = self.make_user("outsider", "base.group_portal")
        employee = self.make_user("employee")
        public = self.env.ref("base.public_user")
        for model in MODELS:
            records = self.env[model].search([("company_id", "!=", False)])
            if model == "social.intake":
                records = self.env[model].search([])
            self.assertTrue(records, model)
            self.assertFalse(records.with_user(elsewhere).search([]), model)
            with self.assertRaises(AccessError, msg=model):
                records.with_user(elsewhere).read(["display_name"])
            for user in (portal, public, employee):
                with self.assertRaises(AccessError, msg=f"{user.login} on {model}"):
                    records.with_user(user).search([])
                with self.assertRaises(AccessError, msg=f"{user.login} on {model}"):
                    records.with_user(user).read(["display_name"])

    def test_only_administrators_steer_a_channel(self):
        portal = self.make_user("outsider", "base.group_portal")
        for user in (portal, self.agent, self.manager):
            channel = self.channel.with_user(user)
            for action in ("connect", "disconnect", "fetch_now"):
                with self.assertRaises(AccessError, msg=f"{user.login} {action}"):
                    getattr(channel, f"action_{action}")()
        self.assertEqual(self.channel.state, "connected")
        self.channel.with_user(self.administrator).action_fetch_now()
        self.channel.with_user(self.administrator).action_disconnect()
        self.assertEqual(self.channel.state, "draft")

    def test_agents_replay_nothing(self):
        self.receive(self.payload())
        intake = self.env["social.intake"].search([])
        with self.assertRaises(AccessError):
            intake.with_user(self.agent).action_replay()
        intake.with_user(self.administrator).action_replay()

    def test_people_without_social_rights_keep_their_contacts(self):
        [message] = self.receive(self.payload())
        partner = self.env["res.partner"].create({"name": "Ann"})
        message.profile_id.partner_id = partner
        employee = self.make_user("employee")
        self.env.invalidate_all()
        self.assertEqual(Form(partner.with_user(employee)).name, "Ann")
        self.assertEqual(
            partner.with_user(self.agent).social_profile_ids, message.profile_id
        )
