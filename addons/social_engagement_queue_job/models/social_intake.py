import math

from odoo import models

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.social_engagement.models.transaction import (
    commit_each,
    values_unlogged,
)

RETRY = 2  # seconds until a channel that another job works on is tried again


class SocialIntake(models.Model):
    """The lanes hand each channel's payloads to a job instead of processing them."""

    _inherit = "social.intake"

    def _process_round(self, ends=math.inf):
        if not self.env["social.channel"]._has_runner():
            return super()._process_round(ends)
        for channel in self._waiting_channels():
            commit_each(self.env, lambda channel=channel: self._enqueue(channel))
        return 0

    def _enqueue(self, channel):
        """Lets a job process a batch of a channel; one that waits already is enough."""
        self.browse().with_delay(
            identity_key=f"social.intake:{channel.id}",
            description=self.env._("Process posts of %(name)s", name=channel.name),
        )._job_process(channel)

    def _job_process(self, channel):
        """Job: processes one batch of a channel. Commits nothing.

        :raises RetryableJobError: another job works on the channel
        """
        channel = channel.exists()
        if not channel:
            return
        if not self._lock_channel(channel):
            raise RetryableJobError("busy", seconds=RETRY, ignore_retry=True)
        with values_unlogged():
            if self._process_batch(channel):
                self._enqueue(channel)  # until nothing waits any more
