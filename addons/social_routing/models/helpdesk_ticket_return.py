from odoo import api, fields, models

from odoo.addons.social_engagement.models.social_conversation_waiting import TO_DO

WORKS = "helpdesk_mgmt.group_helpdesk_user_own"  # on tickets at all
ANSWERS = "social_engagement.group_social_user"
DONE = ("solved", "no_action")


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    def _take_back(self):
        """Takes back from agents who are away what waits for a reply, if it was given
        to them by itself: what they took, or somebody gave them, is theirs. Only
        working time counts, since agents were away and had the ticket.
        """
        now = fields.Datetime.now()
        agents = self._agents()
        agents._note_absence(now)
        if not self.release_minutes:
            return
        since = fields.Datetime.subtract(now, minutes=self.release_minutes)
        gone = agents.filtered(lambda a: a.away_since and a.away_since <= since)
        away_since = {agent.user_id: agent.away_since for agent in gone}
        tickets = self.env["helpdesk.ticket"].search(
            [
                ("team_id", "=", self.id),
                ("user_id", "in", gone.user_id.ids),
                ("auto_assigned_at", "<=", since),
                ("closed", "=", False),
                "|",
                ("waiting_since", "=", False),
                # answered in one place, asked in another
                "&",
                ("stage_id.waits_for_customer", "=", False),
                ("conversation_ids.state", "in", TO_DO),
            ]
        )
        least = self.release_minutes * 60
        lost = tickets.filtered(
            lambda t: (
                t._worked_since(max(t.auto_assigned_at, away_since[t.user_id]), now)
                >= least
            )
        )
        lost._return_to_queue(
            lambda env, user: env._(
                "Taken back from %(agent)s, who is away, while the customer waits.",
                agent=user.name,
            )
        )

    def write(self, vals):
        before = {}
        if "user_ids" in vals:
            before = {team: team.user_ids for team in self}
        res = super().write(vals)
        self._forget_members(vals)
        for team, users in before.items():
            (users - team.user_ids)._leave_teams(team)
        return res


class HelpdeskTicket(models.Model):
    """Tickets go back to the queue: from agents who are away, and from those who can't
    work on them any more.
    """

    _inherit = "helpdesk.ticket"

    auto_assigned_at = fields.Datetime(
        "Assigned automatically at",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="When routing gave it to its agent; empty: the agent took it, or somebody "
        "gave it to the agent.",
    )

    def _worked_since(self, moment, now):
        """Seconds of working time since a moment, by the hours of the ticket's policy,
        else of its company: outside of them no customer waits.
        """
        calendar = self.response_policy_id._calendar(self.company_id)
        return calendar._worktime(self.company_id, now, moment).between(moment, now)

    def _can_be_worked_on_by(self, user):
        """Whether a user may work on a ticket of this company at all."""
        return (
            user.active
            and not user.share
            and self.company_id in user.company_ids
            and user.has_group(WORKS)
        )

    @api.model
    def _return_unworkable(self, domain=()):
        """Open tickets of agents who were archived, lost the right to work on tickets,
        or left the company go back to the queue.

        :param domain: of the tickets to look at
        """
        pairs = self.sudo()._read_group(
            [*domain, ("user_id", "!=", False), ("closed", "=", False)],
            ["user_id", "company_id"],
            ["id:recordset"],
        )
        for user, _company, tickets in pairs:
            if not tickets[:1]._can_be_worked_on_by(user):
                tickets._leave_agent()

    def _leave_the_gone(self):
        """Opened again: who had these tickets may have left since they were closed."""
        self.sudo().filtered(
            lambda t: t.user_id and not t._is_still_with(t.user_id)
        )._leave_agent()

    def _is_still_with(self, user):
        members = self.team_id.user_ids
        return self._can_be_worked_on_by(user) and (not members or user in members)

    def _leave_agent(self):
        self._return_to_queue(
            lambda env, user: env._(
                "Back in the queue: %(agent)s can't work on it any more.",
                agent=user.name,
            )
        )

    def _return_to_queue(self, sentence):
        """Takes tickets from their agents; how long they have waited is kept.

        :param sentence: environment in the reader's language, the agent → why
        """
        for ticket in self:
            language = ticket.company_id.partner_id.lang
            env = ticket.with_context(lang=language).env
            ticket._message_log(body=sentence(env, ticket.user_id))
        self.with_context(tracking_disable=True).write({"user_id": False})


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    @api.model
    def _return_unworkable(self, domain=()):
        """The same of open conversations that are worked on by themselves."""
        alone = [("ticket_id", "=", False), ("lead_id", "=", False)]
        pairs = self.sudo()._read_group(
            [*domain, *alone, ("user_id", "!=", False), ("state", "not in", DONE)],
            ["user_id", "company_id"],
            ["id:recordset"],
        )
        for user, company, conversations in pairs:
            able = user.active and company in user.company_ids
            if not (able and user.has_group(ANSWERS)):
                conversations.user_id = False


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        teams = {}
        if "helpdesk_team_ids" in vals:
            teams = {user: user.helpdesk_team_ids for user in self}
        res = super().write(vals)
        for user, before in teams.items():
            user._leave_teams(before - user.helpdesk_team_ids)
            before._forget_members({"user_ids": None})
        if {"active", "group_ids", "company_ids"} & vals.keys():
            for model in ("helpdesk.ticket", "social.conversation"):
                self.env[model]._return_unworkable([("user_id", "in", self.ids)])
        return res

    def _leave_teams(self, teams):
        """These users are in these teams no more: what they had there is the team's."""
        if self and teams:
            tickets = self.env["helpdesk.ticket"].sudo()
            mine = [("user_id", "in", self.ids), ("team_id", "in", teams.ids)]
            tickets.search([*mine, ("closed", "=", False)])._leave_agent()
