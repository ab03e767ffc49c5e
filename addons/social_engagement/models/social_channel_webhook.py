import hashlib
import hmac
import logging

from odoo import api, fields, models
from odoo.tools import SQL

from . import failure
from .transaction import OVERTAKEN

_logger = logging.getLogger(__name__)

DELETION = "/social_engagement/deletion/"


class SocialChannel(models.Model):
    """Networks call the address of a channel; one app has one address, whichever of
    its accounts something is told to.
    """

    _inherit = "social.channel"

    refused_calls = fields.Integer(
        "Refused calls",
        readonly=True,
        copy=False,
        help="Webhook calls that did not prove to come from the network.",
    )
    refused_call_at = fields.Datetime("Last refused call", readonly=True, copy=False)

    uncalled_reason = fields.Char(
        "Live Delivery Refused",
        readonly=True,
        copy=False,
        help="What the network said when it refused to call.",
    )
    deletion_url = fields.Char(
        "Data Deletion URL",
        compute="_compute_deletion_url",
        groups="base.group_system",
        help="Where the network can tell that a person wants to be forgotten.",
    )

    @api.depends("network", "webhook_token")
    def _compute_deletion_url(self):
        for channel in self:
            told = channel._network().tells_deletion and channel.webhook_token
            channel.deletion_url = told and channel._deletion_url()

    def _deletion_url(self):
        return f"{self.get_base_url()}{DELETION}{self._deletion_token()}"

    def _deletion_token(self):
        """Names the channel in addresses that strangers see: the webhook's own token
        does not follow from it.
        """
        key = (self.webhook_token or "").encode()
        return hmac.new(key, b"deletion", hashlib.sha256).hexdigest()[:40]

    @api.model
    def _of_deletion(self, token):
        """The channel whose deletion address has this token."""
        known = self.search([("webhook_token", "!=", False)])
        return known.filtered(
            lambda c: (
                c._network().webhook
                and hmac.compare_digest(c._deletion_token().encode(), token.encode())
            )
        )[:1]

    @api.model
    def _of_webhook(self, token):
        """The channel whose webhook address has this token."""
        channel = self.search([("webhook_token", "=", token)], limit=1)
        return channel.filtered(lambda c: c._network().webhook)

    def _of_account(self, account_id):
        """The channel of the account that something was told to at this channel's
        address: this one, or another one that signs in with the same app.
        """
        if not account_id:
            return self
        others = self.browse()
        if self.client_id and self.client_secret:
            # The app's ID is no secret: who only knows that has no say for others.
            others = self.search(
                [
                    ("network", "=", self.network),
                    ("client_id", "=", self.client_id),
                    ("client_secret", "=", self.client_secret),
                    ("account_external_id", "=", account_id),
                ]
            )
        own = self.filtered(lambda c: c.account_external_id == account_id)
        return (own | others).sorted(lambda c: c.state == "draft")[:1]

    def _note_uncalled(self, adapter):
        """Keeps whether the network will not call."""
        reason = failure.storable(adapter.why_uncalled()) or False
        if (self.uncalled_reason or False) != reason:
            self.uncalled_reason = reason

    def _count_refused_call(self, error):
        """Notes that a webhook call was refused; nothing of what it said."""
        _logger.warning("Webhook call to channel %s: %s", self.id, error.detail)
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    SQL(
                        """UPDATE social_channel
                           SET refused_calls = COALESCE(refused_calls, 0) + 1,
                               refused_call_at = now() AT TIME ZONE 'UTC'
                           WHERE id = %s""",
                        self.id,
                    ),
                    log_exceptions=False,
                )
        except OVERTAKEN:
            _logger.debug("Another refused call was counted at the same time")
