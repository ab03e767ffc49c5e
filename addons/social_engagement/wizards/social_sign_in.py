import hashlib
from datetime import timedelta

from odoo import api, fields, models

LASTS = timedelta(minutes=15)


class SocialSignIn(models.TransientModel):
    """A sign-in that has begun: it belongs to one user, ends soon, and is good once."""

    _name = "social.sign.in"
    _description = "Social Sign-in"

    channel_id = fields.Many2one("social.channel", required=True, ondelete="cascade")
    state_digest = fields.Char(required=True, index=True)
    pending = fields.Json()

    @api.model
    def _begin(self, channel, state, pending):
        """Notes that the current user leaves for the network's page."""
        self.sudo().create(
            {
                "channel_id": channel.id,
                "state_digest": digest(state),
                "pending": pending,
            }
        )

    @api.model
    def _take(self, state):
        """The channel and the secrets of the current user's sign-in that ``state``
        belongs to; no channel when there is none (any more).

        :return: social.channel, dict
        """
        found = self.sudo().search(
            [
                ("state_digest", "=", digest(state)),
                ("create_uid", "=", self.env.uid),
                ("create_date", ">", fields.Datetime.now() - LASTS),
            ],
            limit=1,
        )
        channel, pending = found.channel_id.with_env(self.env), found.pending
        found.unlink()
        return channel, pending


def digest(state):
    """What is stored of a state: reading the table must not be enough to use it."""
    return hashlib.sha256(state.encode()).hexdigest()
