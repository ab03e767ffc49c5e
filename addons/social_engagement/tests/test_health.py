"""How channels are doing, what they cost, and who may see and change it."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from ..networks.base import NetworkError, Page, Reason
from .common import Scripted, SocialCase

INTAKE = "odoo.addons.social_engagement.models.social_intake"


class HealthCase(SocialCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls.make_user(
            "social_admin", "social_engagement.group_social_administrator"
        )
        cls.manager = cls.make_user(
            "social_manager", "social_engagement.group_social_manager"
        )


class TestHealth(HealthCase):
    def age(self, record, **ago):
        """Lets a record have been made a while ago."""
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE {record._table} SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(**ago), record.id],
        )
        self.env.invalidate_all()

    def test_each_trouble_says_what_to_do(self):
        other = self.make_feed(self.channel, "search", query="us")
        self.feed.failure_reason = "network"
        other.failure_reason = "permission"
        first, second = self.channel.health_message.splitlines()
        self.assertIn("Mentions: The network could not be reached", first)
        self.assertIn("Search: The account may not do this", second)
        self.assertEqual(self.channel.health, "warning")

    def test_catching_up(self):
        self.feed.behind_since = datetime(2026, 1, 2)
        self.assertEqual(self.channel.health, "warning")
        self.assertIn("is being fetched", self.channel.health_message)
        self.assertEqual(self.channel.behind_since, datetime(2026, 1, 2))

    def be_silent(self, hours):
        self.age(self.feed, days=30)
        self.feed.longest_silence = 9 * 3600
        self.feed.last_item = fields.Datetime.now() - timedelta(hours=hours)

    def test_unusual_silence_is_an_alarm(self):
        self.be_silent(10)
        self.assertEqual(self.channel.health, "good", "a night")
        self.be_silent(20)
        self.assertEqual(self.channel.health, "warning")
        self.assertIn("which is unusual", self.channel.health_message)
        self.assertEqual(self.channel.silent_since, self.feed.last_item)

    def test_administrators_are_told_of_silence_once(self):
        self.be_silent(20)
        for _run in range(2):
            self.run_job("cron_watch")
        told = self.channel.activity_ids.filtered(
            lambda a: a.user_id == self.administrator
        )
        self.assertEqual(len(told), 1)
        self.assertIn("is silent", told.summary)
        self.feed.last_item = fields.Datetime.now()
        self.run_job("cron_watch")
        self.be_silent(21)
        self.run_job("cron_watch")
        self.assertEqual(
            len(
                self.channel.activity_ids.filtered(
                    lambda a: a.user_id == self.administrator
                )
            ),
            2,
            "another silence",
        )

    def test_what_waits_too_long_is_a_trouble(self):
        intake = self.store(self.payload())
        self.assertEqual(self.channel.waiting_count, 1)
        self.assertEqual(self.channel.health, "good")
        self.age(intake, minutes=11)
        self.assertEqual(self.channel.health, "warning")
        self.assertIn("scheduled jobs", self.channel.health_message)

    def test_the_usual_delay(self):
        self.assertEqual(self.channel.delay, 0)
        self.age(self.channel, days=30)
        now = self.env.cr.now().replace(microsecond=0)  # what create_date will be
        for minutes in (2, 4, 60):
            written = (now - timedelta(minutes=minutes)).isoformat() + "+00:00"
            self.receive(self.payload(at=written))
        old = (now - timedelta(days=900)).isoformat() + "+00:00"
        for _post in range(5):  # from before the channel was connected
            self.receive(self.payload(at=old))
        self.channel.invalidate_recordset()
        self.assertAlmostEqual(self.channel.delay, 4, delta=0.2)

    def test_the_tightest_rate_limit_shows(self):
        self.assertEqual(self.channel.rate_left, 100)
        soon = fields.Datetime.now() + timedelta(minutes=5)
        self.feed.write({"rate_limit": 100, "rate_left": 70, "rate_reset": soon})
        other = self.make_feed(self.channel, "search", query="us")
        other.write({"rate_limit": 10, "rate_left": 1, "rate_reset": soon})
        self.assertEqual(self.channel.rate_left, 10)
        other.rate_reset = fields.Datetime.now() - timedelta(minutes=5)
        self.channel.invalidate_recordset()
        self.assertEqual(self.channel.rate_left, 70, "that one is new again")

    @mute_logger(INTAKE)
    def test_what_failed_is_replayed_all_at_once(self):
        self.receive({"no": "id"}, self.payload(crash="oops"), self.payload(crash="x"))
        self.assertEqual(self.channel.failed_intake_count, 3)
        self.assertIn("1 × Unexpected data. What arrived", self.channel.failed_reasons)
        self.assertIn("2 × Unknown failure. ", self.channel.failed_reasons)
        with self.assertRaises(AccessError):
            self.channel.with_user(self.manager).action_replay_failed()
        self.channel.with_user(self.administrator).action_replay_failed()
        self.assertEqual(self.channel.waiting_count, 3)

        normalise = Scripted.normalise.__func__

        def without_crash(cls, payload):
            payload = {k: v for k, v in payload.items() if k not in ("crash", "no")}
            payload.setdefault("id", "mended")
            payload.setdefault("at", "2026-01-01T00:00:00+00:00")
            return normalise(cls, payload)

        with patch.object(Scripted, "normalise", classmethod(without_crash)):
            self.listen()
        self.env.invalidate_all()
        self.assertEqual(self.channel.failed_intake_count, 0)
        self.assertEqual(self.channel.message_count, 3)

    def test_a_list_of_channels_takes_no_query_for_each(self):
        names = ["health", "health_message", "delay", "waiting_count", "spent"]
        names += ["failed_intake_count", "failed_reasons", "rate_left", "budget_used"]

        def queries(number):
            channels = self.channel.browse()
            for n in range(number):
                channel = self.make_channel(name=f"{number}.{n}")
                feed = self.make_feed(channel)
                feed.failure_reason = "network"
                self.receive(self.payload(), feed=feed)
                channels += channel
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            channels.read(names)
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(2), queries(12))

    def test_the_form_shows_it_to_everybody_who_may_see_channels(self):
        self.feed.failure_reason = "network"
        for user in (self.manager, self.administrator):
            form = Form(self.channel.with_user(user))
            self.assertEqual(form.health, "warning")


class TestBudget(HealthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.multiple(
                Scripted, costs={"read": 0.5, "sent": 2.0}, cost_unit="USD", budget=10.0
            )
        )
        cls.channel.budget = 10

    def fetch(self, *reads):
        """Lets fetches read so many posts, one after the other."""
        reads = list(reads)

        def fetch(adapter, kind, query, cursor):
            self.script.fetched.append((kind, cursor))
            adapter.meter.count("read", reads.pop(0))
            return Page([], {"at": len(reads)})

        with patch.object(Scripted, "fetch", fetch):
            while reads:
                self.due()
                before = len(reads)
                self.listen()
                if len(reads) == before:
                    break
        self.env.invalidate_all()

    def costs(self):
        return self.env["social.channel.cost"].search([])

    def test_a_network_says_its_own_budget(self):
        self.assertEqual(self.make_channel(name="New").budget, 10)

    def test_what_is_read_is_counted(self):
        self.fetch(2, 3)
        cost = self.costs()
        self.assertEqual((cost.what, cost.count, cost.amount), ("read", 5, 2.5))
        self.assertEqual(cost.day, fields.Date.today())
        self.assertEqual(cost.company_id, self.channel.company_id)
        self.assertEqual((self.channel.spent, self.channel.budget_left), (2.5, 7.5))
        self.assertEqual(self.channel.budget_used, 25)
        self.assertTrue(cost.display_name)

    def test_what_a_failing_fetch_used_is_counted(self):
        def fetch(adapter, kind, query, cursor):
            adapter.meter.count("read", 4)
            raise NetworkError(Reason.SERVER, "500")

        self.due()
        with patch.object(Scripted, "fetch", fetch):
            self.listen()
        self.assertEqual(self.costs().count, 4)

    def test_a_fetch_that_would_overspend_is_not_made(self):
        self.fetch(12, 12)
        self.assertEqual(self.channel.spent, 6, "the second might have cost 6 again")
        self.assertEqual(len(self.script.fetched), 1)
        self.assertEqual(self.feed.failure_reason, "budget")
        self.assertIn("budget is used up", self.channel.health_message)
        self.assertGreater(
            self.feed.next_run, fields.Datetime.now() + timedelta(minutes=30)
        )

    def test_slower_when_money_runs_out(self):
        self.fetch(1)
        resting = self.feed.next_run - fields.Datetime.now()
        self.assertGreater(resting, timedelta(minutes=2))

    def test_yesterdays_and_last_months_do_not_count(self):
        last_month = fields.Date.today().replace(day=1) - timedelta(days=1)
        self.env["social.channel.cost"].create(
            {
                "channel_id": self.channel.id,
                "day": last_month,
                "what": "read",
                "count": 100,
                "amount": 50,
            }
        )
        self.assertEqual(self.channel.spent, 0)
        self.fetch(1)
        self.assertEqual(len(self.script.fetched), 1)

    def test_a_raised_budget_lets_it_go_on(self):
        self.fetch(19, 12)
        self.assertEqual(self.feed.failure_reason, "budget")
        self.channel.with_user(self.administrator).budget = 100
        self.assertLessEqual(self.feed.next_run, fields.Datetime.now())
        self.script.pages["mentions"] = [self.page(cursor=1)]
        self.listen()
        self.assertFalse(self.feed.failure_reason)

    def test_no_budget_is_no_limit(self):
        self.channel.budget = 0
        self.fetch(100, 100)
        self.assertEqual(self.channel.spent, 100)
        self.assertEqual((self.channel.budget_left, self.channel.budget_used), (0, 0))

    def test_only_administrators_set_a_budget(self):
        with self.assertRaises(AccessError):
            self.channel.with_user(self.manager).budget = 5
        with self.assertRaises(ValidationError):
            self.channel.with_user(self.administrator).budget = -1
        with self.assertRaises(AccessError):
            self.costs().with_user(self.agent).search([])
        self.fetch(1)
        for user in (self.manager, self.administrator):
            cost = self.costs().with_user(user)
            self.assertEqual(cost.amount, 0.5)
            with self.assertRaises(AccessError):
                cost.amount = 0
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        other = self.make_user(
            "elsewhere",
            "social_engagement.group_social_manager",
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        self.assertFalse(self.costs().with_user(other).search([]))
