from odoo import api, fields, models

from odoo.addons.social_engagement.models.bulk import set_each
from odoo.addons.social_engagement.models.social_conversation import QUIET


class CrmLead(models.Model):
    _inherit = "crm.lead"

    routing_case_id = fields.Many2one(
        "social.routing.case",
        readonly=True,
        ondelete="set null",
        copy=False,
        groups="social_engagement.group_social_user",
    )
    priority_score = fields.Float(
        "Priority score", readonly=True, copy=False, aggregator="avg"
    )
    routing_explanation = fields.Html(
        related="routing_case_id.explanation", groups="base.group_user"
    )

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads.sudo().filtered(lambda lead: not lead.routing_case_id)._route()
        return leads

    def _route(self):
        """Decides about leads that did not come from a conversation: how urgent they
        are, and who else is told. Who sells stays as sales decides, unless a rule says
        otherwise.
        """
        model = self.env["social.routing.case"]
        for of_company, leads in self.grouped("company_id").items():
            company = of_company or self.env.company
            texts = [f"{lead.name or ''}\n{lead.description or ''}" for lead in leads]
            facts = model._written_facts(company, texts, ["lead"] * len(texts))
            cases = model._decide_written(company, leads, facts)
            set_each(
                leads,
                [
                    {"routing_case_id": case.id, "priority_score": case.priority_score}
                    for case in cases
                ],
            )
            for lead, case in zip(leads, cases, strict=True):
                team = self.env["crm.team"].browse(case._ruled("sales_team", []))
                if team := team.exists():
                    lead.with_context(**QUIET).team_id = team
            cases._hand_over_activities()


class SocialRoutingCase(models.Model):
    _inherit = "social.routing.case"

    def _lead_values(self):
        """The values of a crm.lead for a conversation."""
        profile = self.conversation_id.profile_id
        team = self.env["crm.team"].browse(self._ruled("sales_team", [])).exists()
        return {
            "name": self.subject,
            "type": "lead",
            "description": self.message_id._html(),
            "company_id": self.company_id.id,
            "partner_id": profile.partner_id.id,
            "contact_name": profile.display_name,
            "team_id": team.id,
            "user_id": False,
            "routing_case_id": self.id,
            "priority_score": self.priority_score,
        }
