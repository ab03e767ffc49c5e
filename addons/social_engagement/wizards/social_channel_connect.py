from odoo import api, fields, models
from odoo.exceptions import AccessError

from .. import networks
from ..networks.base import Adapter

CREDENTIALS = ("username", "secret", "client_id", "client_secret")


class SocialChannelConnect(models.TransientModel):
    """Connecting an account step by step: which network, then as whom."""

    _name = "social.channel.connect"
    _description = "Connect a Social Channel"

    network = fields.Selection(
        selection=lambda self: self.env["social.channel"]._selection_network(),
        required=True,
        default=lambda self: networks.names()[0],
    )
    channel_id = fields.Many2one("social.channel", ondelete="cascade", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    abilities = fields.Html(compute="_compute_network_facts", sanitize=False)
    network_label = fields.Char(compute="_compute_network_facts")
    signs_in = fields.Boolean(compute="_compute_network_facts")
    by_hand = fields.Boolean("Enter a token by hand instead of signing in")
    asks_by_hand = fields.Boolean(compute="_compute_network_facts")
    asks_address = fields.Boolean(compute="_compute_network_facts")
    asks_username = fields.Boolean(compute="_compute_network_facts")
    asks_secret = fields.Boolean(compute="_compute_network_facts")
    asks_app = fields.Boolean(compute="_compute_network_facts")
    advice = fields.Char(compute="_compute_network_facts")
    redirect_uri = fields.Char("Return address", compute="_compute_network_facts")
    base_url = fields.Char(
        "Address", compute="_compute_base_url", store=True, readonly=False
    )
    username = fields.Char()
    secret = fields.Char()
    client_id = fields.Char("App ID")
    client_secret = fields.Char("App secret")

    @api.depends("network")
    def _compute_base_url(self):
        for wizard in self:
            wizard.base_url = wizard._network().base_url

    @api.depends("network", "by_hand")
    @api.depends_context("lang")
    def _compute_network_facts(self):
        for wizard in self:
            adapter = wizard._network()
            wanted = {c.name: c for c in adapter.credentials}
            by_sign_in = adapter.sign_in and not wizard.by_hand
            if by_sign_in:  # what is left is the app, where it isn't registered by us
                wanted = {n: c for n, c in wanted.items() if n.startswith("client_")}
            wizard.network_label = adapter.label
            wizard.signs_in = by_sign_in
            wizard.asks_by_hand = adapter.sign_in and any(
                c.name == "secret" for c in adapter.credentials
            )
            wizard.asks_address = adapter.own_server or not adapter.base_url
            wizard.asks_username = "username" in wanted
            wizard.asks_secret = "secret" in wanted
            wizard.asks_app = "client_id" in wanted
            wizard.advice = " ".join(f"{c.label}: {c.help}" for c in wanted.values())
            channel = wizard.channel_id
            wizard.redirect_uri = by_sign_in and channel and channel._redirect_uri()
            wizard.abilities = channel._abilities_html(adapter)

    def _network(self):
        return networks.get(self.network) if self.network else Adapter

    def action_next(self):
        """Makes a channel of the network, not connected yet, and asks as whom."""
        self.ensure_one()
        self._check_administrator()
        values = {
            "name": self._network().label,
            "network": self.network,
            "company_id": self.company_id.id,
        }
        self.channel_id = self.env["social.channel"].create(values)
        return self._reopen()

    def action_connect(self):
        """Connects with what was entered. What was entered stays when that fails."""
        self.ensure_one()
        self._check_administrator()
        channel = self.channel_id
        entered = {n: (self[n] or "").strip() for n in CREDENTIALS if self[n]}
        channel.check_access("write")
        if self.base_url:
            # By the user's own rights: a secret of before doesn't follow there.
            channel.base_url = as_address(self.base_url)
        channel.sudo().write(entered)
        self.write({"secret": False, "client_secret": False})
        if self.signs_in:
            return channel.action_sign_in()
        done = channel.action_connect()
        done["params"]["next"] = channel.get_formview_action()
        return done

    def _check_administrator(self):
        if not self.env.user.has_group("social_engagement.group_social_administrator"):
            raise AccessError(self.env._("Only administrators connect channels."))

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Connect %(network)s", network=self.network_label),
        }


def as_address(text):
    """An address as people type it, with the scheme they leave out."""
    text = text.strip()
    return text if "://" in text else f"https://{text}"
