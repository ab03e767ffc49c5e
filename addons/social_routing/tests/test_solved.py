"""Solving a case is no reply, and the clocks are kept and brought back."""

import json

from odoo import fields

from .replies_case import RepliesCase
from .test_response_policy import MONDAY


class TestSolvedIsNoReply(RepliesCase):
    def test_a_case_solved_unanswered_still_waits_for_a_reply_when_reopened(self):
        ticket = self.ticket_at("09:00:00")
        conversation = ticket.conversation_ids.with_user(self.agent)
        with self.at(f"{MONDAY} 09:20:00"):
            conversation.action_solve()
        self.assertEqual(self.states(ticket), ("unanswered", "met"))
        self.assertFalse(ticket.first_response_at)
        self.assertFalse(conversation.due_at)
        with self.at(f"{MONDAY} 09:20:00"):
            conversation.action_open()
        self.assertEqual(self.states(ticket), ("running", "running"))
        self.assertEqual(self.due(ticket)[0], f"{MONDAY} 10:00:00")
        self.assertEqual(conversation.due_at, ticket.first_response_due)
        self.tick("09:50:00")
        self.assertEqual(ticket.first_response_state, "at_risk")
        self.answer(ticket, "09:55:00")
        self.assertEqual(ticket.first_response_state, "met")

    def test_nothing_is_missed_while_it_is_closed(self):
        ticket = self.ticket_at("09:00:00")
        self.close_at(ticket, "09:20:00")
        self.tick("12:00:00")
        self.assertEqual(ticket.first_response_state, "unanswered")
        self.reopen_at(ticket, "12:00:00")
        self.assertEqual(self.due(ticket)[0], f"{MONDAY} 12:40:00", "40 minutes left")
        self.tick("12:41:00")
        self.assertEqual(ticket.first_response_state, "missed")

    def test_what_was_missed_stays_missed(self):
        ticket = self.ticket_at("09:00:00")
        self.close_at(ticket, "11:00:00")
        self.assertEqual(ticket.first_response_state, "missed")
        self.reopen_at(ticket, "11:30:00")
        self.assertEqual(ticket.first_response_state, "missed")
        self.assertEqual(self.due(ticket)[0], f"{MONDAY} 10:00:00")

    def test_a_reply_stays_one_however_often_it_is_solved(self):
        ticket = self.ticket_at("09:00:00")
        self.answer(ticket, "09:30:00")
        for time in ("09:40:00", "09:50:00"):
            self.close_at(ticket, time)
            self.assertEqual(self.states(ticket), ("met", "met"))
            self.reopen_at(ticket, time)
        self.assertEqual(
            fields.Datetime.to_string(ticket.first_response_at), f"{MONDAY} 09:30:00"
        )

    def test_a_reply_while_it_waits_in_a_stage_stays_in_time(self):
        ticket = self.ticket_at("09:00:00", thread_id="a")
        with self.at(f"{MONDAY} 09:30:00"):
            ticket.stage_id = self.awaiting
        self.answer(ticket, "11:00:00")
        self.assertEqual(ticket.first_response_state, "met")
        with self.at(f"{MONDAY} 11:10:00"):
            self.receive(self.payload("And?", thread_id="a"))
        self.assertEqual(self.states(ticket), ("met", "running"))

    def test_mails_and_calls_too(self):
        phone = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone")
        with self.at(f"{MONDAY} 09:00:00"):
            call = self.env["helpdesk.ticket"].create(
                {"name": "x", "description": "x", "channel_id": phone.id}
            )
        for ticket in (self.mail(), call):
            self.close_at(ticket, "09:20:00")
            self.assertFalse(ticket.first_response_at)
            self.reopen_at(ticket, "09:20:00")
            self.assertEqual(self.states(ticket), ("running", "running"))

    def test_what_is_made_closed_waits_for_nothing(self):
        with self.at(f"{MONDAY} 09:00:00"):
            ticket = self.env["helpdesk.ticket"].create(
                {
                    "name": "A call",
                    "description": "x",
                    "stage_id": self.stage(closed=True).id,
                }
            )
        self.tick("15:00:00")
        self.assertEqual(self.states(ticket), ("unanswered", "met"))

    def test_reporting_takes_closing_for_no_reply(self):
        ticket = self.ticket_at("09:00:00")
        self.close_at(ticket, "09:20:00")
        self.env.flush_all()
        row = self.env["social.report"].search([("ticket_id", "=", ticket.id)])
        self.assertFalse(row.first_response_hours)
        self.assertEqual(row.first_response_state, "unanswered")

    def test_clocks_are_kept_and_brought_back(self):
        ticket = self.ticket_at("09:00:00")
        for time, undone in (
            ("09:20:00", lambda: self.close(ticket)),
            ("09:25:00", lambda: ticket._answered()),
        ):
            kept = json.loads(json.dumps(ticket._clock_snapshot()))
            before = ticket.sudo().read(ticket._clock_fields())
            stage = ticket.stage_id
            with self.at(f"{MONDAY} {time}"):
                undone()
                self.assertNotEqual(ticket.read(ticket._clock_fields()), before)
                ticket.stage_id = stage
                ticket._restore_clocks(kept)
            self.assertEqual(ticket.read(ticket._clock_fields()), before)
        with self.at(f"{MONDAY} 10:30:00"):
            ticket._restore_clocks(kept)
        self.assertEqual(ticket.first_response_state, "missed", "time has passed")
