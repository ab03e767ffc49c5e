from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import Job
from odoo.addons.social_engagement.networks.base import NetworkError, Reason
from odoo.addons.social_engagement.tests.common import SocialCase

FEED = "odoo.addons.social_engagement.models.social_feed"
INTAKE = "odoo.addons.social_engagement.models.social_intake"


class TestJobs(SocialCase):
    def jobs(self, method=None, state="pending"):
        domain = [("state", "=", state), ("model_name", "like", "social.")]
        if method:
            domain.append(("method_name", "=", method))
        return self.env["queue.job"].search(domain, order="id")

    def run_jobs(self):
        """Runs what waits, as job runners do, until nothing waits."""
        while jobs := self.jobs():
            for record in jobs:
                job = Job.load(self.env, record.uuid)
                job.set_started()
                job.store()
                with patch.object(self.env.cr, "commit", side_effect=AssertionError):
                    job.perform()
                job.set_done()
                job.store()
                self.env.flush_all()

    def test_the_way_of_a_post(self):
        self.script.pages["mentions"] = [self.page(self.payload("Hello?"), cursor=1)]
        self.listen()
        self.assertFalse(self.script.fetched, "the lane only hands it over")
        self.assertEqual(self.jobs().mapped("method_name"), ["_job_fetch"])
        self.run_jobs()
        self.assertEqual(self.feed.cursor, {"at": 1})
        self.assertEqual(self.env["social.message"].search([]).body, "Hello?")
        self.assertGreater(self.feed.next_run, fields.Datetime.now())

    def test_jobs_have_their_channels(self):
        self.listen()
        self.assertEqual(self.jobs().channel, "root.social.fetch")
        self.store(self.payload())
        self.listen()
        self.assertEqual(self.jobs("_job_process").channel, "root.social.process")

    def test_what_waits_already_is_enough(self):
        self.store(self.payload())
        for _run in range(3):
            self.due()
            self.listen()
        self.assertEqual(len(self.jobs("_job_fetch")), 1)
        self.assertEqual(len(self.jobs("_job_process")), 1)

    def test_pages_that_wait_are_fetched_one_job_each(self):
        self.script.pages["mentions"] = [
            self.page(self.payload(), cursor=n, more=n < 3) for n in (1, 2, 3)
        ]
        self.listen()
        self.run_jobs()
        self.assertEqual(len(self.script.fetched), 3)
        self.assertEqual(len(self.jobs("_job_fetch", "done")), 3)
        self.assertEqual(self.env["social.message"].search_count([]), 3)

    def test_batches_that_wait_are_processed_one_job_each(self):
        self.store(*[self.payload() for _n in range(7)])
        self.feed.next_run = "2100-01-01"
        self.listen()
        with patch(f"{INTAKE}.BATCH", 3):
            self.run_jobs()
        self.assertFalse(self.waiting())
        self.assertEqual(len(self.jobs("_job_process", "done")), 4)

    def test_a_channel_another_job_works_on_is_tried_again(self):
        self.store(self.payload())
        intake = type(self.env["social.intake"])
        with (
            patch.object(intake, "_lock_channel", return_value=False),
            self.assertRaises(RetryableJobError),
        ):
            self.env["social.intake"]._job_process(self.channel)
        self.assertEqual(len(self.waiting()), 1)

    def test_failures_are_kept_on_the_feed(self):
        self.script.pages["mentions"] = [NetworkError(Reason.SERVER, "500")]
        self.listen()
        self.run_jobs()
        self.assertEqual(self.feed.failure_reason, "server")

    @mute_logger(FEED)
    def test_a_page_that_cant_be_kept_is_a_failure_of_the_feed(self):
        self.script.pages["mentions"] = [self.page(self.payload(), cursor=1)]
        self.listen()
        intake = type(self.env["social.intake"])
        with patch.object(intake, "_store", side_effect=ValueError("Hello there")):
            self.run_jobs()
        self.assertEqual(self.feed.failure_reason, "unknown")
        self.assertFalse(self.feed.cursor)
        self.assertNotIn("Hello there", str(self.jobs(state="done").read()))

    @mute_logger(INTAKE)
    def test_one_bad_of_many_fails_alone(self):
        self.store(self.payload(), {"no": "id"}, self.payload(crash="oops"))
        self.feed.next_run = "2100-01-01"
        self.listen()
        self.run_jobs()
        intakes = self.env["social.intake"].search([], order="id")
        self.assertEqual(intakes.mapped("state"), ["done", "failed", "failed"])

    def test_what_was_disconnected_meanwhile_rests(self):
        self.listen()
        self.channel.state = "draft"
        self.run_jobs()
        self.assertFalse(self.script.fetched)

    # ------------------------------------------------------------------
    # Without a runner
    # ------------------------------------------------------------------

    def leave(self, minutes):
        """Nobody has taken the jobs that wait, for so long."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE queue_job SET date_created = %s WHERE state = 'pending'",
            [fields.Datetime.now() - timedelta(minutes=minutes)],
        )
        self.env.invalidate_all()

    def test_without_a_runner_posts_are_fetched_all_the_same(self):
        self.script.pages["mentions"] = [self.page(self.payload("Hello?"), cursor=1)]
        self.listen()
        self.leave(minutes=4)
        self.due()
        self.listen()
        self.assertFalse(self.script.fetched, "a runner may be busy for a while")
        self.assertEqual(self.channel.health, "good")
        self.leave(minutes=6)
        self.due()
        self.listen()
        self.assertEqual(self.env["social.message"].search([]).body, "Hello?")
        self.env.invalidate_all()
        self.assertEqual(self.channel.health, "warning")
        self.assertIn("its runner does not run", self.channel.health_message)

    def test_a_long_queue_is_not_a_missing_runner(self):
        self.make_feed(self.channel, "search", query="us")
        self.listen()
        self.leave(minutes=60)
        _waiting, taken = self.jobs()
        taken.write({"state": "started", "date_started": fields.Datetime.now()})
        self.assertTrue(self.env["social.channel"]._has_runner())

    def test_with_its_runner_back_jobs_do_the_work_again(self):
        self.listen()
        self.leave(minutes=60)
        self.assertFalse(self.env["social.channel"]._has_runner())
        self.run_jobs()
        self.assertTrue(self.env["social.channel"]._has_runner())
        self.due()
        self.listen()
        self.assertTrue(self.jobs("_job_fetch"))
