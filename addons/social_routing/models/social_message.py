from odoo import fields, models


class SocialMessage(models.Model):
    _inherit = "social.message"

    def _let_go(self):
        ticket = self.conversation_id.sudo().ticket_id
        before = ticket._before_reply()
        res = super()._let_go()
        first, now = self[0], fields.Datetime.now()
        if first._is_answer():
            ticket._answered(max(first.send_at or now, now))
            ticket.before_reply = before | {
                "since": fields.Datetime.to_string(first.posted_at),
                "replied_stage": ticket.stage_id.id,
            }
        return res
