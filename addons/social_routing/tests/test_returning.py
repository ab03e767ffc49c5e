"""Which tickets go back to the queue, and which never do."""

from odoo.fields import Command

from .test_agents import MONDAY, AgentCase

EVENING = f"{MONDAY} 19:00:00"


class TestTakenBack(AgentCase):
    def setUp(self):
        super().setUp()
        self.ann = self.member("Ann")

    def given(self, moment=f"{MONDAY} 10:00:00"):
        ticket = self.asked()
        self.share_out(moment)
        self.assertEqual(ticket.user_id, self.ann.user_id)
        return ticket

    def test_what_was_taken_outside_working_hours_is_kept(self):
        for online in (True, False):
            with self.subTest(online=online):
                ticket = self.asked(handle=f"@{online}")
                with self.at(EVENING):
                    teams = self.env["helpdesk.ticket.team"]
                    teams.with_user(self.ann.user_id).action_take_next()
                self.assertEqual(ticket.user_id, self.ann.user_id)
                if not online:
                    self.offline(self.ann)
                for moment in ("19:01:00", "19:40:00", "23:00:00"):
                    self.share_out(f"{MONDAY} {moment}")
                self.share_out("2026-03-03 11:00:00")
                self.assertEqual(ticket.user_id, self.ann.user_id)

    def test_what_somebody_gave_is_kept(self):
        ticket = self.given()
        ticket.write({"user_id": self.ann.user_id.id})  # meant so
        other = self.asked(handle="@b")
        other.conversation_ids.action_assign(self.ann.user_id.id)
        self.offline(self.ann)
        for moment in ("10:10:00", "10:41:00", "15:00:00"):
            self.share_out(f"{MONDAY} {moment}")
        self.assertEqual((ticket + other).user_id, self.ann.user_id)

    def test_it_counts_from_when_it_was_given(self):
        ticket = self.given()
        self.offline(self.ann)
        self.share_out(f"{MONDAY} 10:01:00")
        ticket.auto_assigned_at = f"{MONDAY} 10:20:00"
        self.share_out(f"{MONDAY} 10:45:00")
        self.assertEqual(ticket.user_id, self.ann.user_id)
        self.share_out(f"{MONDAY} 10:51:00")
        self.assertFalse(ticket.user_id)
        self.assertFalse(ticket.auto_assigned_at)

    def test_an_evening_is_no_absence(self):
        ticket = self.given(f"{MONDAY} 15:30:00")
        self.share_out(EVENING)
        self.assertFalse(self.ann.away_since, "online, whatever the hour")
        self.offline(self.ann)
        for moment in ("19:10:00", "23:00:00"):
            self.share_out(f"{MONDAY} {moment}")
        self.share_out("2026-03-03 08:20:00")
        self.assertEqual(ticket.user_id, self.ann.user_id)
        self.share_out("2026-03-03 08:31:00")
        self.assertFalse(ticket.user_id, "half an hour of working time")

    def test_never(self):
        self.team.release_minutes = 0
        ticket = self.given()
        self.offline(self.ann)
        self.share_out(f"{MONDAY} 10:10:00")
        self.share_out(f"{MONDAY} 15:00:00")
        self.assertEqual(ticket.user_id, self.ann.user_id)


class TestGoneForGood(AgentCase):
    """Whoever can't work on a ticket any more has none."""

    def setUp(self):
        super().setUp()
        self.team.routing_mode = "manual"
        self.row = self.member("Ann")
        self.ann = self.row.user_id
        self.tickets = self.env["helpdesk.ticket"]
        for name in ("web", "email", "phone"):
            channel = self.env.ref(f"helpdesk_mgmt.helpdesk_ticket_channel_{name}")
            values = {"name": name, "description": "x", "channel_id": channel.id}
            self.tickets |= self.tickets.create({**values, "team_id": self.team.id})
        self.tickets |= self.asked()
        self.tickets.user_id = self.ann

    def nobody_has_them(self):
        self.assertFalse(self.tickets.user_id)
        self.assertFalse(self.tickets.conversation_ids.user_id)
        self.assertEqual(self.row.load, 0)
        for ticket in self.tickets:
            self.assertIn("Back in the queue", ticket.message_ids[0].preview)

    def test_archived(self):
        waits = self.tickets[0]
        waits._answered()
        self.ann.active = False
        self.nobody_has_them()

    def test_the_group_is_lost(self):
        self.ann.group_ids = self.env.ref("base.group_user")
        self.nobody_has_them()

    def test_a_customer_now(self):
        self.ann.employee_ids.unlink()
        self.ann.write(
            {"group_ids": [Command.set(self.env.ref("base.group_portal").ids)]}
        )
        self.nobody_has_them()

    def test_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.ann.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.nobody_has_them()

    def test_the_team_was_left(self):
        self.team.user_ids -= self.ann
        self.nobody_has_them()

    def test_the_team_was_left_by_the_user(self):
        self.ann.helpdesk_team_ids = [Command.unlink(self.team.id)]
        self.nobody_has_them()

    def test_the_job_sees_what_came_another_way(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_users SET active = FALSE WHERE id = %s", [self.ann.id]
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.share_out()
        self.nobody_has_them()

    def test_what_is_closed_keeps_who_closed_it_until_it_is_opened(self):
        self.close(self.tickets)
        self.ann.active = False
        self.assertEqual(self.tickets.user_id, self.ann)
        self.tickets.stage_id = self.stage(closed=False)
        self.nobody_has_them()

    def test_the_customer_opens_it_after_the_team_was_left(self):
        ticket = self.asked(handle="@z", thread_id="z")
        ticket.user_id = self.ann
        self.close(ticket)
        self.team.user_ids += self.agent
        self.team.user_ids -= self.ann
        self.assertEqual(ticket.user_id, self.ann)
        self.receive(self.payload("Where is it now?", handle="@z", thread_id="z"))
        self.assertFalse(ticket.closed or ticket.user_id)

    def test_who_stays_keeps_them(self):
        self.ann.write({"active": True, "name": "Anne"})
        self.ann.group_ids += self.env.ref("sales_team.group_sale_salesman")
        self.team.user_ids += self.agent
        self.share_out()
        self.assertEqual(self.tickets.user_id, self.ann)

    def test_conversations_that_are_only_watched(self):
        self.rule("[]", outcome="watch")
        conversation = self.conversation(handle="@w")
        conversation.user_id = self.ann
        self.ann.active = False
        self.assertFalse(conversation.user_id)
