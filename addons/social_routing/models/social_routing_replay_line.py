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
    before_target = fields.Selection(TARGET, "First answer", readonly=True)
    after_target = fields.Selection(
        TARGET,
        "First answer in the draft",
        readonly=True,
        help="Had it been answered at the moment it was.",
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
        in_time, share = replay._clock_reader(), replay._sharer()
        values = []
        for case in cases:
            if case.schema_version != SCHEMA or case.message_id.gone_at:
                continue
            after, decision = judge(case._facts())
            team = team_of(case, decision)
            policy = after["policy_id"]
            before = _decided(case)
            values.append(
                {
                    "replay_id": replay.id,
                    "case_id": case.id,
                    "changed": before != _would_be(decision, team, after),
                    "before_outcome": before["outcome"],
                    "after_outcome": decision.outcome,
                    "before_team_id": before["team"],
                    "after_team_id": team.id,
                    "before_rule_id": case.rule_id.id,
                    "after_rule_id": after["rule_id"],
                    "before_priority": case.priority_score,
                    "after_priority": after["priority_score"],
                    "before_agent_id": case.ticket_id.user_id.id,
                    "after_agent_id": share(case, decision, team),
                    **in_time(case, team, policy),
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
        """A function that says whether the first answer was in time, and would have
        been: (case, team, policy id) → values.
        """
        company, now = self.company_id, fields.Datetime.now()
        policies = self.env["social.response.policy"]

        @cache
        def ticking(policy_id, team):
            policy = policies.browse(policy_id or []).exists()
            policy = policy or team.response_policy_id
            seconds = policy.first_response_hours * 3600
            since = fields.Datetime.to_datetime(self.date_from)
            calendar = policy._calendar(company)
            return seconds and (calendar._worktime(company, now, since), seconds)

        def in_time(case, team, policy_id):
            ticket = case.ticket_id
            state = ticket.first_response_state
            values = {"before_target": state in ("met", "missed") and state}
            came, answered = ticket.queued_at, ticket.first_response_at
            known = came and answered and came.date() >= self.date_from
            if known and (clock := ticking(policy_id, team)):
                worktime, seconds = clock
                met = worktime.between(came, answered) <= seconds
                values["after_target"] = "met" if met else "missed"
            return values

        return in_time


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
        "settings": after["details"]["settings"],
        "additions": {
            name: [list(v) if isinstance(v, tuple) else v for v in values]
            for name, values in after["details"]["additions"].items()
        },
    }
