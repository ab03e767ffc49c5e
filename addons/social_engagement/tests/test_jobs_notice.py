from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError

from .common import SocialCase

LISTENING = ("cron_listen", "cron_listen_2", "cron_listen_3", "cron_listen_4")
SENDING = ("cron_send", "cron_send_2")


class TestJobsNotice(SocialCase):
    """What is said when the scheduled jobs do not run."""

    def stop(self, *names, hours=3):
        for name in names:
            job = self.env.ref(f"social_engagement.{name}")
            job.nextcall = fields.Datetime.now() - timedelta(hours=hours)

    def notice(self):
        return self.env["social.channel"].with_user(self.agent).jobs_notice()

    def health(self):
        self.env.invalidate_all()
        return self.channel.health

    def test_nothing_is_said_while_they_run(self):
        self.assertEqual(self.notice(), "")
        self.assertEqual(self.health(), "good")

    def test_one_lane_is_enough(self):
        self.stop(*LISTENING[1:], *SENDING[1:])
        self.assertEqual(self.notice(), "")
        self.assertEqual(self.health(), "good")

    def test_listening_has_stopped(self):
        self.stop(*LISTENING)
        self.assertIn("No posts have been fetched since", self.notice())
        self.assertIn("--max-cron-threads", self.notice())
        self.assertNotIn("replies", self.notice())
        self.assertEqual(self.health(), "bad")
        self.assertIn("Nothing has been fetched since", self.channel.health_message)
        self.assertIn("--max-cron-threads", self.channel.health_message)

    def test_sending_has_stopped(self):
        self.stop(*SENDING)
        self.assertIn("No replies have been sent since", self.notice())
        self.assertNotIn("posts", self.notice())

    def test_a_job_that_is_switched_off_does_not_run(self):
        for name in LISTENING:
            self.env.ref(f"social_engagement.{name}").active = False
        self.assertIn("No posts have been fetched since", self.notice())
        self.assertEqual(self.health(), "bad")

    def test_without_channels_nothing_is_missed(self):
        self.stop(*LISTENING, *SENDING)
        self.channel.state = "draft"
        self.assertEqual(self.notice(), "")
        self.assertEqual(self.health(), "none")

    def test_it_is_for_agents(self):
        colleague = self.make_user("colleague")
        with self.assertRaises(AccessError):
            self.env["social.channel"].with_user(colleague).jobs_notice()

    def test_overdue_feeds_are_red_in_words(self):
        now = fields.Datetime.now()
        self.feed.next_run = now - timedelta(minutes=5)
        self.assertEqual(self.health(), "good")
        self.feed.next_run = now - timedelta(days=2)
        self.assertEqual(self.health(), "bad")
        self.assertIn("Mentions: due since", self.channel.health_message)
        self.feed.active = False
        self.assertNotEqual(self.health(), "bad")

    def reply(self):
        [post] = self.receive(self.payload("Where is it?"))
        return post.with_user(self.agent)._answer("On its way").sudo()

    def test_a_reply_that_waits_for_long_is_among_the_failed(self):
        reply = self.reply()
        failed = self.env["social.message"].search
        self.assertFalse(failed([("is_late", "=", True)]))
        self.assertFalse(reply.is_late)
        long_ago = fields.Datetime.now() - timedelta(minutes=16)
        reply.try_at = long_ago
        self.assertEqual(failed([("is_late", "=", True)]), reply)
        self.assertNotIn(reply, failed([("is_late", "=", False)]))
        self.assertTrue(reply.is_late)
        self.assertIn("should have been sent", reply.failure_advice)
        reply.try_at = False
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE social_message SET write_date = %s WHERE id = %s",
            [long_ago, reply.id],
        )
        self.env.invalidate_all()
        self.assertTrue(reply.is_late)
        self.send()
        self.assertEqual(reply.delivery_state, "sent")
        self.assertFalse(reply.is_late)

    def test_a_reply_for_later_is_not_late(self):
        reply = self.reply()
        reply.try_at = fields.Datetime.now() + timedelta(days=1)
        self.assertFalse(reply.is_late)

    def test_its_list_shows_it(self):
        view = self.env.ref("social_engagement.social_message_view_search")
        self.assertIn("is_late", view.arch)
