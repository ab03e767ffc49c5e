import random
from datetime import datetime, timedelta

import pytz

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

RANDOM_CASES = 1000
YEAR = datetime(2026, 1, 1)


@tagged("post_install", "-at_install")
class TestWorktime(TransactionCase):
    """Deadlines agree with what Odoo's own calendars say."""

    def calendar(self, company, zone, shifts):
        calendar = self.env["resource.calendar"].create(
            {
                "name": zone,
                "tz": zone,
                "company_id": company.id,
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "x",
                            "dayofweek": str(day),
                            "hour_from": opens,
                            "hour_to": closes,
                            "day_period": "morning",
                        }
                    )
                    for day, opens, closes in shifts
                ],
            }
        )
        return calendar

    def leave(self, company, calendar, start, days):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "off",
                "company_id": company.id,
                "calendar_id": calendar.id,
                "date_from": start,
                "date_to": start + timedelta(days=days),
            }
        )

    def test_a_thousand_deadlines_as_the_calendar_plans_them(self):
        """Over changes to and from summer time, days off of two companies."""
        rng = random.Random(3)
        other = self.env["res.company"].create({"name": "Other"})
        week = [(day, 8.5, 12) for day in range(5)] + [
            (day, 13, 17) for day in range(5)
        ]
        night = [(day, 20, 24) for day in range(7)] + [(day, 0, 4) for day in range(7)]
        calendars = [
            (self.env.company, self.calendar(self.env.company, "Europe/Berlin", week)),
            (other, self.calendar(other, "America/New_York", night)),
        ]
        for company, calendar in calendars:
            for _number in range(8):
                start = YEAR + timedelta(hours=rng.randrange(365 * 24))
                self.leave(company, calendar, start, rng.choice((0.2, 1, 3)))
        everywhere = self.env["resource.calendar"].browse()
        self.leave(other, everywhere, datetime(2026, 5, 1), 1)
        for number in range(RANDOM_CASES):
            company, calendar = calendars[number % 2]
            moment = YEAR + timedelta(minutes=rng.randrange(360 * 24 * 60))
            hours = rng.choice((0.25, 1, 4, 8, 24, 60)) * rng.uniform(0.5, 1.5)
            planned = calendar.plan_hours(
                hours,
                pytz.utc.localize(moment),
                compute_leaves=True,
                domain=[
                    ("time_type", "=", "leave"),
                    ("company_id", "in", [False, company.id]),
                ],
            )
            planned = planned.astimezone(pytz.utc).replace(tzinfo=None)
            worktime = calendar._worktime_reaching(company, moment, hours * 3600)
            due = worktime.due(moment, hours * 3600)
            self.assertLess(abs(due - planned), timedelta(seconds=1), (moment, hours))
            self.assertAlmostEqual(
                worktime.between(moment, due), hours * 3600, places=3
            )

    def test_ten_thousand_deadlines_ask_the_calendar_once(self):
        company = self.env.company
        calendar = company.resource_calendar_id
        now = datetime(2026, 3, 2, 10)
        calendar._worktime(company, now)
        before = self.env.cr.sql_log_count
        for minute in range(10_000):
            moment = now + timedelta(minutes=minute % 600)
            calendar._worktime_reaching(company, moment, 4 * 3600).due(moment, 4 * 3600)
        self.assertEqual(self.env.cr.sql_log_count, before)

    def test_no_calendar_and_flexible_hours_never_stand_still(self):
        now = datetime(2026, 3, 1, 3)
        none = self.env["resource.calendar"]
        flexible = self.env.company.resource_calendar_id.copy(
            {"schedule_type": "flexible"}
        )
        for calendar in (none, flexible):
            worktime = calendar._worktime(self.env.company, now)
            self.assertEqual(worktime.due(now, 3600), datetime(2026, 3, 1, 4))
