"""What counts as a reply: only what reached the customer does."""

from odoo import fields

from .replies_case import COMMENT, RepliesCase
from .test_existing_helpdesk import MAIL
from .test_response_policy import MONDAY

AUTOMATIC = (
    "Auto-Submitted: auto-replied",
    "auto-submitted: AUTO-GENERATED; owner=x",
    "Precedence: bulk",
    "Precedence: List",
    "Precedence: junk",
    "X-Auto-Response-Suppress: All",
    "X-Auto-Response-Suppress: DR, OOF, AutoReply",
    "X-Autoreply: yes",
    "X-Autorespond: vacation",
    "Return-Path: <>",
)
BY_PEOPLE = (
    "X-Mailer: mail",
    "Auto-Submitted: no",
    "Precedence: normal",
    "X-Auto-Response-Suppress: None",
    "Return-Path: <ben@x.example>",
)

BOUNCES = (
    """\
From: mailer-daemon@x.example
To: help@us.example
Subject: Undelivered
Message-Id: <bounce1@x.example>
In-Reply-To: {parent}
Content-Type: text/plain

Nobody of that name is here.
""",
    """\
Return-Path: <>
From: postmaster@x.example
To: help@us.example
Subject: Undelivered
Message-Id: <bounce2@x.example>
In-Reply-To: {parent}
Content-Type: multipart/report; report-type=delivery-status; boundary=cut

--cut
Content-Type: text/plain

Nobody of that name is here.
--cut
Content-Type: message/delivery-status

Final-Recipient: rfc822; ben@x.example
Action: failed
Status: 5.1.1
--cut--
""",
)


