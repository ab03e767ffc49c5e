from odoo import fields, models


class ResUsersSettings(models.Model):
    _inherit = "res.users.settings"

    social_desk_keys = fields.Boolean(
        "Single letters in Conversations",
        default=True,
        help="J: the next one, and so on.",
    )
