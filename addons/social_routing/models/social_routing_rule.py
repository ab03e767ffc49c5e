from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import ConditionError, Rule, compile_condition


class SocialRoutingRule(models.Model):
    """A condition and what is to happen. The first rule that matches decides."""

    _name = "social.routing.rule"
    _description = "Social Routing Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", help="Empty: the rule holds for every company."
    )
    condition = fields.Char(
        required=True, default="[]", help="Which cases the rule is about."
    )
    outcome = fields.Selection(
        [("ticket", "Ticket"), ("watch", "Watch only"), ("nothing", "No action")],
        required=True,
        default="ticket",
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team", check_company=True, help="Empty: the channel's team."
    )
    category_id = fields.Many2one("helpdesk.ticket.category", check_company=True)
    tag_ids = fields.Many2many("helpdesk.ticket.tag", string="Tags")
    adjustment = fields.Float(
        "Priority points", help="Added to the priority, −100 to 100."
    )

    @api.constrains("condition")
    def _check_condition(self):
        for rule in self:
            try:
                rule._engine_rule()
            except ConditionError as error:
                raise ValidationError(
                    self.env._(
                        "The condition of “%(rule)s” can't be used: %(problem)s.",
                        rule=rule.name,
                        problem=error,
                    )
                ) from error

    def _engine_rule(self):
        """The rule as the engine takes it.

        :raises ConditionError: the condition can't be understood
        """
        self.ensure_one()
        try:
            domain = literal_eval((self.condition or "[]").strip())
        except Exception as error:
            raise ConditionError(f"it is no domain ({error})") from error
        facts = self.env["social.routing.case"]._fact_names()
        return Rule(
            key=self,
            name=self.name,
            condition=compile_condition(domain, facts),
            outcome=self.outcome,
            adjustment=self.adjustment,
        )

    @api.model
    def _engine_rules(self, company):
        """The rules of a company, in order; one that became unusable is left out."""
        rules = []
        for rule in self.search([("company_id", "in", [company.id, False])]):
            try:
                rules.append(rule._engine_rule())
            except ConditionError:
                continue
        return rules
