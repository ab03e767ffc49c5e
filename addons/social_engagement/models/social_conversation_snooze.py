from datetime import datetime, time, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

from .transaction import commit_each

LONGEST = timedelta(days=365)
BATCH = 200
MORNING, EVENING = 9, 18  # o'clock, where the agent is
MOMENTS = [
    ("hour", "For an hour"),
    ("evening", "Until this evening"),
    ("tomorrow", "Until tomorrow, 9:00"),
    ("week", "Until next week"),
]


class SocialConversation(models.Model):
    """Snoozing: out of the lists of what waits until a moment. It survives an answer of
    ours. Any post of the customer ends it at once, whatever it says: who decided to
    wait did not know of it.
    """

    _inherit = "social.conversation"

    snoozed_until = fields.Datetime(
        "Snoozed until", readonly=True, copy=False, index="btree_not_null"
    )
    snoozed_by_id = fields.Many2one(
        "res.users", "Snoozed by", readonly=True, copy=False
    )
    is_snoozed = fields.Boolean(
        compute="_compute_is_snoozed", search="_search_is_snoozed"
    )

    @api.depends("snoozed_until")
    def _compute_is_snoozed(self):
        now = fields.Datetime.now()
        for conversation in self:
            until = conversation.snoozed_until
            conversation.is_snoozed = bool(until and until > now)

    def _search_is_snoozed(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        domain = fields.Domain("snoozed_until", ">", now)
        if set(value) == {True, False}:
            return fields.Domain.TRUE
        return domain if True in value else ~domain

    def write(self, vals):
        res = super().write(vals)
        if vals.get("state") in ("solved", "no_action"):
            self.sudo().filtered("snoozed_until").write(AWAKE)
        return res

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def action_snooze(self, until=None):
        """Takes conversations out of what waits.

        :param until: naive UTC moment, or the same as "YYYY-MM-DD HH:MM:SS"
        :return: action that offers to undo it
        :raises UserError: when that is not within the next year
        """
        words = self.env._("Snoozed")
        return self._undoable(words, lambda: self._snooze(until))

    def _snooze(self, until):
        self.check_access("write")
        until = fields.Datetime.to_datetime(until)
        now = fields.Datetime.now()
        if not until or not now < until <= now + LONGEST:
            raise UserError(
                self.env._("The time to come back must be within the next year.")
            )
        self.sudo().write({"snoozed_until": until, "snoozed_by_id": self.env.uid})
        self.env.ref("social_engagement.cron_wake").sudo()._trigger(at=until)

    def action_snooze_for(self, kind):
        """The same until a usual moment.

        :param kind: a key of MOMENTS
        """
        return self.action_snooze(self._snooze_moment(kind))

    def _snooze_moment(self, kind):
        """A usual moment (naive, UTC), as the current user's clock shows it."""
        now = fields.Datetime.now()
        if kind == "hour":
            return now + timedelta(hours=1)
        here = fields.Datetime.context_timestamp(self, now)
        hour = EVENING if kind == "evening" else MORNING
        days = {"evening": here.hour >= EVENING, "week": 7 - here.weekday()}
        day = here.date() + timedelta(days=days.get(kind, 1))
        moment = self.env.tz.localize(datetime.combine(day, time(hour)))
        return moment.astimezone(timezone.utc).replace(tzinfo=None)

    def action_unsnooze(self):
        """Brings conversations back at once; can be undone."""
        self.check_access("write")
        words = self.env._("Brought back")
        return self._undoable(words, lambda: self.sudo().write(AWAKE))

    # ------------------------------------------------------------------
    # Waking up
    # ------------------------------------------------------------------

    @api.model
    def _cron_wake(self):
        """Job: what was snoozed long enough comes back, and the agent is told."""
        cron = self.env["ir.cron"]
        due = [("snoozed_until", "<=", fields.Datetime.now())]
        cron._commit_progress(remaining=self.search_count(due))
        while sleeping := self.search(due, limit=BATCH):
            commit_each(self.env, sleeping._wake)
            if not cron._commit_progress(len(sleeping)):
                break

    def _wake(self):
        # A job does this again when an agent was faster: who snoozed it anew meant it.
        now = fields.Datetime.now()
        due = self.filtered(lambda c: c.snoozed_until and c.snoozed_until <= now)
        for conversation in due:
            if user := conversation._who_waits():
                thread = conversation._desk_thread()
                readable = thread.with_user(user).has_access("read")
                (thread if readable else conversation).activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=user.id,
                    summary=conversation.with_context(lang=user.lang).env._(
                        "Back from snoozing: %(what)s", what=conversation.name
                    ),
                )
        due.filtered(lambda c: c.state == "waiting").state = "open"
        due.write(AWAKE)

    def _who_waits(self):
        """Who is told that a snoozed conversation is back: who works on it, else who
        snoozed it; nobody when they may not see it any more.
        """
        for user in (self._desk_thread().user_id, self.user_id, self.snoozed_by_id):
            if user.active and self.with_user(user).has_access("read"):
                return user
        return self.env["res.users"]

    def _go_on(self, messages, overtaken=None):
        res = super()._go_on(messages, overtaken)
        if self.snoozed_until:
            self.write(AWAKE)
        return res

    def _composer_facts(self):
        until = self.is_snoozed and self.snoozed_until
        return super()._composer_facts() | {
            "conversation_id": self.id,
            "snoozed_until": fields.Datetime.to_string(until) if until else "",
        }


AWAKE = {"snoozed_until": False, "snoozed_by_id": False}
