from odoo import fields, models

VALUE_HELP = "0 to 100: how much we value them. Their requests come a little sooner."


class ResPartner(models.Model):
    _inherit = "res.partner"

    customer_value = fields.Integer(help=VALUE_HELP, groups="base.group_user")

    def _routing_value(self):
        """0–100: the highest of the contact, its company, and their tags."""
        valued = self | self.commercial_partner_id
        values = (
            *valued.mapped("customer_value"),
            *valued.category_id.mapped("customer_value"),
        )
        return max(0, min(100, max(values, default=0)))


class ResPartnerCategory(models.Model):
    _inherit = "res.partner.category"

    customer_value = fields.Integer(help=VALUE_HELP)
