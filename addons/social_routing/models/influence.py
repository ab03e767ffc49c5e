from odoo import api, fields, models

INFLUENCE = {
    "string": "Influence",
    "compute": "_compute_social_influence",
    "store": True,
    "compute_sudo": True,
    "aggregator": "avg",
    "groups": "base.group_user",
    "help": "1 to 100, of the contact's profiles on social networks; 0 when none is "
    "known.",
}


class HelpdeskTicket(models.Model):
    """The influence of whoever writes, by e-mail and phone as well."""

    _inherit = "helpdesk.ticket"

    social_influence = fields.Integer(**INFLUENCE)

    @api.depends("partner_id.social_influence", "conversation_ids.influence")
    def _compute_social_influence(self):
        for ticket in self:
            known = ticket.conversation_ids.mapped("influence")
            ticket.social_influence = max(known + [ticket.partner_id.social_influence])


class CrmLead(models.Model):
    _inherit = "crm.lead"

    social_influence = fields.Integer(**INFLUENCE)

    @api.depends("partner_id.social_influence")
    def _compute_social_influence(self):
        for lead in self:
            lead.social_influence = lead.partner_id.social_influence


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    def _hand_over(self, tickets):
        """Tickets get their conversations past the ORM."""
        result = super()._hand_over(tickets)
        self.env.add_to_compute(tickets._fields["social_influence"], tickets)
        return result
