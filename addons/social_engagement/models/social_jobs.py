from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from .social_feed import LANES as LISTENING
from .social_message_outbox import LANES as SENDING

#: A job that runs each minute and is so late does not run any more.
STOPPED = timedelta(minutes=10)
#: A feed that is so late is not looked after, and a reply should have left long ago.
LATE_FEED = timedelta(minutes=30)
LATE_REPLY = timedelta(minutes=15)


class SocialChannel(models.Model):
    """Whether the scheduled jobs run, told by the web server: where Odoo runs in one
    process, the threads of the jobs may have died while pages still work.
    """

    _inherit = "social.channel"

    @api.model
    def _stopped_since(self, lanes):
        """Since when (naive, UTC) none of some scheduled jobs has run that should have;
        False while one of them does.

        :param lanes: names of ir.cron, without the add-on's
        """
        jobs = self.env["ir.cron"].sudo().with_context(active_test=False)
        for name in lanes:
            jobs += self.env.ref(f"social_engagement.{name}", False) or jobs.browse()
        jobs = jobs.sudo()
        running = jobs.filtered("active")
        if not running:
            return max(jobs.mapped("write_date"), default=fields.Datetime.now())
        due = max(running.mapped("nextcall"))
        return due if due <= fields.Datetime.now() - STOPPED else False

    @api.model
    def jobs_notice(self):
        """What all agents have to know when the scheduled jobs do not run, in one or
        two sentences; "" while they do.
        """
        self.browse().check_access("read")
        if not self.sudo().search_count([("state", "=", "connected")], limit=1):
            return ""
        notices = {
            LISTENING: self.env._("No posts have been fetched since %(moment)s."),
            SENDING: self.env._("No replies have been sent since %(moment)s."),
        }
        said = [
            notice % {"moment": format_datetime(self.env, since)}
            for lanes, notice in notices.items()
            if (since := self._stopped_since(lanes))
        ]
        return " ".join([*said, self._jobs_advice()]) if said else ""

    def _jobs_advice(self):
        return self.env._(
            "The server's scheduled jobs do not run. Ask whoever runs the server to "
            "restart Odoo and to check that it has cron threads (--max-cron-threads)."
        )

    @api.model
    def _listening_stopped_since(self):
        return self._stopped_since(LISTENING)

    def _stopped_jobs(self, now, since):
        """Of a connected channel, why nothing is fetched: a sentence or two each.

        :param since: when listening stopped, or False
        """
        if since:
            yield self.env._(
                "Nothing has been fetched since %(moment)s.",
                moment=format_datetime(self.env, since),
            )
            yield self._jobs_advice()
            return
        late = self.feed_ids.filtered(lambda feed: feed.next_run < now - LATE_FEED)
        if late:
            kinds = dict(late._fields["kind"]._description_selection(self.env))
            yield self.env._(
                "%(kinds)s: due since %(moment)s and not fetched. Check that the "
                "scheduled jobs “Social: listen” run and that there are enough cron "
                "workers.",
                kinds=", ".join({kinds[feed.kind]: 0 for feed in late}),
                moment=format_datetime(self.env, min(late.mapped("next_run"))),
            )


class SocialMessage(models.Model):
    """Replies nobody sends."""

    _inherit = "social.message"

    is_late = fields.Boolean(
        "Late",
        compute="_compute_is_late",
        search="_search_is_late",
        help="It should have been sent a quarter of an hour ago, and still waits.",
    )

    @api.model
    def _late_domain(self):
        until = fields.Datetime.now() - LATE_REPLY
        return Domain("delivery_state", "in", ("queued", "sending")) & (
            Domain("try_at", "<=", until)
            | Domain("try_at", "=", False) & Domain("write_date", "<=", until)
        )

    @api.depends("delivery_state", "try_at")
    def _compute_is_late(self):
        late = self.filtered_domain(self._late_domain())
        late.is_late = True
        (self - late).is_late = False

    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        if set(value) == {True, False}:
            return Domain.TRUE
        return self._late_domain() if True in value else ~self._late_domain()
