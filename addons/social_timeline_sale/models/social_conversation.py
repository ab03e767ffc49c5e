from odoo import fields, models


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    sale_order_count = fields.Integer(
        related="partner_id.sale_order_count",
        string="Orders",
        groups="sales_team.group_sale_salesman",
    )

    def action_view_orders(self):
        """What the customer and the customer's company ordered."""
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        family = self.partner_id.commercial_partner_id.ids
        return action | {
            "domain": [("partner_id", "child_of", family)],
            "context": {"create": False},
        }
