from datetime import timedelta

from odoo import api, fields, models

from ..networks.base import Reason
from . import social_intake as intake

LONGEST = 10  # seconds a batch should take: Odoo ends a job that works for a minute
INTERRUPTED = timedelta(seconds=10)  # a try begun longer ago has not ended by itself
SHRINK = 4  # a batch of an interrupted try is so many times smaller at the next
GROWTH = 4  # and grows again at most so fast
INTERRUPTIONS = 5  # of a payload alone, until it is passed over


class SocialIntake(models.Model):
    """How many payloads are processed at once: as many as take a few seconds. A batch
    that takes so long that its process is ended would be begun anew for ever; so that a
    try has begun is kept, and the next one is smaller.
    """

    _inherit = "social.intake"

    begun_at = fields.Datetime(
        readonly=True, help="When a batch that starts with this payload was begun."
    )
    batch_size = fields.Integer(
        readonly=True, help="How many are processed at once from here on."
    )

    @api.model
    def _oldest_waiting(self, channel, limit):
        return self.search(
            [("channel_id", "=", channel.id), ("state", "=", "new")],
            order="id",
            limit=limit,
        )

    @api.model
    def _begin_batch(self, channel):
        """Notes that a batch is begun, to be committed before it is processed.

        :return: whether there is one, and no other process is at it
        """
        if not self._lock_channel(channel):
            return False
        first = self._oldest_waiting(channel, 1)
        size = first.batch_size or intake.BATCH
        while first.begun_at and first.begun_at <= _now() - INTERRUPTED:
            if size > 1 or first.attempts < INTERRUPTIONS:
                first.attempts += size == 1
                size = max(1, size // SHRINK)
                break
            first._fail(Reason.UNKNOWN, "interrupted each time it was processed")
            first, size = self._oldest_waiting(channel, 1), intake.BATCH
        smaller = size < intake.BATCH
        first.write({"begun_at": _now(), "batch_size": smaller and size})
        return bool(first)

    @api.model
    def _go_on_with(self, channel, done, seconds):
        """Notes how many to process next: what the last batch took tells.

        :param done: how many were processed
        :param seconds: how long that took
        """
        following = self._oldest_waiting(channel, 1)
        in_time = int(done * LONGEST / max(seconds, 0.001))
        size = max(1, min(intake.BATCH, in_time, max(done, 1) * GROWTH))
        if following and size < intake.BATCH:
            following.batch_size = size

    @api.model
    def _put_off(self, channel, *, shrink):
        """The machine or the database failed: nothing is wrong with the payloads.

        :param shrink: whether a smaller batch may fare better
        """
        first = self._oldest_waiting(channel, 1)
        size = max(1, (first.batch_size or intake.BATCH) // SHRINK)
        first.write({"begun_at": False, **({"batch_size": size} if shrink else {})})

    @api.model
    def _interrupted_last(self, channels):
        """Those where the last try did not end come last: it may well end so again, and
        must hold up none of the others.

        :param channels: social.channel → the id of its oldest payload
        :return: social.channel
        """
        firsts = self.browse(channels.values())
        firsts.fetch(["begun_at"])
        begun = {first.id for first in firsts if first.begun_at}
        return sorted(channels, key=lambda channel: channels[channel] in begun)


def _now():
    return fields.Datetime.now()
