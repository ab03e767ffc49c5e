"""Out of sight for a while."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SocialCase


@tagged("post_install", "-at_install")
class TestSnooze(SocialCase):
    def setUp(self):
        super().setUp()
        [self.post] = self.receive(self.payload("Where is my parcel?"))
        self.conversation = self.post.conversation_id.with_user(self.agent)
        self.tomorrow = fields.Datetime.now() + timedelta(days=1)

    def snoozed(self):
        found = self.conversation.search([("is_snoozed", "=", True)])
        awake = self.conversation.search([("is_snoozed", "=", False)])
        self.assertFalse(found & awake)
        self.assertIn(self.conversation, found | awake)
        return self.conversation in found

    def test_until_a_moment_and_back_by_hand(self):
        self.assertFalse(self.snoozed())
        self.conversation.action_snooze(self.tomorrow)
        self.assertTrue(self.snoozed())
        self.assertEqual(self.conversation.snoozed_by_id, self.agent)
        facts = self.conversation._composer_facts()
        until = fields.Datetime.to_string(self.tomorrow.replace(microsecond=0))
        self.assertEqual(facts["snoozed_until"], until)
        self.conversation.action_unsnooze()
        self.assertFalse(self.snoozed())

    def test_moments_that_make_no_sense(self):
        now = fields.Datetime.now()
        for until in (None, False, now, now - timedelta(1), now + timedelta(366)):
            with self.assertRaises(UserError):
                self.conversation.action_snooze(until)
        with self.assertRaises(AccessError):
            self.conversation.snoozed_until = self.tomorrow
        with self.assertRaises(AccessError):
            self.conversation.with_user(self.make_user("nobody")).action_snooze(
                self.tomorrow
            )

    def test_it_survives_our_answer_and_ends_with_a_post(self):
        self.conversation.action_snooze(self.tomorrow)
        self.post.with_user(self.agent)._answer("We look into it")
        self.assertTrue(self.snoozed())
        self.receive(self.payload("Thanks", parent_id=self.post.external_id))
        self.assertFalse(self.snoozed())

    def test_solving_ends_it(self):
        for state in ("solved", "no_action"):
            self.conversation.action_snooze(self.tomorrow)
            self.conversation.state = state
            self.assertFalse(self.conversation.snoozed_until)

    def test_it_comes_back_with_an_activity(self):
        self.conversation.action_snooze(self.tomorrow)
        self.conversation.state = "waiting"
        self.run_job("cron_wake")
        self.assertTrue(self.conversation.snoozed_until, "not yet")
        conversation = self.conversation.sudo()
        conversation.snoozed_until = fields.Datetime.now() - timedelta(minutes=1)
        self.run_job("cron_wake")
        self.assertFalse(conversation.snoozed_until)
        self.assertEqual(conversation.state, "open")
        activities = self.env["mail.activity"]
        activity = activities.search([("user_id", "=", self.agent.id)])
        self.assertIn("Back from snoozing", activity.summary)

    def test_what_was_snoozed_anew_meanwhile_is_left_alone(self):
        self.conversation.action_snooze(self.tomorrow)
        self.conversation.sudo()._wake()
        self.assertTrue(self.snoozed())
        self.assertFalse(self.conversation.activity_ids)

    def test_whoever_left_is_not_told(self):
        self.conversation.action_snooze(self.tomorrow)
        conversation = self.conversation.sudo()
        conversation.snoozed_until = fields.Datetime.now() - timedelta(minutes=1)
        self.agent.active = False
        self.run_job("cron_wake")
        self.assertFalse(conversation.snoozed_until)
        activities = self.env["mail.activity"]
        self.assertFalse(activities.search([("user_id", "=", self.agent.id)]))

    def test_usual_moments_by_the_agents_clock(self):
        self.agent.tz = "Europe/Berlin"  # two hours before UTC in summer
        friday = datetime(2026, 7, 3, 10)
        conversation = self.conversation.with_context(tz="Europe/Berlin")
        for now, kind, expected in (
            (friday, "hour", datetime(2026, 7, 3, 11)),
            (friday, "evening", datetime(2026, 7, 3, 16)),
            (friday.replace(hour=17), "evening", datetime(2026, 7, 4, 16)),
            (friday, "tomorrow", datetime(2026, 7, 4, 7)),
            (friday, "week", datetime(2026, 7, 6, 7)),
            (datetime(2026, 7, 6, 10), "week", datetime(2026, 7, 13, 7)),
        ):
            with patch.object(fields.Datetime, "now", lambda *_a, n=now: n):
                self.assertEqual(conversation._snooze_moment(kind), expected, kind)
