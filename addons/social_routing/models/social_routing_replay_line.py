from functools import cache, partial

from odoo import api, fields, models

from .social_routing_case import SCHEMA
from .social_routing_rule import OUTCOMES

TARGET = [("met", "Met"), ("missed", "Missed")]


class SocialRoutingReplayLine(models.Model):
    """What happened to a case, and what would have happened under a draft of the rules:
    each decided by itself, on the facts it had.
    """

    _name = "social.routing.replay.line"
    _description = "Replayed Decision"
    _order = "id"
    _rec_name = "case_id"

    replay_id = fields.Many2one(
        "social.routing.replay",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    case_id = fields.Many2one(
        "social.routing.case",
        "Decision",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    changed = fields.Boolean("Would change", readonly=True)
    before_outcome = fields.Selection(OUTCOMES, "Outcome", readonly=True)
    after_outcome = fields.Selection(OUTCOMES, "Outcome in the draft", readonly=True)
    before_team_id = fields.Many2one("helpdesk.ticket.team", "Team", readonly=True)
    after_team_id = fields.Many2one(
        "helpdesk.ticket.team", "Team in the draft", readonly=True
    )
    before_rule_id = fields.Many2one(
        "social.routing.rule", "Rule", readonly=True, ondelete="set null"
    )
    after_rule_id = fields.Many2one(
        "social.routing.rule", "Rule in the draft", readonly=True, ondelete="set null"
    )
    before_priority = fields.Float("Priority", readonly=True, aggregator="avg")
    after_priority = fields.Float(
        "Priority in the draft", readonly=True, aggregator="avg"
    )
    before_agent_id = fields.Many2one("res.users", "Agent", readonly=True)
    after_agent_id = fields.Many2one(
        "res.users",
        "Agent in the draft",
        readonly=True,
        help="Had everybody been at work.",
    )
    before_policy_id = fields.Many2one(
        "social.response.policy", "SLA Policy", readonly=True, ondelete="set null"
    )
    after_policy_id = fields.Many2one(
        "social.response.policy",
        "SLA Policy in the draft",
        readonly=True,
        ondelete="set null",
    )
    before_due = fields.Datetime("First Response Due", readonly=True)
    after_due = fields.Datetime("First Response Due in the draft", readonly=True)
    before_target = fields.Selection(
        TARGET,
        "First Response",
        readonly=True,
        help="By the policy the rules named, whatever people changed since.",
    )
    after_target = fields.Selection(
        TARGET,
        "First Response in the draft",
        readonly=True,
        help="Had it been replied to at the moment it was.",
    )
    before_explanation = fields.Html(related="case_id.explanation")
    after_explanation = fields.Html(
        compute="_compute_after_explanation", sanitize=False
    )

    @api.depends("case_id", "replay_id.ruleset_id")
    @api.depends_context("lang")
    def _compute_after_explanation(self):
        judges = {replay: replay.sudo()._judge() for replay in self.replay_id}
        for line in self:
            case = line.sudo().case_id
            values, _decision = judges[line.replay_id](case._facts())
            values |= {"team_id": line.after_team_id.id, "subject": case.subject}
            line.after_explanation = case.new(values).explanation

    @api.model
    def _replayed(self, replay, cases):
        """Lines for those of these cases whose facts can be replayed."""
        judge = replay._judge()
        team_of = replay._team_finder(cases)
        clock_of, share = replay._clock_reader(), replay._sharer()
        values = []
        for case in cases:
            if case.schema_version != SCHEMA or case.message_id.gone_at:
                continue
            after, decision = judge(case._facts())
            team = team_of(case, decision)
            before, then = _decided(case), _would_be(decision, team, after)
            by_rules = before["outcome"] == "ticket"
            given = case.ticket_id.user_id if by_rules else case.ticket_id.user_id[:0]
            stays = given if _asks(before) == _asks(then) else None
            old_team = team.browse(before["team"] or [])
            values.append(
                {
                    "replay_id": replay.id,
                    "case_id": case.id,
                    "changed": before != then,
                    "before_outcome": before["outcome"],
                    "after_outcome": decision.outcome,
                    "before_team_id": before["team"],
                    "after_team_id": team.id,
                    "before_rule_id": case.rule_id.id,
                    "after_rule_id": after["rule_id"],
                    "before_priority": case.priority_score,
                    "after_priority": after["priority_score"],
                    "before_agent_id": given.id,
                    "after_agent_id": share(case, decision, team, stays),
                    **clock_of(case, before, old_team, "before"),
                    **clock_of(case, then, team, "after"),
                }
            )
        return self.create(values)


class SocialRoutingReplay(models.Model):
    _inherit = "social.routing.replay"

    def _team_finder(self, cases):
        """A function that says which team one of these cases would go to: (case,
        :class:`Decision`) → helpdesk.ticket.team, perhaps empty.
        """
        found = cases._read_group(
            [("ticket_id", "in", cases.ticket_id.ids)], ["ticket_id"], ["id:min"]
        )
        begun_by = dict(found)
        model, company = self.env["social.routing.case"], self.company_id
        find = cache(partial(model._team, company=company))
        fallback = cache(partial(model._fallback_team, company))
        nobody = self.env["helpdesk.ticket.team"]

        def team_of(case, decision):
            if begun_by.get(case.ticket_id, case.id) != case.id:
                return case.team_id  # it was there already, and stayed where it was
            asked = decision.settings.get("team")
            if case.source == "social":
                if decision.outcome != "ticket":
                    return nobody
                return find(asked, channel=case.channel_id) or fallback()
            if case.source == "lead":
                return nobody
            if asked:
                return find(asked) or nobody
            # stays where it came in, which is known when no rule moved it
            return nobody if case._ruled("team") else case.team_id

        return team_of

    def _clock_reader(self):
        """A function that says which SLA policy held, when the first response was due
        and whether it came in time: (case, what was decided, team, "before" or "after")
        → values. Both sides are read the same way, whatever people changed since.
        """
        company, now = self.company_id, fields.Datetime.now()
        since = fields.Datetime.to_datetime(self.date_from)
        policies = self.env["social.response.policy"].sudo()

        @cache
        def ticking(policy):
            seconds = policy.first_response_hours * 3600
            calendar = policy._calendar(company)
            worktime = seconds and calendar._worktime_reaching(
                company, now, seconds, since
            )
            return (worktime, seconds) if worktime else None

        def clock_of(case, decided, team, side):
            if decided["outcome"] != "ticket":
                return {}
            policy = policies.browse(decided["settings"].get("policy") or []).exists()
            policy = policy or team.sudo().response_policy_id
            values = {f"{side}_policy_id": policy.id}
            came = case.ticket_id.queued_at or case.create_date
            clock = policy and came >= since and ticking(policy)
            if not clock:
                return values
            worktime, seconds = clock
            due = worktime.due(came, seconds)
            answered = case.ticket_id.first_response_at
            if (answered or now) > due:
                values[f"{side}_target"] = "missed"
            elif answered:
                values[f"{side}_target"] = "met"
            return values | {f"{side}_due": due}

        return clock_of


def _asks(decided):
    """What decides who may work on a case."""
    settings, additions = decided["settings"], decided["additions"]
    skills = [additions.get(f"{kind}_skills") for kind in ("required", "preferred")]
    language = settings.get("language_required")
    return decided["outcome"], decided["team"], bool(language), skills


def _decided(case):
    """What the rules decided about a case, whatever people did to it then."""
    details = case.details or {}
    overruled = details.get("overruled")
    return {
        "outcome": overruled["outcome"] if overruled else case.outcome,
        "team": False if overruled else case.team_id.id,
        "priority": round(case.priority_score, 1),
        "settings": details.get("settings", {}),
        "additions": details.get("additions", {}),
    }


def _would_be(decision, team, after):
    """The same of a decision that was not carried out."""
    return {
        "outcome": decision.outcome,
        "team": team.id,
        "priority": round(after["priority_score"], 1),
        "settings": after["details"].get("settings", {}),
        "additions": {
            name: [list(v) if isinstance(v, tuple) else v for v in values]
            for name, values in after["details"].get("additions", {}).items()
        },
    }
