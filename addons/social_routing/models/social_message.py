from odoo import fields, models


class SocialMessage(models.Model):
    _inherit = "social.message"

    def _let_go(self):
        ticket = self.conversation_id.sudo().ticket_id
        unanswered = ticket.filtered(lambda t: not t.first_response_at)
        res = super()._let_go()
        if send_at := self[0].send_at:
            answered = unanswered.filtered("first_response_at")
            answered._answered_later(max(send_at, fields.Datetime.now()))
        return res
