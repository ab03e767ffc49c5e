from odoo import api, fields, models


class SocialMessageDecision(models.TransientModel):
    """Changing or refusing an answer that waits for approval."""

    _name = "social.message.decision"
    _description = "Decision about an Answer"

    message_id = fields.Many2one("social.message", required=True, ondelete="cascade")
    text = fields.Text(
        compute="_compute_text", store=True, readonly=False, help="What would be sent."
    )
    digest = fields.Char(
        compute="_compute_text",
        store=True,
        readonly=False,  # else it would be of what is there when it is saved
        help="What was looked at.",
    )
    is_long = fields.Boolean(compute="_compute_is_long")
    reason = fields.Text(help="Shown to who wrote the answer.")

    @api.depends("message_id")
    def _compute_text(self):
        for decision in self:
            # Stored, and so computed past the rights: whose message may it be?
            message = decision.message_id._origin.sudo(False)
            message.check_access("read")
            decision.text = message._whole_text()
            decision.digest = message.approval_digest

    @api.depends("message_id")
    def _compute_is_long(self):
        for decision in self:
            decision.is_long = decision.message_id._parts_after()

    def action_change(self):
        """Approves the text as it stands in the dialog."""
        return self.message_id.action_approve(self.digest, self.text)

    def action_refuse(self):
        self.message_id.action_refuse(self.reason)


class SocialMessage(models.Model):
    _inherit = "social.message"

    def _erase(self):
        # Odoo keeps dialogs for some time: with the answer, in words of the person.
        decisions = self.env["social.message.decision"]
        decisions.search([("message_id", "in", self.ids)]).unlink()
        return super()._erase()
