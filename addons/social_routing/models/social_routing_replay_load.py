from functools import cache

from odoo import fields, models

from ..engine import Demand, assign


class SocialRoutingReplay(models.Model):
    """Who would get what, had everybody been at work: the best match, then whoever had
    the fewest so far. What asks for the same team and skills stays where it is, also
    with nobody, so that only what the draft changes makes a difference.
    """

    _inherit = "social.routing.replay"

    def _sharer(self):
        """A function that says who would get a case: (case, :class:`Decision`, team,
        the res.users it stays with or None when it is shared out anew) → id of a user,
        or False. To be asked in the order of the cases.
        """
        lines = self.env["social.routing.replay.line"]
        found = lines._read_group(
            [("replay_id", "=", self.id), ("after_agent_id", "!=", False)],
            ["after_agent_id"],
            ["__count", "case_id:max"],
        )
        so_far = {user.id: (count, last) for user, count, last in found}
        now, agents = fields.Datetime.now(), {}
        social = self.env["ir.model.data"]._xmlid_to_res_id(
            "social_routing.skill_social_media"
        )

        @cache
        def agents_of(team):
            if team.routing_mode == "manual":
                return []
            rows = self.env["social.routing.agent"]
            rows = rows.search([("user_id", "in", team.user_ids.ids)])
            for row, agent in zip(rows, rows._engine_agents(now), strict=True):
                user = row.user_id.id
                agent.key, agent.away = user, ""
                agent.capacity = max(1, self.total_count)
                agent.load, last = so_far.get(user, (0, None))
                agent.last_assigned = last or agent.last_assigned
                agents.setdefault(user, agent)
            return [agents[user] for user in rows.user_id.ids]

        def share(case, decision, team, stays):
            if decision.outcome != "ticket" or not team:
                return False
            able = agents_of(team)
            demand = _demand(case, decision, social)
            if stays is None:
                agent = assign(demand, able).agent
            else:
                agent = next((a for a in able if a.key == stays.id), None)
            if agent:
                agent.take(demand, case.id)
            return agent.key if agent else bool(stays) and stays.id

        return share


def _demand(case, decision, social_skill):
    """What a case would ask of the one who takes it, each counting once."""
    additions = decision.additions
    return Demand(
        required=dict(additions.get("required_skills", ())),
        preferred=dict(additions.get("preferred_skills", ())),
        language=case.language or None,
        language_required=bool(
            case.language and decision.settings.get("language_required")
        ),
        social_skill=social_skill if case.source == "social" else None,
        influence=case.influence,
    )
