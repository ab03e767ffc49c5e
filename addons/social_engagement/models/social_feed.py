import logging
import math
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..networks import rhythm
from ..networks.base import Meter, NetworkError, Page, Reason, TooLarge
from ..networks.deadline import within
from ..networks.http import squeezing
from ..networks.payload import in_time
from . import failure
from .clock import TOLERANCE, bring_jobs_back
from .forgery import check_creatable, check_writable
from .social_message import in_utc
from .transaction import OVERTAKEN, commit_each, place

_logger = logging.getLogger(__name__)

LANES = ("cron_listen", "cron_listen_2", "cron_listen_3", "cron_listen_4")
LOOK_AHEAD = 20  # due feeds looked at for one that no other lane is taking
PATIENCE = 45  # seconds one fetch may take, over all its calls
LEASE = 180  # seconds after which a fetch must have ended; then another lane tries
LONGEST_PAUSE = 3600  # seconds a failing feed waits at most


@dataclass(frozen=True)
class Fetched:
    """What became of one fetch: a page or an error, and what it used up."""

    cursor: dict  # it began at
    page: Page | None = None
    error: NetworkError | None = None
    meter: Meter = field(default_factory=Meter)
    page_size: int = 0  # entries that were asked for; 0: the network knows no pages


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
        help="While a feed is being fetched: when that is given up.",
    )
    planned_at = fields.Datetime(
        readonly=True,
        copy=False,
        default=fields.Datetime.now,
        help="When the next run was set.",
    )
    page_limit = fields.Integer(
        readonly=True,
        copy=False,
        help="Posts a page may have, while larger ones are too large; 0: any number.",
    )
    pause = fields.Float(
        "Rests", readonly=True, copy=False, help="Seconds between the last two fetches."
    )
    last_success = fields.Datetime("Last success", readonly=True, copy=False)
    last_item = fields.Datetime("Last new post", readonly=True, copy=False)
    oldest_post = fields.Datetime(
        "Reaches back to",
        readonly=True,
        copy=False,
        help="When the oldest post this feed has brought was written.",
    )
    behind_since = fields.Datetime(
        "Behind since",
        readonly=True,
        copy=False,
        help="What was written from then on has not all been fetched yet.",
    )
    longest_silence = fields.Float(
        readonly=True,
        copy=False,
        help="Seconds; the longest time without news so far, fading over weeks.",
    )
    fetch_cost = fields.Float(
        "Cost of a fetch",
        readonly=True,
        copy=False,
        digits=(16, 6),
        help="What one fetch is expected to cost.",
    )
    rate_limit = fields.Integer("Calls allowed", readonly=True, copy=False)
    rate_left = fields.Integer("Calls left", readonly=True, copy=False)
    rate_reset = fields.Datetime("Calls are new at", readonly=True, copy=False)
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

    @api.model_create_multi
    def create(self, vals_list):
        check_creatable(self, vals_list)
        return super().create(vals_list)

    def write(self, vals):
        """A feed stays with its channel; when it asks for something else from now on,
        what it has read tells nothing any more.
        """
        check_writable(self, vals)
        moved = self.filtered(lambda f: f.channel_id.id != vals.get("channel_id"))
        if "channel_id" in vals and moved:
            raise UserError(
                self.env._("A feed stays with its channel: make a new one for another.")
            )
        if "next_run" in vals:
            vals = {**vals, "planned_at": fields.Datetime.now()}
        asks = {"kind", "query"} & vals.keys()
        changed = self.filtered(
            lambda feed: any((feed[n] or "") != (vals[n] or "") for n in asks)
        )
        result = super().write(vals)
        changed.filtered("cursor").sudo().cursor = False
        return result

    # ------------------------------------------------------------------
    # Lanes: several jobs, on all nodes, share the feeds
    # ------------------------------------------------------------------

    @api.model
    def _cron_listen(self):
        """Job of each lane: a page of the feed that has waited longest, then a batch of
        every channel where payloads wait, and again, until nothing is left to do.
        """
        cron, intake = self.env["ir.cron"], self.env["social.intake"]
        with suppress(OVERTAKEN):  # by another lane, which does it then
            commit_each(self.env, lambda: bring_jobs_back(self.env))
        worked, left = True, math.inf
        while worked and left:
            feed = self._take_due()
            feed._fetch()
            processed = intake._process_round(time.monotonic() + left)
            worked = bool(feed or processed)
            left = cron._commit_progress(int(worked))
        # Nothing "remains", else Odoo would call again, ten times, before other jobs
        # such as sending have their turn.
        cron._commit_progress(remaining=0)
        if worked:
            self._wake_this_lane(fields.Datetime.now())
        else:
            self._schedule_next()

    def _due_domain(self):
        """Feeds whose time has come; and those whose time was set by a clock that was
        set back since, which would rest for as long.
        """
        now = fields.Datetime.now()
        return [
            ("channel_id.state", "=", "connected"),
            ("channel_id.active", "=", True),
            "|",
            ("next_run", "<=", now),
            ("planned_at", ">", now + TOLERANCE),
        ]

    @api.model
    def _take_due(self):
        """The feed that has been due longest of those nobody else takes. It is this
        process's for LEASE seconds: no lock and no transaction stays open while the
        network is called, and what a killed process took is free again by itself.
        """
        try:
            return commit_each(self.env, self._lease_due)
        except OVERTAKEN:
            return self.browse()  # so busy are the others: they take them all

    @api.model
    def _lease_due(self):
        due = self.search(self._due_domain(), order="next_run, id", limit=LOOK_AHEAD)
        for feed in due:
            if feed.try_lock_for_update(allow_referencing=True):
                feed.next_run = fields.Datetime.now() + timedelta(seconds=LEASE)
                return feed
        return self.browse()

    @api.model
    def _wake(self, at=None):
        """Lets the lanes look, now or at a moment: for feeds that are due or payloads
        that wait.
        """
        lanes = self.env["ir.cron"].sudo()
        for name in LANES:
            lane = self.env.ref(f"social_engagement.{name}", raise_if_not_found=False)
            lanes += lane or lanes
        at = at or fields.Datetime.now()
        trigger = self.env["ir.cron.trigger"].sudo()
        trigger.create([{"cron_id": lane.id, "call_at": at} for lane in lanes])
        self.env.cr.postcommit.add(lanes._notifydb)

    def _schedule_next(self):
        """Wakes this lane for the next feed that becomes due."""
        following = self.search(
            [("channel_id.state", "=", "connected"), ("channel_id.active", "=", True)],
            order="next_run",
            limit=1,
        )
        if following:
            self._wake_this_lane(following.next_run)

    def _wake_this_lane(self, at):
        lane = self.env["ir.cron"].browse(self.env.context.get("cron_id"))
        if lane:
            lane._trigger(at=at)
        else:
            self._wake(at=at)

    # ------------------------------------------------------------------
    # One page
    # ------------------------------------------------------------------

    def _fetch(self):
        """Fetches a page of a leased feed. The payloads are committed together with the
        cursor behind them: a crash loses nothing and doubles nothing.
        """
        for feed in self:
            lease, ask = feed.next_run, feed._question()
            # no transaction is open while the network is called
            feed.env.cr.commit()  # pylint: disable=invalid-commit
            fetched = ask()
            feed.env.cr.commit()  # pylint: disable=invalid-commit
            feed._settle_for_good(fetched, lease)

    def _settle_for_good(self, fetched, lease):
        if not self.exists():  # somebody deleted it meanwhile
            return
        try:
            commit_each(self.env, lambda: self._settle_or_fail(fetched, lease))
        except OVERTAKEN:
            _logger.warning("Feed %s was overtaken, it is fetched again", self.id)

    def _settle_or_fail(self, fetched, lease=None):
        """Like :meth:`_settle`; a page that can't be kept is a failure of the feed."""
        try:
            with self.env.cr.savepoint():
                self._settle(fetched, lease)
        except OVERTAKEN:
            raise
        except Exception as error:  # must not stop the other feeds
            _logger.error("Feed %s failed: %s", self.id, place(error))
            self.env.invalidate_all()
            failed = NetworkError(Reason.UNKNOWN, type(error).__name__)
            self._settle(replace(fetched, page=None, error=failed), lease)

    def _ask(self):
        """Calls the network for the next page. Writes nothing and raises nothing.

        :return: :class:`Fetched`
        """
        return self._question()()

    def _question(self):
        """A function that calls the network for the next page, and does not touch the
        database: see :meth:`_ask`.
        """
        cursor, limit = self.cursor or {}, self.page_limit
        kind, query, number = self.kind, self.query or "", self.id
        try:
            self.channel_id._check_budget(self.fetch_cost)
            adapter = self.channel_id._adapter()
        except Exception as error:
            fetched = Fetched(cursor, error=_told(error, number))
            return lambda: fetched
        adapter.page_limit = limit or None

        def ask():
            page = error = None
            try:
                with within(PATIENCE), squeezing(limit == 1):
                    page = adapter.fetch(kind, query, cursor)
            except Exception as failed:  # must not stop the other feeds
                error = _told(failed, number)
            return Fetched(cursor, page, error, adapter.meter, adapter.page_size)

        return ask

    def _settle(self, fetched, lease=None):
        """Keeps what a fetch brought, or why it failed. Commits nothing.

        :param lease: the ``next_run`` set when the feed was taken; when it is another
            one by now, somebody wants the feed fetched again at that moment
        """
        cost = self.channel_id._count_cost(fetched.meter)
        values = self._rate_values(fetched.meter.usage)
        if fetched.error:
            values |= self._failure_values(fetched.error)
            values |= self._smaller_page(fetched)
        else:
            values |= self._success_values(fetched, cost)
        if lease and self.next_run != lease:
            del values["next_run"]
        if (self.cursor or {}) != fetched.cursor:
            values.pop("cursor", None)  # somebody else got further meanwhile
        self.write(values)
        self._tell_asker(fetched)
        if fetched.error and fetched.error.reason == Reason.AUTHORISATION:
            self.channel_id._lose_authorisation()

    def _success_values(self, fetched, cost):
        page, now = fetched.page, fields.Datetime.now()
        adapter, channel = self.channel_id._network(), self.channel_id
        stored = self.env["social.intake"]._store(self, page.items)
        goes_on = page.more and (stored or page.cursor != fetched.cursor)
        cost = rhythm.expected_cost(self.fetch_cost, cost)
        shared = {
            "feeds": len(channel.feed_ids),
            "usage": fetched.meter.usage,
            "allowance": channel._allowance(cost),
        }
        if goes_on:
            pause = rhythm.wait(**shared)
        else:
            pause = rhythm.pause(adapter, self.pause, bool(stored), **shared)
        values = {
            "cursor": page.cursor,
            "last_success": now,
            "next_run": now + timedelta(seconds=pause),
            "fetch_cost": cost,
            "behind_since": self.behind_since if goes_on else False,
            "page_limit": self._grown_page(fetched.page_size),
            "failures": 0,
            "failure_reason": False,
            "failure_detail": False,
        }
        if not goes_on:
            values["pause"] = pause
        if stored:
            values |= self._news_values(page.items, now)
        return values

    def _news_values(self, items, now):
        silence = (now - self.last_item).total_seconds() if self.last_item else 0
        written = [self._written_at(item) for item in (items[0], items[-1])]
        written = [moment for moment in (*written, self.oldest_post) if moment]
        return {
            "last_item": now,
            "longest_silence": rhythm.longest_silence(self.longest_silence, silence),
            "oldest_post": min(written, default=False),
        }

    def _written_at(self, item):
        """When an item was written, where that can be told: it is processed later."""
        try:
            post = self.channel_id._network().normalise(item.payload)
            return in_utc(in_time(post, datetime.now(timezone.utc)).posted_at)
        except Exception:
            return None

    def _failure_values(self, error):
        """Why a fetch failed and when it is tried again: later each time, or when the
        network says.
        """
        failures, now = self.failures + 1, fields.Datetime.now()
        interval = self.channel_id._network().interval
        pause = error.retry_after or interval * 2 ** min(failures - 1, 6)
        next_run = now + timedelta(seconds=min(pause, LONGEST_PAUSE))
        if error.reason == Reason.BUDGET:
            next_run = min(now + timedelta(days=1), self.channel_id._budget_period()[1])
        return {
            "failures": failures,
            "failure_reason": error.reason.value,
            "failure_detail": failure.storable(error.detail),
            "next_run": next_run,
            "behind_since": self.behind_since or self.last_success,
        }

    def _smaller_page(self, fetched):
        """A page that is too large is asked for again at once, half as long. One post
        is the least: that is made smaller when it is read (see networks.squeeze).
        """
        size = min(self.page_limit or fetched.page_size, fetched.page_size)
        if not isinstance(fetched.error, TooLarge) or size <= 1:
            return {}
        return {"page_limit": size // 2, "next_run": fields.Datetime.now()}

    def _grown_page(self, page_size):
        """The limit of the next page, after one that was read."""
        grown = 2 * self.page_limit
        return grown if grown < page_size else 0

    def _is_silent(self, now):
        """Whether nothing came for longer than this feed's past suggests."""
        if not self.last_item or self.channel_id.state != "connected":
            return False
        return rhythm.is_unusual(
            (now - self.last_item).total_seconds(),
            self.longest_silence,
            (now - (self.create_date or now)).total_seconds(),
        )

    def _rate_values(self, usage):
        if not usage:
            return {}
        return {
            "rate_limit": usage.limit,
            "rate_left": usage.remaining,
            "rate_reset": fields.Datetime.now() + timedelta(seconds=usage.reset),
        }


def _told(error, number):
    """An adapter's own fault as a failure like any other; it must not stop the rest."""
    if isinstance(error, NetworkError):
        return error
    _logger.error("Feed %s failed: %s", number, place(error))
    return NetworkError(Reason.UNKNOWN, type(error).__name__)
