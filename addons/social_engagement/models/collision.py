from odoo import models
from odoo.exceptions import UserError

NEVER_SAID = ("cancelled", "withdrawn", "refused", "overtaken")
MOST_SHOWN = 5


class NewerMessages(UserError):
    """Somebody has written in the conversation since the agent looked: ask first.

    :param newer: list of dicts with ``who``, ``text`` and ``direction`` (inbound or
        outbound), oldest first; the browser finds it in the error's context
    """

    def __init__(self, message, newer):
        super().__init__(message)
        self.context = {"newer": newer}


class SocialMessage(models.Model):
    """Two agents, or an agent and the customer, at the same moment."""

    _inherit = "social.message"

    def _check_nothing_newer(self, seen_id):
        """Makes sure that the agent has seen all there is. Two agents who answer in the
        same moment both write the conversation, so that one of them comes second and
        sees the other's answer. What the agent may not read, such as direct messages
        in a public exchange, is neither shown nor asked about.

        :param seen_id: the last message of the conversation the agent saw
        :raises NewerMessages: when there is one the agent has not seen
        """
        newer = self.search(
            [
                ("conversation_id", "=", self.conversation_id.id),
                ("id", ">", seen_id),
                ("gone_at", "=", False),
                "|",
                ("direction", "=", "inbound"),
                "&",
                ("user_id", "!=", self.env.uid),
                ("delivery_state", "not in", NEVER_SAID),
            ],
            order="id",
        ).sudo()
        if newer:
            by_us = newer.filtered(lambda message: message.direction == "outbound")
            raise NewerMessages(
                self.env._("A colleague has answered meanwhile. Answer all the same?")
                if by_us
                else self.env._(
                    "The customer has written meanwhile. Send the answer all the same?"
                ),
                [message._as_newer() for message in newer[-MOST_SHOWN:]],
            )

    def _is_answer(self):
        """Whether this was said to the customer, or is on its way to them."""
        unsaid = (*NEVER_SAID, "to_approve")
        return self.direction == "outbound" and self.delivery_state not in unsaid

    def _as_newer(self):
        who = self.user_id if self.direction == "outbound" else self.profile_id
        return {
            "who": who.name or self.profile_id.handle or self.channel_id.name,
            "text": (self.body or "")[:500],
            "direction": self.direction,
        }
