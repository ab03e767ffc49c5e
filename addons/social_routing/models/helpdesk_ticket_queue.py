from collections import defaultdict

from psycopg2.extras import Json

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as OVERTAKEN

from odoo.addons.social_engagement.models.bulk import set_each

from ..engine import Demand, assign, taken, unassigned

BATCH = 200
ATTEMPTS = 5  # where another process was faster
QUEUE = "priority_score desc, first_response_due, queued_at, id"


class HelpdeskTicketTeam(models.Model):
    """The queue of a team, and who gets what is in it."""

    _inherit = "helpdesk.ticket.team"

    def _agents(self):
        return (
            self.env["social.routing.agent"]
            .sudo()
            ._of_users(self.user_ids.filtered("active"))
        )

    def _queue_domain(self):
        return [
            ("team_id", "in", self.ids),
            ("user_id", "=", False),
            ("closed", "=", False),
        ]

    # ------------------------------------------------------------------
    # Given
    # ------------------------------------------------------------------

    @api.model
    def _cron_assign(self):
        """Gives what waits to the agents of the teams that work so, and takes back from
        those who are away what waits for a reply, from those who left everything.
        """
        for model in ("helpdesk.ticket", "social.conversation"):
            self._retried(self.env[model]._return_unworkable)
        teams = self.search([("routing_mode", "!=", "manual")])
        progress = self.env["ir.cron"]._commit_progress
        progress(0, remaining=len(teams))
        for team in teams:
            team._retried(team._take_back)
            tried = self.env["helpdesk.ticket"]
            while team.routing_mode == "push":
                batch, goes_on = team._retried(team._assign_waiting, tried)
                tried |= batch
                if not (batch and goes_on):
                    break
                if not progress(0):
                    self.env.ref("social_routing.cron_assign")._trigger()
                    return
            progress(1)

    def _retried(self, unit, *arguments):
        """Does a unit of work, once more when another process was faster; commits."""
        for attempt in range(ATTEMPTS):
            try:
                result = unit(*arguments)
                self.env["ir.cron"]._commit_progress(0)
                return result
            except OVERTAKEN:
                self.env.cr.rollback()
                if attempt == ATTEMPTS - 1:
                    raise

    def _assign_waiting(self, tried):
        """Gives the most urgent waiting tickets of a team, one batch: a unit of work.

        The rows of the agents are locked first: their counters say what room there is,
        and nobody else gives them anything meanwhile.

        :param tried: tickets to pass over, nobody could take them just now
        :return: (the tickets tried, whether there is room for more)
        """
        now = fields.Datetime.now()
        tickets = self.env["helpdesk.ticket"].browse()
        agents = self._agents().try_lock_for_update(allow_referencing=True)
        engine_agents = agents._engine_agents(now)
        if not _room(engine_agents):
            return tickets, False
        waiting = tickets.search(
            [*self._queue_domain(), ("id", "not in", tried.ids)],
            order=QUEUE,
            limit=BATCH,
        ).try_lock_for_update(allow_referencing=True)
        waiting._age(now)
        waiting = waiting.sorted(lambda t: (-t.priority_score, t.id))
        given, decisions = {}, {}
        demands = waiting._demands()
        moment = now.timestamp()
        companies = {agent.id: agent.user_id.company_ids for agent in agents}
        working_in = {
            company: [a for a in engine_agents if company in companies[a.key]]
            for company in waiting.company_id
        }
        for ticket in waiting:
            assignment = assign(demands[ticket], working_in[ticket.company_id])
            if assignment.agent:
                decisions[ticket] = assignment
                moment += 1e-6  # so that those of one batch have an order
                assignment.agent.take(demands[ticket], moment)
                given[ticket] = agents.browse(assignment.agent.key)
        self.env["helpdesk.ticket"]._give(given, now, by_itself=True)
        _note(decisions)
        return waiting, _room(engine_agents)

    # ------------------------------------------------------------------
    # Taken
    # ------------------------------------------------------------------

    @api.model
    def action_take_next(self):
        """Gives the current user the most urgent ticket of the own teams that the user
        can take, and opens it.
        """
        user, now = self.env.user, fields.Datetime.now()
        teams = self._sharing_out(user)
        if not teams:
            raise UserError(
                self.env._("You are in no team whose work is shared out by priority.")
            )
        agent = self.env["social.routing.agent"].sudo()._of_users(user)
        if not agent.try_lock_for_update(allow_referencing=True):
            raise UserError(
                self.env._(
                    "Work is being given to you right now. Look at your tickets."
                )
            )
        [engine_agent] = agent._engine_agents(now)
        engine_agent.away = ""  # the user is there, and asks
        # A team may be of all companies, its members are not.
        here = [("company_id", "in", self.env.companies.ids)]
        waiting = (
            self.env["helpdesk.ticket"]
            .sudo()
            .search([*teams._queue_domain(), *here], order=QUEUE, limit=BATCH)
        )
        demands = waiting._demands()
        refused = None
        for ticket in waiting:
            assignment = assign(demands[ticket], [engine_agent])
            if not assignment.agent:
                [(_key, reason)] = assignment.considered
                refused = refused or reason
                continue
            if ticket.try_lock_for_update(allow_referencing=True):
                others = ticket.team_id._agents() - agent
                others = others.filtered(
                    lambda a, own=ticket.company_id: own in a.user_id.company_ids
                )._engine_agents(now)
                ticket._give({ticket: agent}, now)
                _note({ticket: taken(demands[ticket], engine_agent, others)})
                return ticket.with_env(self.env).get_formview_action()
        if not refused:
            raise UserError(self.env._("Nobody waits. Well done!"))
        raise UserError(
            self.env._(
                "%(waiting)s wait, none of them for %(agent)s, who %(reason)s.",
                waiting=len(waiting),
                agent=user.name,
                reason=self.env["social.routing.case"]._refusal_words(refused),
            )
        )


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    queue_note = fields.Char(
        "Why it waits", compute="_compute_queue_note", groups="base.group_user"
    )

    @api.depends("user_id", "team_id", "stage_id", "active", "routing_case_id")
    @api.depends_context("lang")
    def _compute_queue_note(self):
        words = self.env["social.routing.case"]._missing_sentence
        standing = self.sudo()._standing()
        for ticket in self:
            stands = standing.get(ticket)
            ticket.queue_note = stands and words(stands.missing)

    def _standing(self):
        """How it stands right now with those of these tickets that wait to be shared
        out: ticket → :class:`Assignment` without agent.

        It is looked up on reading: who is there and has room changes by the minute, for
        all that wait at once. Nothing is said of a team before the job listed its new
        members.
        """
        waiting = self.filtered(
            lambda t: (
                t.id
                and t.active
                and not (t.user_id or t.closed)
                and (t.team_id.routing_mode or "manual") != "manual"
            )
        )
        if not waiting:
            return {}
        members = waiting.team_id.user_ids.filtered("active")
        rows = self.env["social.routing.agent"].with_context(active_test=False)
        rows = rows.search([("user_id", "in", members.ids)])
        listed, working = rows.user_id, rows.filtered("active")
        engine_agents = working._engine_agents(fields.Datetime.now())
        of_user = dict(zip(working.user_id, engine_agents, strict=True))
        demands, standing = waiting._demands(), {}
        by_place = waiting.grouped(lambda t: (t.team_id, t.company_id))
        for (team, company), tickets in by_place.items():
            users = (team.user_ids & members).filtered(
                lambda u, own=company: own in u.company_ids
            )
            agents = [of_user[user] for user in users if user in of_user]
            if users <= listed:
                for ticket in tickets:
                    standing[ticket] = unassigned(demands[ticket], agents)
        return standing

    def _give(self, given, now, by_itself=False):
        """Gives tickets to agents whose rows are locked.

        :param given: ticket → social.routing.agent
        :param by_itself: whether nobody asked for them
        """
        if not given:
            return
        tickets = self.browse(ticket.id for ticket in given)
        set_each(
            tickets,
            [
                {
                    "user_id": given[ticket].user_id.id,
                    "assigned_date": now,
                    "auto_assigned_at": now if by_itself else None,
                }
                for ticket in tickets
            ],
        )
        # An agent of the team: helpdesk would look for team and stage of each anew.
        settled = [self._fields[name] for name in ("user_id", "team_id", "stage_id")]
        with self.env.protecting(settled, tickets):
            tickets.modified(["user_id"])
        tickets.sudo().conversation_ids._announce()
        tickets._settle_load()
        agents = self.env["social.routing.agent"].browse(
            dict.fromkeys(agent.id for agent in given.values())
        )
        set_each(agents, [{"last_assigned_at": now}] * len(agents))
        own = defaultdict(tickets.browse)
        for ticket in tickets:
            own[given[ticket]] |= ticket
        tickets._followed_by({agent.user_id: own[agent] for agent in agents})
        for agent in agents:
            env = self.with_context(lang=agent.user_id.lang).env
            agent.user_id._bus_send(
                "simple_notification",
                {
                    "type": "info",
                    "title": env._("New work"),
                    "message": ", ".join(own[agent][:5].mapped("display_name")),
                },
            )

    def _followed_by(self, own):
        """What message_subscribe does, for many users with other tickets each at once.

        :param own: internal user → the tickets that user follows from now on
        """
        followers = self.env["mail.followers"].sudo()
        pairs = {(t.id, u.partner_id.id) for u, tickets in own.items() for t in tickets}
        known = followers.search_fetch(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)],
            ["res_id", "partner_id"],
        )
        pairs -= {(follower.res_id, follower.partner_id.id) for follower in known}
        subtypes, _internal, _external = self.env[
            "mail.message.subtype"
        ].default_subtypes(self._name)
        followers.create(
            [
                {
                    "res_model": self._name,
                    "res_id": ticket_id,
                    "partner_id": partner_id,
                    "subtype_ids": [Command.set(subtypes.ids)],
                }
                for ticket_id, partner_id in sorted(pairs)
            ]
        )

    def _demands(self):
        """What each ticket asks of the one who takes it: ticket → :class:`Demand`."""
        social = self.env["ir.model.data"]._xmlid_to_res_id(
            "social_routing.skill_social_media"
        )
        known = self._known_agents()
        demands = {}
        for ticket in self:
            case = ticket.routing_case_id
            demands[ticket] = Demand(
                weight=ticket.channel_id.routing_weight or 1.0,
                required=dict(map(tuple, case._ruled("required_skills", []))),
                preferred=dict(map(tuple, case._ruled("preferred_skills", []))),
                language=case.language or None,
                language_required=bool(
                    case.language and case._ruled("language_required")
                ),
                social_skill=social if case.source == "social" else None,
                influence=case.influence,
                known_agent=known.get(ticket),
            )
        return demands

    def _known_agents(self):
        """Who looked after the same customer last: ticket → id of the agent's row."""
        found = self.env["helpdesk.ticket"]._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("user_id", "!=", False),
                ("id", "not in", self.ids),
            ],
            ["partner_id", "user_id"],
            ["id:max"],
            order="id:max",
        )
        last = {partner: user for partner, user, _latest in found}
        users = self.env["res.users"].union(*last.values())
        rows = self.env["social.routing.agent"].search([("user_id", "in", users.ids)])
        row_of = {row.user_id: row.id for row in rows}
        return {
            ticket: row_of.get(last.get(ticket.partner_id))
            for ticket in self
            if ticket.partner_id
        }


def _room(agents):
    return any(not agent.away and agent.load < agent.capacity for agent in agents)


def _note(decisions):
    """Keeps who got tickets and who else was considered, on their cases.

    :param decisions: ticket → :class:`Assignment`
    """
    cases, values = [], []
    for ticket, assignment in decisions.items():
        noted = {
            "agent": assignment.agent.key,
            "why": list(assignment.why),
            "considered": [[key, *reason] for key, reason in assignment.considered],
        }
        case = ticket.routing_case_id
        if case and case.assignment != noted:
            cases.append(case.id)
            values.append({"assignment": Json(noted)})
    if cases:
        set_each(ticket.routing_case_id.browse(cases), values)
