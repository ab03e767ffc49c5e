"""Connecting an account: the wizard, signing in with the network, the test, renewal."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase
from odoo.tools.safe_eval import safe_eval

from .. import networks
from ..models import credentials
from ..networks.base import Credential, Finding, Identity, NetworkError, Reason
from ..networks.oauth import OAuth, SignsIn
from .common import Scripted, SocialCase, play


class Signing(Scripted, SignsIn):
    """The scripted network, with accounts that sign in."""

    name = "signing"
    label = "Signing"
    base_url = "https://signing.example"
    credentials = (Credential("secret", "Token"),)
    webhook = True
    oauth = OAuth("/authorise", "/token", ("read", "write"))
    app = {"client_id": "app", "client_secret": "app-secret"}

    def register_app(self, redirect_uri):
        return play(self.app)

    def signed_in(self, pending, code):
        if code != "good":
            raise NetworkError(Reason.AUTHORISATION, "a used code")
        self.account.renew(lambda kept: {"access_token": "t-1", **pending})

    def choices(self):
        return getattr(self.script, "choices", [])

    def choose(self, external_id):
        self.account.renew(lambda kept: kept | {"chosen": external_id})

    def keep_alive(self):
        play(getattr(self.script, "keep_alive", None))

    def diagnose(self):
        return self.script.findings

    def subscribe(self):
        play(getattr(self.script, "subscribe", None))


class SigningCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        networks.register(Signing)
        cls.addClassCleanup(networks._adapters.pop, "signing")
        cls.administrator = cls.make_user(
            "social_admin", "social_engagement.group_social_administrator"
        )

    def setUp(self):
        super().setUp()
        Signing.app = {"client_id": "app", "client_secret": "app-secret"}

    def new_channel(self, **values):
        return self.env["social.channel"].create(
            {"name": "Signing", "network": "signing", **values}
        )

    def signed_in(self, channel, pending=None, code="good"):
        with self.enter_registry_test_mode():  # tokens are kept at once
            channel._signed_in(pending or {}, code)

    def begin(self, channel, user=None):
        """Begins a sign-in; its state."""
        action = channel.with_user(user or self.administrator).action_sign_in()
        return parse_qs(urlsplit(action["url"]).query)["state"][0]


class TestConnect(SigningCase):
    def test_the_wizard_connects_with_a_token(self):
        wizards = self.env["social.channel.connect"].with_user(self.administrator)
        with Form(wizards) as form:
            form.network = "scripted"
            self.assertIn("Mentions", form.abilities)
        wizard = form.record
        before = self.env["social.channel"].search_count([])
        again = wizard.action_next()
        self.assertEqual(again["res_id"], wizard.id)
        self.assertEqual(wizard.step, "account")
        self.assertEqual(self.env["social.channel"].search_count([]), before)
        wizard.secret = " geheim "
        done = wizard.action_connect()
        channel = wizard.channel_id
        self.assertEqual(channel.state, "connected")
        self.assertEqual(channel.sudo().secret, "geheim")
        self.assertEqual(channel.name, "Scripted @us")
        self.assertEqual(done["params"]["next"]["res_id"], channel.id)
        self.assertFalse(wizard.secret, "not kept a second time")
        self.assertTrue(channel.feed_ids)

    def test_no_channel_is_left_by_a_wizard_that_is_closed(self):
        channels = self.env["social.channel"].with_context(active_test=False)
        before = channels.search([])
        for network in networks.names():
            wizard = self.env["social.channel.connect"].create({"network": network})
            wizard.action_next()
            wizard.action_back()
            wizard.action_next()
            self.assertFalse(wizard.channel_id)
        signing = self.wizard("signing")
        signing.action_connect()
        self.assertFalse(signing.channel_id, "signing in may be broken off")
        self.assertEqual(channels.search([]), before)

    def test_what_an_adapter_remembers_is_kept(self):
        def remembers(account):
            account.renew(lambda kept: kept | {"access": "a-1"})
            return Identity("us", "@us")

        wizard = self.wizard("scripted")
        wizard.secret = "x"
        self.script.identity = lambda: remembers(self.script.accounts[-1])
        wizard.action_connect()
        self.assertIn("a-1", wizard.channel_id.sudo().session_id.data)

    def test_a_wrong_token_is_told_and_can_be_corrected(self):
        wizard = self.env["social.channel.connect"].create({"network": "scripted"})
        wizard.action_next()
        wizard.secret = "wrong"
        self.script.identity = NetworkError(Reason.AUTHORISATION, "bad token")
        before = self.env["social.channel"].search_count([])
        with self.assertRaisesRegex(UserError, "bad token") as caught:
            wizard.action_connect()
        self.assertIn("Check: Token.", str(caught.exception))
        self.assertNotIn("onnect it again", str(caught.exception))
        self.assertEqual(self.env["social.channel"].search_count([]), before)
        self.assertEqual(wizard.secret, "wrong", "what was entered stays")
        self.script.identity = Identity("us", "@us")
        wizard.action_connect()
        self.assertEqual(wizard.channel_id.state, "connected")

    def test_an_address_gets_the_scheme_people_leave_out(self):
        rss = networks.get("rss")
        self.assertEqual(credentials.asked(rss), ["base_url"])
        wizard = self.env["social.channel.connect"].create({"network": "scripted"})
        wizard.action_next()
        wizard.write({"base_url": "own.example ", "secret": "x"})
        wizard.action_connect()
        self.assertEqual(wizard.channel_id.base_url, "https://own.example")

    def test_only_administrators_connect(self):
        with self.assertRaises(AccessError):
            self.env["social.channel.connect"].with_user(self.agent).create(
                {"network": "scripted"}
            )
        channel = self.new_channel()
        for method in ("action_sign_in", "action_test", "action_connect"):
            with self.assertRaises(AccessError):
                getattr(channel.with_user(self.agent), method)()

    def test_the_wizard_leads_no_secret_away(self):
        channel = self.make_channel(secret="geheim", client_secret="app-secret")
        channel._ensure_session().data = '{"token": 1}'
        wizard = (
            self.env["social.channel.connect"]
            .with_user(self.administrator)
            .create({"network": "scripted", "channel_id": channel.id})
        )
        wizard.write({"base_url": "https://evil.example", "secret": "own"})
        wizard.action_connect()
        self.assertEqual(self.script.accounts[-1].base_url, "https://evil.example")
        for account in self.script.accounts:
            if account.base_url == "https://evil.example":
                self.assertEqual(account.secret, "own")
                self.assertFalse(account.client_secret)
                self.assertFalse(account.session)
        self.assertNotEqual(wizard.channel_id, channel)
        self.assertEqual(channel.secret, "geheim")
        self.assertNotEqual(channel.base_url, "https://evil.example")

    def test_every_network_has_its_own_words(self):
        for network in networks.names():
            adapter = networks.get(network)
            ways = ("", "token", "form") if adapter.sign_in else ("", "form")
            for way in ways:
                for name in credentials.asked(adapter, way):
                    label = credentials.words(self.env, adapter, name, way)[0]
                    self.assertTrue(label, (network, name))
                    if network in credentials.WORDS:
                        self.assertNotIn(label, credentials.ORDER)
            if network not in ("sandbox", "scripted", "signing"):
                self.assertIn(network, credentials.WORDS)

    def test_the_form_asks_what_the_network_asks(self):
        for network, by_hand, labels in (
            ("telegram", False, ["Bot Token"]),
            ("wordpress", False, ["Site Address", "Username", "Application Password"]),
            ("rss", False, ["Feed Address"]),
            ("bluesky", False, ["Server", "Handle", "App Password"]),
            ("mastodon", False, ["Server"]),
            ("mastodon", True, ["Server", "Access Token"]),
            ("youtube", False, ["Client ID", "Client Secret"]),
            ("facebook", False, ["App ID", "App Secret"]),
            ("facebook", True, ["App ID", "App Secret", "Page Access Token"]),
            ("x", False, ["Client ID", "Client Secret"]),
            (
                "x",
                True,
                ["API Key", "API Key Secret", "Access Token", "Access Token Secret"],
            ),
            ("weibo", False, ["App Key", "App Secret", "Public IP Address"]),
            ("reddit", False, ["Client ID", "Secret"]),
            ("sandbox", False, []),
        ):
            way = "token" if by_hand else ""
            adapter = networks.get(network)
            named = credentials.named(self.env, adapter, way)
            self.assertEqual(named, ", ".join(labels), network)
            self.assertEqual(self.shown(network, by_hand), labels, network)

    def test_what_is_missing_is_named_and_nothing_keeps_from_going_back(self):
        for network, by_hand, missing in (
            ("telegram", False, "Bot Token"),
            ("wordpress", False, "Site Address, Username, Application Password"),
            ("bluesky", False, "Handle, App Password"),
            ("mastodon", False, "Server"),
            ("facebook", True, "Page Access Token"),
            ("youtube", False, "Client ID, Client Secret"),
            ("rss", False, "Feed Address"),
        ):
            wizard = self.wizard(network)
            wizard.by_hand = by_hand
            with self.assertRaises(UserError) as caught:
                wizard.action_connect()
            self.assertEqual(str(caught.exception), f"Please enter: {missing}.")
        arch = self.env["social.channel.connect"].get_view(view_type="form")["arch"]
        asked = etree.fromstring(arch).xpath("//group//field[@required]")
        self.assertFalse([f for f in asked if f.get("required") not in ("0", "False")])
        arch = self.env["social.channel"].get_view(view_type="form")["arch"]
        required = etree.fromstring(arch).xpath("//field[@name='base_url'][@required]")
        self.assertIn("rss_base_url_0", [field.get("id") for field in required])

    def test_the_page_after_a_failed_sign_in_can_be_left_and_tried_again(self):
        page = self.env.ref("social_engagement.social_channel_connect_view_form_page")
        arch = self.env["social.channel.connect"].get_view(page.id, "form")["arch"]
        tree = etree.fromstring(arch)
        buttons = tree.xpath("//header/button/@string")
        self.assertEqual(buttons, ["Sign In", "Connect", "Cancel"])
        self.assertFalse(tree.xpath("//footer"), "shown in dialogs only")
        self.assertTrue(tree.xpath("//sheet//label[@for='youtube_client_id_0']"))
        self.assertEqual(self.wizard("youtube").display_name, "Connect YouTube")

    def shown(self, network, by_hand):
        """The labels of the fields that are shown, in their order."""
        arch = self.env["social.channel.connect"].get_view(view_type="form")["arch"]
        values = {"network": network, "by_hand": by_hand, "step": "account"}
        found = []
        for label in etree.fromstring(arch).iter("label"):
            field, condition = label.get("for"), label.get("invisible")
            if field.startswith(f"{network}_") and not safe_eval(condition, values):
                found.append(label.get("string"))
        return found

    def test_words_of_a_failure(self):
        for network, reason, words in (
            ("telegram", Reason.AUTHORISATION, "Check: Bot Token."),
            ("wordpress", Reason.AUTHORISATION, "Username, Application Password."),
            ("rss", Reason.BAD_PAYLOAD, "Check: Feed Address."),
            ("bluesky", Reason.NETWORK, "can't be reached"),
        ):
            wizard = self.env["social.channel.connect"].create({"network": network})
            said = wizard._not_connected(NetworkError(reason, "so it is"))
            self.assertIn(networks.get(network).label, said)
            self.assertIn(words, said)
            self.assertIn("(so it is)", said)
            self.assertNotIn("onnect it again", said)

    def test_words_of_a_failed_sign_in(self):
        for network, by_hand, reason, words in (
            ("facebook", False, Reason.NOT_FOUND, "somebody who manages it"),
            ("facebook", True, Reason.AUTHORISATION, "Page Access Token."),
            ("x", False, Reason.PERMISSION, "Sign in again"),
            ("youtube", False, Reason.AUTHORISATION, "Client ID, Client Secret. Then"),
            ("wordpress", False, Reason.PERMISSION, "Grant it on WordPress"),
        ):
            wizard = self.env["social.channel.connect"].create(
                {"network": network, "by_hand": by_hand}
            )
            said = wizard._not_connected(NetworkError(reason, "100 %(odd)s"))
            self.assertIn(words, said)
            self.assertIn("(100 %(odd)s)", said)
            if by_hand or network == "wordpress":
                self.assertNotIn("ign in", said)

    def test_what_others_enter_is_not_to_be_seen(self):
        channel = self.make_channel()
        other = self.make_user("other", "social_engagement.group_social_administrator")
        test = (
            self.env["social.channel.test"].with_user(self.administrator)._of(channel)
        )
        connect = test.env["social.channel.connect"].create(
            {"network": "scripted", "secret": "geheim"}
        )
        choice = test.env["social.channel.choice"].with_context(
            default_channel_id=channel.id
        )
        channel.account_choices = {"1": "One"}
        choice = choice.create({"account": "1"})
        for record in (test, test.line_ids, connect, choice):
            record.check_access("read")
            with self.assertRaises(AccessError, msg=record._name):
                record.with_user(other).check_access("read")

    def test_secrets_can_be_entered_but_not_read(self):
        channel = self.new_channel(client_secret="app-secret")
        with self.assertRaises(AccessError):
            channel.with_user(self.administrator).read(["client_secret"])

    # ------------------------------------------------------------------
    # Signing in
    # ------------------------------------------------------------------

    def test_signing_in_connects(self):
        channel = self.new_channel()
        state = self.begin(channel)
        self.assertEqual(channel.client_id, "app", "registered for the user")
        as_user = self.env["social.sign.in"].with_user(self.administrator)
        found, pending = as_user._take(state)
        self.assertEqual(found, channel)
        self.assertGreaterEqual(len(pending["verifier"]), 43)
        self.signed_in(found, pending)
        self.assertEqual(channel.state, "connected")
        self.assertIn("t-1", channel.session_id.data)
        self.assertFalse(channel.connect_failure)

    def test_a_sign_in_is_good_once_for_one_user_and_not_long(self):
        channel = self.new_channel()
        sign_ins = self.env["social.sign.in"]
        state = self.begin(channel)
        for stranger in (self.agent, self.env.ref("base.user_admin")):
            self.assertFalse(sign_ins.with_user(stranger)._take(state)[0])
        ours = sign_ins.with_user(self.administrator)
        for wrong in ("", "x", state[:-1], state + "x"):
            self.assertFalse(ours._take(wrong)[0])
        self.assertTrue(ours._take(state)[0])
        self.assertFalse(ours._take(state)[0])
        state = self.begin(channel)
        early = fields.Datetime.now() - timedelta(minutes=16)
        self.env.flush_all()
        self.env.cr.execute("UPDATE social_sign_in SET create_date = %s", (early,))
        self.env.invalidate_all()
        self.assertFalse(ours._take(state)[0])

    def test_the_state_is_not_stored_as_it_is(self):
        state = self.begin(self.new_channel())
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM social_sign_in")
        self.assertNotIn(state, str(self.env.cr.fetchall()))

    def test_a_refused_code_is_told_on_the_channel(self):
        channel = self.new_channel()
        self.signed_in(channel, code="used")
        self.assertEqual(channel.state, "draft")
        self.assertIn("a used code", channel.connect_failure)
        self.assertIn("rejected the sign-in", channel.connect_failure)

    def test_without_an_app_its_return_address_is_told(self):
        Signing.app = {}
        with self.assertRaisesRegex(UserError, "/social_engagement/oauth"):
            self.new_channel().action_sign_in()

    def test_an_app_that_could_not_be_registered(self):
        Signing.app = NetworkError(Reason.SERVER, "HTTP 503")
        with self.assertRaisesRegex(UserError, "HTTP 503"):
            self.new_channel().action_sign_in()

    def test_one_of_several_accounts_is_chosen(self):
        channel = self.new_channel()
        self.script.choices = [Identity("p1", "@one", "One"), Identity("p2", "@two")]
        self.signed_in(channel)
        self.assertTrue(channel.needs_choice)
        self.assertEqual(channel.state, "draft")
        action = channel.with_user(self.administrator).action_choose()
        choices = self.env["social.channel.choice"].with_user(self.administrator)
        choice = choices.with_context(**action["context"]).create({"account": "p2"})
        with self.enter_registry_test_mode():
            choice.action_choose()
        self.assertEqual(channel.state, "connected")
        self.assertIn('"chosen": "p2"', channel.session_id.data)
        self.assertFalse(channel.needs_choice)
        with self.assertRaises(UserError):
            channel._choose("p3")

    def test_a_single_account_is_chosen_by_itself(self):
        channel = self.new_channel()
        self.script.choices = [Identity("p1", "@one", "One")]
        self.signed_in(channel)
        self.assertEqual(channel.state, "connected")
        self.assertIn('"chosen": "p1"', channel.session_id.data)

    def test_the_wizard_makes_a_channel_of_a_sign_in(self):
        wizard = self.wizard("signing")
        state = self.begun(wizard.action_connect())
        found, pending = self.taken(state)
        self.assertEqual(found, wizard)
        found._signed_in(pending, "good")
        channel = wizard.channel_id.sudo()
        self.assertEqual(channel.state, "connected")
        self.assertEqual(channel.client_id, "app", "registered for the user")
        self.assertEqual(channel.client_secret, "app-secret")
        self.assertIn("t-1", channel.session_id.data)
        self.assertFalse(wizard.client_secret, "not kept a second time")
        self.assertEqual(wizard._sign_in_target(), channel)

    def test_a_sign_in_that_fails_leaves_no_channel(self):
        before = self.env["social.channel"].search_count([])
        wizard = self.wizard("signing")
        found, pending = self.taken(self.begun(wizard.action_connect()))
        found._signed_in(pending, "used")
        self.assertIn("a used code", wizard.connect_failure)
        self.assertEqual(wizard._sign_in_target(), wizard)
        wizard._sign_in_refused("access_denied")
        self.assertIn("access_denied", wizard.connect_failure)
        self.assertEqual(self.env["social.channel"].search_count([]), before)
        found, pending = self.taken(self.begun(wizard.action_connect()))
        self.assertFalse(wizard.connect_failure)
        found._signed_in(pending, "good")
        self.assertEqual(wizard.channel_id.state, "connected")

    def test_the_wizard_leaves_the_choice_of_an_account(self):
        self.script.choices = [Identity("p1", "@one", "One"), Identity("p2", "@two")]
        wizard = self.wizard("signing")
        found, pending = self.taken(self.begun(wizard.action_connect()))
        found._signed_in(pending, "good")
        channel = wizard.channel_id.sudo()
        self.assertTrue(channel.needs_choice)
        self.assertIn("t-1", channel.session_id.data)

    def wizard(self, network):
        wizards = self.env["social.channel.connect"].with_user(self.administrator)
        wizard = wizards.create({"network": network})
        wizard.action_next()
        return wizard

    def begun(self, action):
        return parse_qs(urlsplit(action["url"]).query)["state"][0]

    def taken(self, state):
        return self.env["social.sign.in"].with_user(self.administrator)._take(state)

    # ------------------------------------------------------------------
    # Afterwards
    # ------------------------------------------------------------------

    def test_after_reconnecting_the_gap_is_fetched(self):
        self.feed.cursor = {"at": 7}
        self.feed.next_run = fields.Datetime.now() + timedelta(hours=5)
        self.channel._lose_authorisation()
        self.channel.action_connect()
        self.assertEqual(self.feed.cursor, {"at": 7}, "goes on where it stopped")
        self.assertLessEqual(self.feed.next_run, fields.Datetime.now())

    def test_another_account_is_read_from_its_start(self):
        self.feed.cursor = {"at": 7}
        self.script.identity = Identity("others", "@others")
        self.channel.action_connect()
        self.assertFalse(self.feed.cursor)
        self.assertIn("@others", self.channel.message_ids[0].body)

    def test_the_test_tells_in_words_what_works(self):
        channel = self.new_channel()
        self.script.findings = [
            Finding("mentions", True),
            Finding("answer", False, Reason.PERMISSION, "write:statuses"),
            Finding("hide", None),
        ]
        action = channel.with_user(self.administrator).action_test()
        lines = self.env["social.channel.test"].browse(action["res_id"]).line_ids
        self.assertEqual(lines.mapped("verdict"), ["yes", "yes", "no", "unknown"])
        self.assertEqual(lines[2].detail, "write:statuses")
        self.assertIn("permission", lines[2].advice)

    def test_whatever_a_network_offers_can_be_tested(self):
        lines = self.env["social.channel.test.line"]
        named = {name for name, _label in lines._fields["ability"].selection}
        for network in networks.names():
            adapter = networks.get(network)
            offered = {*adapter.feeds, *adapter.actions}
            self.assertLessEqual(offered, named, network)

    def test_the_test_finds_a_lost_access(self):
        self.script.identity = NetworkError(Reason.AUTHORISATION, "gone")
        self.channel.action_test()
        self.assertEqual(self.channel.state, "reauthorise")

    def test_live_delivery_is_asked_for_and_ended(self):
        channel = self.new_channel(state="connected")
        asked = self.script.accounts
        channel.with_user(self.administrator).action_toggle_live_delivery()
        self.assertTrue(channel.live_delivery)
        self.assertEqual(asked[-1].webhook_url, channel.webhook_url)
        self.assertIn("/social_engagement/webhook/", asked[-1].webhook_url)
        channel.action_toggle_live_delivery()
        self.assertEqual(asked[-1].webhook_url, "")
        self.script.subscribe = NetworkError(Reason.REFUSED, "https is needed")
        with self.assertRaisesRegex(UserError, "https is needed"):
            channel.action_toggle_live_delivery()

    def test_tokens_are_renewed_ahead(self):
        good = self.new_channel(state="connected")
        lost = self.new_channel(state="connected")
        steps = [None, NetworkError(Reason.AUTHORISATION, "revoked")]
        self.script.keep_alive = lambda: play(steps.pop(0))
        self.run_job("cron_keep_alive")
        self.assertEqual(steps, [])
        self.assertEqual({good.state, lost.state}, {"connected", "reauthorise"})

    def test_trouble_on_the_way_is_no_lost_access(self):
        channel = self.new_channel(state="connected")
        self.script.keep_alive = NetworkError(Reason.SERVER, "HTTP 503")
        self.run_job("cron_keep_alive")
        self.assertEqual(channel.state, "connected")


class TestSignInRoute(SigningCase, HttpCase):
    def call(self, **params):
        return self.url_open(
            "/social_engagement/oauth?"
            + "&".join(f"{name}={value}" for name, value in params.items()),
            allow_redirects=False,
        )

    def test_a_visitor_has_to_log_in_first(self):
        answer = self.call(state="x", code="y")
        self.assertIn("/web/login", answer.headers["Location"])

    def test_comes_back_to_the_channel(self):
        channel = self.new_channel()
        state = self.begin(channel)
        self.authenticate("social_admin", "social_admin")
        answer = self.call(state=state, code="good")
        self.assertIn(f"/{channel.id}", answer.headers["Location"])
        self.assertEqual(channel.state, "connected")
        self.assertEqual(self.call(state=state, code="good").status_code, 400)

    def test_comes_back_from_the_wizard(self):
        wizard = self.env["social.channel.connect"].with_user(self.administrator)
        wizard = wizard.create({"network": "signing"})
        wizard.action_next()
        self.authenticate("social_admin", "social_admin")
        for code, path in (
            ("used", "connect_page_action/"),
            ("good", "channel_action/"),
        ):
            url = wizard.action_connect()["url"]
            state = parse_qs(urlsplit(url).query)["state"][0]
            answer = self.call(state=state, code=code)
            self.assertIn(path, answer.headers["Location"])
        self.assertEqual(wizard.channel_id.state, "connected")
        self.assertIn(f"/{wizard.channel_id.id}", answer.headers["Location"])

    def test_a_state_that_does_not_fit_changes_nothing(self):
        channel = self.new_channel()
        self.begin(channel)
        self.authenticate("social_admin", "social_admin")
        answer = self.call(state="forged", code="good")
        self.assertEqual(answer.status_code, 400)
        self.assertIn("Nothing was changed", answer.text)
        self.assertEqual(channel.state, "draft")

    def test_somebody_who_did_not_agree_is_told_so(self):
        channel = self.new_channel()
        state = self.begin(channel)
        self.authenticate("social_admin", "social_admin")
        self.call(state=state, error="access_denied")
        self.assertEqual(channel.state, "draft")
        self.assertIn("access_denied", channel.connect_failure)
