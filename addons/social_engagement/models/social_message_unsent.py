from odoo import models
from odoo.fields import Domain

from .collision import NEVER_SAID


class SocialConversation(models.Model):
    """An answer that does not reach the customer after all: they were never answered,
    and the case waits for an agent again.
    """

    _inherit = "social.conversation"

    def _miss_answer(self, answer):
        """An answer was given and won't be sent.

        :param answer: the first of its messages
        :return: whether the customer got no other answer since
        """
        self.ensure_one()
        said = self._said() & Domain("id", "not in", answer._whole_answer().ids)
        since = Domain("direction", "=", "outbound") & Domain("id", ">", answer.id)
        messages = self.env["social.message"]
        if messages.search_count(said & since, limit=1):
            return False
        if self.state == "waiting" and not messages.search(said, limit=1)._is_answer():
            self.state = "open"
        return True

    def _said(self):
        """Domain of what either side said, or what of ours is on its way."""
        unsaid = (*NEVER_SAID, "to_approve", "failed")
        return Domain("conversation_id", "=", self.id) & (
            Domain("direction", "=", "inbound")
            | Domain("delivery_state", "not in", unsaid)
        )

    def _take_up_answer(self):
        """An answer that was not sent is on its way again, unless the customer has
        written since.
        """
        messages = self.env["social.message"]
        for conversation in self.filtered(lambda c: c.state in ("new", "open")):
            if messages.search(conversation._said(), limit=1)._is_answer():
                conversation.state = "waiting"


class SocialMessage(models.Model):
    _inherit = "social.message"

    def _miss(self):
        """These answers won't be sent, or not as a whole."""
        for first in self.mapped(lambda m: m._first_part()):
            first.conversation_id.sudo()._miss_answer(first)

    def _settle_failure(self, error):
        res = super()._settle_failure(error)
        if self.delivery_state == "failed":
            self._miss()
        return res

    def _stop_overtaken(self):
        res = super()._stop_overtaken()
        self._miss()
        return res

    def action_give_up(self):
        res = super().action_give_up()
        self.sudo().filtered(lambda m: m.delivery_state == "cancelled")._miss()
        return res

    def action_send_again(self):
        res = super().action_send_again()
        self.sudo().conversation_id._take_up_answer()
        return res
