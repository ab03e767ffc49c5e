from collections import defaultdict
from datetime import datetime, timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from odoo.addons.social_engagement.models.bulk import set_each

from ..engine import aged, waited_until
from ..engine.clock import AT_RISK, MISSED, RUNNING
from .helpdesk_ticket_clock import CLOCKS
from .social_routing_case import stars_for

SLICE = 1000
FEW = 3  # targets a user hears of one by one
STEP = 0.5  # points of the priority
LONGEST = timedelta(hours=6)  # until a ticket that waits is looked at again
NEVER = datetime(2999, 12, 31)
MANAGER = "social_engagement.group_social_manager"


class HelpdeskTicket(models.Model):
    """What happens to tickets as time goes by: the priority of what waits grows, and
    what is at risk or missed is escalated.
    """

    _inherit = "helpdesk.ticket"

    rises_at = fields.Datetime(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="When its priority has to be looked at again; empty: now.",
    )

    _rises = models.Index("(rises_at)")

    @api.model
    def _cron_clocks(self):
        """Says what is at risk or missed, escalates it, and lets the priority of what
        waits grow. Only tickets that are due to change are looked at.
        """
        now = fields.Datetime.now()
        progress = self.env["ir.cron"]._commit_progress
        for name in CLOCKS:
            self._tick(name, now)
        self._stop_ageing()
        progress(0)
        targets = [(t, name) for name in CLOCKS for t in self._to_escalate(name)]
        for start in range(0, len(targets), SLICE):
            self._escalate(targets[start : start + SLICE], now)
            if not progress(0):
                return
        rising = self.search(
            [
                ("closed", "=", False),
                ("standing_score", ">", 0),
                "|",
                ("rises_at", "=", False),
                ("rises_at", "<=", now),
            ]
        )
        for start in range(0, len(rising), SLICE):
            rising[start : start + SLICE]._age(now)
            if not progress(0):
                return

    @api.model
    def _stop_ageing(self):
        """What is closed is looked at no more, until it is opened."""
        self.flush_model(["rises_at", "stage_id"])
        self.env.cr.execute(
            SQL(
                """UPDATE helpdesk_ticket t SET rises_at = %s
                     FROM helpdesk_ticket_stage s
                    WHERE s.id = t.stage_id AND s.closed AND t.rises_at IS NULL""",
                NEVER,
            )
        )
        self.invalidate_model(["rises_at"], flush=False)

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
            waited = ticket._waited(now)
            score = round(aged(ticket.standing_score, waited), 1)
            stars = ticket.priority
            if abs(score - ticket.priority_score) >= 0.1:
                changed += ticket
                stars = ticket._risen_stars(score)
            else:
                score = ticket.priority_score
            values.append(
                {
                    "priority_score": score,
                    "priority": stars or None,
                    "rises_at": ticket._next_rise(waited, now),
                }
            )
        set_each(self, values)
        changed.modified(["priority_score", "priority"])

    def _next_rise(self, waited, now):
        """When the priority will have grown so much that it matters.

        :param waited: working time waited ÷ the target
        """
        then = waited_until(self.standing_score, waited, STEP)
        if self.waiting_since or then is None:
            return NEVER
        seconds = max(1.0, (then - waited) * self._target())
        calendar = self.response_policy_id._calendar(self.company_id)
        worktime = calendar._worktime_reaching(self.company_id, now, seconds)
        latest = now + LONGEST  # targets and working hours may change
        return min(latest, worktime.due(now, seconds)) if worktime else latest

    def _target(self):
        """Seconds of working time after which it has waited as long as it may."""
        for name in CLOCKS:
            target = self.response_policy_id[f"{name}_hours"] * 3600
            if target > 0 and self[f"{name}_due"] and not self[f"{name}_at"]:
                return target
        return (self.team_id.usual_hours or 8) * 3600

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

    @api.model
    def _escalate(self, targets, now):
        """Does what the policies say, once for each target; again later when nobody
        could be told. Who would hear of many at once hears of them in one notice.

        :param targets: list of (ticket, name of the clock)
        """
        calls = [(t, name, *t._called(name, now)) for t, name in targets]
        heard = defaultdict(list)
        for ticket, name, reminded, told in calls:
            for user in reminded | told:
                heard[user].append((ticket, name))
        many = self.env["res.users"].union(
            *(user for user, own in heard.items() if len(own) > FEW)
        )
        for ticket, name, reminded, told in calls:
            ticket._remind(name, reminded - many)
            ticket._tell(name, told - many)
        for user in many:
            self._tell_of_many(user, heard[user])

    def _called(self, name, now):
        """Moves the ticket where its policy wants it, and finds who is to hear of a
        target.

        :return: users to be reminded, users to be told
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
        tells = policy.escalate_activity or policy.escalate_leader
        if reminded or told or (moved and not tells):
            self[f"{name}_escalated_at"] = now
        return reminded, told

    def _remind(self, name, users):
        for user in users:
            summary, _sentence = self._escalation(name, user)
            self._read_by(user).activity_schedule(
                "mail.mail_activity_data_todo", user_id=user.id, summary=summary
            )

    def _tell(self, name, users):
        alike = users.grouped(lambda user: (self._read_by(user), user.lang, user.tz))
        for (thread, lang, _tz), readers in alike.items():
            summary, sentence = self._escalation(name, readers[0])
            thread.with_context(lang=lang).message_notify(
                partner_ids=readers.partner_id.ids, subject=summary, body=sentence
            )

    @api.model
    def _tell_of_many(self, user, targets):
        """One notice of many targets, each with a link to where the user reads it."""
        env = self.with_context(lang=user.lang).env
        lines = [
            Markup("<li>%s %s</li>")
            % (ticket._read_by(user)._get_html_link(title=ticket.number), summary)
            for ticket, name in targets
            for summary, _sentence in [ticket._escalation(name, user)]
        ]
        self.env["mail.thread"].with_context(lang=user.lang).message_notify(
            partner_ids=user.partner_id.ids,
            subject=env._("%s targets are at risk or missed", len(targets)),
            body=Markup("<ul>%s</ul>") % Markup().join(lines),
        )

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
