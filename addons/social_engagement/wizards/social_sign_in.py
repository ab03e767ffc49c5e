import hashlib
from datetime import timedelta

from odoo import api, fields, models

LASTS = timedelta(minutes=15)


class SocialSignIn(models.TransientModel):
    """A sign-in that has begun: it belongs to one user, ends soon, and is good once."""

    _name = "social.sign.in"
    _description = "Social Sign-in"

    channel_id = fields.Many2one("social.channel", ondelete="cascade")
    connect_id = fields.Many2one("social.channel.connect", ondelete="cascade")
    state_digest = fields.Char(required=True, index=True)
    pending = fields.Json()

    @api.model
    def _begin(self, record, state, pending):
        """Notes that the current user leaves for the network's page.

        :param record: the channel, or the wizard that makes one of it
        """
        is_channel = record._name == "social.channel"
        self.sudo().create(
            {
                "channel_id" if is_channel else "connect_id": record.id,
                "state_digest": digest(state),
                "pending": pending,
            }
        )

    @api.model
    def _take(self, state):
        """The channel, or the wizard that makes one, and the secrets of the current
        user's sign-in that ``state`` belongs to; no channel when there is none (any
        more).

        :return: social.channel or social.channel.connect, dict
        """
        found = self.sudo().search(
            [
                ("state_digest", "=", digest(state)),
                ("create_uid", "=", self.env.uid),
                ("create_date", ">", fields.Datetime.now() - LASTS),
            ],
            limit=1,
        )
        record, pending = found.connect_id or found.channel_id, found.pending
        found.unlink()
        return record.with_env(self.env), pending


def digest(state):
    """What is stored of a state: reading the table must not be enough to use it."""
    return hashlib.sha256(state.encode()).hexdigest()
