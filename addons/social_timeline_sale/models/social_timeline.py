from odoo import fields, models


class SocialTimelineEntry(models.Model):
    _inherit = "social.timeline.entry"

    kind = fields.Selection(
        selection_add=[("order", "Order")], ondelete={"order": "cascade"}
    )


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["social.timeline.source", "sale.order"]

    _timeline_kind = "order"
    _timeline_date = "date_order"

    def _timeline_facts(self):
        amount = self.currency_id.format(self.amount_total)
        return [*self._timeline_words("state"), amount]


class SocialProfile(models.Model):
    _inherit = "social.profile"

    def _contacts_by_reference(self, references):
        found = super()._contacts_by_reference(references)
        domain = [("name", "in", list(references))]
        for order in references and self.env["sale.order"].sudo().search(domain):
            found.setdefault(order.partner_id.id, set()).add(order.name)
        return found
