from odoo.addons.social_engagement.tests.test_timeline import TimelineCase


class TestTimelineCalendar(TimelineCase):
    def test_a_meeting_is_in_the_timeline_of_those_invited(self):
        event = self.env["calendar.event"].create(
            {
                "name": "Tea",
                "start": "2026-05-05 10:00:00",
                "stop": "2026-05-05 11:00:00",
                "partner_ids": [(4, self.ann.id)],
            }
        )
        entries = self.page({"kind": "meeting"})["entries"]
        [entry] = [e for e in entries if e["card"]]
        self.assertEqual(entry["date"], "2026-05-05 10:00:00")
        self.assertEqual(entry["card"]["title"], "Tea")
        event.partner_ids -= self.ann
        entries = self.page({"kind": "meeting"})["entries"]
        self.assertFalse([e for e in entries if e["card"]])

    def test_a_private_meeting_keeps_its_name(self):
        self.env["calendar.event"].create(
            {
                "name": "Secret tea",
                "privacy": "private",
                "start": "2026-05-05 10:00:00",
                "stop": "2026-05-05 11:00:00",
                "partner_ids": [(4, self.ann.id)],
            }
        )
        self.assertNotIn("Secret", str(self.page({"kind": "meeting"})))
