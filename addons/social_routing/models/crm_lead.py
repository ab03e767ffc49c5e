from odoo import api, fields, models

from odoo.addons.social_engagement.models.bulk import set_each
from odoo.addons.social_engagement.models.forgery import (
    check_creatable,
    check_form,
    check_writable,
)
from odoo.addons.social_engagement.models.social_conversation import QUIET

DECIDED = {"routing_case_id", "priority_score"}  # by jobs, not by people


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["social.desk", "crm.lead"]

    conversation_ids = fields.One2many(
        "social.conversation",
        "lead_id",
        "Social conversations",
        groups="social_engagement.group_social_user",
    )
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
        check_creatable(self, vals_list, DECIDED)
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
            facts = model._written_facts(
                company,
                texts,
                ["lead"] * len(texts),
                [lead.partner_id for lead in leads],
            )
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

    def _decided_again(self, case):
        """A post in its conversation asked for a new decision: the lead rises, and is
        there again when it was lost.
        """
        values = {"routing_case_id": case.id, "active": True}
        if case.priority_score > self.priority_score:
            values["priority_score"] = case.priority_score
            values["priority"] = max(case._stars(), self.priority or "0")
        self.with_context(**QUIET).write(values)

    def onchange(self, values, field_names, fields_spec):
        check_form(self, values, field_names, DECIDED)
        return super().onchange(values, field_names, fields_spec)

    def write(self, vals):
        check_writable(self, {name: vals[name] for name in DECIDED & vals.keys()})
        res = super().write(vals)
        if vals.get("active") is False:
            lost = self.sudo().conversation_ids
            lost.filtered(lambda c: c._desk_thread() in self).state = "solved"
        return res

    def _merge_dependences(self, opportunities):
        res = super()._merge_dependences(opportunities)
        opportunities.sudo().conversation_ids.lead_id = self
        cases = self.env["social.routing.case"].sudo()
        cases.search([("lead_id", "in", opportunities.ids)]).lead_id = self
        return res


class SocialRoutingCase(models.Model):
    _inherit = "social.routing.case"

    def _lead_values(self):
        """The values of a crm.lead for each of these cases of one company."""
        source = self.env.ref("social_routing.utm_source_social", False)
        media = self._media()
        anyone = self.env["crm.team"].search(
            [("company_id", "in", [self.company_id.id, False])], limit=1
        )
        values = []
        for case in self:
            profile, post = case.conversation_id.profile_id, case.message_id
            team = self.env["crm.team"].browse(case._ruled("sales_team", [])).exists()
            values.append(
                {
                    "name": case.subject,
                    "description": post._public_html(),
                    "company_id": case.company_id.id,
                    "partner_id": profile.partner_id.id,
                    "contact_name": profile.name or profile.handle,
                    "website": profile.url,
                    "team_id": (team or anyone).id,
                    "user_id": False,  # else it would be whoever runs the job
                    "source_id": source and source.id,
                    "medium_id": media[case.network].id,
                    "priority": case._stars(),
                    "routing_case_id": case.id,
                    "priority_score": case.priority_score,
                }
            )
        return values

    def _media(self):
        """The utm.medium of each network of these cases, made where there is none."""
        labels = dict(self._fields["network"]._description_selection(self.env))
        return {
            network: self.env["utm.mixin"]._find_or_create_record(
                "utm.medium", labels.get(network, network)
            )
            for network in set(self.mapped("network"))
            if network
        } | {False: self.env["utm.medium"]}
