from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    def _overtake(self):
        """The customers wrote again: answers that wait for approval or for their own
        time are stopped.
        """
        later = Domain("delivery_state", "=", "queued") & Domain("attempts", "=", 0)
        later &= Domain("send_at", "!=", False)
        waiting = Domain("delivery_state", "=", "to_approve") | later
        first = Domain("conversation_id", "in", self.ids)
        first &= Domain("first_part_id", "=", False)
        self.env["social.message"].search(first & waiting)._stop_overtaken()


class SocialMessage(models.Model):
    """A newer post of the customer stops an answer that was written before it and waits
    for approval or its time: it may not fit any more, and a person looks.
    """

    _inherit = "social.message"

    delivery_state = fields.Selection(
        selection_add=[("overtaken", "Overtaken by a newer post")]
    )

    @api.depends("approval_cause", "send_at")
    def _compute_failure_advice(self):
        res = super()._compute_failure_advice()
        for message in self.filtered(lambda m: m.delivery_state == "overtaken"):
            message.failure_advice = (
                self.env._(
                    "The customer wrote again before it was sent, so it was stopped. "
                    "Read the new post, then ask for approval again or change the "
                    "answer."
                )
                if message.approval_cause
                else self.env._(
                    "The customer wrote again before it was sent, so it was stopped. "
                    "Read the new post, then send it all the same or change the answer."
                )
            )
        return res

    @api.model
    def _receive_new(self, channel, posts):
        messages = super()._receive_new(channel, posts)
        received = self.browse().union(*messages.values())
        received.conversation_id._overtake()
        return messages

    def _stop_overtaken(self):
        for first in self:
            answer = first._whole_answer()
            # An approval was given for another state of things.
            answer.write({"delivery_state": "overtaken", "approved_digest": False})
            answer._tell_state()

    def action_send_anyway(self):
        """Lets an answer that was overtaken go out all the same, as it is: at its time,
        or at once when that has passed. One that needs approval is asked about again.
        """
        self.ensure_one()
        self._check_may_answer()
        first = self._first_part().sudo()
        if first.approval_cause:
            return self.action_ask_again()
        first._lock_answer()
        if first.delivery_state != "overtaken":
            raise UserError(first._state_now())
        if obstacle := first.conversation_id._answer_obstacle(first._answered_post()):
            raise UserError(obstacle)
        answer = first._whole_answer()
        answer.write({"delivery_state": "queued", "try_at": first.send_at})
        answer._tell_state()
        return answer._let_go()
