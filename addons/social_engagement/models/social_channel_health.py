import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from ..networks.base import Reason
from . import failure
from .social_channel_connect import RECONNECT

_logger = logging.getLogger(__name__)

LOOK_BACK = 1000  # rows, the latest of a channel, in which these are looked for
DELAYS = 50  # posts, the latest of a channel, that its usual delay is taken from
BACKLOG = timedelta(minutes=10)  # payloads that wait longer are a trouble
LITTLE_LEFT = 20  # percent of a rate limit or a budget


class SocialMessage(models.Model):
    """Found by what is asked about their channel."""

    _inherit = "social.message"

    _newest_of_channel = models.Index("(channel_id, id)")


class SocialChannel(models.Model):
    """How a channel is doing, with what to do about each trouble."""

    _inherit = "social.channel"

    health = fields.Selection(
        [
            ("none", "Nothing to watch"),
            ("good", "Listening"),
            ("warning", "Trouble, being retried"),
            ("bad", "Stopped"),
        ],
        compute="_compute_health",
    )
    health_message = fields.Text("Troubles", compute="_compute_health")
    last_seen = fields.Datetime("Last heard from", compute="_compute_health")
    last_news = fields.Datetime("Last new post", compute="_compute_health")
    behind_since = fields.Datetime(
        "Catching up since",
        compute="_compute_health",
        help="What was written from then on has not all been fetched yet.",
    )
    silent_since = fields.Datetime(
        "Unusually silent since",
        compute="_compute_health",
        help="Nothing came for longer than this channel's past suggests.",
    )
    silence_told = fields.Datetime(
        readonly=True, copy=False, help="The silence administrators were told of."
    )
    rate_left = fields.Integer(
        "Calls left", compute="_compute_health", help="In percent of what is allowed."
    )
    rate_reset = fields.Datetime("Calls are new at", compute="_compute_health")
    delay = fields.Float(
        compute="_compute_delay",
        help="Minutes from when a post was written until it was here: "
        "half of the last 50 posts took less.",
    )
    waiting_count = fields.Integer("Waiting", compute="_compute_intake_counts")
    waiting_since = fields.Datetime("Waiting since", compute="_compute_intake_counts")
    failed_intake_count = fields.Integer("Failed", compute="_compute_intake_counts")
    failed_reasons = fields.Text("What failed", compute="_compute_failed_reasons")

    @api.depends(
        "state",
        "waiting_since",
        "live_delivery",
        "uncalled_reason",
        "feed_ids.active",
        "feed_ids.next_run",
        "feed_ids.failure_reason",
        "feed_ids.last_success",
        "feed_ids.last_item",
        "feed_ids.behind_since",
        "feed_ids.rate_left",
    )
    @api.depends_context("lang", "tz")
    def _compute_health(self):
        now, since = fields.Datetime.now(), self._listening_stopped_since()
        for channel in self:
            feeds = channel.feed_ids
            channel.last_seen = max(_known(feeds, "last_success"), default=False)
            channel.last_news = max(_known(feeds, "last_item"), default=False)
            channel.behind_since = min(_known(feeds, "behind_since"), default=False)
            silent = feeds.filtered(lambda feed: feed._is_silent(now))
            channel.silent_since = min(_known(silent, "last_item"), default=False)
            limited = feeds.filtered(
                lambda f: f.rate_limit and f.rate_reset and f.rate_reset > now
            ).sorted(lambda f: f.rate_left / f.rate_limit)[:1]
            channel.rate_reset = limited.rate_reset
            channel.rate_left = (
                100 * limited.rate_left // limited.rate_limit if limited else 100
            )
            stopped = channel.state == "connected" and feeds
            stopped = list(channel._stopped_jobs(now, since)) if stopped else []
            troubles = [*stopped, *channel._troubles(now)]
            channel.health_message = "\n".join(troubles)
            if channel.state == "reauthorise" or stopped:
                channel.health = "bad"
            elif channel.state == "draft" or not feeds:
                channel.health = "none"
            else:
                channel.health = "warning" if troubles else "good"

    def _troubles(self, now):
        """What is wrong and what to do about it, a sentence or two each."""
        if self.state == "reauthorise":
            yield failure.explain(self.env, Reason.AUTHORISATION)
            return
        if self.state == "draft":
            return
        failing = self.feed_ids.filtered("failure_reason").grouped("failure_reason")
        kinds = dict(self.feed_ids._fields["kind"]._description_selection(self.env))
        for reason, feeds in failing.items():
            names = ", ".join({kinds[feed.kind]: 0 for feed in feeds})
            yield f"{names}: {failure.explain(self.env, reason)}"
        if self.live_delivery and self.uncalled_reason:
            yield self.env._(
                "The network refused live delivery (%(reason)s). Posts are fetched all "
                "the same, only later. Stop live delivery and start it again to ask "
                "once more.",
                reason=self.uncalled_reason,
            )
        if self.behind_since and not failing:
            yield self.env._(
                "What was written since %(moment)s is being fetched.",
                moment=format_datetime(self.env, self.behind_since),
            )
        if self.silent_since:
            yield self.env._(
                "Nothing new since %(moment)s, which is unusual. Open the account on "
                "the network and check that its posts arrive here.",
                moment=format_datetime(self.env, self.silent_since),
            )
        if self.is_late_checking:
            yield self.env._(
                "There are more posts than can be checked for edits and deletions once "
                "a day: some have not been checked for two days or longer."
            )
        if self.waiting_since and self.waiting_since < now - BACKLOG:
            yield self.env._(
                "%(count)s posts wait to be processed since %(moment)s. Check that "
                "the scheduled jobs run.",
                count=self.waiting_count,
                moment=format_datetime(self.env, self.waiting_since),
            )

    def _compute_intake_counts(self):
        waiting, failed = self._intakes_in("new"), self._intakes_in("failed")
        for channel in self:
            waits = waiting.get(channel.id, (0, False))
            channel.waiting_count, channel.waiting_since = waits
            channel.failed_intake_count = failed.get(channel.id, (0, False))[0]

    def _intakes_in(self, state):
        """How many payloads are in a state and since when: channel id → (int,
        datetime). One state at a time: each has an index of its own.
        """
        groups = (
            self.env["social.intake"]
            .sudo()
            ._read_group(
                [("channel_id", "in", self.ids), ("state", "=", state)],
                ["channel_id"],
                ["__count", "create_date:min"],
            )
        )
        return {channel.id: (count, since) for channel, count, since in groups}

    @api.depends_context("lang")
    def _compute_failed_reasons(self):
        failed = (
            self.env["social.intake"]
            .sudo()
            ._read_group(
                [("channel_id", "in", self.ids), ("state", "=", "failed")],
                ["channel_id", "reason"],
                ["__count"],
            )
        )
        labels = dict(
            self.env["social.intake"]._fields["reason"]._description_selection(self.env)
        )
        for channel in self:
            channel.failed_reasons = "\n".join(
                f"{count} × {labels.get(reason, reason)}. "
                f"{failure.explain(self.env, reason)}"
                for of_channel, reason, count in failed
                if of_channel == channel
            )

    def _compute_delay(self):
        self.env["social.message"].flush_model(["channel_id", "posted_at", "direction"])
        delays = {}
        if self.ids:
            delays = dict(
                self.env.execute_query(
                    SQL(
                        """SELECT channel.id, percentile_cont(0.5) WITHIN GROUP
                             (ORDER BY EXTRACT(EPOCH FROM post.here - post.written))
                           FROM social_channel channel
                           CROSS JOIN LATERAL (
                             SELECT create_date AS here, posted_at AS written
                             FROM (
                               SELECT create_date, posted_at, direction
                               FROM social_message WHERE channel_id = channel.id
                               ORDER BY id DESC LIMIT %s) latest
                             WHERE direction = 'inbound'
                               AND posted_at >= channel.create_date LIMIT %s) post
                           WHERE channel.id IN %s GROUP BY channel.id""",
                        LOOK_BACK,
                        DELAYS,
                        tuple(self.ids),
                    )
                )
            )
        for channel in self:
            channel.delay = max(0.0, (delays.get(channel.id) or 0.0) / 60)

    def action_replay_failed(self):
        """Lets all failed payloads be processed once more."""
        self.check_access("write")
        failed = (
            self.env["social.intake"]
            .sudo()
            .search([("channel_id", "in", self.ids), ("state", "=", "failed")])
        )
        failed._replay_later()

    # ------------------------------------------------------------------
    # Watching
    # ------------------------------------------------------------------

    @api.model
    def _cron_watch(self):
        """Job: tells administrators, once, when a channel is silent for longer than its
        past suggests.
        """
        for channel in self.search([("state", "=", "connected")]):
            told = channel.silence_told
            if channel.silent_since and told != channel.silent_since:
                channel._tell_silence()
            elif told and not channel.silent_since:
                channel.silence_told = False

    def _tell_silence(self):
        self.silence_told = self.silent_since
        for user in self._administrators(self.company_id):
            self.activity_schedule(
                RECONNECT,
                summary=self.env._("%(name)s is silent", name=self.name),
                note=self.health_message,
                user_id=user.id,
            )


def _known(feeds, name):
    return [moment for moment in feeds.mapped(name) if moment]
