from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import clock


class SocialResponsePolicy(models.Model):
    """How soon a ticket is to be answered and solved, in working time, and what happens
    before that is missed.
    """

    _name = "social.response.policy"
    _description = "Response Policy"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: of all companies.")
    first_response_hours = fields.Float(
        "First Response Within", help="Hours of working time; 0: no target."
    )
    resolution_hours = fields.Float(
        "Resolution Within", help="Hours of working time; 0: no target."
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working hours",
        check_company=True,
        help="Empty: those of the company.",
    )
    warn_percent = fields.Integer(
        "At risk after",
        default=75,
        help="Percent of the time after which a target is at risk; 100: only when it "
        "is missed.",
    )
    escalate_activity = fields.Boolean(
        "Remind the agent",
        default=True,
        help="An activity for the agent, or the team leader when there is none. Where "
        "there is neither, the team is told, else the managers.",
    )
    escalate_leader = fields.Boolean(
        "Tell the team leader",
        help="Where nobody leads the team, all of it is told, else the managers.",
    )
    escalate_team_id = fields.Many2one(
        "helpdesk.ticket.team", "Give it to the team", check_company=True
    )

    _targets = models.Constraint(
        "CHECK(first_response_hours >= 0 AND resolution_hours >= 0)",
        "A target can't be negative.",
    )
    _warning = models.Constraint(
        "CHECK(warn_percent BETWEEN 1 AND 100)", "At risk after 1 to 100 percent."
    )

    @api.constrains("calendar_id")
    def _check_calendar(self):
        for policy in self:
            calendar = policy.calendar_id
            if calendar.flexible_hours:
                raise ValidationError(
                    self.env._(
                        "“%(calendar)s” has flexible hours, so that nobody can tell "
                        "when a target is due. Choose fixed hours.",
                        calendar=calendar.name,
                    )
                )
            if calendar and not calendar.attendance_ids:
                raise ValidationError(
                    self.env._(
                        "“%(calendar)s” has no working hours: nothing would ever be "
                        "due.",
                        calendar=calendar.name,
                    )
                )

    def _calendar(self, company):
        return self.calendar_id or company.resource_calendar_id

    def _clock(self, company, moment, hours):
        """A clock that starts at a moment.

        :param hours: of working time
        :return: :class:`Clock`, or None without target or when nobody ever works
        """
        seconds = hours * 3600
        if seconds <= 0:
            return None
        worktime = self._calendar(company)._worktime_reaching(company, moment, seconds)
        if not worktime:
            return None
        return clock.start(worktime, moment, seconds, self.warn_percent / 100)
