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


class SocialDesk(models.AbstractModel):
    """The influence of whoever writes, by e-mail and phone as well."""

    _inherit = "social.desk"

    social_influence = fields.Integer(**INFLUENCE)

    @api.depends(
        "company_id",
        "partner_id.social_profile_ids.influence",
        "partner_id.social_profile_ids.influence_confidence",
        "conversation_ids.influence",
    )
    def _compute_social_influence(self):
        for record in self:
            known = record.conversation_ids.mapped("influence")
            company = record.company_id or self.env.company
            known.append(record.partner_id._social_influence_in(company))
            record.social_influence = max(known)


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    def _hand_over(self, records):
        """Tickets and leads get their conversations past the ORM."""
        result = super()._hand_over(records)
        self.env.add_to_compute(records._fields["social_influence"], records)
        return result
