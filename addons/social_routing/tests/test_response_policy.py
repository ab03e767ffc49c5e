from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command, Datetime
from odoo.tools.translate import code_translations

from .common import RoutingCase
from .test_existing_helpdesk import MAIL

AGENT = "social_engagement.group_social_user"
MANAGER = "social_engagement.group_social_manager"
MONDAY = "2026-03-02"


class PolicyCase(RoutingCase):
    """One hour to answer, four to solve, Monday to Friday from 8 to 16 UTC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "company_id": False,
                "tz": "UTC",
                "attendance_ids": [
                    Command.create(
                        {
                            "name": "Day",
                            "dayofweek": str(day),
                            "hour_from": 8,
                            "hour_to": 16,
                            "day_period": "morning",
                        }
                    )
                    for day in range(5)
                ],
            }
        )
        cls.leader = cls.make_user("leader", "helpdesk_mgmt.group_helpdesk_user")
        cls.team.user_id = cls.leader
        cls.policy = cls.env["social.response.policy"].create(
            {
                "name": "Fast",
                "first_response_hours": 1,
                "resolution_hours": 4,
                "calendar_id": cls.calendar.id,
            }
        )

    def setUp(self):
        super().setUp()
        self.rule("[]", policy_id=self.policy.id)

    def ticket_at(self, time, **values):
        with self.at(f"{MONDAY} {time}"):
            return self.ticket(**values)

    def states(self, ticket):
        return ticket.first_response_state, ticket.resolution_state

    def due(self, ticket):
        return tuple(
            Datetime.to_string(ticket[f"{name}_due"])
            for name in ("first_response", "resolution")
        )

    def tick(self, time, day=MONDAY):
        with self.at(f"{day} {time}"), self.enter_registry_test_mode():
            self.env.ref("social_routing.cron_clocks").method_direct_trigger()
        self.env.invalidate_all()

    def answer(self, ticket, time, day=MONDAY):
        [post] = ticket.conversation_ids.social_message_ids.filtered(
            lambda m: m.direction == "inbound"
        )[:1]
        with self.at(f"{day} {time}"):
            post.with_user(self.agent)._answer("We are looking into it.")


class TestResponsePolicy(PolicyCase):
    def test_due_dates_are_in_working_time(self):
        for time, first, solved in (
            ("09:00:00", "2026-03-02 10:00:00", "2026-03-02 13:00:00"),
            ("15:30:00", "2026-03-03 08:30:00", "2026-03-03 11:30:00"),
            ("22:00:00", "2026-03-03 09:00:00", "2026-03-03 12:00:00"),
        ):
            ticket = self.ticket_at(time, handle=f"@{time[:2]}")
            self.assertEqual(self.due(ticket), (first, solved))
            self.assertEqual(self.states(ticket), ("running", "running"))
            self.assertEqual(ticket.response_policy_id, self.policy)

    def test_a_day_off_moves_what_is_due(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "company_id": self.env.company.id,
                "date_from": "2026-03-03 00:00:00",
                "date_to": "2026-03-03 23:59:59",
            }
        )
        ticket = self.ticket_at("15:30:00")
        self.assertEqual(self.due(ticket)[0], "2026-03-04 08:30:00")

    def test_at_risk_then_missed(self):
        ticket = self.ticket_at("09:00:00")
        for time, states in (
            ("09:44:59", ("running", "running")),
            ("09:46:00", ("at_risk", "running")),
            ("10:01:00", ("missed", "running")),
            ("12:01:00", ("missed", "at_risk")),
            ("13:01:00", ("missed", "missed")),
        ):
            self.tick(time)
            self.assertEqual(self.states(ticket), states, time)
        tickets = self.env["helpdesk.ticket"]
        self.assertEqual(tickets.search([("resolution_state", "=", "missed")]), ticket)

    def test_the_one_in_charge_is_reminded_before(self):
        ticket = self.ticket_at("09:00:00")
        self.tick("09:30:00")
        self.assertFalse(ticket.activity_ids)
        self.tick("09:50:00")
        self.assertEqual(ticket.activity_ids.user_id, self.leader, "nobody has it")
        self.assertIn("is due soon", ticket.activity_ids.summary)
        self.tick("09:55:00")
        self.assertEqual(len(ticket.activity_ids), 1, "once")
        other = self.ticket_at("09:00:00", handle="@b")
        other.user_id = self.agent
        self.tick("09:50:00")
        self.assertEqual(other.activity_ids.user_id, self.agent)

    def test_another_team_and_the_leader(self):
        second = self.make_team("Second line")
        self.policy.write(
            {
                "escalate_activity": False,
                "escalate_leader": True,
                "escalate_team_id": second.id,
            }
        )
        ticket = self.ticket_at("09:00:00")
        queued_at = ticket.queued_at
        self.tick("09:50:00")
        self.assertEqual(ticket.team_id, second)
        self.assertEqual(ticket.queued_at, queued_at, "the time waited is kept")
        self.assertFalse(ticket.activity_ids)
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.leader.partner_id.ids)], limit=1
        )
        self.assertIn("is due soon", told.subject)

    def told(self, user):
        """The subjects of what a user was told, the newest first."""
        messages = self.env["mail.message"].search(
            [("partner_ids", "in", user.partner_id.ids)], order="id desc"
        )
        return messages.mapped("subject")

    def test_where_nobody_leads_the_team_is_told(self):
        self.team.user_id = False
        ticket = self.ticket_at("09:00:00")
        manager = self.make_user("manager", MANAGER)
        self.tick("09:50:00")
        self.tick("09:55:00")
        [subject] = self.told(self.agent)
        self.assertIn("is due soon", subject)
        self.assertFalse(ticket.activity_ids, "nobody in particular is to do it")
        self.assertFalse(self.told(manager), "the team was")

    def test_where_there_is_no_team_the_managers_of_the_company_are_told(self):
        self.team.user_id = False
        self.team.user_ids = False
        manager = self.make_user("manager", MANAGER)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        other = self.make_user(
            "other", MANAGER, company_id=company.id, company_ids=company.ids
        )
        self.ticket_at("09:00:00")
        self.tick("09:50:00")
        [subject] = self.told(manager)
        self.assertIn("is due soon", subject)
        self.assertFalse(self.told(other))

    def test_what_nobody_could_be_told_is_told_later(self):
        self.team.user_id = False
        self.team.user_ids = False
        for name in ("manager", "administrator"):
            group = self.env.ref(f"social_engagement.group_social_{name}")
            group.user_ids = False
        self.policy.escalate_leader = True
        ticket = self.ticket_at("09:00:00")
        self.tick("09:50:00")
        self.assertFalse(ticket.first_response_escalated_at)
        self.team.user_ids = self.agent
        self.tick("09:55:00")
        self.assertTrue(ticket.first_response_escalated_at)
        self.assertEqual(len(self.told(self.agent)), 1)

    def test_each_target_escalates_once(self):
        ticket = self.ticket_at("09:00:00")
        for time, summaries in (
            ("09:50:00", ["the first answer is due soon"]),
            ("11:50:00", ["the first answer is due soon"]),
            ("12:30:00", ["the first answer is due soon", "the solution is due soon"]),
            ("12:35:00", ["the first answer is due soon", "the solution is due soon"]),
        ):
            self.tick(time)
            found = ticket.activity_ids.sorted("id").mapped("summary")
            expected = [f"{ticket.number}: {summary}" for summary in summaries]
            self.assertEqual(found, expected, time)

    def test_what_is_open_again_escalates_anew(self):
        ticket = self.ticket_at("09:00:00")
        self.tick("12:30:00")
        with self.at(f"{MONDAY} 12:40:00"):
            self.close(ticket)
        ticket.activity_ids.unlink()
        with self.at(f"{MONDAY} 13:00:00"):
            ticket.stage_id = self.stage(closed=False)
        self.tick("15:00:00")
        self.assertFalse(ticket.activity_ids)
        self.tick("08:30:00", day="2026-03-03")
        self.assertIn("the solution is due soon", ticket.activity_ids.summary)

    def test_what_was_missed_between_two_ticks_escalates(self):
        ticket = self.ticket_at("09:00:00")
        self.tick("09:40:00")
        self.tick("10:05:00")
        self.tick("10:10:00")
        [summary] = ticket.activity_ids.mapped("summary")
        self.assertIn("the first answer missed its target", summary)

    def test_at_risk_only_when_it_is_missed(self):
        self.policy.warn_percent = 100
        ticket = self.ticket_at("09:00:00")
        self.tick("09:59:00")
        self.assertFalse(ticket.activity_ids)
        self.tick("10:01:00")
        self.assertIn("missed", ticket.activity_ids.summary)

    def test_what_is_done_or_waited_for_does_not_escalate(self):
        ticket = self.ticket_at("09:00:00")
        self.answer(ticket, "10:02:00")
        with self.at(f"{MONDAY} 14:00:00"):
            waits = self.ticket(handle="@b")
        awaiting = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        with self.at(f"{MONDAY} 15:30:00"):
            waits.stage_id = awaiting
        with self.at(f"{MONDAY} 15:32:00"):
            ticket._customer_is_back()
        self.tick("15:35:00")
        self.assertEqual(self.states(ticket), ("missed", "running"))
        self.assertEqual(self.states(waits), ("missed", "paused"))
        self.assertFalse((ticket + waits).activity_ids)

    def test_told_in_the_receivers_language_and_time(self):
        self.env["res.lang"]._activate_lang("de_DE")
        berlin, utc = self.agent, self.make_user("utc", AGENT, tz="UTC")
        berlin.write({"lang": "de_DE", "tz": "Europe/Berlin"})
        self.team.write({"user_id": False, "user_ids": [Command.link(utc.id)]})
        own = self.ticket_at("09:00:00")
        own.user_id = berlin
        ticket = self.ticket_at("09:00:00", handle="@b")
        said = {
            "%(number)s: the first answer is due soon": "%(number)s: Antwort fällig"
        }
        translations = patch.object(
            code_translations,
            "get_python_translations",
            lambda _module, lang: said if lang == "de_DE" else {},
        )
        with translations:
            self.tick("09:50:00")
        self.assertIn("Antwort fällig", own.activity_ids.summary)
        messages = self.env["mail.message"].search(
            [("model", "=", ticket._name), ("res_id", "=", ticket.id)]
        )
        for user, subject, due in (
            (berlin, "Antwort fällig", "02.03.26, 11:00"),
            (utc, "the first answer is due soon", "3/2/26, 10:00"),
        ):
            told = messages.filtered(lambda m, u=user: m.partner_ids == u.partner_id)
            self.assertIn(subject, told.subject)
            self.assertIn(due, told.body)

    def test_an_answer_stops_one_clock_and_the_wait_the_other(self):
        ticket = self.ticket_at("09:00:00")
        self.answer(ticket, "09:30:00")
        self.assertEqual(self.states(ticket), ("met", "paused"))
        self.assertEqual(
            Datetime.to_string(ticket.first_response_at), "2026-03-02 09:30:00"
        )
        self.tick("15:00:00", day="2026-03-05")
        self.assertEqual(self.states(ticket), ("met", "paused"))
        first = ticket.conversation_ids.social_message_ids.filtered("external_id")[-1]
        with self.at("2026-03-05 15:00:00"):
            self.receive(self.payload("And?", parent_id=first.external_id))
        self.assertEqual(ticket.resolution_state, "running")
        self.assertEqual(self.due(ticket)[1], "2026-03-06 10:30:00", "3 ½ hours left")
        self.assertFalse(ticket.waiting_since)

    def test_a_late_answer_is_late(self):
        ticket = self.ticket_at("09:00:00")
        self.answer(ticket, "10:30:00")
        self.assertEqual(self.states(ticket), ("missed", "paused"))

    def test_mails(self):
        mail = MAIL.format(to="help@us.example", subject="Hi", number=1, parent="")
        thread = self.env["mail.thread"]
        with self.at(f"{MONDAY} 09:00:00"):
            found = thread.message_process("helpdesk.ticket", mail)
        ticket = self.env["helpdesk.ticket"].browse(found)
        self.assertEqual(self.states(ticket), ("running", "running"))
        [first] = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        with self.at(f"{MONDAY} 09:10:00"):
            ticket.with_user(self.leader).message_post(body="Between us")
        self.assertEqual(self.states(ticket), ("running", "running"), "a note")
        with self.at(f"{MONDAY} 09:20:00"):
            ticket.with_user(self.leader).message_post(
                body="Tomorrow",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                outgoing_email_to="ben@x.example",
            )
        self.assertEqual(self.states(ticket), ("met", "paused"))
        again = MAIL.format(
            to="help@us.example", subject="Hi", number=2, parent=first.message_id
        )
        with self.at(f"{MONDAY} 12:20:00"):
            thread.message_process("helpdesk.ticket", again)
        self.assertEqual(ticket.resolution_state, "running")
        self.assertEqual(self.due(ticket)[1], "2026-03-02 16:00:00")

    def test_a_stage_that_waits(self):
        ticket = self.ticket_at("09:00:00")
        awaiting = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        with self.at(f"{MONDAY} 10:00:00"):
            ticket.stage_id = awaiting
        self.assertEqual(ticket.resolution_state, "paused")
        with self.at(f"{MONDAY} 11:00:00"):
            ticket.stage_id = self.stage(closed=False)
        self.assertEqual(self.due(ticket)[1], "2026-03-02 14:00:00")

    def test_solved_and_reopened(self):
        ticket = self.ticket_at("09:00:00")
        with self.at(f"{MONDAY} 09:30:00"):
            self.close(ticket)
        self.assertEqual(self.states(ticket), ("unanswered", "met"))
        with self.at(f"{MONDAY} 15:00:00"):
            ticket.stage_id = self.stage(closed=False)
        self.assertEqual(ticket.resolution_state, "running")
        self.assertEqual(
            self.due(ticket), ("2026-03-02 15:30:00", "2026-03-03 11:00:00")
        )
        self.assertFalse(ticket.resolution_at or ticket.first_response_at)

    def test_waiting_makes_the_priority_grow(self):
        ticket = self.ticket_at("09:00:00")
        standing = ticket.priority_score
        self.tick("09:30:00")
        self.assertGreater(ticket.priority_score, standing)
        self.tick("10:00:00")
        self.assertAlmostEqual(ticket.priority_score, (standing + 100) / 2, places=1)
        self.tick("11:00:00")
        self.assertEqual(ticket.priority_score, 100)
        calm = self.ticket_at("15:59:00", handle="@b")
        standing = calm.priority_score
        self.tick("07:59:00", day="2026-03-03")
        self.assertLess(calm.priority_score - standing, 0.5, "nobody works at night")

    def test_stars_rise_with_the_priority(self):
        ticket = self.ticket_at("09:00:00")
        other = self.ticket_at("09:00:00", handle="@b")
        other.team_id = self.make_team("By hand")
        kept = other.priority
        self.assertLess(ticket.priority, "2")
        self.tick("10:30:00")
        self.assertEqual(ticket.priority, "3")
        self.assertEqual(self.env["helpdesk.ticket"].search([], limit=1), ticket)
        self.assertEqual(other.priority, kept, "worked by hand")

    def test_stars_set_by_hand_stay(self):
        high, low = self.ticket_at("09:00:00"), self.ticket_at("09:00:00", handle="@b")
        high.priority = "3"
        self.tick("10:00:00")
        self.assertEqual((high.priority, low.priority), ("3", "2"))
        low.priority = "0"
        self.tick("10:05:00")
        self.assertEqual((high.priority, low.priority), ("3", "0"))
        self.tick("11:00:00")
        self.assertEqual((high.priority, low.priority), ("3", "3"))

    def test_without_policy_the_teams_usual_time_counts(self):
        self.env["social.routing.rule"].search([]).policy_id = False
        self.env.company.resource_calendar_id = self.calendar
        self.team.usual_hours = 2
        ticket = self.ticket_at("09:00:00")
        self.assertFalse(ticket.response_policy_id or ticket.first_response_due)
        standing = ticket.priority_score
        self.tick("11:00:00")
        self.assertAlmostEqual(ticket.priority_score, (standing + 100) / 2, places=1)
        self.tick("11:00:00", day="2027-03-02")
        self.assertEqual(ticket.priority_score, 100, "a year later")

    def test_the_teams_policy(self):
        self.env["social.routing.rule"].search([]).policy_id = False
        self.team.response_policy_id = self.policy
        self.assertEqual(self.ticket().response_policy_id, self.policy)

    def test_hours_that_tell_nothing_are_refused(self):
        flexible = self.calendar.copy({"schedule_type": "flexible"})
        with self.assertRaisesRegex(ValidationError, "flexible hours"):
            self.policy.calendar_id = flexible
        empty = self.calendar.copy({"attendance_ids": [Command.clear()]})
        empty.attendance_ids.unlink()
        with self.assertRaisesRegex(ValidationError, "no working hours"):
            self.policy.calendar_id = empty

    def test_a_calendar_that_became_empty_loses_no_ticket(self):
        self.calendar.attendance_ids.unlink()
        ticket = self.ticket_at("09:00:00")
        self.assertFalse(ticket.first_response_due)
        self.tick("12:00:00", day="2026-03-09")
        self.assertTrue(ticket)

    def test_people_do_not_set_the_clocks(self):
        ticket = self.ticket_at("09:00:00")
        self.assertTrue(ticket._fields["resolution_due"].readonly)
        with self.assertRaises(AccessError):
            ticket.with_user(self.agent).resolution_due = False
