from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import networks
from ..models import credentials, failure
from ..models.secret import SecretChar
from ..models.social_channel_connect import PATIENCE, sign_in_page
from ..models.transaction import end_before_call
from ..networks.base import Account, Adapter, NetworkError, Reason
from ..networks.deadline import within

CREDENTIALS = ("username", "secret", "client_id", "client_secret")


class SocialChannelConnect(models.TransientModel):
    """Connecting an account step by step: which network, then as whom. The channel is
    created when the network has said who that is.
    """

    _name = "social.channel.connect"
    _description = "Connect a Social Channel"

    network = fields.Selection(
        selection=lambda self: self.env["social.channel"]._selection_network(),
        required=True,
        default=lambda self: networks.names()[0],
    )
    step = fields.Selection(
        [("network", "Network"), ("account", "Account")],
        default="network",
        required=True,
    )
    channel_id = fields.Many2one("social.channel", ondelete="cascade", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    abilities = fields.Html(compute="_compute_network_facts", sanitize=False)
    network_label = fields.Char(compute="_compute_network_facts")
    signs_in = fields.Boolean(compute="_compute_network_facts")
    by_hand = fields.Boolean("Use an access token")
    asks_by_hand = fields.Boolean(compute="_compute_network_facts")
    asks_app = fields.Boolean(compute="_compute_network_facts")
    redirect_uri = fields.Char(
        "Redirect URI",
        compute="_compute_network_facts",
        help="Add it to your app's settings on the network.",
    )
    base_url = fields.Char(
        "Address", compute="_compute_base_url", store=True, readonly=False
    )
    username = fields.Char()
    secret = SecretChar()
    client_id = fields.Char("App ID")
    client_secret = SecretChar("App Secret")
    connect_failure = fields.Char("Why it could not be connected", readonly=True)

    @api.depends("network")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._(
                "Connect %(network)s", network=wizard._network().label
            )

    @api.depends("network")
    def _compute_base_url(self):
        for wizard in self:
            wizard.base_url = wizard._network().base_url

    @api.depends("network", "by_hand")
    @api.depends_context("lang")
    def _compute_network_facts(self):
        channels = self.env["social.channel"]
        for wizard in self:
            adapter = wizard._network()
            wizard.network_label = adapter.label
            wizard.signs_in = adapter.sign_in and not wizard.by_hand
            wizard.asks_by_hand = adapter.sign_in and any(
                c.name == "secret" for c in adapter.credentials
            )
            wizard.asks_app = "client_id" in credentials.asked(adapter, wizard._way())
            wizard.redirect_uri = wizard.signs_in and channels._redirect_uri()
            wizard.abilities = channels._abilities_html(adapter)

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type == "form":
            shown = "step == 'account'"
            ways = {"": f"{shown} and not by_hand", "token": f"{shown} and by_hand"}
            credentials.fill(self.env, arch, ways)
        return arch, view

    def _network(self):
        return networks.get(self.network) if self.network else Adapter

    def action_next(self):
        """Asks as whom."""
        return self._go("account")

    def action_back(self):
        """Asks once more which network."""
        return self._go("network")

    def action_cancel(self):
        """Leaves the page that a failed sign-in came back to."""
        channels = "social_engagement.social_channel_action"
        action = self.env["ir.actions.act_window"]._for_xml_id(channels)
        return action | {"target": "main"}

    def action_connect(self):
        """Connects with what was entered. What was entered stays when that fails."""
        self.ensure_one()
        self._check_administrator()
        self._check_entered()
        self.connect_failure = False
        if self.signs_in:
            url = sign_in_page(self, self.redirect_uri)
            return {"type": "ir.actions.act_url", "url": url, "target": "self"}
        adapter = self._adapter()
        end_before_call(self.env)
        try:
            with within(PATIENCE):
                identity = adapter.verify()
        except NetworkError as error:
            raise UserError(self._not_connected(error)) from error
        channel = self._make_channel(adapter.account)
        done = channel._connected_as(identity)
        done["params"]["next"] = channel.get_formview_action()
        return done

    # ------------------------------------------------------------------
    # Signing in with the network
    # ------------------------------------------------------------------

    def _signed_in(self, pending, code):
        """Makes a channel with the code that a sign-in gave; why not is kept here.

        :param pending: what :meth:`sign_in_page` of the adapter wanted kept
        """
        adapter = self._adapter()
        end_before_call(self.env)  # a state is good once, whatever comes of it
        try:
            with within(PATIENCE):
                adapter.signed_in(pending, code)
                choices = adapter.choices()
                if len(choices) == 1:
                    adapter.choose(choices[0].external_id)
                identity = None if len(choices) > 1 else adapter.verify()
        except NetworkError as error:
            self.connect_failure = failure.storable(self._not_connected(error))
            return
        channel = self._make_channel(adapter.account)
        if identity:
            channel._connected_as(identity)
        else:
            channel.sudo().account_choices = {c.external_id: c.name for c in choices}

    def _sign_in_refused(self, said):
        """Somebody did not agree on the network's page, or the network would not.

        :param said: the network's words, or what stands for them
        """
        error = NetworkError(Reason.PERMISSION, failure.storable(said)[:200])
        self.connect_failure = failure.storable(self._not_connected(error))

    def _sign_in_target(self):
        """Where the browser goes on after signing in: the channel, or here again."""
        return self.channel_id or self

    # ------------------------------------------------------------------
    # The account and its channel
    # ------------------------------------------------------------------

    def _adapter(self):
        """The network's adapter for what was entered; its session is kept in memory
        only.
        """
        entered = {name: self[name] or "" for name in CREDENTIALS}
        unasked = {"username", "secret"} - {*self._asked()}  # of another way
        return self._network()(
            Account(
                base_url=as_address(self.base_url or ""),
                **{n: "" if n in unasked else v.strip() for n, v in entered.items()},
                allow_private=self.env["social.channel"]._allows_private(),
            )
        )

    def _make_channel(self, account):
        """A channel for an account that was found."""
        values = {
            "name": self._network().label,
            "network": self.network,
            "company_id": self.company_id.id,
        }
        channel = self.env["social.channel"].create(values)
        channel.base_url = account.base_url
        channel.sudo().write({name: getattr(account, name) for name in CREDENTIALS})
        channel._keep_session(account.session)
        self.channel_id = channel
        self.write({"secret": False, "client_secret": False})
        return channel

    def _not_connected(self, error):
        adapter = self._network()
        named = credentials.named(self.env, adapter, self._way())
        return failure.not_connected(
            self.env, error, adapter.label, named, self.signs_in
        )

    def _way(self):
        return "token" if self.by_hand and self._network().sign_in else ""

    def _asked(self):
        return credentials.asked(self._network(), self._way())

    def _go(self, step):
        self.ensure_one()
        self._check_administrator()
        self.write({"step": step, "connect_failure": False})
        if step == "network":  # what was entered is of no use to another one
            self.write({"by_hand": False} | dict.fromkeys(CREDENTIALS, False))
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Connect a Channel")
            if step == "network"
            else self.display_name,
        }

    def _check_entered(self):
        """Nothing is required in the form: *Back* works with empty fields, and they are
        not red before anything was entered.
        """
        adapter, way = self._network(), self._way()
        missing = [n for n in credentials.needed(adapter, way) if not self[n]]
        if missing:
            labels = [credentials.words(self.env, adapter, n, way)[0] for n in missing]
            raise UserError(self.env._("Please enter: %s.", ", ".join(labels)))

    def _check_administrator(self):
        if not self.env.user.has_group("social_engagement.group_social_administrator"):
            raise AccessError(self.env._("Only administrators connect channels."))


def as_address(text):
    """An address as people type it, with the scheme they leave out."""
    text = text.strip()
    return text if "://" in text or not text else f"https://{text}"
