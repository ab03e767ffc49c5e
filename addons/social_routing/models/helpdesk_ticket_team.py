from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    routing_mode = fields.Selection(
        [
            ("manual", "By hand"),
            ("pull", "Agents take the next best"),
            ("push", "Agents are given work"),
        ],
        "Work is shared out",
        required=True,
        default="manual",
    )
    response_policy_id = fields.Many2one(
        "social.response.policy",
        check_company=True,
        help="For tickets about which no rule says another.",
    )
    usual_hours = fields.Float(
        "Usual time to answer",
        default=8.0,
        help="Hours of working time after which a ticket without target has waited "
        "long: it then rises in the queue.",
    )
    fallback_team_id = fields.Many2one(
        "helpdesk.ticket.team",
        "Stands in",
        check_company=True,
        help="Gets the tickets of this team when it is archived.",
    )
    release_minutes = fields.Integer(
        "Taken back after",
        default=30,
        help="Minutes after which an agent who is away loses tickets that wait for an "
        "answer; 0: never.",
    )
    ask_rating = fields.Boolean(
        "Customers may be asked for a rating",
        default=True,
        help="Where the social channel asks for ratings too.",
    )

    _positive = models.Constraint(
        "CHECK(usual_hours > 0 AND release_minutes >= 0)",
        "The usual time must be more than nothing.",
    )

    @api.constrains("fallback_team_id")
    def _check_fallback(self):
        if self._has_cycle("fallback_team_id"):
            raise ValidationError(
                self.env._("The teams stand in for each other in a circle.")
            )

    def _able(self, company):
        """This team or the one that stands in for it, whichever can take a ticket of
        the company; the empty one when none can.
        """
        seen, team = self.browse(), self
        while team and team not in seen:
            if team.active and team.company_id in (company, company.browse()):
                return team
            seen, team = seen | team, team.fallback_team_id
        return self.browse()


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    waits_for_customer = fields.Boolean(
        help="The clocks of response policies stand still in this stage."
    )


class HelpdeskTicketChannel(models.Model):
    _inherit = "helpdesk.ticket.channel"

    routing_weight = fields.Float(
        "Weight",
        default=1.0,
        help="How much of an agent's capacity a ticket of this channel takes.",
    )

    _weight = models.Constraint(
        "CHECK(routing_weight > 0)", "A ticket weighs more than nothing."
    )
