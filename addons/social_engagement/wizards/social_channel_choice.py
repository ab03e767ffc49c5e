from odoo import fields, models


class SocialChannelChoice(models.TransientModel):
    """Which of the accounts (pages) that a sign-in gave access to is meant."""

    _name = "social.channel.choice"
    _description = "Choose the Account of a Social Channel"

    channel_id = fields.Many2one("social.channel", required=True, ondelete="cascade")
    account = fields.Selection(selection="_selection_account", required=True)

    def _selection_account(self):
        channel = self.env["social.channel"].browse(
            self.env.context.get("default_channel_id")
        )
        return list((channel.account_choices or {}).items())

    def action_choose(self):
        """Connects the chosen account."""
        self.ensure_one()
        self.channel_id.check_access("write")
        self.channel_id._choose(self.account)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
