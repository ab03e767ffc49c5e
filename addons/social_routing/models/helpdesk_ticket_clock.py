from dataclasses import replace
from functools import partial

from odoo import api, fields, models

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

UNANSWERED = "unanswered"
STATES = [
    (RUNNING, "On time"),
    (AT_RISK, "At risk"),
    (PAUSED, "Waits for the customer"),
    (MISSED, "Missed"),
    ("met", "Met"),
    (UNANSWERED, "Closed without reply"),
]
CLOCKS = ("first_response", "resolution")
PARTS = ("due", "warn", "at", "state", "escalated_at")
DECIDED = {"readonly": True, "copy": False, "groups": "base.group_user"}


def _state(label):
    return fields.Selection(STATES, label, index=True, **DECIDED)


def _moment(label):
    return fields.Datetime(label, **DECIDED)


class HelpdeskTicket(models.Model):
    """The clocks of a ticket's response policy: when they start, stand still, stop."""

    _inherit = "helpdesk.ticket"

    response_policy_id = fields.Many2one(
        "social.response.policy", ondelete="set null", **DECIDED
    )
    first_response_due = _moment("First Response Due")
    first_response_warn = _moment("First Response at Risk From")
    first_response_at = _moment("First Response")
    first_response_state = _state("First Response on Time")
    first_response_escalated_at = _moment("First Response Escalated")
    resolution_due = _moment("Due")
    resolution_warn = _moment("At Risk From")
    resolution_at = _moment("Resolved")
    resolution_state = _state("Resolved on Time")
    resolution_escalated_at = _moment("Resolution Escalated")
    waiting_since = _moment("Waiting on Customer Since")

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

    @api.model
    def _clock_fields(self):
        """The names of the fields that hold the state of a ticket's clocks: the policy,
        what is due, at risk, done, escalated, and since when the customer is waited
        for. All are stored and plain, none is computed.

        Who undoes a change of a ticket keeps :meth:`_clock_snapshot` before it and
        hands it to :meth:`_restore_clocks` afterwards, when stage, assignee and state
        of the conversation are what they were: those move the clocks.
        """
        parts = [f"{name}_{part}" for name in CLOCKS for part in PARTS]
        return ["response_policy_id", *parts, "waiting_since"]

    def _clock_snapshot(self):
        """The clocks as they are now.

        :return: ticket id → field of :meth:`_clock_fields` → value that JSON can keep
            (moments in UTC as "YYYY-MM-DD HH:MM:SS", ids, False for none)
        """
        names = self._clock_fields()
        kept = {}
        for ticket in self.sudo():
            values = {name: ticket[name] for name in names}
            for name, value in values.items():
                if self._fields[name].type == "datetime":
                    values[name] = fields.Datetime.to_string(value) or False
                elif self._fields[name].type == "many2one":
                    values[name] = value.id
            kept[ticket.id] = values
        return kept

    def _restore_clocks(self, kept):
        """Sets the clocks to what they were, as if nothing had happened since: the time
        that passed counts.

        :param kept: what :meth:`_clock_snapshot` said; keys may be text, as in JSON
        """
        now = fields.Datetime.now()
        policies = self.env["social.response.policy"].sudo()
        kept = {int(key): values for key, values in kept.items()}
        for ticket in self.sudo().filtered(lambda t: t.id in kept):
            values = dict(kept[ticket.id])
            policy = policies.browse(values["response_policy_id"] or []).exists()
            ticket.write(values | {"response_policy_id": policy.id})
            ticket.write(ticket._set_clocks(lambda _name, c: c, now))

    def _clock(self, name):
        """A clock of the ticket, None when it has none."""
        due = self[f"{name}_due"]
        paused_at = self.waiting_since
        if name == "first_response":  # nobody waits for a reply while it is closed
            paused_at = paused_at or self.resolution_at
        return due and Clock(
            due,
            self[f"{name}_warn"] or due,
            paused_at or None,
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
        if self.resolution_at:
            _close_unanswered(values)
        return values

    def _answered(self, moment=None):
        """A reply reached the customer, who is waited for now.

        :param moment: when it does, naive UTC, not before now; None: now. The earliest
            is the first reply.
        """
        now = fields.Datetime.now()
        moment = moment or now
        for ticket in self.sudo():
            worktime = ticket._worktime_since_pause(now)
            values = ticket._set_clocks(partial(_reply, worktime, now, moment), now)
            first = ticket.first_response_at or moment
            values["first_response_at"] = min(first, moment)
            values["waiting_since"] = ticket.waiting_since or now
            ticket.write(values)

    def _not_answered(self, since):
        """A reply given at a moment was undone or did not reach the customer: the first
        one is whichever did since, else it is due still.
        """
        now = fields.Datetime.now()
        for ticket in self.sudo():
            if ticket.first_response_at and ticket.first_response_at >= since:
                ticket.first_response_at = ticket._first_reply_since(since)
                ticket.write(ticket._set_clocks(lambda _name, c: c, now))

    def _wait_for_customer(self):
        """Without reply the customer is waited for: somebody says so."""
        now = fields.Datetime.now()
        for ticket in self.sudo().filtered(lambda t: not (t.waiting_since or t.closed)):
            values = ticket._set_clocks(lambda _name, c: pause(c, now), now)
            ticket.write(values | {"waiting_since": now})

    def _customer_is_back(self):
        """The customer has written, or nobody is waited for any more."""
        now = fields.Datetime.now()
        waiting = self.sudo().filtered(lambda t: t.waiting_since and not t.closed)
        for ticket in waiting:
            worktime = ticket._worktime_since_pause(now)
            values = ticket._set_clocks(
                lambda _name, c, w=worktime: resume(c, w, now), now
            )
            ticket.write(values | {"waiting_since": False})
        waiting._follow_stage(waits=False)

    def _worktime_since_pause(self, now):
        """Working time from the beginning of a pause, if there is one, to whatever is
        left behind it.
        """
        policy, since = self.response_policy_id, self.waiting_since
        since = since or self.resolution_at or now
        most = max(policy.first_response_hours, policy.resolution_hours) * 3600
        calendar = policy._calendar(self.company_id)
        reaching = calendar._worktime_reaching(self.company_id, now, most, since)
        return reaching or calendar._worktime(self.company_id, now, since)

    def write(self, vals):
        waiting = self.sudo().filtered("stage_id.waits_for_customer")
        clocks_told = vals.keys() & {f"{name}_due" for name in CLOCKS}
        if vals.get("response_policy_id") and not clocks_told:
            self.sudo()._tighten(vals["response_policy_id"])
        res = super().write(vals)
        if "stage_id" in vals:
            now_waiting = self.sudo().filtered("stage_id.waits_for_customer")
            (now_waiting - waiting)._wait_for_customer()
            (waiting - now_waiting)._customer_is_back()
        if vals.get("team_id") and not clocks_told:
            for team, tickets in self.sudo().grouped("team_id").items():
                tickets._tighten(team.response_policy_id.id)
        return res

    def _solved(self):
        """Closed: that is the solution, and no reply."""
        now = fields.Datetime.now()
        for ticket in self.sudo():
            worktime = ticket._worktime_since_pause(now)
            values = ticket._set_clocks(partial(_close, worktime, now), now)
            ticket.write(_close_unanswered(values) | {"resolution_at": now})

    def _unsolved(self):
        """Open again: the time it was closed counts for nobody. A reply that was due is
        due still.
        """
        now = fields.Datetime.now()
        for ticket in self.sudo():
            values = {}
            if ticking := ticket._clock("first_response"):
                worktime = ticket._worktime_since_pause(now)
                ticking = resume(ticking, worktime, now)
                values = _values("first_response", ticking, now)
            values |= {"resolution_at": False, "waiting_since": False}
            policy = ticket.response_policy_id
            fresh = policy and policy._clock(
                ticket.company_id, now, policy.resolution_hours
            )
            if fresh:
                values |= _values("resolution", fresh, now)
                values["resolution_escalated_at"] = False
            ticket.write(values)

    # ------------------------------------------------------------------
    # Another policy
    # ------------------------------------------------------------------

    def _tighten(self, policy_id):
        """A policy is named for tickets that have one: what it wants sooner is due
        sooner, counted from now. Nothing becomes due later than it was promised.
        """
        policy = self.env["social.response.policy"].sudo().browse(policy_id or [])
        now = fields.Datetime.now()
        for ticket in self.sudo():
            known = ticket.response_policy_id
            if not policy or policy == known:
                continue
            values, stricter = {}, not known
            for name in CLOCKS:
                hours = f"{name}_hours"
                ticking, wanted = ticket._clock(name), policy[hours]
                stricter |= 0 < wanted and not 0 < known[hours] <= wanted
                if ticket[f"{name}_at"]:
                    continue
                paused_at = ticket.waiting_since or ticket.resolution_at or None
                fresh = policy._clock(ticket.company_id, paused_at or now, wanted)
                if fresh and not (ticking and ticking.due_at <= fresh.due_at):
                    values |= _values(name, replace(fresh, paused_at=paused_at), now)
                    values[f"{name}_escalated_at"] = False
            if ticket.resolution_at:
                _close_unanswered(values)
            if values or stricter:
                ticket.write(values | {"response_policy_id": policy.id})


def _reply(worktime, now, moment, name, ticking):
    """A clock when the customer gets a reply."""
    if name == "first_response":
        return finish(resume(ticking, worktime, now), moment)
    return pause(ticking, now)


def _close(worktime, now, name, ticking):
    """A clock when the ticket is closed."""
    if name == "first_response":
        return pause(ticking, now)
    return finish(resume(ticking, worktime, now), now)


def _values(name, ticking, now):
    return {
        f"{name}_due": ticking.due_at.replace(microsecond=0),
        f"{name}_warn": ticking.warn_at.replace(microsecond=0),
        f"{name}_at": ticking.done_at or False,
        f"{name}_state": ticking.state(now),
    }


def _close_unanswered(values):
    """A clock of the first reply that stands still since the ticket was closed waits
    for nobody.
    """
    if values.get("first_response_state") == PAUSED:
        values["first_response_state"] = UNANSWERED
    return values
