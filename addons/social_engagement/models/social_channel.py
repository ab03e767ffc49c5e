import json
from secrets import token_urlsafe
from urllib.parse import urlsplit

from odoo import api, fields, models

from .. import networks
from ..networks.base import Account, Adapter, NetworkError, Reason
from . import credentials
from .forgery import check_creatable, check_writable
from .secret import SecretChar, SecretText

COUNTED = 10_000  # posts of a channel; more are "10000+"


class SocialChannel(models.Model):
    """One account of the company on one network."""

    _name = "social.channel"
    _description = "Social Channel"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    network = fields.Selection(
        selection="_selection_network", required=True, index=True
    )
    network_label = fields.Char(compute="_compute_network_facts")
    network_can_reply = fields.Boolean(compute="_compute_network_facts")
    needs_secret = fields.Boolean(compute="_compute_network_facts")
    base_url = fields.Char(
        "Address",
        compute="_compute_base_url",
        store=True,
        readonly=False,
        groups="social_engagement.group_social_administrator",
        help="The network's server, or the address of the feed. It may hold a token: "
        "others see the host only.",
    )
    host = fields.Char(compute="_compute_host", compute_sudo=True)
    username = fields.Char()
    secret = SecretChar(
        groups="base.group_system",
        copy=False,
        help="Access token or app password. Only system administrators can read it.",
    )
    client_id = fields.Char(
        "App ID",
        groups="base.group_system",
        copy=False,
        help="Of the app registered with the network, which accounts sign in with.",
    )
    client_secret = SecretChar("App secret", groups="base.group_system", copy=False)
    webhook_secret = SecretChar(
        groups="base.group_system",
        copy=False,
        default=lambda self: token_urlsafe(32),
        help="Made by Odoo: the network repeats it, or signs its calls with it.",
    )
    webhook_token = SecretChar(
        groups="base.group_system",
        copy=False,
        default=lambda self: token_urlsafe(24),
        help="The part of the webhook's address that names this channel.",
    )
    webhook_url = SecretChar(
        "Webhook address",
        compute="_compute_webhook_url",
        groups="base.group_system",
        help="Where the network can tell of news at once.",
    )
    session_id = fields.One2many(
        "social.channel.session", "channel_id", groups="base.group_system"
    )
    state = fields.Selection(
        [
            ("draft", "Not connected"),
            ("connected", "Connected"),
            ("reauthorise", "Connect again"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    account_external_id = fields.Char(
        "Account ID",
        readonly=True,
        copy=False,
        groups="social_engagement.group_social_administrator",
        help="Of a feed, its address.",
    )
    account_handle = fields.Char("Account", readonly=True, copy=False)
    account_url = fields.Char("Profile page", readonly=True, copy=False)
    max_length = fields.Integer(
        "Longest answer",
        readonly=True,
        copy=False,
        help="In the network's own way of counting; 0 when it sets no limit.",
    )
    link_length = fields.Integer(
        readonly=True,
        copy=False,
        help="Characters a link counts: 0 as usual there, -1 as it is written.",
    )
    feed_ids = fields.One2many("social.feed", "channel_id")
    message_count = fields.Integer(
        compute="_compute_message_count", help="At most 10,000 are counted."
    )
    message_count_label = fields.Char("Posts", compute="_compute_message_count")

    @api.model
    def _selection_network(self):
        return [(name, networks.get(name).label) for name in networks.names()]

    @api.depends("network")
    def _compute_base_url(self):
        for channel in self:
            channel.base_url = channel._network().base_url

    @api.depends("base_url")
    def _compute_host(self):
        for channel in self:
            try:
                channel.host = urlsplit((channel.base_url or "").strip()).hostname
            except ValueError:
                channel.host = False

    @api.depends("network")
    def _compute_network_facts(self):
        for channel in self:
            adapter = channel._network()
            wanted = {c.name for c in adapter.credentials}
            channel.network_label = adapter.label
            channel.network_can_reply = adapter.can_reply
            channel.needs_secret = "secret" in wanted

    @api.depends("network", "webhook_token")
    def _compute_webhook_url(self):
        for channel in self:
            path = f"/social_engagement/webhook/{channel.webhook_token}"
            calls = channel._network().webhook and channel.webhook_token
            channel.webhook_url = calls and channel.get_base_url() + path

    def _compute_message_count(self):
        messages = self.env["social.message"]
        for channel in self:
            of_channel = [("channel_id", "in", channel.ids)]
            count = messages.search_count(of_channel, limit=COUNTED + 1)
            channel.message_count = min(count, COUNTED)
            more = "+" if count > COUNTED else ""
            channel.message_count_label = f"{channel.message_count}{more}"

    @api.model_create_multi
    def create(self, vals_list):
        check_creatable(self, vals_list)
        return super().create(vals_list)

    def write(self, vals):
        """The secret goes to the address it was entered for: only those who may read it
        may take it to another one.
        """
        check_writable(self, vals)
        leads_away = {"network", "base_url"} & vals.keys()
        if leads_away and not self.env.is_system():
            moved = self.filtered(lambda c: any(c[n] != vals[n] for n in leads_away))
            for channel in moved.sudo():
                channel.write(
                    {
                        **{"secret": False, "client_secret": False, "state": "draft"},
                        **{"webhook_secret": token_urlsafe(32), "live_delivery": False},
                    }
                )
            moved.sudo().session_id.unlink()
        return super().write(vals)

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form":
            groups = {name: self._fields[name].groups for name in credentials.ORDER}
            credentials.fill(self.env, arch, {"form": "True"}, groups)
        return arch, view

    # ------------------------------------------------------------------
    # The way to the network
    # ------------------------------------------------------------------

    def _network(self):
        """The adapter's class; the bare contract, which can do nothing, where there is
        none (yet, or any more: the add-on that brought it is gone).
        """
        known = self.network in networks.names()
        return networks.get(self.network) if known else Adapter

    def _length(self, text):
        """The length of a text as the account's server counts it."""
        adapter = self._network()
        if not self.link_length:
            return adapter.length(text)
        return adapter.length(text, self.link_length)

    def _adapter(self):
        """The network's adapter for this account, with its credentials."""
        self.ensure_one()
        channel = self.sudo()
        channel.fetch(["secret", "client_secret", "webhook_secret"])
        return networks.get(channel.network)(
            Account(
                base_url=channel.base_url or "",
                username=channel.username or "",
                secret=channel.secret or "",
                client_id=channel.client_id or "",
                client_secret=channel.client_secret or "",
                webhook_secret=channel.webhook_secret or "",
                webhook_url=channel.live_delivery and channel.webhook_url or "",
                external_id=channel.account_external_id or "",
                handle=channel.account_handle or "",
                session=json.loads(channel.session_id.data or "{}"),
                renew_session=self._renew_session,
                allow_private=self._allows_private(),
            )
        )

    @api.model
    def _allows_private(self):
        """Whether addresses may lead into loopback and private ranges."""
        parameters = self.env["ir.config_parameter"].sudo()
        return (
            parameters.get_param("social_engagement.allow_private_addresses") == "True"
        )

    def _keep_session(self, session):
        """Keeps what an adapter remembers of an account that was just found."""
        if session:
            self.sudo()._ensure_session().data = json.dumps(session)

    def _renew_session(self, change):
        """Replaces what the adapter remembers, one process at a time, and keeps it
        whatever becomes of the caller's transaction: a renewed token is good once.

        :param change: session as stored (dict) → session to store
        """
        with self.env.registry.cursor() as cr:
            kept = self.with_env(self.env(cr=cr)).sudo()._ensure_session()
            if not kept.try_lock_for_update(allow_referencing=True):
                # not waited for: the other process waits for the network itself
                said = "another process is renewing the access"
                raise NetworkError(Reason.NETWORK, said)
            before = json.loads(kept.data or "{}")
            after = change(before)
            if after != before:
                kept.data = json.dumps(after)
        return after

    def _ensure_session(self):
        return self.session_id or self.session_id.create({"channel_id": self.id})

    # ------------------------------------------------------------------
    # Shortcuts of the form
    # ------------------------------------------------------------------

    def action_view_messages(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_engagement.social_message_action"
        )
        return action | {"domain": [("channel_id", "=", self.id)], "context": {}}

    def action_view_failed_intake(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_engagement.social_intake_action"
        )
        return action | {
            "domain": [("channel_id", "=", self.id)],
            "context": {"search_default_failed": 1},
        }


class SocialChannelSession(models.Model):
    """What an adapter keeps between calls (renewed tokens). A row of its own, so that
    keeping it never collides with a change of the channel.
    """

    _name = "social.channel.session"
    _description = "Social Channel Session"

    channel_id = fields.Many2one("social.channel", required=True, ondelete="cascade")
    data = SecretText()

    _channel_unique = models.UniqueIndex("(channel_id)")
