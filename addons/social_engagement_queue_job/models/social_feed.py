from odoo import fields, models

from odoo.addons.social_engagement.models.transaction import (
    commit_each,
    values_unlogged,
)


class SocialFeed(models.Model):
    """The lanes hand each page to a job instead of fetching it."""

    _inherit = "social.feed"

    def _fetch(self):
        if self and not self.env["social.channel"]._has_runner():
            return super()._fetch()
        for feed in self:
            commit_each(feed.env, feed._enqueue)
        return None

    def _enqueue(self):
        """Lets a job fetch the next page; one that waits already is enough."""
        self.with_delay(
            identity_key=f"social.feed:{self.id}",
            description=self.env._("Fetch %(feed)s", feed=self.display_name),
        )._job_fetch()

    def _job_fetch(self):
        """Job: fetches one page. Commits nothing."""
        feed = self.exists()
        channel = feed.channel_id
        if not feed.active or channel.state != "connected" or not channel.active:
            return
        lease = feed.next_run
        fetched = feed._ask()
        with values_unlogged():
            feed._settle_or_fail(fetched, lease)
            feed.flush_recordset()
        if not fetched.error:
            self.env["social.intake"]._enqueue(channel)
        if feed.next_run <= fields.Datetime.now():  # there is more
            feed._enqueue()
