from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import LazyTranslate

from ..engine import INFLUENCE_CAP, Weights, aged, prioritise

_lt = LazyTranslate(__name__)

TERMS = tuple(vars(Weights()))
#: Cases as they come, to see what a change does.
EXAMPLES = (
    (
        _lt("A furious question by somebody with reach"),
        {"sentiment": -0.9, "needs_answer": 0.95, "influence": 85, "amplification": 40},
    ),
    (
        _lt("The same by somebody nobody follows"),
        {"sentiment": -0.9, "needs_answer": 0.95, "influence": 1},
    ),
    (
        _lt("A polite question of a valued customer by e-mail"),
        {"sentiment": 0.1, "needs_answer": 1.0, "customer_value": 90},
    ),
    (
        _lt("A private message, in a neutral mood"),
        {"kind": "direct", "needs_answer": 0.8, "influence": 10},
    ),
    (_lt("Praise by somebody with reach"), {"sentiment": 0.8, "influence": 85}),
    (_lt("A remark"), {"needs_answer": 0.1, "influence": 5}),
)


class SocialRoutingWeights(models.Model):
    """How many points each reason is worth in a company."""

    _name = "social.routing.weights"
    _description = "Weights of the Priority"
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    base = fields.Float("Every case", default=Weights.base)
    sentiment = fields.Float("Negative mood", default=Weights.sentiment)
    worsening = fields.Float("Mood that got worse", default=Weights.worsening)
    needs_answer = fields.Float("Needs an answer", default=Weights.needs_answer)
    private = fields.Float("Private message", default=Weights.private)
    topic = fields.Float("Urgent topic", default=Weights.topic)
    amplification = fields.Float("Spreads", default=Weights.amplification)
    customer_value = fields.Float("Valued customer", default=Weights.customer_value)
    influence = fields.Float(
        default=Weights.influence,
        help="At most 10: influence lifts a case a little and never hides anybody.",
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    _company_unique = models.UniqueIndex(
        "(company_id)", "This company has its weights already."
    )
    _points = models.Constraint(
        f"CHECK(LEAST({', '.join(TERMS)}) >= 0)", "Points can't be negative."
    )
    _influence_cap = models.Constraint(
        f"CHECK(influence <= {INFLUENCE_CAP})",
        "Influence counts 10 points at most, so that nobody waits for lack of it.",
    )

    @api.model
    def _of(self, company):
        """The :class:`Weights` of a company."""
        found = self.sudo().search([("company_id", "=", company.id)])
        return found._engine_weights() if found else Weights()

    def _engine_weights(self):
        return Weights(**{term: max(0.0, self[term]) for term in TERMS})

    @api.depends(*TERMS)
    @api.depends_context("lang")
    def _compute_preview(self):
        head = (
            self.env._("Example"),
            self.env._("On arrival"),
            self.env._("When it is due"),
            self.env._("Twice as late"),
        )
        for weights in self:
            engine_weights = weights._engine_weights()
            rows = [Markup("<th>%s</th>") * len(head) % head]
            for name, facts in EXAMPLES:
                standing = prioritise(facts, weights=engine_weights).score
                points = [round(aged(standing, waited)) for waited in (0, 1, 2)]
                cells = (self.env._(name), *points)
                rows.append(Markup("<td>%s</td>") * len(cells) % cells)
            weights.preview = Markup('<table class="table table-sm">%s</table>') % (
                Markup().join(Markup("<tr>%s</tr>") % row for row in rows)
            )

    @api.model
    def action_open(self):
        """The weights of the current company, made when it has none yet."""
        company = self.env.company
        weights = self.search([("company_id", "=", company.id)])
        weights = weights or self.create({"company_id": company.id})
        return weights._get_records_action(
            name=self.env._("Priority"), target="current"
        )
