from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.social_engagement.models.bulk import set_each
from odoo.addons.social_engagement.models.social_conversation import QUIET

SOURCES = {  # channel of a ticket → where it came from
    "helpdesk_mgmt.helpdesk_ticket_channel_web": "portal",
    "helpdesk_mgmt.helpdesk_ticket_channel_email": "email",
    "helpdesk_mgmt.helpdesk_ticket_channel_phone": "phone",
}


class HelpdeskTicket(models.Model):
    """Tickets that come by e-mail, portal, phone or hand are decided about too. What
    their team or their author set is kept: only what a rule states is added, and only
    teams whose work is shared out get stars.
    """

    _inherit = "helpdesk.ticket"

    standing_score = fields.Float(
        "Priority on arrival", readonly=True, copy=False, groups="base.group_user"
    )
    queued_at = fields.Datetime(
        "Waits since",
        default=lambda self: fields.Datetime.now(),
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Stays the same whichever team it goes to.",
    )
    # for filters and groups, of e-mails too: as the last decision had it
    routing_network = fields.Selection(
        related="routing_case_id.network",
        string="Network when decided",
        groups="base.group_user",
    )
    routing_mood = fields.Selection(
        related="routing_case_id.sentiment_label",
        string="Mood when decided",
        groups="base.group_user",
    )
    suggested_answer = fields.Text(
        compute="_compute_suggested_answer", groups="base.group_user"
    )

    @api.depends("routing_case_id")
    def _compute_suggested_answer(self):
        for ticket in self:
            found = ticket.sudo().routing_case_id._suggested_answer()
            ticket.suggested_answer = found.substitution

    @api.model
    def message_new(self, msg, custom_values=None):
        here = self.with_context(routing_source="email")
        ticket = super(HelpdeskTicket, here).message_new(msg, custom_values)
        return ticket.with_env(self.env)

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets.sudo().filtered(lambda t: not t.routing_case_id)._route()
        tickets.filtered("closed")._solved()
        return tickets

    def _route(self):
        model, sources = self.env["social.routing.case"], self._sources()
        for company, tickets in self.grouped("company_id").items():
            told = self.env.context.get("routing_source")
            facts = model._written_facts(
                company,
                [f"<p>{t.name or ''}</p>{t.description or ''}" for t in tickets],
                [told or sources.get(t.channel_id.id, "manual") for t in tickets],
                [t.partner_id for t in tickets],
            )
            cases = model._decide_written(company, tickets, facts)
            for ticket, case in zip(tickets, cases, strict=True):
                ticket.with_context(**QUIET)._follow(case)
            cases._hand_over_activities()

    @api.model
    def _sources(self):
        """Ticket channel id → source."""
        ids = self.env["ir.model.data"]._xmlid_to_res_id
        return {ids(xmlid): source for xmlid, source in SOURCES.items()}

    def _follow(self, case):
        """What the rules state about a ticket that is there already."""
        ruled = case._ruled_values()
        values = case._queue_values()
        if not self.category_id and "category_id" in ruled:
            values["category_id"] = ruled["category_id"]
        if "tag_ids" in ruled:
            values["tag_ids"] = [Command.link(tag) for tag in ruled["tag_ids"]]
        if case.team_id:
            values["team_id"] = case.team_id.id
        team = case.team_id or self.team_id
        if not case.team_id:
            set_each(case, [{"team_id": team.id or None}])
        policy = case.policy_id or team.response_policy_id
        if team.routing_mode != "manual":
            values["priority"] = case._stars()
        self.write(values | self._clock_values(policy, self.company_id))

    def _decided_again(self, case):
        """A post in its conversation asked for a new decision: the ticket rises, gets
        the tags, and is due sooner where the policy wants that; who works on it stays.
        """
        self.ensure_one()
        values = {"routing_case_id": case.id}
        if case.priority_score > self.standing_score:
            values["standing_score"] = case.priority_score
            values["priority_score"] = max(case.priority_score, self.priority_score)
            values["priority"] = max(case._stars(), self.priority or "0")
        if tags := case._ruled_values().get("tag_ids"):
            values["tag_ids"] = [Command.link(tag) for tag in tags]
        self.with_context(**QUIET).write(values)
        self._tighten(case.policy_id.id)
        set_each(case, [{"team_id": self.team_id.id or None}])
