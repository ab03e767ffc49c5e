from odoo import models

from odoo.addons.social_engagement.models.social_conversation import QUIET


class SocialConversation(models.Model):
    """Undoing what was done at the desk brings back tickets and leads too."""

    _inherit = "social.conversation"

    def _undo_scope(self, posts):
        """Also tickets and leads, what was decided about them, and the other
        conversations that are worked on there.
        """
        together = (
            self | self.ticket_id.conversation_ids | self.lead_id.conversation_ids
        )
        scope = super(SocialConversation, together)._undo_scope(posts)
        cases = together.routing_case_id
        # A conversation's agent follows its ticket's: tickets come first.
        return [cases, together.ticket_id, together.lead_id, *scope]


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    # Kept together with the counters of agents, and by what undoes replies.
    _undo_never = {"before_reply", "load_agent_id", "load_weight"}
    # What the clocks and the queue change by themselves.
    _undo_drifts = {
        "first_response_escalated_at",
        "first_response_state",
        "last_stage_update",
        "priority",
        "priority_score",
        "resolution_escalated_at",
        "resolution_state",
        "rises_at",
    }

    def _undone(self, drifted):
        self._settle_load()


class CrmLead(models.Model):
    _inherit = "crm.lead"

    _undo_drifts = {
        "automated_probability",
        "day_close",
        "day_open",
        "priority",
        "priority_score",
        "probability",
    }

    def _undo_change(self, before):
        """As sales would do it: what it counts of lost leads follows."""
        self.with_context(**QUIET).write(before)
