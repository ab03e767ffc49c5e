import logging
import time
from contextlib import suppress
from datetime import timedelta
from random import shuffle

from odoo import api, fields, models

from ..networks.base import BadPayload, Known, NetworkError, Reason, TooLarge
from ..networks.deadline import within
from ..networks.http import squeezing
from .social_message_gone import NOT_THERE
from .transaction import OVERTAKEN, place

_logger = logging.getLogger(__name__)

RECENT = timedelta(days=30)  # older posts are left as they are
EVERY = timedelta(days=1)
BATCHES = 20  # of one channel in one run; the next run goes on
PATIENCE = 45  # seconds one channel's batches, or one of them, may take
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
        shuffle(channels := list(channels))  # so that none is always behind a slow one
        for channel in channels:
            self._reconcile(channel)
            if not cron._commit_progress(1):
                break
        # Nothing "remains", else Odoo would call again, ten times, in one turn.
        cron._commit_progress(remaining=0)

    @api.model
    def _reconcile(self, channel):
        """Asks about the posts of one channel that are due, each batch a transaction of
        its own.
        """
        ends, size = time.monotonic() + PATIENCE, channel._network().reread_batch
        for _batch in range(BATCHES):
            due = self._to_be_checked(channel)[:size]
            if not due or time.monotonic() > ends:
                return
            adapter = channel._adapter()
            try:
                due._check(adapter)
            except NetworkError as error:
                self.env.cr.rollback()
                channel._count_cost(adapter.meter)
                if isinstance(error, TooLarge) and len(due) > 1:
                    size = len(due) // 2
                    continue
                _logger.info("Channel %s was not checked: %s", channel.id, error.reason)
                if error.reason == Reason.AUTHORISATION:
                    channel._lose_authorisation()
                elif not error.temporary and error.reason != Reason.BUDGET:
                    due._put_off()  # the same question would get the same answer
                return
            except OVERTAKEN:  # by what arrives: the next run looks again
                self.env.cr.rollback()
                return
            except Exception as error:  # an adapter's own fault must not stop the rest
                self.env.cr.rollback()
                _logger.error("Channel %s not checked: %s", channel.id, place(error))
                due._put_off()
                return
            self.env.cr.commit()  # pylint: disable=invalid-commit
            if adapter.meter.usage and adapter.meter.usage.left < SPARE:
                return

    def _put_off(self):
        self.checked_at = fields.Datetime.now()

    @api.model
    def _to_be_checked(self, channel):
        now = fields.Datetime.now()
        return self.search(
            [
                ("channel_id", "=", channel.id),
                ("direction", "=", "inbound"),
                ("gone_at", "=", False),
                ("posted_at", ">=", now - RECENT),
                ("checked_at", "<=", now - EVERY),
            ],
            order="checked_at, id",
            limit=channel._network().reread_batch,
        )

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
