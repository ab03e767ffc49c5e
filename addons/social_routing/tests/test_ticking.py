"""The tick of the clocks: it touches what is due to change, and tells of many targets
in one notice.
"""

from unittest.mock import patch

from .test_response_policy import MONDAY, PolicyCase


class TestTicking(PolicyCase):
    def aged(self, time, day=MONDAY):
        """How many tickets the tick of that moment looks at."""
        looked_at = []
        model = type(self.env["helpdesk.ticket"])
        age = model._age

        def watch(tickets, now):
            looked_at.extend(tickets.ids)
            return age(tickets, now)

        with patch.object(model, "_age", watch):
            self.tick(time, day)
        return len(looked_at)

    def test_only_what_is_due_to_change_is_looked_at(self):
        tickets = [self.ticket_at("09:00:00", handle=f"@{n}") for n in range(5)]
        self.assertEqual(self.aged("09:00:00"), 5)
        self.assertEqual(self.aged("09:00:10"), 0, "nothing has changed")
        self.assertEqual(self.aged("09:45:00"), 5)
        score = tickets[0].priority_score
        self.answer(tickets[0], "09:46:00")
        self.close(tickets[1])
        self.assertEqual(self.aged("09:50:00"), 4, "the answered one once more")
        self.assertEqual(self.aged("10:30:00"), 3)
        self.assertGreaterEqual(tickets[2].priority_score, score)
        self.assertEqual(self.aged("15:00:00"), 3)
        self.assertEqual(tickets[2].priority_score, 100)
        self.assertEqual(self.aged("15:30:00"), 0, "as high as it gets")

    def test_what_comes_back_rises_again(self):
        ticket = self.ticket_at("09:00:00", thread_id="a")
        self.answer(ticket, "09:10:00")
        self.tick("09:15:00")
        self.assertEqual(self.aged("12:00:00"), 0)
        with self.at(f"{MONDAY} 12:00:00"):
            self.receive(self.payload("And?", thread_id="a"))
        before = ticket.priority_score
        self.assertEqual(self.aged("12:05:00"), 1)
        self.tick("15:30:00")
        self.assertGreater(ticket.priority_score, before)

    def test_at_night_nothing_rises(self):
        self.ticket_at("15:59:00")
        self.tick("16:00:00")
        self.assertEqual(self.aged("18:00:00"), 0)

    def test_the_score_is_never_far_behind(self):
        ticket = self.ticket_at("09:00:00")
        for minute in range(0, 60, 5):
            time = f"09:{minute:02}:00"
            self.tick(time)
            with self.at(f"{MONDAY} {time}") as now:
                shown = ticket.priority_score
                ticket._age(now)
            self.assertLess(ticket.priority_score - shown, 0.6, time)

    def test_many_targets_are_one_notice(self):
        for n in range(30):
            self.ticket_at("09:00:00", handle=f"@{n}")
        self.policy.escalate_leader = True
        partner = self.leader.partner_id.ids
        before = self.env["mail.message"].search([("partner_ids", "in", partner)])
        self.tick("10:30:00")
        told = self.env["mail.message"].search([("partner_ids", "in", partner)])
        [notice] = told - before
        self.assertEqual(notice.subject, "30 targets are at risk or missed")
        self.assertEqual(notice.body.count("<li>"), 30)
        self.assertEqual(notice.body.count("href="), 30)
        mine = [("user_id", "=", self.leader.id)]
        self.assertFalse(self.env["mail.activity"].search(mine))
        self.tick("10:35:00")
        told = self.env["mail.message"].search([("partner_ids", "in", partner)])
        self.assertEqual(told - before, notice, "once")

    def test_a_few_are_told_one_by_one(self):
        for n in range(3):
            self.ticket_at("09:00:00", handle=f"@{n}")
        self.tick("10:30:00")
        mine = [("user_id", "=", self.leader.id)]
        self.assertEqual(self.env["mail.activity"].search_count(mine), 3)


class TestTakeNextIsForMembers(PolicyCase):
    def menus(self, user):
        menus = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
        return self.env.ref("social_routing.helpdesk_take_next_menu").id in menus

    def button(self, user, kind):
        action = self.env.ref("social_routing.take_next_action").id
        tickets = self.env["helpdesk.ticket"].with_user(user)
        return f'name="{action}"' in tickets.get_view(view_type=kind)["arch"]

    def test_who_is_in_no_team_sees_no_take_next(self):
        for member in (True, False, True):
            self.team.user_ids = self.agent if member else False
            self.assertEqual(self.menus(self.agent), member)
            for kind in ("list", "kanban"):
                self.assertEqual(self.button(self.agent, kind), member)
        self.team.routing_mode = "manual"
        self.assertFalse(self.menus(self.agent))

    def test_a_plain_user_sees_no_customer_value(self):
        plain = self.make_user("plain", "base.group_user", "base.group_partner_manager")
        for user, sees in ((plain, False), (self.agent, True), (self.leader, True)):
            for model in ("res.partner", "res.partner.category"):
                records = self.env[model].with_user(user)
                arch = records.get_view(view_type="form")["arch"]
                self.assertEqual("customer_value" in arch, sees)
                self.assertEqual("customer_value" in records.fields_get(), sees)
        ticket = self.env["helpdesk.ticket"].with_user(self.leader)
        ticket = ticket.create({"name": "x", "description": "x"})
        self.assertTrue(ticket.sudo().routing_case_id)
