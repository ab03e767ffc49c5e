from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from odoo.addons.social_engagement.models.bulk import set_each

from ..engine import aged
from ..engine.clock import (
    AT_RISK,
    MISSED,
    PAUSED,
    RUNNING,
    Clock,
    finish,
    pause,
    resume,
)
from .social_routing_case import stars_for

STATES = [
    (RUNNING, "On time"),
    (AT_RISK, "At risk"),
    (PAUSED, "Waits for the customer"),
    (MISSED, "Missed"),
    ("met", "Met"),
]
CLOCKS = ("first_response", "resolution")
SLICE = 1000
MANAGER = "social_engagement.group_social_manager"
DECIDED = {"readonly": True, "copy": False, "groups": "base.group_user"}


def _state(label):
    return fields.Selection(STATES, label, index=True, **DECIDED)


def _moment(label):
    return fields.Datetime(label, **DECIDED)


class HelpdeskTicket(models.Model):
    """The clocks of a ticket's response policy, and what they do to its priority."""

    _inherit = "helpdesk.ticket"

    response_policy_id = fields.Many2one(
        "social.response.policy", ondelete="set null", **DECIDED
    )
    first_response_due = _moment("First answer due")
    first_response_warn = _moment("First answer at risk from")
    first_response_at = _moment("First answer")
    first_response_state = _state("First answer in time")
    first_response_escalated_at = _moment("First answer escalated")
    resolution_due = _moment("Due")
    resolution_warn = _moment("At risk from")
    resolution_at = _moment("Solved")
    resolution_state = _state("Solved in time")
    resolution_escalated_at = _moment("Solution escalated")
    waiting_since = _moment("Waits for the customer since")

    _running_first = models.Index(
        "(first_response_due) WHERE first_response_state IN ('running', 'at_risk')"
    )
    _running_resolution = models.Index(
        "(resolution_due) WHERE resolution_state IN ('running', 'at_risk')"
    )

    # ------------------------------------------------------------------
    # Start, stop, stand still
    # ------------------------------------------------------------------

    @api.model
    def _clock_values(self, policy, company):
        """The values of a ticket whose clocks start now."""
        now = fields.Datetime.now()
        values = {"response_policy_id": policy.id}
        for name in CLOCKS:
            ticking = policy and policy._clock(company, now, policy[f"{name}_hours"])
            if ticking:
                values |= _values(name, ticking, now)
        return values

    def _clock(self, name):
        """A clock of the ticket, None when it has none."""
        due = self[f"{name}_due"]
        return due and Clock(
            due,
            self[f"{name}_warn"] or due,
            self.waiting_since or None,
            self[f"{name}_at"] or None,
        )

    def _set_clocks(self, change, now):
        """Values after a change of the clocks.

        :param change: name of the clock and :class:`Clock` → :class:`Clock`
        """
        values = {}
        for name in CLOCKS:
            if ticking := self._clock(name):
                values |= _values(name, change(name, ticking), now)
        return values

    def _answered(self):
        """The customer was answered and is waited for."""
        now = fields.Datetime.now()
        for ticket in self.sudo():

            def change(name, ticking):
                if name == "first_response":
                    return finish(ticking, now)
                return pause(ticking, now)

            values = ticket._set_clocks(change, now)
            values["first_response_at"] = min(ticket.first_response_at or now, now)
            values["waiting_since"] = ticket.waiting_since or now
            ticket.write(values)

    def _answered_later(self, moment):
        """The first answer was given for a later moment, and counts from then on."""
        now = fields.Datetime.now()
        for ticket in self.sudo():
            ticket.first_response_at = moment
            ticket.write(ticket._set_clocks(lambda _name, c: c, now))

    def _not_answered(self, since):
        """An answer given at a moment was undone or not sent: the first one is due
        still.
        """
        now = fields.Datetime.now()
        for ticket in self.sudo():
            if ticket.first_response_at and ticket.first_response_at >= since:
                ticket.first_response_at = False
                ticket.write(ticket._set_clocks(lambda _name, c: c, now))

    def _wait_for_customer(self):
        """Without answer the customer is waited for: a stage says so."""
        now = fields.Datetime.now()
        for ticket in self.sudo().filtered(lambda t: not t.waiting_since):
            values = ticket._set_clocks(lambda _name, c: pause(c, now), now)
            ticket.write(values | {"waiting_since": now})

    def _customer_is_back(self):
        """The customer has written, or nobody is waited for any more."""
        now = fields.Datetime.now()
        waiting = self.sudo().filtered(lambda t: t.waiting_since and not t.closed)
        for ticket in waiting:
            worktime = ticket._worktime_since_the_wait(now)
            values = ticket._set_clocks(
                lambda _name, c, w=worktime: resume(c, w, now), now
            )
            ticket.write(values | {"waiting_since": False})

    def _worktime_since_the_wait(self, now):
        """Working time from the beginning of the wait to whatever is left behind it."""
        policy, since = self.response_policy_id, self.waiting_since
        most = max(policy.first_response_hours, policy.resolution_hours) * 3600
        calendar = policy._calendar(self.company_id)
        reaching = calendar._worktime_reaching(self.company_id, now, most, since)
        return reaching or calendar._worktime(self.company_id, now, since)

    def _message_post_after_hook(self, message, msg_values):
        res = super()._message_post_after_hook(message, msg_values)
        if message.message_type in ("email", "comment"):
            if message.author_id.partner_share or not message.author_id:
                self._customer_is_back()
            elif not (message.is_internal or message.subtype_id.internal):
                self._answered()
        return res

    def write(self, vals):
        waiting = self.sudo().filtered("stage_id.waits_for_customer")
        res = super().write(vals)
        if "stage_id" in vals:
            now_waiting = self.sudo().filtered("stage_id.waits_for_customer")
            (now_waiting - waiting)._wait_for_customer()
            (waiting - now_waiting)._customer_is_back()
        return res

    def _solved(self):
        now = fields.Datetime.now()
        for ticket in self.sudo():
            values = ticket._set_clocks(lambda _name, c: finish(c, now), now)
            ticket.write(values | {"resolution_at": now})

    def _unsolved(self):
        """Open again: the time it was closed counts for nobody."""
        now = fields.Datetime.now()
        for ticket in self.sudo():
            ticket.write({"resolution_at": False, "waiting_since": False})
            policy = ticket.response_policy_id
            fresh = policy and policy._clock(
                ticket.company_id, now, policy.resolution_hours
            )
            if fresh:
                values = _values("resolution", fresh, now)
                ticket.write(values | {"resolution_escalated_at": False})

    # ------------------------------------------------------------------
    # As time goes by
    # ------------------------------------------------------------------

    @api.model
    def _cron_clocks(self):
        """Says what is at risk or missed, escalates it, and lets the priority of what
        waits grow.
        """
        now = fields.Datetime.now()
        progress = self.env["ir.cron"]._commit_progress
        for name in CLOCKS:
            self._tick(name, now)
        progress(0)
        for name in CLOCKS:
            for ticket in self._to_escalate(name):
                ticket._escalate(name, now)
                if not progress(1):
                    return
        waiting = self.search([("closed", "=", False), ("standing_score", ">", 0)])
        for start in range(0, len(waiting), SLICE):
            waiting[start : start + SLICE]._age(now)
            if not progress(0):
                return

    @api.model
    def _tick(self, name, now):
        self.flush_model()
        due, warn, state = (
            SQL.identifier(f"{name}_{part}") for part in ("due", "warn", "state")
        )
        for before, after, column in (
            ((RUNNING,), AT_RISK, warn),
            ((RUNNING, AT_RISK), MISSED, due),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE helpdesk_ticket SET %s = %s WHERE %s IN %s AND %s < %s",
                    *(state, after, state, before, column, now),
                )
            )
        self.invalidate_model([f"{name}_state"])

    def _age(self, now):
        """Lets the priority grow with the time waited, and the stars with it."""
        changed, values = self.browse(), []
        for ticket in self:
            score = round(aged(ticket.standing_score, ticket._waited(now)), 1)
            if abs(score - ticket.priority_score) >= 0.1:
                changed += ticket
                stars = ticket._risen_stars(score)
                values.append({"priority_score": score, "priority": stars or None})
        set_each(changed, values)
        changed.modified(["priority_score", "priority"])

    def _risen_stars(self, score):
        """The stars when the score becomes this. They rise where it passes a step, so
        that those somebody set by hand stay until then, and are never lowered.
        """
        reached = stars_for(score)
        if self.team_id.routing_mode == "manual" or reached <= stars_for(
            self.priority_score
        ):
            return self.priority
        return max(reached, self.priority or "0")

    def _waited(self, now):
        """Working time waited ÷ the target; not that while the customer is asked."""
        policy, now = self.response_policy_id, self.waiting_since or now
        calendar = policy._calendar(self.company_id)
        for name in CLOCKS:
            ticking, target = self._clock(name), policy[f"{name}_hours"] * 3600
            if not ticking or ticking.done_at or target <= 0:
                continue
            due = ticking.due_at
            if due < now:
                worktime = calendar._worktime(self.company_id, now, due)
                return 1 + worktime.between(due, now) / target
            worktime = calendar._worktime_reaching(self.company_id, now, target)
            left = worktime.between(now, due) if worktime else target
            return max(0.0, 1 - left / target)
        since = min(self.queued_at or now, now)
        worktime = calendar._worktime(self.company_id, now, since)
        return worktime.between(since, now) / ((self.team_id.usual_hours or 8) * 3600)

    # ------------------------------------------------------------------
    # At risk, or missed
    # ------------------------------------------------------------------

    @api.model
    def _to_escalate(self, name):
        return self.search(
            [
                (f"{name}_state", "in", (AT_RISK, MISSED)),
                (f"{name}_escalated_at", "=", False),
                (f"{name}_at", "=", False),
                ("waiting_since", "=", False),
                ("closed", "=", False),
            ]
        )

    def _escalate(self, name, now):
        """Does what the policy says, once for each target; again later when nobody
        could be told.
        """
        policy = self.response_policy_id
        agent, leader = self.user_id, self.team_id.user_id
        team = policy.escalate_team_id._able(self.company_id) or self.team_id
        if moved := team != self.team_id:
            self.team_id = team
        reminded = told = self.env["res.users"]
        if policy.escalate_activity:
            reminded = self._reachable(agent) or self._reachable(leader)
            if not reminded:
                told = self._stand_ins()
        if policy.escalate_leader:
            told |= self._reachable(leader) or self._stand_ins()
        for user in reminded:
            summary, _sentence = self._escalation(name, user)
            self._read_by(user).activity_schedule(
                "mail.mail_activity_data_todo", user_id=user.id, summary=summary
            )
        alike = told.grouped(lambda user: (self._read_by(user), user.lang, user.tz))
        for (thread, lang, _tz), users in alike.items():
            summary, sentence = self._escalation(name, users[0])
            thread.with_context(lang=lang).message_notify(
                partner_ids=users.partner_id.ids, subject=summary, body=sentence
            )
        tells = policy.escalate_activity or policy.escalate_leader
        if reminded or told or (moved and not tells):
            self[f"{name}_escalated_at"] = now

    def _escalation(self, name, user):
        """What is said of a target in a user's language and time: a few words, and a
        sentence.
        """
        env = self.with_context(lang=user.lang).env
        tz = user.tz or self.response_policy_id._calendar(self.company_id).tz
        due = format_datetime(env, self[f"{name}_due"], tz=tz, dt_format="short")
        told = {"number": self.number, "due": due}
        first = name == "first_response"
        if self[f"{name}_state"] == MISSED:
            summary = (
                env._("%(number)s: the first answer missed its target", **told)
                if first
                else env._("%(number)s: the solution missed its target", **told)
            )
            return summary, env._("Ticket %(number)s was due at %(due)s.", **told)
        summary = (
            env._("%(number)s: the first answer is due soon", **told)
            if first
            else env._("%(number)s: the solution is due soon", **told)
        )
        return summary, env._("Ticket %(number)s is due at %(due)s.", **told)

    def _stand_ins(self):
        """Who is told where nobody is in charge: the team, else the managers."""
        managers = self.env.ref(MANAGER).all_user_ids
        return self._reachable(self.team_id.user_ids) or self._reachable(managers)

    def _reachable(self, users):
        return users.filtered(
            lambda u: u.active and not u._is_superuser() and self._read_by(u)
        )

    def _read_by(self, user):
        """Where a user reads about the ticket: here, else in its conversation; the
        empty one where the user may see neither.
        """
        if self.with_user(user).has_access("read"):
            return self
        conversations = self.conversation_ids.with_user(user)
        return conversations._filtered_access("read").with_env(self.env)[:1]


def _values(name, ticking, now):
    return {
        f"{name}_due": ticking.due_at.replace(microsecond=0),
        f"{name}_warn": ticking.warn_at.replace(microsecond=0),
        f"{name}_at": ticking.done_at or False,
        f"{name}_state": ticking.state(now),
    }
