import logging
import time
from contextlib import suppress
from datetime import timedelta
from random import shuffle

from odoo import api, fields, models
from odoo.tools import SQL

from ..networks.base import BadPayload, Known, NetworkError, Reason, TooLarge
from ..networks.deadline import within
from ..networks.http import squeezing
from .social_message_gone import NOT_THERE
from .transaction import OVERTAKEN, place

_logger = logging.getLogger(__name__)

RECENT = timedelta(days=30)  # older posts are left as they are
EVERY = timedelta(days=1)
LATE = timedelta(days=2)  # what waits longer is told
PATIENCE = 45  # seconds a run, or one batch, may take
SPARE = 0.5  # share of the rate limit that is left to listening


class SocialMessage(models.Model):
    """Deletions and edits that no event told of are found by asking again: each recent
    post once a day. Arriving over the day, posts are asked about over the day.
    """

    _inherit = "social.message"

    checked_at = fields.Datetime(
        "Checked at",
        readonly=True,
        copy=False,
        default=fields.Datetime.now,
        help="When the network was last asked whether the post is still there.",
    )
    _to_check = models.Index(
        "(channel_id, checked_at) WHERE direction = 'inbound' AND gone_at IS NULL"
    )

    @api.model
    def _cron_reconcile(self):
        """Job: asks what became of recent posts, those first that wait longest."""
        channels = self.env["social.channel"].search([("state", "=", "connected")])
        channels = channels.filtered(lambda channel: channel._network().can_reread)
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(channels))
        shuffle(waiting := list(channels))  # so that none is always behind a slow one
        ends, left, sizes = time.monotonic() + PATIENCE, True, {}
        while waiting and left and time.monotonic() < ends:
            for channel in list(waiting):  # a batch of each: none holds up the others
                if not self._reconcile(channel, sizes):
                    waiting.remove(channel)
                left = cron._commit_progress(0)
                if not left or time.monotonic() >= ends:
                    break
        # Nothing "remains", else Odoo would call again, ten times, in one turn.
        cron._commit_progress(remaining=0)
        if waiting:
            self.env.ref("social_engagement.cron_reconcile")._trigger()

    @api.model
    def _reconcile(self, channel, sizes):
        """Asks about a batch of the posts of one channel that are due, in a transaction
        of its own.

        :param sizes: channel → how many at most, of those whose answers are too large
        :return: whether to ask about more in this run
        """
        due = self._to_be_checked(channel)[: sizes.get(channel)]
        if not due:
            return False
        adapter = channel._adapter()
        try:
            due._check(adapter)
        except NetworkError as error:
            self.env.cr.rollback()
            channel._count_cost(adapter.meter)
            if isinstance(error, TooLarge) and len(due) > 1:
                sizes[channel] = len(due) // 2
                return True
            _logger.info("Channel %s was not checked: %s", channel.id, error.reason)
            if error.reason == Reason.AUTHORISATION:
                channel._lose_authorisation()
            elif not error.temporary and error.reason != Reason.BUDGET:
                due._put_off()  # the same question would get the same answer
            return False
        except OVERTAKEN:  # by what arrives: the next run looks again
            self.env.cr.rollback()
            return False
        except Exception as error:  # an adapter's own fault must not stop the rest
            self.env.cr.rollback()
            _logger.error("Channel %s not checked: %s", channel.id, place(error))
            due._put_off()
            return False
        self.env.cr.commit()  # pylint: disable=invalid-commit
        usage = adapter.meter.usage
        return not usage or usage.left >= SPARE

    def _put_off(self):
        """They were asked about: again in a day, unless they are too old by then. Those
        have no moment any more, so that looking for the others never meets them.
        """
        now = fields.Datetime.now()
        last = self.filtered(lambda m: m.posted_at < now - RECENT + EVERY)
        last.checked_at = False
        (self - last).checked_at = now

    @api.model
    def _to_be_checked(self, channel):
        return self.search(
            self._due_to_check(channel, EVERY),
            order="checked_at, id",
            limit=channel._network().reread_batch,
        )

    @api.model
    def _due_to_check(self, channels, pause):
        """A domain for posts that were not asked about for so long."""
        now = fields.Datetime.now()
        return [
            ("channel_id", "in", channels.ids),
            ("direction", "=", "inbound"),
            ("gone_at", "=", False),
            ("posted_at", ">=", now - RECENT),
            # Whoever asked about them last was no longer ago than they were posted.
            ("checked_at", ">=", now - RECENT - EVERY),
            ("checked_at", "<=", now - pause),
        ]

    def _check(self, adapter):
        """Asks the network about these posts of one channel, and follows what it says.

        :raises NetworkError: nothing was learned
        """
        channel = self.channel_id
        channel._check_budget(0)
        known = [
            Known(m.external_id, m.kind, m.reply_ref or {}, m.url or "") for m in self
        ]
        self.env.cr.commit()  # pylint: disable=invalid-commit
        with within(PATIENCE), squeezing(len(known) == 1):
            found = adapter.reread(known)
        channel._count_cost(adapter.meter)
        # What was hidden here is not shown there, and not deleted for that.
        shown = self.filtered(lambda message: not message._is_wanted("hide"))
        asked = set(shown.mapped("external_id"))
        self._gone(channel, found.gone & asked, NOT_THERE)
        there = self.filtered(lambda message: not message.gone_at)
        there._note_spread(_read(adapter, found.items))
        intake = self.env["social.intake"]
        if intake._insert(channel, intake._rows(found.items)):
            self.env["social.feed"]._wake()
        self._put_off()


def _read(adapter, items):
    """The posts that were delivered; what is none is told of when it is taken in."""
    posts = []
    for item in items:
        with suppress(BadPayload):
            posts.append(adapter.normalise(item.payload))
    return posts


class SocialChannel(models.Model):
    _inherit = "social.channel"

    is_late_checking = fields.Boolean(
        compute="_compute_is_late_checking",
        help="Some posts have not been asked about for two days.",
    )

    def _compute_is_late_checking(self):
        asked = self.filtered(
            lambda c: c.state == "connected" and c._network().can_reread
        )
        posts = self.env["social.message"].sudo()
        late = posts._search(posts._due_to_check(asked, LATE))
        late.add_where("social_message.channel_id = channel.id")
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM social_channel channel
                   WHERE id = ANY(%s) AND EXISTS %s""",
                asked.ids,
                late.subselect(),
            )
        )
        ids = {key for [key] in rows}
        for channel in self:
            channel.is_late_checking = channel.id in ids
