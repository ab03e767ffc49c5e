from odoo import api, fields, models
from odoo.tools import SQL

from .helpdesk_ticket_clock import STATES
from .social_routing_rule import OUTCOMES


class SocialReport(models.Model):
    """Figures of decisions and of the tickets and leads they led to, one row for each
    decision. What is measured of a ticket stands at the decision that made it, so that
    no ticket counts twice however often it was decided about again.
    """

    _name = "social.report"
    _description = "Customer Service Figures"
    _auto = False
    _order = "date desc, id desc"

    date = fields.Datetime("Received", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    source = fields.Selection(
        selection=lambda self: self._choices("source"), readonly=True
    )
    network = fields.Selection(
        selection=lambda self: self._choices("network"), readonly=True
    )
    channel_id = fields.Many2one("social.channel", "Social channel", readonly=True)
    kind = fields.Selection(selection=lambda self: self._choices("kind"), readonly=True)
    language = fields.Char(readonly=True)
    topic_ids = fields.Many2many(
        "social.topic",
        "social_routing_case_social_topic_rel",
        "social_routing_case_id",
        "social_topic_id",
        "Topics",
        readonly=True,
    )
    sentiment_label = fields.Selection(
        selection=lambda self: self._choices("sentiment_label"),
        string="Sentiment",
        readonly=True,
    )
    outcome = fields.Selection(OUTCOMES, readonly=True)
    rule_id = fields.Many2one("social.routing.rule", readonly=True)
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    user_id = fields.Many2one("res.users", "Agent", readonly=True)
    partner_id = fields.Many2one("res.partner", "Contact", readonly=True)
    policy_id = fields.Many2one(
        "social.response.policy", "Response policy", readonly=True
    )
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    lead_id = fields.Many2one("crm.lead", readonly=True)
    first_response_state = fields.Selection(
        STATES, "First Response on Time", readonly=True
    )
    resolution_state = fields.Selection(STATES, "Resolved on Time", readonly=True)

    tickets = fields.Integer(readonly=True, aggregator="sum")
    open_tickets = fields.Integer(readonly=True, aggregator="sum")
    leads = fields.Integer(readonly=True, aggregator="sum")
    missed = fields.Integer(
        "Targets Breached", readonly=True, aggregator="sum", help="Of both targets."
    )
    first_response_hours = fields.Float(
        "Avg. First Response (h)",
        readonly=True,
        aggregator="avg",
        help="Calendar hours since it came in.",
    )
    resolution_hours = fields.Float(
        "Avg. Resolution (h)",
        readonly=True,
        aggregator="avg",
        help="Calendar hours since it came in.",
    )
    priority_score = fields.Float("Priority", readonly=True, aggregator="avg")
    influence = fields.Integer(readonly=True, aggregator="avg")
    rating = fields.Float(
        readonly=True,
        aggregator="avg",
        help="1 to 5, as customers answered; of a conversation, at its first decision.",
    )

    # rows are cases: the topics are theirs
    _depends = {
        "social.routing.case": ["topic_ids", "outcome", "team_id", "ticket_id"],
        "helpdesk.ticket": ["team_id", "user_id", "stage_id"],
        "rating.rating": ["rating", "consumed", "social_conversation_id"],
    }

    @api.model
    def _choices(self, name):
        cases = self.env["social.routing.case"]
        return cases._fields[name]._description_selection(self.env)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT c.id, c.create_date AS date, c.company_id, c.source, c.network,
                   c.channel_id, c.kind, c.language, c.sentiment_label, c.outcome,
                   c.rule_id, c.partner_id, c.priority_score, c.influence,
                   COALESCE(t.team_id, c.team_id) AS team_id,
                   COALESCE(t.user_id, l.user_id) AS user_id,
                   COALESCE(t.response_policy_id, c.policy_id) AS policy_id,
                   t.id AS ticket_id, l.id AS lead_id,
                   t.first_response_state, t.resolution_state,
                   (t.id IS NOT NULL)::int AS tickets,
                   (t.id IS NOT NULL AND NOT COALESCE(s.closed, FALSE))::int
                       AS open_tickets,
                   (l.id IS NOT NULL)::int AS leads,
                   COALESCE(t.first_response_state = 'missed', FALSE)::int
                   + COALESCE(t.resolution_state = 'missed', FALSE)::int AS missed,
                   EXTRACT(EPOCH FROM t.first_response_at - t.queued_at) / 3600
                       AS first_response_hours,
                   EXTRACT(EPOCH FROM t.resolution_at - t.queued_at) / 3600
                       AS resolution_hours,
                   r.rating
            FROM social_routing_case c
            LEFT JOIN helpdesk_ticket t ON t.id = c.ticket_id AND NOT EXISTS (
                SELECT FROM social_routing_case e
                WHERE e.ticket_id = c.ticket_id AND e.id < c.id
            )
            LEFT JOIN helpdesk_ticket_stage s ON s.id = t.stage_id
            LEFT JOIN crm_lead l ON l.id = c.lead_id AND NOT EXISTS (
                SELECT FROM social_routing_case e
                WHERE e.lead_id = c.lead_id AND e.id < c.id
            )
            LEFT JOIN rating_rating r
                ON r.social_conversation_id = c.conversation_id AND r.consumed
                AND NOT EXISTS (
                    SELECT FROM social_routing_case e
                    WHERE e.conversation_id = c.conversation_id AND e.id < c.id
                )
            """
        )
