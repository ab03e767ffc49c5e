from odoo import fields, models

# Who works on requests, or sells; nobody else has a use for it.
VALUED_BY = (
    "social_engagement.group_social_user,helpdesk_mgmt.group_helpdesk_user_own,"
    "sales_team.group_sale_salesman"
)
VALUE_HELP = "0 to 100: how much we value them. Their requests come a little sooner."


class ResPartner(models.Model):
    _inherit = "res.partner"

    customer_value = fields.Integer(help=VALUE_HELP, groups=VALUED_BY)

    def _routing_value(self):
        """0–100: the highest of the contact, its company, and their tags."""
        valued = self.sudo() | self.sudo().commercial_partner_id
        values = (
            *valued.mapped("customer_value"),
            *valued.category_id.mapped("customer_value"),
        )
        return max(0, min(100, max(values, default=0)))


class ResPartnerCategory(models.Model):
    _inherit = "res.partner.category"

    customer_value = fields.Integer(help=VALUE_HELP, groups=VALUED_BY)
