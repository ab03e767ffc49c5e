import logging
from random import shuffle

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..networks.base import NetworkError, Reason
from ..networks.deadline import within
from ..networks.oauth import new_state
from . import credentials, failure
from .transaction import end_before_call, place

_logger = logging.getLogger(__name__)

PATIENCE = 40  # seconds somebody waits for a network, over all its calls
RECONNECT = "mail.mail_activity_data_warning"  # asks administrators to connect again


class SocialChannel(models.Model):
    """Connecting an account, keeping it connected, and noticing when it is not."""

    _inherit = "social.channel"

    signs_in = fields.Boolean(compute="_compute_signs_in")
    account_choices = fields.Json(
        readonly=True,
        copy=False,
        help="Accounts a sign-in gave access to, while none is chosen: id → name.",
    )
    needs_choice = fields.Boolean(compute="_compute_needs_choice")
    can_live_delivery = fields.Boolean(compute="_compute_signs_in")
    live_delivery = fields.Boolean(
        readonly=True, copy=False, help="The network calls us with what is new."
    )
    connect_failure = fields.Char(
        "Why it could not be connected", readonly=True, copy=False
    )

    @api.depends("network")
    def _compute_signs_in(self):
        for channel in self:
            adapter = channel._network()
            channel.signs_in = adapter.sign_in
            channel.can_live_delivery = adapter.webhook

    @api.depends("account_choices")
    def _compute_needs_choice(self):
        for channel in self:
            channel.needs_choice = bool(channel.account_choices)

    # ------------------------------------------------------------------
    # Connecting
    # ------------------------------------------------------------------

    def action_connect(self):
        """Asks the network who this account is; starts listening when it answers."""
        self.ensure_one()
        self.check_access("write")
        try:
            return self._connect()
        except NetworkError as error:
            raise UserError(self._not_connected(error)) from error

    def _connect(self, account=None):
        """Makes the channel listen as whoever its credentials are for.

        :param account: :class:`Account` that has signed in just now: its tokens were
            kept by another transaction, and can't be seen in this one
        :raises NetworkError: they are for nobody
        """
        adapter = self._network()(account) if account else self._adapter()
        with within(PATIENCE):
            identity = adapter.verify()
        return self._connected_as(identity)

    def _connected_as(self, identity):
        """Listens as who the network says the account is.

        :return: a client action that says so
        """
        channel = self.sudo()
        before = channel.account_external_id
        if before and before != identity.external_id:
            channel._become_another(identity)
        channel.write(
            {
                "state": "connected",
                "account_external_id": identity.external_id,
                "account_handle": identity.handle,
                "account_url": identity.url,
                "max_length": identity.max_length or self._network().max_length or 0,
                "link_length": identity.link_length,
                "account_choices": False,
                "connect_failure": False,
            }
        )
        if channel.name == channel.network_label and identity.handle:
            channel.name = f"{channel.network_label} {identity.handle}"
        channel.activity_unlink([RECONNECT])
        channel._ensure_feeds()
        self.env["social.feed"]._wake()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Connected as %(handle)s. New posts arrive from now on.",
                    handle=self.account_handle or self.account_url,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _become_another(self, identity):
        """What was read of one account tells nothing about what to read of another."""
        feeds = self.with_context(active_test=False).feed_ids
        feeds.write(
            {
                **{"cursor": False, "last_success": False, "last_item": False},
                **{"oldest_post": False, "behind_since": False, "longest_silence": 0},
            }
        )
        self.message_post(
            body=self.env._(
                "Connected as %(handle)s; it was %(before)s before. What is there is "
                "read anew.",
                handle=identity.handle or identity.name,
                before=self.account_handle or self.account_external_id,
            )
        )

    def _not_connected(self, error):
        """Why an account could not be connected, and what to do, in words."""
        adapter = self._network()
        signs_in = adapter.sign_in and not self.sudo().secret
        way = "token" if adapter.sign_in and not signs_in else ""
        named = credentials.named(self.env, adapter, way)
        return failure.not_connected(self.env, error, adapter.label, named, signs_in)

    def _ensure_feeds(self):
        """Gives a newly connected channel all feeds of its network that need no
        question to be answered. What was missed meanwhile is fetched at once.
        """
        feeds = self.with_context(active_test=False).sudo().feed_ids
        network, kinds = self._network(), set(feeds.mapped("kind"))
        missing = [k for k in network.feeds if k not in network.needs_query | kinds]
        feeds.create([{"channel_id": self.id, "kind": kind} for kind in missing])
        feeds.write({"next_run": fields.Datetime.now()})

    def action_disconnect(self):
        self.check_access("write")
        self.sudo().write({"state": "draft"})

    # ------------------------------------------------------------------
    # Signing in with the network
    # ------------------------------------------------------------------

    def action_sign_in(self):
        """Leads the administrator to the network's page for signing in."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_url",
            "url": sign_in_page(self, self._redirect_uri()),
            "target": "self",
        }

    @api.model
    def _redirect_uri(self):
        return f"{self.get_base_url()}/social_engagement/oauth"

    def _signed_in(self, pending, code):
        """Connects with the code that a sign-in gave; why not is kept on the channel.

        :param pending: what :meth:`sign_in_page` of the adapter wanted kept
        """
        channel = self.sudo()
        adapter = channel._adapter()
        end_before_call(self.env)  # a state is good once, whatever comes of it
        try:
            with within(PATIENCE):
                adapter.signed_in(pending, code)
                choices = adapter.choices()
                if len(choices) > 1:
                    channel.account_choices = {c.external_id: c.name for c in choices}
                    return
                if choices:
                    adapter.choose(choices[0].external_id)
                self._connect(adapter.account)
        except NetworkError as error:
            channel.connect_failure = failure.storable(self._not_connected(error))

    def _sign_in_refused(self, said):
        """Somebody did not agree on the network's page, or the network would not.

        :param said: the network's words, or what stands for them
        """
        error = NetworkError(Reason.PERMISSION, failure.storable(said)[:200])
        self.sudo().connect_failure = failure.storable(self._not_connected(error))

    def _sign_in_target(self):
        """Where the browser goes on after signing in."""
        return self

    def action_choose(self):
        """Asks which of the accounts of a sign-in is meant."""
        return self._open_wizard("social.channel.choice", self.env._("Which account?"))

    def _choose(self, external_id):
        """Connects one of the accounts a sign-in gave access to."""
        if external_id not in (self.account_choices or {}):
            raise UserError(self.env._("This account was not offered."))
        adapter = self._adapter()
        end_before_call(self.env)
        try:
            with within(PATIENCE):
                adapter.choose(external_id)
                self._connect(adapter.account)
        except NetworkError as error:
            raise UserError(self._not_connected(error)) from error

    # ------------------------------------------------------------------
    # Live delivery
    # ------------------------------------------------------------------

    def action_toggle_live_delivery(self):
        """Asks the network to call us with what is new, or not to any more. Feeds are
        fetched all the same, only more seldom: calls get lost.
        """
        self.ensure_one()
        self.check_access("write")
        channel = self.sudo()
        channel.live_delivery = not channel.live_delivery
        adapter = channel._adapter()
        channel.live_delivery = not channel.live_delivery  # until the network knows
        end_before_call(self.env)
        try:
            with within(PATIENCE):
                adapter.subscribe()
            channel.live_delivery = not channel.live_delivery
            channel._note_uncalled(adapter)
        except NetworkError as error:
            raise UserError(
                self.env._(
                    "Live delivery could not be changed. %(advice)s (%(detail)s)",
                    advice=failure.explain(self.env, error.reason),
                    detail=error.detail,
                )
            ) from error

    # ------------------------------------------------------------------
    # Testing
    # ------------------------------------------------------------------

    def action_test(self):
        """Tries what the account can do, and tells it in words."""
        self.ensure_one()
        self.check_access("write")
        test = self.env["social.channel.test"]._of(self)
        return self._open_wizard(test._name, self.env._("Connection test"), test.id)

    def _open_wizard(self, model, title, record_id=False):
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": record_id,
            "view_mode": "form",
            "target": "new",
            "name": title,
            "context": {"default_channel_id": self.id},
        }

    # ------------------------------------------------------------------
    # Keeping the connection
    # ------------------------------------------------------------------

    @api.model
    def _cron_keep_alive(self):
        """Job: renews tokens ahead of their end, each channel for itself."""
        cron = self.env["ir.cron"]
        channels = self.search([("state", "=", "connected")])
        cron._commit_progress(remaining=len(channels))
        shuffle(channels := list(channels))  # so that none is always behind a slow one
        for channel in channels:
            try:
                adapter = channel._adapter()
                self.env.cr.commit()  # pylint: disable=invalid-commit
                with within(PATIENCE):
                    adapter.keep_alive()
            except NetworkError as error:
                # anything but a lost access shows when the token is needed
                if error.reason == Reason.AUTHORISATION:
                    channel._lose_authorisation()
            except Exception as error:
                self.env.cr.rollback()
                _logger.error("Channel %s not kept alive: %s", channel.id, place(error))
            if not cron._commit_progress(1):
                break
        # Nothing "remains", else Odoo would call again, ten times, in one turn.
        cron._commit_progress(remaining=0)

    def _lose_authorisation(self):
        """Turns the channel red and tells its administrators, once."""
        for channel in self.filtered(lambda c: c.state == "connected"):
            channel.state = "reauthorise"
            for user in self._administrators(channel.company_id):
                channel.activity_schedule(
                    RECONNECT,
                    summary=self.env._("Connect %(name)s again", name=channel.name),
                    note=failure.explain(self.env, Reason.AUTHORISATION),
                    user_id=user.id,
                )

    def _administrators(self, company):
        group = self.env.ref("social_engagement.group_social_administrator")
        return group.all_user_ids.filtered(
            lambda user: user.active and company in user.company_ids
        )


def sign_in_page(record, redirect_uri):
    """The network's page where somebody signs in; registers an app first where the
    network lets everybody do that.

    :param record: a channel, or the wizard that makes one of it
    """
    stored, state = record.sudo(), new_state()
    adapter = stored._adapter()
    try:
        with within(PATIENCE):
            app = adapter.register_app(redirect_uri)
        if app:
            stored.write(app)
            adapter.account.client_id = stored.client_id
            adapter.account.client_secret = stored.client_secret
        if not stored.client_id:
            raise UserError(
                record.env._(
                    "%(network)s wants an app registered first. Enter its ID and "
                    "secret; its redirect URI is %(address)s",
                    network=record.network_label,
                    address=redirect_uri,
                )
            )
        url, pending = adapter.sign_in_page(redirect_uri, state)
    except NetworkError as error:
        raise UserError(record._not_connected(error)) from error
    record.env["social.sign.in"]._begin(record, state, pending)
    return url
