from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from ..engine import Asked, ConditionError, compile_condition, unreachable

OUTCOMES = [
    ("ticket", "Ticket"),
    ("lead", "Lead"),
    ("watch", "Watch only"),
    ("nothing", "No action"),
]


class SocialRoutingRule(models.Model):
    """A condition and what is to happen. Rules are asked in order: one that decides is
    the last to be asked, one that adds up leaves the rest to those below.
    """

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
    mode = fields.Selection(
        [("first", "Decides"), ("accumulate", "Adds up")],
        "When it matches",
        required=True,
        default="first",
        help="Decides: the rules below are not asked. Adds up: points, tags, skills "
        "and hand-overs are added to what the rules below say.",
    )
    outcome = fields.Selection(
        OUTCOMES, default="ticket", help="Empty: the rules below say it."
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team", check_company=True, help="Empty: the channel's team."
    )
    category_id = fields.Many2one("helpdesk.ticket.category", check_company=True)
    tag_ids = fields.Many2many("helpdesk.ticket.tag", string="Tags")
    adjustment = fields.Float(
        "Priority points", help="Added to the priority, −100 to 100."
    )
    skill_ids = fields.One2many(
        "social.routing.rule.skill", "rule_id", "Skills", copy=True
    )
    language_required = fields.Boolean(
        "Speaks the author's language",
        help="Only who speaks the author's language gets it. Otherwise it is a plus.",
    )
    policy_id = fields.Many2one(
        "social.response.policy", "Response policy", check_company=True
    )
    sales_team_id = fields.Many2one("crm.team", "Sales team", check_company=True)
    activity_user_id = fields.Many2one(
        "res.users",
        "Tell",
        domain="[('share', '=', False)]",
        help="Gets an activity on the ticket or the conversation: for the press, the "
        "legal or the marketing department.",
    )
    activity_summary = fields.Char("What about", translate=True)
    canned_response_id = fields.Many2one(
        "mail.canned.response", "Suggested answer", ondelete="set null"
    )
    needs_approval = fields.Boolean(
        "Answers need approval",
        help="Answers in the conversation wait until a colleague approves them.",
    )
    problem = fields.Char(compute="_compute_problem")
    unreachable = fields.Char(
        compute="_compute_unreachable",
        help="Why this rule can never decide, where that is certain.",
    )
    replay_id = fields.Many2one(
        "social.routing.replay",
        "Draft",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
        help="A rule of a draft decides about nothing.",
    )
    origin_id = fields.Many2one(
        "social.routing.rule",
        "Takes the place of",
        readonly=True,
        copy=False,
        ondelete="set null",
    )

    @api.constrains("condition")
    def _check_condition(self):
        for rule in self:
            if rule.problem:
                raise ValidationError(rule.problem)

    @api.constrains("mode", "outcome")
    def _check_outcome(self):
        for rule in self:
            if rule.mode == "first" and not rule.outcome:
                raise ValidationError(
                    self.env._(
                        "“%(rule)s” decides, so it must say what is to happen.",
                        rule=rule.name,
                    )
                )

    @api.depends("condition")
    @api.depends_context("lang")
    def _compute_problem(self):
        for rule in self:
            try:
                rule._compiled_condition()
                rule.problem = False
            except ConditionError as error:
                rule.problem = self.env._(
                    "The condition of “%(rule)s” can't be used: %(problem)s.",
                    rule=rule.name,
                    problem=error,
                )

    @api.depends("condition", "mode", "sequence", "active", "company_id", "replay_id")
    @api.depends_context("lang")
    def _compute_unreachable(self):
        groups = self.grouped(lambda rule: (rule.replay_id, rule.company_id))
        for (draft, company), rules in groups.items():
            # a rule of all companies is unreachable only if it is in each of them
            together = self.search(
                [
                    ("replay_id", "=", draft.id),
                    ("company_id", "in", [company.id, False]),
                ]
            )
            above = together._covered()
            for rule in rules:
                rule.unreachable = rule._unreachable_reason(above)

    def _covered(self):
        """Rules in order that can never decide → the rule above that decides first;
        none when the condition contradicts itself.
        """
        asked = [
            Asked(rule.id, literal_eval(rule.condition.strip()), rule.mode == "first")
            for rule in self
            if not rule.problem
        ]
        fact_kinds = self.env["social.routing.case"]._fact_kinds()
        found = unreachable(asked, fact_kinds)
        return {self.browse(key): self.browse(above) for key, above in found.items()}

    def _unreachable_reason(self, above):
        """A sentence, or False.

        :param above: of :meth:`_covered`
        """
        rule = self._origin
        if rule not in above:
            return False
        if not above[rule]:
            return self.env._("Never decides: no case can meet its condition.")
        return self.env._(
            "Never decides: “%(rule)s” above matches the same cases first.",
            rule=above[rule].name,
        )

    @api.model
    def _live(self, company):
        """The rules that decide for a company, in order."""
        return self.search(
            [("company_id", "in", [company.id, False]), ("replay_id", "=", False)]
        )

    def _publish(self):
        """Takes the place of the rule it was copied from, or begins to decide."""
        for rule in self:
            if not rule.origin_id:
                rule.replay_id = False
                continue
            [values] = rule.copy_data()
            values["skill_ids"] = [Command.clear(), *values.get("skill_ids", [])]
            rule.origin_id.write(values)
            rule.copy_translations(rule.origin_id, excluded=("skill_ids",))

    def _compiled_condition(self):
        """The condition as the engine takes it.

        :raises ConditionError: it can't be understood
        """
        self.ensure_one()
        try:
            domain = literal_eval((self.condition or "[]").strip())
        except Exception as error:
            raise ConditionError(f"it is no domain ({error})") from error
        fact_kinds = self.env["social.routing.case"]._fact_kinds()
        return compile_condition(domain, fact_kinds)

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _snapshot(self):
        """The rule as data, as `social.routing.ruleset` keeps it."""
        self.ensure_one()
        settings = {
            "team": self.team_id.id,
            "category": self.category_id.id,
            "policy": self.policy_id.id,
            "sales_team": self.sales_team_id.id,
            "language_required": self.language_required,
            "canned_response": self.canned_response_id.id,
            "needs_approval": self.needs_approval,
        }
        skills = {True: [], False: []}
        for line in self.skill_ids:
            skills[line.required].append([line.skill_id.id, line.level])
        additions = {
            "tags": self.tag_ids.ids,
            "required_skills": skills[True],
            "preferred_skills": skills[False],
            "activities": [[self.activity_user_id.id, self.activity_summary or ""]]
            if self.activity_user_id
            else [],
        }
        return {
            "id": self.origin_id.id or self.id,
            "name": self.name,
            "condition": self.condition,
            "outcome": self.outcome or None,
            "stops": self.mode == "first",
            "adjustment": self.adjustment,
            "settings": {name: value for name, value in settings.items() if value},
            "additions": {name: found for name, found in additions.items() if found},
        }


class SocialRoutingRuleSkill(models.Model):
    """A skill that a rule asks of an agent."""

    _name = "social.routing.rule.skill"
    _description = "Skill Asked by a Routing Rule"
    _order = "required desc, id"

    rule_id = fields.Many2one("social.routing.rule", required=True, ondelete="cascade")
    # a skill that is deleted would silently send cases to people who lack it
    skill_id = fields.Many2one("hr.skill", required=True, ondelete="restrict")
    level = fields.Integer(
        default=50, help="0 to 100, as the levels of skills are measured."
    )
    required = fields.Boolean(
        help="Only who has it at that level gets the case. Otherwise it is a plus."
    )

    _skill_unique = models.UniqueIndex(
        "(rule_id, skill_id)", "Each skill once in a rule, please."
    )
    _level_range = models.Constraint(
        "CHECK(level BETWEEN 0 AND 100)", "A level is between 0 and 100."
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
