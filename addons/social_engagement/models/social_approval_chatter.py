import re

from odoo import fields, models

COUNTER = re.compile(r"\s\(\d+/\d+\)$")  # of each of several posts


class SocialMessage(models.Model):
    """What agents see of an approval, where they work."""

    _inherit = "social.message"

    def _tell_state(self):
        """Shows the state to its author and, live, to those who may decide."""
        self._notify_delivery()
        for user in self.conversation_id._deciders(self.user_id):
            shown = self.filtered(
                lambda m, u=user: m.mail_message_id.with_user(u).has_access("read")
            )
            shown._show_facts(user)

    def _warning(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "warning", "message": self.failure_advice},
        }

    def _chatter_facts(self):
        facts = super()._chatter_facts()
        stopped = self.delivery_state == "overtaken"
        if (self.approval_cause or stopped) and not self.first_part_id:
            facts["approval"] = self._approval_facts()
        return facts

    def _approval_facts(self):
        """What the chatter shows of an approval: plain JSON."""
        causes = self._fields["approval_cause"]._description_selection(self.env)
        agent = self.env.user.has_group("social_engagement.group_social_user")
        undecided = self.delivery_state in ("to_approve", "refused", "overtaken")
        later = self.send_at and self.send_at > fields.Datetime.now()
        return {
            "cause": dict(causes).get(self.approval_cause, ""),
            "send_at": fields.Datetime.to_string(self.send_at) if later else "",
            "asked_by": self.asked_by_id.name or "",
            "decided_by": self.decided_by_id.name or "",
            "changed_by": self.changed_by_id.name or "",
            "digest": self.approval_digest or "",
            "may_approve": self.may_approve,
            "asked": self._asked_names(),
            "is_own": self.env.user == self.user_id,
            "may_go_on": agent and self.delivery_state == "overtaken",
            # Not what the chatter shows: its author can change that by RPC.
            "text": self._whole_text() if agent and undecided else "",
            "files": self.attachment_ids.sorted("id").mapped("name"),
        }

    def _asked_names(self):
        """Whose approval is waited for; "" when nobody's is, or nobody may approve."""
        waits = self.delivery_state == "to_approve"
        asked = waits and self.conversation_id._deciders(self.user_id)
        return ", ".join(asked.mapped("name")) if asked else ""

    def _whole_text(self):
        parts = self._whole_answer().mapped("body")
        if len(parts) > 1:
            parts = [COUNTER.sub("", part) for part in parts]
        return "\n\n".join(parts)
