from odoo import api, models

CHANNEL = "social_desk"  # what the browser asks for
CHANGES = {  # fields whose change moves a conversation in somebody's list
    "state",
    "user_id",
    "last_message_at",
    "snoozed_until",
    "name",
    "language",
    "sentiment_label",
    "is_private",
}


class SocialConversation(models.Model):
    """Tells whoever looks at a list what changed: which conversations, nothing of what
    is in them. What somebody may not read is not sent, since it is not asked for.
    """

    _inherit = "social.conversation"

    @api.model_create_multi
    def create(self, vals_list):
        conversations = super().create(vals_list)
        conversations._announce()
        return conversations

    def write(self, vals):
        res = super().write(vals)
        if not CHANGES.isdisjoint(vals):
            self._announce()
        return res

    def _announce(self):
        """One notice for a whole transaction and company, when it is committed."""
        precommit = self.env.cr.precommit
        if self and CHANNEL not in precommit.data:
            precommit.data[CHANNEL] = {}
            precommit.add(self.env["social.conversation"]._send_announced)
        for company, changed in self.sudo().grouped("company_id").items():
            precommit.data[CHANNEL].setdefault(company, set()).update(changed.ids)

    @api.model
    def _send_announced(self):
        for company, ids in self.env.cr.precommit.data.pop(CHANNEL).items():
            self.env["bus.bus"]._sendone(
                (company, CHANNEL), CHANNEL, {"ids": sorted(ids)}
            )


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """What a browser asks for by a name anybody could guess becomes the companies
        of an agent.
        """
        if CHANNEL in channels:
            channels = [channel for channel in channels if channel != CHANNEL]
            user = self.env.user
            if user and user.has_group("social_engagement.group_social_user"):
                channels += [(company, CHANNEL) for company in user.company_ids]
        return super()._build_bus_channel_list(channels)