class TestReplies(RepliesCase):
    def test_a_comment_that_nobody_outside_gets_is_no_reply(self):
        for ticket in (self.ticket_at("09:00:00"), self.mail()):
            colleague = self.make_user(f"c{ticket.id}", "base.group_user")
            ticket.message_subscribe(colleague.partner_id.ids)
            self.comment(ticket, "09:10:00")
            self.comment(ticket, "09:11:00", partner_ids=colleague.partner_id.ids)
            self.assertEqual(self.states(ticket), ("running", "running"))
            self.assertFalse(ticket.first_response_at or ticket.waiting_since)

    def test_nor_is_one_to_somebody_else_outside(self):
        ticket = self.mail()
        supplier = self.customer.copy({"name": "Parts", "email": "parts@y.example"})
        self.comment(ticket, "09:10:00", partner_ids=supplier.ids)
        self.assertFalse(ticket.first_response_at)

    def test_one_to_a_contact_without_address_reaches_nobody(self):
        ticket = self.mail()
        ticket.partner_id = self.customer
        self.customer.email = False
        self.comment(ticket, "09:10:00", partner_ids=self.customer.ids)
        self.assertFalse(ticket.first_response_at)

    def test_whoever_is_of_the_customers_company_is_the_customer(self):
        company = self.customer.create({"name": "Big", "is_company": True})
        boss = self.customer.create(
            {"name": "Boss", "email": "boss@x.example", "parent_id": company.id}
        )
        self.customer.parent_id = company
        ticket = self.mail()
        ticket.partner_id = self.customer
        self.comment(ticket, "09:10:00", partner_ids=boss.ids)
        self.assertEqual(self.states(ticket), ("met", "paused"))

    def test_followers_outside_get_it(self):
        portal = self.make_user("ann", "base.group_portal", email="ann@x.example")
        web = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web")
        with self.at(f"{MONDAY} 09:00:00"):
            ticket = self.env["helpdesk.ticket"].create(
                {
                    "name": "x",
                    "description": "x",
                    "channel_id": web.id,
                    "partner_id": portal.partner_id.id,
                }
            )
        ticket.message_subscribe(portal.partner_id.ids)
        self.comment(ticket, "09:10:00")
        self.assertEqual(self.states(ticket), ("met", "paused"))
        with self.at(f"{MONDAY} 10:10:00"):
            ticket.with_user(portal).message_post(body="And?", **COMMENT)
        self.assertEqual(self.due(ticket)[1], f"{MONDAY} 14:00:00")

    def scheduled(self, ticket, time="09:10:00"):
        """The schedule of a comment that was written at a time, to be sent later."""
        ticket.partner_id = self.customer
        later = fields.Datetime.add(self.env.cr.now(), hours=1)
        message = self.comment(
            ticket, time, partner_ids=self.customer.ids, scheduled_date=later
        )
        schedules = self.env["mail.message.schedule"]
        schedule = schedules.search([("mail_message_id", "=", message.id)])
        self.assertEqual(len(schedule), 1)
        self.assertFalse(message.notification_ids)
        return schedule

    def sent_at(self, time, schedules):
        """The job comes by at a time, when these are due."""
        schedules.scheduled_datetime = fields.Datetime.subtract(
            self.env.cr.now(), hours=1
        )
        with self.at(f"{MONDAY} {time}"):
            schedules._send_notifications_cron()
        self.assertFalse(schedules.exists())

    def check_replied(self, ticket, time):
        self.assertEqual(self.states(ticket), ("met", "paused"))
        self.assertEqual(
            fields.Datetime.to_string(ticket.first_response_at), f"{MONDAY} {time}"
        )

    def check_unreplied(self, ticket):
        self.assertEqual(self.states(ticket), ("running", "running"))
        self.assertFalse(ticket.first_response_at or ticket.waiting_since)
        self.assertFalse(ticket.user_id)

    def test_what_is_sent_later_is_a_reply_later(self):
        first, second = tickets = self.mail() + self.mail()
        tickets.user_id = False
        schedules = [self.scheduled(ticket) for ticket in tickets]
        for ticket in tickets:
            self.check_unreplied(ticket)
        message = schedules[0].mail_message_id
        self.sent_at("09:30:00", schedules[0])
        self.assertEqual(message.notification_ids.res_partner_id, self.customer)
        self.check_replied(first, "09:30:00")
        self.assertEqual(first.user_id, self.leader)
        self.assertEqual(first.stage_id, self.awaiting)
        self.check_unreplied(second)
        self.assertEqual(schedules[1].mail_message_id.res_id, second.id)
        self.sent_at("09:50:00", schedules[1])
        self.check_replied(second, "09:50:00")
        self.check_replied(first, "09:30:00")

    def test_of_many_sent_together_each_is_one(self):
        tickets = self.mail() + self.mail() + self.mail()
        schedules = [self.scheduled(ticket) for ticket in tickets]
        again = self.scheduled(tickets[0], "09:15:00")
        self.sent_at("09:30:00", again.union(*schedules))
        for ticket in tickets:
            self.check_replied(ticket, "09:30:00")

    def test_what_is_not_sent_after_all_is_none(self):
        ticket = self.mail()
        ticket.user_id = False
        self.scheduled(ticket).mail_message_id.unlink()
        with self.at(f"{MONDAY} 09:30:00"):
            self.env["mail.message.schedule"]._send_notifications_cron()
        self.check_unreplied(ticket)

    def test_what_the_composer_sends_later_is_a_reply_later(self):
        ticket = self.mail()
        ticket.write({"partner_id": self.customer.id, "user_id": False})
        with self.at(f"{MONDAY} 09:10:00"):
            composer = self.env["mail.compose.message"].with_user(self.leader)
            composer = composer.create(
                {
                    "model": ticket._name,
                    "res_ids": str(ticket.ids),
                    "composition_mode": "comment",
                    "body": "Tomorrow",
                    "partner_ids": self.customer.ids,
                    "scheduled_date": f"{MONDAY} 09:30:00",
                }
            )
            scheduled = composer._action_schedule_message()
        self.check_unreplied(ticket)
        with self.at(f"{MONDAY} 09:31:00"):
            scheduled.post_message()
        self.check_replied(ticket, "09:31:00")
        self.assertEqual(ticket.user_id, self.leader)

    def test_what_was_sent_later_stands_in_for_a_reply_given_up(self):
        """It counts from when it was sent: it was written before that reply."""
        ticket = self.ticket_at("09:00:00")
        schedule = self.scheduled(ticket)
        self.answer(ticket, "09:20:00")
        self.sent_at("09:30:00", schedule)
        self.check_replied(ticket, "09:20:00")
        reply = ticket.conversation_ids.social_message_ids.filtered(
            lambda m: m.direction == "outbound"
        )
        reply.with_user(self.agent).action_give_up()
        self.assertEqual(ticket.first_response_state, "met")
        self.assertEqual(
            fields.Datetime.to_string(ticket.first_response_at), f"{MONDAY} 09:30:00"
        )

    def test_what_machines_send_changes_no_clock(self):
        ticket = self.mail()
        self.comment(ticket, "09:10:00", outgoing_email_to="ben@x.example")
        parent = self.first_mail(ticket).message_id
        for header in AUTOMATIC:
            self.assertEqual(self.mail("09:20:00", parent, header), ticket)
            self.assertEqual(self.states(ticket), ("met", "paused"), header)
        shown = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertEqual(len(shown), 1 + len(AUTOMATIC), "they are shown all the same")
        for header in BY_PEOPLE:
            ticket._wait_for_customer()
            self.mail("09:30:00", parent, header)
            self.assertEqual(ticket.resolution_state, "running", header)

    def test_an_agents_holiday_notice_is_no_reply(self):
        ticket = self.mail()
        ticket.message_subscribe(self.customer.ids)
        parent = self.first_mail(ticket).message_id
        self.agent.email = "agent@us.example"
        self.agent.partner_id.email = "agent@us.example"
        for header, replied in (
            ("Auto-Submitted: auto-replied", False),
            ("A: b", True),
        ):
            mail = MAIL.format(
                to="x@us.example", subject="Hi", number=header, parent=parent
            )
            mail = mail.replace("Ben <ben@x.example>", "agent@us.example")
            mail = mail.replace("To: ", f"{header}\nTo: ", 1)
            self.env["mail.thread"].message_process("helpdesk.ticket", mail)
            self.assertEqual(bool(ticket.first_response_at), replied, header)

    def test_a_bounce_is_no_word_of_the_customer(self):
        ticket = self.mail()
        self.comment(ticket, "09:10:00", outgoing_email_to="ben@x.example")
        for bounce in BOUNCES:
            self.env["mail.thread"].message_process(
                "helpdesk.ticket",
                bounce.format(parent=ticket.message_ids[0].message_id),
            )
            self.assertEqual(self.states(ticket), ("met", "paused"))

    def test_a_state_is_no_reply(self):
        """Whoever sets it: a macro, a list, a call."""
        ticket = self.ticket_at("09:00:00")
        conversation = ticket.conversation_ids
        with self.at(f"{MONDAY} 09:10:00"):
            conversation.with_user(self.agent).state = "waiting"
        self.assertFalse(ticket.first_response_at)
        self.assertEqual(self.states(ticket), ("paused", "paused"))
        self.assertEqual(ticket.stage_id, self.awaiting)
        with self.at(f"{MONDAY} 09:40:00"):
            conversation.with_user(self.agent).state = "open"
        self.assertEqual(self.due(ticket)[0], f"{MONDAY} 10:30:00")
        self.assertEqual(ticket.stage_id, self.begun)

    def test_a_reply_taken_up_again_counts(self):
        ticket = self.ticket_at("09:00:00")
        self.answer(ticket, "09:10:00")
        reply = ticket.conversation_ids.social_message_ids.filtered(
            lambda m: m.direction == "outbound"
        )
        reply.with_user(self.agent).action_give_up()
        self.assertFalse(ticket.first_response_at)
        with self.at(f"{MONDAY} 09:20:00"):
            reply.with_user(self.agent).action_send_again()
        self.assertTrue(ticket.first_response_at)
        self.assertEqual(self.states(ticket), ("met", "paused"))
