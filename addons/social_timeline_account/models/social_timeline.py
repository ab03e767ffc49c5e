from odoo import fields, models
from odoo.tools import SQL


class SocialTimelineEntry(models.Model):
    _inherit = "social.timeline.entry"

    kind = fields.Selection(
        selection_add=[("invoice", "Invoice")], ondelete={"invoice": "cascade"}
    )


class AccountMove(models.Model):
    """Invoices, receipts and credit notes; bookkeeping stays out."""

    _name = "account.move"
    _inherit = ["social.timeline.source", "account.move"]

    _timeline_kind = "invoice"
    _timeline_date = "invoice_date"
    _timeline_moves = {"partner_id", "move_type", "state"}

    def _timeline_rows(self):
        return SQL(
            """SELECT id, partner_id, 'invoice' AS kind, NULL AS channel,
                      coalesce(invoice_date, create_date) AS date
               FROM account_move WHERE id = ANY(%s) AND move_type <> 'entry'""",
            self.ids,
        )

    def _timeline_facts(self):
        amount = self.currency_id.format(self.amount_total)
        return [*self._timeline_words("move_type", "state", "payment_state"), amount]


class SocialProfile(models.Model):
    _inherit = "social.profile"

    def _contacts_by_reference(self, references):
        found = super()._contacts_by_reference(references)
        domain = [
            ("name", "in", list(references)),
            ("move_type", "!=", "entry"),
            ("partner_id", "!=", False),
        ]
        for move in references and self.env["account.move"].sudo().search(domain):
            found.setdefault(move.partner_id.id, set()).add(move.name)
        return found
