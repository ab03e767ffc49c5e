from odoo import api, fields, models

from odoo.addons.social_engagement.models.forgery import (
    check_creatable,
    check_form,
    check_writable,
)

DECIDED = {  # by jobs, not by people
    "routing_case_id",
    "priority_score",
    "standing_score",
    "queued_at",
    "response_policy_id",
    "first_response_due",
    "first_response_warn",
    "first_response_at",
    "first_response_state",
    "first_response_escalated_at",
    "resolution_due",
    "resolution_warn",
    "resolution_at",
    "resolution_state",
    "resolution_escalated_at",
    "waiting_since",
    "load_agent_id",
    "load_weight",
    "auto_assigned_at",
    "before_reply",
    "first_mailed_at",
    "rises_at",
}

AGEING = {  # what the priority of a ticket that waits depends on
    "standing_score",
    "queued_at",
    "team_id",
    "stage_id",
    "response_policy_id",
    "first_response_due",
    "first_response_at",
    "resolution_due",
    "resolution_at",
    "waiting_since",
}


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = ["social.desk", "helpdesk.ticket"]

    conversation_ids = fields.One2many(
        "social.conversation",
        "ticket_id",
        "Social conversations",
        groups="social_engagement.group_social_user",
    )
    # Looked for when a person is erased, and counted for each decision.
    partner_id = fields.Many2one(index="btree_not_null")
    commercial_partner_id = fields.Many2one(index="btree_not_null")
    routing_case_id = fields.Many2one(
        "social.routing.case",
        readonly=True,
        ondelete="set null",
        copy=False,
        groups="base.group_user",
    )
    priority_score = fields.Float(
        "Priority score",
        readonly=True,
        copy=False,
        aggregator="avg",
        groups="base.group_user",
    )
    routing_explanation = fields.Html(
        related="routing_case_id.explanation", groups="base.group_user"
    )

    def _numbered(self, vals_list):
        """Values of tickets with their numbers: the sequence is looked up once for all,
        where create() does it for each.
        """
        sequence = self.env["ir.sequence"].search(
            [
                ("code", "=", "helpdesk.ticket.sequence"),
                ("company_id", "in", [self.env.company.id, False]),
            ],
            order="company_id",
            limit=1,
        )
        if not sequence:
            return vals_list
        return [{**values, "number": sequence.next_by_id()} for values in vals_list]

    @api.model_create_multi
    def create(self, vals_list):
        check_creatable(self, vals_list, DECIDED)
        return super().create(vals_list)

    def onchange(self, values, field_names, fields_spec):
        check_form(self, values, field_names, DECIDED)
        return super().onchange(values, field_names, fields_spec)

    def write(self, vals):
        check_writable(self, {name: vals[name] for name in DECIDED & vals.keys()})
        if "user_id" in vals:  # by somebody
            vals = {**vals, "auto_assigned_at": False}
        if AGEING & vals.keys():
            vals = {**vals, "rises_at": False}
        if "stage_id" not in vals:
            return super().write(vals)
        closed = self.filtered("closed")
        res = super().write(vals)
        now_closed = self.filtered("closed")
        (now_closed - closed)._solved()
        (closed - now_closed)._unsolved()
        (closed - now_closed)._leave_the_gone()
        solved = (now_closed - closed).sudo().conversation_ids
        solved.filtered(lambda c: c.state != "solved").state = "solved"
        opened = (closed - now_closed).sudo().conversation_ids
        opened.filtered(lambda c: c.state == "solved").state = "open"
        return res
