from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..networks.base import Identity

LONGEST_UNDO = 60  # seconds; customers wait meanwhile


class SocialChannel(models.Model):
    """How a channel answers: in whose name, and how long it can be undone."""

    _inherit = "social.channel"

    signature = fields.Selection(
        [
            ("none", "None"),
            ("name", "The agent's name"),
            ("initials", "The agent's initials"),
            ("company", "The company's name"),
        ],
        default="none",
        required=True,
        help="Stands at the end of each answer, and counts in its length.",
    )
    undo_seconds = fields.Integer(
        "Undo within",
        default=10,
        help="So many seconds an answer waits before it is sent, and can be undone "
        "without a trace; 0: it is sent at once.",
    )

    @api.constrains("undo_seconds")
    def _check_undo_seconds(self):
        for channel in self:
            if not 0 <= channel.undo_seconds <= LONGEST_UNDO:
                raise ValidationError(
                    self.env._(
                        "An answer can wait 0 to %(most)s seconds to be undone.",
                        most=LONGEST_UNDO,
                    )
                )

    def _signature_of(self, user):
        """What stands behind an answer of a user, with what sets it apart; or ""."""
        words = (user.name or "").split()
        signatures = {
            "name": f"\n— {user.name}",
            "initials": " ^" + "".join(word[0] for word in words[:3]).upper(),
            "company": f"\n— {self.company_id.name}",
        }
        return signatures.get(self.signature, "")

    def _private_way(self):
        """Where the customer can write to this channel's account in private; or ""."""
        channel = self.sudo()
        if channel.state != "connected" or not channel.account_handle:
            return ""
        return channel._network().private_way(
            Identity(channel.account_external_id or "", channel.account_handle)
        )

    def _own_contacts(self):
        """E-mail addresses and phone numbers the company may tell everybody."""
        company = self.company_id.sudo()
        return [c for c in (company.email, company.phone, self.account_handle) if c]

    def _own_hosts(self):
        """Hosts of links that are the company's own; none when it has no website."""
        website = self.company_id.sudo().website
        return [host for host in (_host(website), self.host) if host and website]


def phone_countries(companies):
    """The countries whose phone numbers are known without a prefix."""
    return tuple(filter(None, companies.sudo().mapped("country_id.code")))


def _host(address):
    try:
        return urlsplit(address or "").hostname
    except ValueError:
        return None
