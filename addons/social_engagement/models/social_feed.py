import logging
from datetime import timedelta

from odoo import api, fields, models

from ..networks.base import NetworkError, Reason
from . import failure

_logger = logging.getLogger(__name__)

PAGES_PER_TURN = 20  # then the next feed has its turn
LONGEST_PAUSE = 3600  # seconds a failing feed waits at most


class SocialFeed(models.Model):
    """One thing a channel listens to, with its cursor and its next run."""

    _name = "social.feed"
    _description = "Social Feed"
    _order = "channel_id, kind, id"

    channel_id = fields.Many2one(
        "social.channel", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="channel_id.company_id", store=True)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("mentions", "Mentions"),
            ("direct", "Direct messages"),
            ("comments", "Comments"),
            ("search", "Search"),
            ("feed", "Feed"),
        ],
        required=True,
    )
    query = fields.Char(
        "Words", help="Search words; for a feed, only articles with one of them."
    )
    cursor = fields.Json(
        readonly=True, copy=False, help="Where the next fetch goes on."
    )
    next_run = fields.Datetime(
        "Next run",
        default=fields.Datetime.now,
        required=True,
        index=True,
        copy=False,
    )
    last_success = fields.Datetime("Last success", readonly=True, copy=False)
    last_item = fields.Datetime("Last new post", readonly=True, copy=False)
    failures = fields.Integer("Failures in a row", readonly=True, copy=False)
    failure_reason = fields.Selection(
        failure.SELECTION, "Failure reason", readonly=True, copy=False
    )
    failure_detail = fields.Char("Failure detail", readonly=True, copy=False)
    advice = fields.Char(compute="_compute_advice")

    @api.depends("failure_reason")
    @api.depends_context("lang")
    def _compute_advice(self):
        for feed in self:
            feed.advice = failure.explain(self.env, feed.failure_reason)

    @api.depends("kind", "channel_id.name")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for feed in self:
            parts = (feed.channel_id.name, kinds.get(feed.kind))
            feed.display_name = ": ".join(filter(None, parts))

    @api.model
    def _cron_listen(self):
        """Job: fetches every feed that is due, then processes what has arrived."""
        cron = self.env["ir.cron"]
        due = self.search(self._due_domain(), order="next_run")
        cron._commit_progress(remaining=len(due))
        for feed in due:
            if feed.channel_id.state == "connected":  # unless lost a moment ago
                feed._fetch()
            if not cron._commit_progress(1):
                break  # what has arrived is processed all the same
        self.env["social.intake"]._process_queue()
        self._schedule_next()

    def _due_domain(self):
        return [
            ("channel_id.state", "=", "connected"),
            ("channel_id.active", "=", True),
            ("next_run", "<=", fields.Datetime.now()),
        ]

    def _schedule_next(self):
        """Wakes the job for the next feed that becomes due."""
        following = self.search(
            [("channel_id.state", "=", "connected"), ("channel_id.active", "=", True)],
            order="next_run",
            limit=1,
        )
        if following:
            self.env.ref("social_engagement.cron_listen")._trigger(
                at=following.next_run
            )

    def _fetch(self):
        """Fetches the pages that wait. Each page's payloads are committed together with
        the cursor behind them: a crash loses nothing and doubles nothing.
        """
        for _page in range(PAGES_PER_TURN):
            if not self.try_lock_for_update(allow_referencing=True):
                return
            try:
                more = self._fetch_page()
            except NetworkError as error:
                self.env.cr.rollback()
                self._record_failure(error)
                return
            except Exception as error:  # an adapter's own fault must not stop the rest
                self.env.cr.rollback()
                _logger.exception("Feed %s failed", self.id)
                self._record_failure(NetworkError(Reason.UNKNOWN, type(error).__name__))
                return
            if not more:
                return
            self.env.cr.commit()  # pylint: disable=invalid-commit
        self.next_run = fields.Datetime.now()

    def _fetch_page(self):
        adapter = self.channel_id._adapter()
        page = adapter.fetch(self.kind, self.query or "", self.cursor or {})
        stored = self.env["social.intake"]._store(self, page.items)
        now = fields.Datetime.now()
        self.write(
            {
                "cursor": page.cursor,
                "last_success": now,
                "last_item": now if stored else self.last_item,
                "next_run": now + timedelta(seconds=adapter.interval),
                "failures": 0,
                "failure_reason": False,
                "failure_detail": False,
            }
        )
        return page.more

    def _record_failure(self, error):
        """Keeps why a fetch failed and when it is tried again: later each time, or when
        the network says.
        """
        failures = self.failures + 1
        interval = self.channel_id._network().interval
        pause = error.retry_after or interval * 2 ** min(failures - 1, 6)
        self.write(
            {
                "failures": failures,
                "failure_reason": error.reason.value,
                "failure_detail": failure.storable(error.detail),
                "next_run": fields.Datetime.now()
                + timedelta(seconds=min(pause, LONGEST_PAUSE)),
            }
        )
        if error.reason == Reason.AUTHORISATION:
            self.channel_id._lose_authorisation()
