from collections import defaultdict
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.social_engagement.models.bulk import set_each

from ..engine import Agent
from ..engine.assignment import NEVER

MOMENT = timedelta(minutes=1)  # long enough to see an interval, short enough for "now"
EPOCH = datetime(1970, 1, 1)
CAPACITY = 10.0


class SocialRoutingAgent(models.Model):
    """What an agent can take, and how much of it is taken.

    ``load`` is counted, not computed: whoever gives or takes work locks this row, so
    that two at once never give more than there is room for.
    """

    _name = "social.routing.agent"
    _description = "Agent"
    _rec_name = "user_id"
    _order = "user_id"

    user_id = fields.Many2one(
        "res.users",
        "Agent",
        required=True,
        ondelete="cascade",
        domain="[('share', '=', False)]",
    )
    company_id = fields.Many2one(related="user_id.company_id", store=True)
    active = fields.Boolean(default=True)
    capacity = fields.Float(
        default=CAPACITY, help="How many open tickets at once, as their channels weigh."
    )
    load = fields.Float(readonly=True, copy=False, help="What the open tickets weigh.")
    language_ids = fields.Many2many(
        "res.lang",
        string="Languages",
        context={"active_test": False},
        help="Without entry: the language of the agent's user interface.",
    )
    language_text = fields.Char("Speaks", compute="_compute_language_text")
    skill_text = fields.Char("Skills", compute="_compute_skill_text")
    last_assigned_at = fields.Datetime("Last given work", readonly=True, copy=False)
    away_since = fields.Datetime("Away since", readonly=True, copy=False)
    status = fields.Selection(
        [
            ("available", "Available"),
            ("full", "Full"),
            ("offline", "Offline"),
            ("off_hours", "Outside working hours"),
            ("absent", "Absent"),
        ],
        compute="_compute_status",
    )

    _user_unique = models.UniqueIndex("(user_id)", "This agent is listed already.")

    @api.constrains("capacity")
    def _check_capacity(self):
        for agent in self:
            if agent.capacity < 0:
                raise ValidationError(self.env._("A capacity can't be negative."))

    @api.depends("user_id.employee_ids")
    def _compute_skill_text(self):
        levels = self._skill_levels()
        skills = self.env["hr.skill"].browse(
            {s for each in levels.values() for s in each}
        )
        names = {skill.id: skill.name for skill in skills.sudo()}
        for agent in self:
            agent.skill_text = ", ".join(
                f"{names[skill]} {level}" for skill, level in levels[agent].items()
            )

    @api.depends("language_ids", "user_id.lang")
    @api.depends_context("lang")
    def _compute_language_text(self):
        for agent in self:
            names = ", ".join(agent._languages().mapped("name"))
            if names and not agent.language_ids:
                names = self.env._("%(language)s (user interface)", language=names)
            agent.language_text = names

    def _languages(self):
        """What the agent speaks: what is entered, else the user interface's."""
        if self.language_ids:
            return self.language_ids
        return self.env["res.lang"]._lang_get(self.user_id.sudo().lang)

    @api.depends("load", "capacity")
    def _compute_status(self):
        away = self._away(fields.Datetime.now())
        for agent in self:
            full = "full" if agent.load >= agent.capacity else "available"
            agent.status = away[agent] or full

    # ------------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        agents = super().create(vals_list)
        agents._recount()
        return agents

    @api.model
    def _of_users(self, users):
        """The rows of users, made where there is none."""
        everybody = self.with_context(active_test=False)
        known = everybody.search([("user_id", "in", users.ids)])
        if new := users - known.user_id:
            # ON CONFLICT: another process may make the same rows at this moment; then
            # this transaction is overtaken, and is done again
            rows = [
                SQL("(%s, %s, %s, true, 0)", user.id, user.company_id.id, CAPACITY)
                for user in new
            ]
            self.env.cr.execute(
                SQL(
                    """INSERT INTO social_routing_agent
                       (user_id, company_id, capacity, active, load)
                       VALUES %s ON CONFLICT DO NOTHING""",
                    SQL(", ").join(rows),
                )
            )
            made = everybody.search([("user_id", "in", new.ids)])
            made._recount()
            known |= made
        return known.filtered("active").with_env(self.env)

    def _recount(self):
        """Counts the load of these agents anew, with their rows locked."""
        agents = self.try_lock_for_update(allow_referencing=True)
        tickets = self.env["helpdesk.ticket"].sudo().with_context(active_test=False)
        tickets.search(
            Domain("load_agent_id", "in", agents.ids)
            | Domain("user_id", "in", agents.user_id.ids) & Domain("closed", "=", False)
        )._settle_load()
        tickets.flush_model(["load_agent_id", "load_weight"])
        counted = tickets._read_group(
            [("load_agent_id", "in", agents.ids)],
            ["load_agent_id"],
            ["load_weight:sum"],
        )
        loads = dict(counted)
        set_each(agents, [{"load": loads.get(agent, 0.0)} for agent in agents])

    @api.model
    def _cron_recount(self):
        """Every night: mends what a restored backup or a script may have left wrong."""
        domain = [("active", "in", (True, False))]
        self.search(domain)._recount()

    # ------------------------------------------------------------------
    # As the engine sees them
    # ------------------------------------------------------------------

    def _engine_agents(self, now):
        """These agents as the engine takes them; their keys are record ids."""
        away, levels = self._away(now), self._skill_levels()
        return [
            Agent(
                key=agent.id,
                capacity=agent.capacity,
                load=agent.load,
                away=away[agent],
                skills=levels[agent],
                languages=frozenset(
                    lang.iso_code.split("_")[0] for lang in agent._languages()
                ),
                last_assigned=(agent.last_assigned_at - EPOCH).total_seconds()
                if agent.last_assigned_at
                else NEVER,
            )
            for agent in self
        ]

    def _employees(self):
        """Agent → hr.employee, possibly empty."""
        found = self.env["hr.employee"].sudo()
        found = found.search([("user_id", "in", self.user_id.ids)])
        by_user = {employee.user_id: employee for employee in reversed(found)}
        return {agent: by_user.get(agent.user_id, found.browse()) for agent in self}

    def _skill_levels(self):
        """Agent → skill id → level 0–100."""
        employees = self._employees()
        today = fields.Date.context_today(self)
        lines = self.env["hr.employee.skill"].sudo()
        lines = lines.search_fetch(
            Domain("employee_id", "in", [e.id for e in employees.values() if e])
            & (Domain("valid_to", "=", False) | Domain("valid_to", ">=", today)),
            ["employee_id", "skill_id", "skill_level_id"],
        )
        levels = defaultdict(dict)
        for line in lines:
            known = levels[line.employee_id].get(line.skill_id.id, 0)
            levels[line.employee_id][line.skill_id.id] = max(known, line.level_progress)
        return {agent: levels.get(employees[agent], {}) for agent in self}

    def _away(self, now):
        """Agent → "" when at work, else "absent" | "off_hours" | "offline".

        Who has no working hours works always; presence is Odoo's own.
        """
        away, here = self._not_working(now), self._online()
        for agent in self:
            if agent.user_id.is_out_of_office:
                away[agent] = "absent"
            elif not away[agent] and agent.user_id not in here:
                away[agent] = "offline"
        return away

    def _online(self):
        """The users of these agents who are there."""
        present = (
            self.env["mail.presence"]
            .sudo()
            .search_fetch(
                [("user_id", "in", self.user_id.ids), ("status", "=", "online")],
                ["user_id"],
            )
        )
        return present.user_id.filtered(
            lambda u: u.manual_im_status not in ("away", "busy", "offline")
        )

    def _not_working(self, now):
        employees = self._employees()
        found = {agent: "" for agent in self}
        start = now.replace(tzinfo=timezone.utc)
        by_calendar = defaultdict(list)
        for agent, employee in employees.items():
            calendar = employee.resource_calendar_id
            if calendar and not calendar.flexible_hours and calendar.attendance_ids:
                by_calendar[calendar, employee.company_id.id].append(agent)
        for (calendar, company), agents in by_calendar.items():
            resources = self.env["resource.resource"].sudo()
            resources = resources.browse(
                employees[agent].resource_id.id for agent in agents
            )
            span = (start, start + MOMENT)
            hours = calendar.sudo()._attendance_intervals_batch(*span, resources)
            off = [("time_type", "=", "leave"), ("company_id", "in", [False, company])]
            leaves = calendar.sudo()._leave_intervals_batch(*span, resources, off)
            for agent in agents:
                resource = employees[agent].resource_id.id
                if not hours[resource]:
                    found[agent] = "off_hours"
                elif leaves[resource]:
                    found[agent] = "absent"
        return found

    def _note_absence(self, now):
        """Notes since when somebody is away. Who works outside the own hours is not."""
        away, here = self._away(now), self._online()
        for agent in self:
            if away[agent] == "off_hours" and agent.user_id in here:
                away[agent] = ""
        changed = self.filtered(lambda a: bool(away[a]) != bool(a.away_since))
        set_each(changed, [{"away_since": now if away[a] else None} for a in changed])
