from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, float_compare

from ..networks import rhythm
from ..networks.base import NetworkError, Reason

DIGITS = (16, 6)  # a call may cost a thousandth of a cent


class SocialChannelCost(models.Model):
    """What a channel used of what its network charges for, by day and thing."""

    _name = "social.channel.cost"
    _description = "Social Channel Cost"
    _order = "day desc, channel_id, what"

    channel_id = fields.Many2one(
        "social.channel", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="channel_id.company_id", store=True, index=True
    )
    day = fields.Date(required=True, readonly=True, help="In UTC.")
    what = fields.Char(required=True, readonly=True)
    count = fields.Integer(required=True, readonly=True)
    amount = fields.Float(
        required=True,
        readonly=True,
        digits=DIGITS,
        help="In the unit the network charges in.",
    )

    _day_unique = models.UniqueIndex("(channel_id, day, what)")

    @api.depends("channel_id.name", "day", "what")
    def _compute_display_name(self):
        for cost in self:
            parts = (cost.channel_id.name, cost.what, str(cost.day or ""))
            cost.display_name = ", ".join(filter(None, parts))


class SocialChannel(models.Model):
    """The budget: paid calls are counted, and a fetch that would overspend is not made.
    Answers are: a person decided so; but they are counted.
    """

    _inherit = "social.channel"

    budget = fields.Float(
        compute="_compute_budget",
        tracking=True,
        store=True,
        readonly=False,
        digits=DIGITS,
        help="What may be spent on reading in a period; 0: as much as it takes.",
    )
    cost_unit = fields.Char("Unit", compute="_compute_cost_facts")
    cost_period = fields.Selection(
        [("day", "a day"), ("month", "a month")],
        "Period",
        compute="_compute_cost_facts",
    )
    cost_terms = fields.Char(
        compute="_compute_cost_facts", help="Unit and period: units a day."
    )
    has_cost = fields.Boolean(compute="_compute_cost_facts")
    spent = fields.Float(
        compute="_compute_spent", digits=DIGITS, help="In this period."
    )
    budget_left = fields.Float(compute="_compute_spent", digits=DIGITS)
    budget_used = fields.Float(
        "Budget used", compute="_compute_spent", help="In percent."
    )

    @api.depends("network")
    def _compute_budget(self):
        for channel in self:
            channel.budget = channel._network().budget

    @api.depends("network")
    @api.depends_context("lang")
    def _compute_cost_facts(self):
        periods = dict(self._fields["cost_period"]._description_selection(self.env))
        for channel in self:
            adapter = channel._network()
            channel.has_cost = bool(adapter.costs)
            channel.cost_unit = adapter.cost_unit
            channel.cost_period = adapter.cost_period
            terms = (adapter.cost_unit, periods.get(adapter.cost_period))
            channel.cost_terms = " ".join(filter(None, terms))

    @api.depends("network", "budget")
    def _compute_spent(self):
        spent = dict.fromkeys(self.ids, 0.0)
        for kind, channels in self.grouped(lambda c: c._network().cost_period).items():
            start, end = rhythm.period(fields.Datetime.now(), kind)
            days = [("day", ">=", start.date()), ("day", "<", end.date())]
            spent |= {
                channel.id: amount
                for channel, amount in self.env["social.channel.cost"]
                .sudo()
                ._read_group(
                    [("channel_id", "in", channels.ids), *days],
                    ["channel_id"],
                    ["amount:sum"],
                )
            }
        for channel in self:
            channel.spent = spent.get(channel._origin.id or channel.id, 0.0)
            channel.budget_left = max(0.0, channel.budget - channel.spent)
            used = channel.spent / channel.budget if channel.budget else 0.0
            channel.budget_used = 100 * used

    @api.constrains("budget")
    def _check_budget_positive(self):
        if any(float_compare(c.budget, 0, precision_digits=6) < 0 for c in self):
            raise ValidationError(self.env._("A budget can't be less than nothing."))

    def write(self, vals):
        result = super().write(vals)
        if "budget" in vals:
            waiting = self.sudo().feed_ids.filtered(
                lambda f: f.failure_reason == Reason.BUDGET.value
            )
            waiting.next_run = fields.Datetime.now()
        return result

    def action_view_costs(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_engagement.social_channel_cost_action"
        )
        return action | {"domain": [("channel_id", "=", self.id)], "context": {}}

    def _budget_period(self):
        """When the running period began, and when the next begins."""
        return rhythm.period(fields.Datetime.now(), self._network().cost_period)

    def _check_budget(self, cost):
        """Makes sure that a fetch can be afforded.

        :param cost: what it is expected to cost
        :raises NetworkError: BUDGET
        """
        costs = self._network().costs
        if not (costs and self.budget):
            return
        cost = max(cost, min(costs.values()))
        if float_compare(self.spent + cost, self.budget, precision_digits=6) > 0:
            detail = f"{self.spent:g} of {self.budget:g} {self._network().cost_unit}"
            raise NetworkError(Reason.BUDGET, f"{detail} are spent")

    def _allowance(self, cost):
        """What a feed may still spend (:class:`rhythm.Allowance`), None when that does
        not matter.
        """
        if not (self._network().costs and self.budget):
            return None
        left = self._budget_period()[1] - fields.Datetime.now()
        seconds = max(left, timedelta(seconds=1)).total_seconds()
        return rhythm.Allowance(self.budget_left, cost, seconds)

    def _count_cost(self, meter):
        """Adds what an adapter's calls used up to today's costs.

        :param meter: :class:`Meter`
        :return: what it cost
        """
        if not meter.spent:
            return 0.0
        self.ensure_one()
        costs, today = self._network().costs, fields.Date.today()
        amounts = {w: n * costs.get(w, 0.0) for w, n in meter.spent.items()}
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s, %s)",
                *(self.id, self.company_id.id, today, what, number, amounts[what]),
            )
            for what, number in sorted(meter.spent.items())
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO social_channel_cost
                   (channel_id, company_id, day, what, count, amount)
                   VALUES %s ON CONFLICT (channel_id, day, what) DO UPDATE
                   SET count = social_channel_cost.count + excluded.count,
                       amount = social_channel_cost.amount + excluded.amount""",
                SQL(", ").join(rows),
            )
        )
        self.env["social.channel.cost"].invalidate_model(["count", "amount"])
        self.invalidate_recordset(["spent", "budget_left", "budget_used"], flush=False)
        return sum(amounts.values())
