from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    social_profile_ids = fields.One2many(
        "social.profile", "partner_id", groups="social_engagement.group_social_user"
    )
