from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.social_engagement.models.social_conversation_waiting import TO_DO

SHOWN = 10  # open tickets beside a conversation


class SocialConversation(models.Model):
    """What the list of what waits knows of tickets and leads: how urgent, until when,
    whose.
    """

    _inherit = "social.conversation"

    _waiting_rank = "priority_score"

    _waits_by_priority = models.Index(
        "(priority_score DESC, id) WHERE state IN ('new', 'open')"
    )

    priority_score = fields.Float(
        compute="_compute_urgency",
        store=True,
        aggregator="avg",
        help="0 to 100: of its ticket or lead, that grows as the customer waits; "
        "without one as it was decided.",
    )
    due_at = fields.Datetime(
        "Due",
        compute="_compute_urgency",
        store=True,
        index="btree_not_null",
        help="When its ticket has to be answered, or solved; empty while the customer "
        "is waited for.",
    )
    user_id = fields.Many2one(
        compute="_compute_user_id",
        inverse="_inverse_user_id",
        store=True,
        readonly=False,
    )

    customer_value = fields.Integer(related="partner_id.customer_value")
    open_ticket_ids = fields.Many2many(
        "helpdesk.ticket", string="Open tickets", compute="_compute_open_ticket_ids"
    )

    @api.depends("ticket_id", "partner_id")
    def _compute_open_ticket_ids(self):
        """Other tickets of the same customer that are open, as far as the user may see
        them, by e-mail and phone too.
        """
        for conversation in self:
            same = Domain(
                "conversation_ids.profile_id", "=", conversation.profile_id.id
            )
            if conversation.partner_id:
                same |= Domain("partner_id", "=", conversation.partner_id.id)
            others = Domain("id", "!=", conversation.ticket_id.id)
            is_open = Domain("closed", "=", False)
            conversation.open_ticket_ids = self.env["helpdesk.ticket"].search(
                same & others & is_open, limit=SHOWN
            )

    @api.depends(
        "ticket_id.priority_score",
        "ticket_id.first_response_due",
        "ticket_id.first_response_at",
        "ticket_id.resolution_due",
        "ticket_id.resolution_at",
        "ticket_id.waiting_since",
        "lead_id.priority_score",
        "routing_case_id.priority_score",
    )
    def _compute_urgency(self):
        for conversation in self:
            ticket = conversation.ticket_id
            decided = ticket or conversation.lead_id or conversation.routing_case_id
            conversation.priority_score = decided.priority_score
            due = ticket.resolution_due
            if not ticket.first_response_at:
                due = ticket.first_response_due or due
            nothing_due = ticket.resolution_at or ticket.waiting_since
            conversation.due_at = False if nothing_due else due

    @api.depends("ticket_id.user_id", "lead_id.user_id")
    def _compute_user_id(self):
        """Whoever has the ticket or lead has its conversations."""
        for conversation in self:
            conversation.user_id = conversation._desk_thread().user_id

    def _inverse_user_id(self):
        for conversation in self:
            desk = conversation._desk_thread()
            if desk != conversation and desk.user_id != conversation.user_id:
                desk.user_id = conversation.user_id

    def _waiting_row(self, post, desk):
        row = super()._waiting_row(post, desk)
        return row | {
            "due": fields.Datetime.to_string(self.due_at) or "",
            "ticket": self.ticket_id.sudo().number or "",
        }

    @api.model
    def _ways_to_bear(self, text):
        numbers = {text, text.upper(), text.lower()}
        tickets = self.env["helpdesk.ticket"]._search([("number", "in", [*numbers])])
        ways = super()._ways_to_bear(text)
        return [*ways, self._search([("ticket_id", "in", tickets)]).subselect()]

    # ------------------------------------------------------------------
    # The ticket goes along
    # ------------------------------------------------------------------

    def _solve(self):
        self.ticket_id._move_to_stage(closed=True)
        return super()._solve()

    def _open(self):
        self.check_access("write")
        self.sudo().ticket_id._move_to_stage(closed=False)
        return super()._open()

    def _need_no_action(self):
        """A ticket or lead of nothing else is closed as well: else its clock ran on,
        seen by nobody. Also where it is another team's: who may decide about the
        conversation decides about what was made of it.
        """
        self.check_access("write")
        self.sudo()._abandoned("ticket_id")._move_to_stage(closed=True)
        self.sudo()._abandoned("lead_id").action_set_lost()
        return super()._need_no_action()

    def _abandoned(self, link):
        """The tickets or leads in which nothing but these conversations waits, of all
        there are: as superuser.
        """
        return self[link].filtered(
            lambda record: (
                not any(
                    other.state in (*TO_DO, "waiting")
                    for other in record.conversation_ids - self
                )
            )
        )

    def _spam_effects(self, posts):
        effects = super()._spam_effects(posts)
        tickets = self.sudo()._abandoned("ticket_id").filtered(lambda t: not t.closed)
        leads = self.sudo()._abandoned("lead_id").filtered("active")
        if tickets:
            numbers = ", ".join(tickets.mapped("number"))
            effects.append(
                self.env._("The ticket %(number)s is closed too.", number=numbers)
            )
        if leads:
            effects.append(self.env._("The lead is marked as lost."))
        return effects


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    number = fields.Char(index=True)

    def _move_to_stage(self, closed):
        """Moves tickets to the first stage of their team that is closed, or is not,
        unless they stand in such a one; where a team has none they stay.
        """
        moving = self.filtered(lambda ticket: ticket.closed != closed)
        for team, tickets in moving.grouped("team_id").items():
            stages = team._get_applicable_stages()
            if stage := stages.filtered(lambda s: s.closed == closed)[:1]:
                tickets.stage_id = stage

    def write(self, vals):
        res = super().write(vals)
        if "user_id" in vals:
            self.sudo().conversation_ids._announce()
        return res
