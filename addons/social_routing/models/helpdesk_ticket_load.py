from collections import Counter

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.social_engagement.models.bulk import set_each

CONCERNED = {"user_id", "stage_id", "active", "channel_id", "team_id"}


class HelpdeskTicket(models.Model):
    """Every way in which a ticket is given, taken or closed goes through
    :meth:`_settle_load`, which keeps the counters of the agents.
    """

    _inherit = "helpdesk.ticket"

    load_agent_id = fields.Many2one(
        "social.routing.agent",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
        help="On whose load it counts.",
    )
    load_weight = fields.Float(readonly=True, copy=False, groups="base.group_user")

    def _settle_load(self):
        """Moves the weight of these tickets to whoever works on them now."""
        users = self.user_id
        agents = self.env["social.routing.agent"]
        if users:
            agents = agents.search([("user_id", "in", users.ids)])
        agent_of = {agent.user_id: agent for agent in agents}
        shifts, changed, values = Counter(), self.browse(), []
        for ticket in self:
            agent = agent_of.get(ticket.user_id, agents.browse())
            if ticket.closed or not ticket.active:
                agent = agents.browse()
            weight = (ticket.channel_id.routing_weight or 1.0) if agent else 0.0
            before = (ticket.load_agent_id, ticket.load_weight)
            if before != (agent, weight):
                shifts[ticket.load_agent_id.id] -= ticket.load_weight
                shifts[agent.id] += weight
                changed += ticket
                values.append(
                    {"load_agent_id": agent.id or None, "load_weight": weight}
                )
        set_each(changed, values)
        self.env["social.routing.agent"]._shift_loads(shifts)

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets.sudo().filtered("user_id")._settle_load()
        tickets.sudo()._call_for_agents()
        return tickets

    def write(self, vals):
        res = super().write(vals)
        if CONCERNED & vals.keys():
            self.sudo()._settle_load()
            self.sudo()._call_for_agents()
        return res

    def unlink(self):
        shifts = Counter()
        for ticket in self.sudo():
            shifts[ticket.load_agent_id.id] -= ticket.load_weight
        res = super().unlink()
        self.env["social.routing.agent"].sudo()._shift_loads(shifts)
        return res

    def _call_for_agents(self):
        """Where agents are given work, there may be some to give now."""
        if "push" in self.team_id.mapped("routing_mode"):
            self.env.ref("social_routing.cron_assign")._trigger()


class SocialRoutingAgent(models.Model):
    _inherit = "social.routing.agent"

    @api.model
    def _shift_loads(self, shifts):
        """Adds to the loads of agents.

        :param shifts: agent id → weight; what has no id is passed over
        """
        shifts = {key: by for key, by in sorted(shifts.items()) if key and by}
        if not shifts:
            return
        agents = self.browse(shifts)
        agents.flush_recordset(["load"])
        self.env.cr.execute(
            SQL(
                """UPDATE social_routing_agent a SET load = GREATEST(0, a.load + v.by)
                     FROM (VALUES %s) AS v(id, by) WHERE a.id = v.id""",
                SQL(", ").join(
                    SQL("(%s, %s::float)", key, by) for key, by in shifts.items()
                ),
            )
        )
        agents.invalidate_recordset(["load"], flush=False)
