import logging
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.social_engagement.models.forgery import check_writable
from odoo.addons.social_engagement.models.transaction import (
    commit_each,
    is_fault_of_system,
    place,
)

_logger = logging.getLogger(__name__)

SLICE = 2000  # cases in one transaction
KEPT = timedelta(days=60)  # after which the results of a replay are deleted


class SocialRoutingReplay(models.Model):
    """A draft of a company's rules, and what they would have decided about the cases of
    a period. Cases, tickets and the rules that decide are only read, until somebody
    publishes the draft.
    """

    _name = "social.routing.replay"
    _description = "Draft of the Routing Rules"
    _order = "id desc"

    name = fields.Char(
        required=True,
        default=lambda self: self.env._(
            "Draft of %(day)s", day=fields.Date.context_today(self)
        ),
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    date_from = fields.Date(
        "From",
        required=True,
        default=lambda self: fields.Date.context_today(self) - timedelta(days=30),
    )
    date_to = fields.Date(
        "To", required=True, default=lambda self: fields.Date.context_today(self)
    )
    rule_ids = fields.One2many("social.routing.rule", "replay_id", "Rules of the draft")
    rule_count = fields.Integer("Rules", compute="_compute_rule_count")
    base_text = fields.Text(
        readonly=True, copy=False, help="The rules it was made from, as JSON."
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Replaying"),
            ("done", "Replayed"),
            ("failed", "Failed"),
            ("published", "Published"),
        ],
        readonly=True,
        required=True,
        default="draft",
        copy=False,
    )
    ruleset_id = fields.Many2one(
        "social.routing.ruleset",
        "Rules replayed",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    changed_since = fields.Boolean(
        compute="_compute_changed_since",
        help="The draft is not what was replayed any more.",
    )
    problem = fields.Char(readonly=True, copy=False)
    last_case = fields.Integer(readonly=True, copy=False)
    total_count = fields.Integer("Decisions", readonly=True, copy=False)
    done_count = fields.Integer("Looked at", readonly=True, copy=False)
    changed_count = fields.Integer("Would change", readonly=True, copy=False)
    unreplayable_count = fields.Integer(
        "Can't be replayed",
        readonly=True,
        copy=False,
        help="An older version stored their facts, or the post was deleted since.",
    )
    progress = fields.Float(compute="_compute_progress", help="0 to 100.")
    line_ids = fields.One2many("social.routing.replay.line", "replay_id", readonly=True)

    _period = models.Constraint(
        "CHECK(date_from <= date_to)", "The period ends before it begins."
    )

    @api.depends("rule_ids")
    def _compute_rule_count(self):
        for replay in self:
            replay.rule_count = len(replay.rule_ids)

    @api.depends("done_count", "total_count", "state")
    def _compute_progress(self):
        for replay in self:
            share = replay.done_count / replay.total_count if replay.total_count else 1
            replay.progress = min(100.0, 100.0 * share)

    @api.depends("rule_ids", "ruleset_id")
    def _compute_changed_since(self):
        rulesets = self.env["social.routing.ruleset"]
        for replay in self:
            digest = replay.ruleset_id.sudo().digest
            replay.changed_since = (
                replay.state in ("done", "failed")
                and digest
                and digest != rulesets._digest(replay._rules_text())
            )

    @api.model_create_multi
    def create(self, vals_list):
        replays = super().create(vals_list)
        rulesets = self.env["social.routing.ruleset"].sudo()
        for replay in replays:
            live = self.env["social.routing.rule"]._live(replay.company_id)
            for rule in live:
                rule.copy({"replay_id": replay.id, "origin_id": rule.id})
            replay.sudo().base_text = rulesets._text(live)
        return replays

    def write(self, vals):
        check_writable(self, vals)
        return super().write(vals)

    def _rules_text(self):
        """The rules of the draft as they stand, as JSON."""
        return self.env["social.routing.ruleset"]._text(self.rule_ids.sorted())

    # ------------------------------------------------------------------
    # What people do
    # ------------------------------------------------------------------

    def action_edit_rules(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_routing.social_routing_rule_action"
        )
        return action | {
            "name": self.name,
            "domain": [("replay_id", "=", self.id)],
            "context": {"default_replay_id": self.id},
        }

    def action_replay(self):
        """Starts replaying, in the background."""
        self.check_access("write")
        rulesets = self.env["social.routing.ruleset"].sudo()
        for replay in self.sudo():
            replay._check_open()
            if problems := replay.rule_ids.filtered("problem").mapped("problem"):
                raise UserError("\n".join(problems))
            replay._forget_lines()
            replay.write(
                {
                    "state": "running",
                    "ruleset_id": rulesets._kept(replay._rules_text()).id,
                    "problem": False,
                    "last_case": 0,
                    "done_count": 0,
                    "changed_count": 0,
                    "unreplayable_count": 0,
                    "total_count": replay.env["social.routing.case"].search_count(
                        replay._period_domain()
                    ),
                }
            )
        self.env.ref("social_routing.cron_replay").sudo()._trigger()

    def action_stop(self):
        self.check_access("write")
        self.sudo().filtered(lambda r: r.state == "running").state = "draft"

    def action_publish(self):
        """Makes the draft the rules that decide, all at once."""
        self.ensure_one()
        self.check_access("write")
        self._check_open()
        rules = self.env["social.routing.rule"]
        live = rules._live(self.company_id)
        if self.env["social.routing.ruleset"].sudo()._text(live) != self.base_text:
            raise UserError(
                self.env._(
                    "Somebody has changed the rules since this draft was made. Make a "
                    "new draft, so that nobody's change is lost."
                )
            )
        draft = self.rule_ids
        (live - draft.origin_id).active = False
        draft._publish()
        self.sudo().write({"state": "published", "problem": False})

    def _check_open(self):
        if self.state == "published":
            raise UserError(
                self.env._("This draft is published already. Make a new one.")
            )

    def action_view_changed(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_routing.social_routing_replay_line_action"
        )
        return action | {
            "domain": [("replay_id", "=", self.id)],
            "context": {"search_default_changed": 1},
        }

    # ------------------------------------------------------------------
    # In the background
    # ------------------------------------------------------------------

    @api.model
    def _cron_replay(self):
        progress = self.env["ir.cron"]._commit_progress
        for replay in self.search([("state", "=", "running")], order="id"):
            while looked_at := replay._slice_or_failure():
                if not progress(looked_at):
                    self.env.ref("social_routing.cron_replay")._trigger()
                    return

    def _slice_or_failure(self):
        try:
            return commit_each(self.env, self._slice)
        except Exception as error:
            if is_fault_of_system(error):
                raise
            _logger.error("Replay %s ended: %s", self.id, place(error))
            self.write({"state": "failed", "problem": str(error)[:500]})
            return 0

    def _slice(self):
        """Decides about the next cases, as the draft would: a unit of work.

        :return: how many; 0 when none are left
        """
        self.invalidate_recordset()
        if self.state != "running":
            return 0
        cases = self.env["social.routing.case"].search_fetch(
            [*self._period_domain(), ("id", ">", self.last_case)],
            order="id",
            limit=SLICE,
        )
        lines = self.env["social.routing.replay.line"]._replayed(self, cases)
        self.write(
            {
                "state": "running" if cases else "done",
                "last_case": cases[-1:].id,
                "done_count": self.done_count + len(cases),
                "unreplayable_count": self.unreplayable_count + len(cases) - len(lines),
                "changed_count": self.changed_count + sum(lines.mapped("changed")),
            }
        )
        looked_at = len(cases)
        self.env.flush_all()
        self.env.invalidate_all()  # or memory would grow with the cases
        return looked_at

    def _period_domain(self):
        start = datetime.combine(self.date_from, time.min)
        end = datetime.combine(self.date_to, time.min) + timedelta(days=1)
        return [
            ("company_id", "=", self.company_id.id),
            ("create_date", ">=", start),
            ("create_date", "<", end),
        ]

    def _judge(self):
        """Decides as the draft that was replayed, see _judge() of a case."""
        ruleset = self.ruleset_id.sudo()
        weights = self.env["social.routing.weights"]._of(self.company_id)
        return self.env["social.routing.case"]._judge_by(
            self.company_id, ruleset, ruleset._engine_rules(), weights
        )

    def _forget_lines(self):
        self.line_ids.invalidate_recordset()
        self.env["social.routing.replay.line"].flush_model()
        self.env.cr.execute(
            "DELETE FROM social_routing_replay_line WHERE replay_id = ANY(%s)",
            [self.ids],
        )
        self.invalidate_recordset(["line_ids"])

    @api.autovacuum
    def _gc_lines(self):
        old = self.search([("create_date", "<", fields.Datetime.now() - KEPT)])
        old._forget_lines()
