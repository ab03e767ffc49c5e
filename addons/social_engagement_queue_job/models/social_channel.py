from datetime import timedelta

from odoo import api, fields, models

OURS = ("root.social.fetch", "root.social.process")
#: A job that nobody has taken for so long, while no other one was taken either.
PATIENCE = timedelta(minutes=5)


class SocialChannel(models.Model):
    """The job queue may be installed while its runner is not started: posts are fetched
    without it then, and managers are told.
    """

    _inherit = "social.channel"

    @api.model
    def _has_runner(self):
        """Whether somebody runs the jobs handed over; until one has waited for some
        minutes, it is taken for granted.
        """
        jobs, since = self.env["queue.job"].sudo(), fields.Datetime.now() - PATIENCE
        left = [
            ("channel", "in", OURS),
            ("state", "in", ("pending", "enqueued")),
            ("date_created", "<", since),
            "|",
            ("eta", "=", False),
            ("eta", "<", since),
        ]
        taken = ["|", ("date_started", ">", since), ("date_done", ">", since)]
        return not jobs.search_count(left, limit=1) or bool(
            jobs.search_count(taken, limit=1)
        )

    def _troubles(self, now):
        yield from super()._troubles(now)
        if self.state == "connected" and not self._has_runner():
            yield self.env._(
                "The job queue (queue_job) is installed, but its runner does not run: "
                "posts are fetched without it, more slowly. Start the runner, or "
                "uninstall “Social Engagement: Jobs”."
            )
