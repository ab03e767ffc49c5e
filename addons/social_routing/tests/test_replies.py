"""What counts as a reply: only what reached the customer does. Who gives one has the
case, and its stage follows.
"""

import json

from odoo import fields
from odoo.fields import Command

from .test_existing_helpdesk import MAIL
from .test_response_policy import MONDAY, PolicyCase

COMMENT = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
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


class RepliesCase(PolicyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create(
            {"name": "Ben", "email": "ben@x.example"}
        )
        cls.awaiting = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        cls.begun = cls.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")

    def mail(self, time="09:00:00", parent="", header="X-Mailer: mail"):
        mail = MAIL.format(
            to="help@us.example", subject="Hi", number=next(self.numbers), parent=parent
        )
        with self.at(f"{MONDAY} {time}"):
            found = self.env["mail.thread"].message_process(
                "helpdesk.ticket", mail.replace("To: ", f"{header}\nTo: ", 1)
            )
        return self.env["helpdesk.ticket"].browse(found)

    def first_mail(self, ticket):
        return ticket.message_ids.filtered(lambda m: m.message_type == "email")[-1]

    def comment(self, ticket, time, user=None, **values):
        ticket = ticket.with_user(user or self.leader)
        with self.at(f"{MONDAY} {time}"):
            return ticket.message_post(body="Tomorrow", **COMMENT, **values)

    def close_at(self, ticket, time):
        with self.at(f"{MONDAY} {time}"):
            self.close(ticket)

    def reopen_at(self, ticket, time):
        with self.at(f"{MONDAY} {time}"):
            ticket.stage_id = self.stage(closed=False)


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

    def test_what_is_sent_later_is_a_reply_later(self):
        ticket = self.mail()
        ticket.partner_id = self.customer
        later = fields.Datetime.add(self.env.cr.now(), hours=1)
        message = self.comment(
            ticket, "09:10:00", partner_ids=self.customer.ids, scheduled_date=later
        )
        self.assertFalse(ticket.first_response_at)
        schedules = self.env["mail.message.schedule"]
        schedule = schedules.search([("mail_message_id", "=", message.id)])
        self.assertEqual(len(schedule), 1)
        with self.at(f"{MONDAY} 09:30:00"):
            schedule._send_notifications()
        self.assertEqual(message.notification_ids.res_partner_id, self.customer)
        self.assertEqual(self.states(ticket), ("met", "paused"))

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


class TestTaking(RepliesCase):
    def test_who_replies_has_the_case_and_its_stage_follows(self):
        ticket = self.ticket_at("09:00:00", thread_id="a")
        conversation = ticket.conversation_ids
        self.assertFalse(ticket.user_id)
        self.answer(ticket, "09:30:00")
        self.assertEqual(ticket.user_id, self.agent)
        self.assertEqual(conversation.user_id, self.agent)
        self.assertEqual(ticket.stage_id, self.awaiting)
        self.assertFalse(conversation.due_at, "the customer is waited for")
        with self.at(f"{MONDAY} 10:30:00"):
            self.receive(self.payload("And?", thread_id="a"))
        self.assertEqual(ticket.stage_id, self.begun)
        self.assertEqual(ticket.user_id, self.agent)
        self.assertEqual(conversation.due_at, ticket.resolution_due)

    def test_a_colleagues_case_stays_theirs(self):
        ticket = self.ticket_at("09:00:00")
        ticket.user_id = self.leader
        self.answer(ticket, "09:30:00")
        self.assertEqual(ticket.user_id, self.leader)

    def test_by_mail_too(self):
        ticket = self.mail()
        ticket.user_id = False
        self.comment(ticket, "09:10:00", outgoing_email_to="ben@x.example")
        self.assertEqual(
            (ticket.user_id, ticket.stage_id), (self.leader, self.awaiting)
        )
        self.mail("09:40:00", self.first_mail(ticket).message_id)
        self.assertEqual((ticket.user_id, ticket.stage_id), (self.leader, self.begun))

    def test_a_mail_to_who_wrote_on_a_network(self):
        ticket = self.ticket_at("09:00:00", thread_id="a")
        ticket.partner_id = self.customer
        self.comment(ticket, "09:10:00", partner_ids=self.customer.ids)
        self.assertEqual(ticket.stage_id, self.awaiting)
        self.assertEqual(ticket.conversation_ids.state, "waiting")
        self.assertEqual(ticket.conversation_ids.user_id, self.leader)

    def test_a_conversation_without_ticket(self):
        conversation = self.conversation("A nice shop, and sunny.")
        conversation.ticket_id.unlink()
        conversation.user_id = False
        conversation._answer_target().with_user(self.agent)._answer("Thanks")
        self.assertEqual(conversation.user_id, self.agent)

    def test_a_lead_goes_to_no_one_who_can_not_see_it(self):
        self.rule("[('text', 'ilike', 'how much')]", outcome="lead", sequence=-1)
        conversation = self.conversation("How much is it?")
        lead = conversation.lead_id
        lead.user_id = False
        conversation._answer_target().with_user(self.agent)._answer("Ten")
        self.assertFalse(lead.user_id)
        seller = self.make_user(
            "seller",
            "sales_team.group_sale_salesman_all_leads",
            "social_engagement.group_social_user",
        )
        conversation._answer_target().with_user(seller)._answer("Or nine")
        self.assertEqual(lead.user_id, seller)

    def test_a_team_without_a_stage_that_waits(self):
        self.awaiting.waits_for_customer = False
        ticket = self.ticket_at("09:00:00")
        self.answer(ticket, "09:30:00")
        self.assertEqual(ticket.stage_id, self.begun)

    def test_an_undone_reply_was_never_given(self):
        self.channel.undo_seconds = 10
        ticket = self.ticket_at("09:00:00")
        stage, before = ticket.stage_id, ticket.read(ticket._clock_fields())
        self.answer(ticket, "09:30:00")
        [reply] = ticket.conversation_ids.social_message_ids.filtered(
            lambda m: m.direction == "outbound"
        )
        with self.at(f"{MONDAY} 09:30:05"):
            reply.with_user(self.agent).action_undo()
        self.assertFalse(ticket.user_id)
        self.assertEqual(ticket.stage_id, stage)
        self.assertEqual(ticket.read(ticket._clock_fields()), before)

    def test_moving_by_itself_sends_no_mail(self):
        template = self.env.ref("helpdesk_mgmt.changed_stage_template")
        (self.awaiting + self.begun).mail_template_id = template
        ticket = self.mail()
        ticket.partner_id = self.customer
        self.env.cr.precommit.run()
        before = self.mails()
        self.comment(ticket, "09:10:00", outgoing_email_to="ben@x.example")
        self.env.cr.precommit.run()
        self.assertEqual(ticket.stage_id, self.awaiting)
        self.assertFalse(self.mails() - before)
        ticket.stage_id = self.begun
        self.env.cr.precommit.run()
        self.assertTrue(self.mails() - before, "chosen by somebody")

    def mails(self):
        told = [("subject", "ilike", "stage has changed")]
        return self.env["mail.mail"].search(told)


class TestStageMails(RepliesCase):
    def closing_mails(self, ticket):
        self.env.cr.precommit.run()
        self.close(ticket)
        self.env.cr.precommit.run()
        return self.env["mail.mail"].search(
            [("subject", "=", f"The ticket {ticket.number} has been closed.")]
        )

    def test_who_wrote_in_public_gets_no_mail(self):
        ticket = self.ticket_at("09:00:00")
        ticket.conversation_ids.profile_id.partner_id = self.customer
        ticket.partner_id = self.customer
        self.assertFalse(self.closing_mails(ticket))
        private = self.ticket_at("09:00:00", handle="@p", kind="direct")
        private.partner_id = self.customer
        self.assertFalse(self.closing_mails(private))

    def test_nor_from_the_desk(self):
        ticket = self.ticket_at("09:00:00")
        ticket.partner_id = self.customer
        self.env.cr.precommit.run()
        ticket.conversation_ids.with_user(self.agent).action_solve()
        self.env.cr.precommit.run()
        self.assertTrue(ticket.closed)
        self.assertFalse(self.env["mail.mail"].search([("subject", "ilike", "closed")]))

    def test_without_address_there_is_no_failure(self):
        social = self.ticket_at("09:00:00")
        call = self.env["helpdesk.ticket"].create({"name": "x", "description": "x"})
        for ticket in (social, call):
            self.assertFalse(self.closing_mails(ticket))
            failed = ticket.message_ids.notification_ids.filtered("failure_type")
            self.assertFalse(failed)

    def test_who_wrote_by_mail_gets_it(self):
        self.assertTrue(self.closing_mails(self.mail()))
        ticket = self.mail()
        ticket.partner_id = self.customer
        self.assertTrue(self.closing_mails(ticket))


class TestStricterPolicy(RepliesCase):
    def setUp(self):
        super().setUp()
        self.urgent = self.policy.copy(
            {"name": "Urgent", "first_response_hours": 0.25, "resolution_hours": 2}
        )

    def angrier(self, **values):
        """A calm question at nine, and anger at ten past."""
        self.rule(
            "[('event', '=', 'worse')]",
            sequence=-1,
            outcome="ticket",
            policy_id=values.pop("policy", self.urgent).id,
        )
        calm = {"sentiment": 0.3, "sentiment_label": "positive", "needs_answer": 1.0}
        angry = {"sentiment": -1.0, "sentiment_label": "negative", "needs_answer": 1.0}
        with self.understood(**calm):
            ticket = self.ticket_at("09:00:00", thread_id="a")
        with self.understood(**angry), self.at(f"{MONDAY} 09:10:00"):
            self.receive(self.payload("Enough!", thread_id="a"))
        self.assertEqual(ticket.routing_case_id.event, "worse")
        return ticket

    def test_the_policy_of_the_new_case_is_the_tickets(self):
        ticket = self.angrier()
        self.assertEqual(ticket.response_policy_id, self.urgent)
        due = (f"{MONDAY} 09:25:00", f"{MONDAY} 11:10:00")
        self.assertEqual(self.due(ticket), due)
        self.tick("09:26:00")
        self.assertEqual(ticket.first_response_state, "missed")
        self.assertEqual(len(ticket.activity_ids), 1)

    def test_nothing_becomes_due_later(self):
        slow = self.policy.copy({"first_response_hours": 8, "resolution_hours": 20})
        ticket = self.angrier(policy=slow)
        self.assertEqual(ticket.response_policy_id, self.policy)
        self.assertEqual(self.due(ticket), (f"{MONDAY} 10:00:00", f"{MONDAY} 13:00:00"))

    def test_what_is_sooner_anyway_stays(self):
        ticket = self.ticket_at("09:00:00")
        with self.at(f"{MONDAY} 09:50:00"):
            ticket.response_policy_id = self.urgent
        self.assertEqual(self.due(ticket), (f"{MONDAY} 10:00:00", f"{MONDAY} 11:50:00"))
        self.assertEqual(ticket.response_policy_id, self.urgent)

    def test_set_later_or_brought_by_a_team(self):
        for change in ("response_policy_id", "team_id"):
            ticket = self.ticket_at("09:00:00", handle=f"@{change}")
            team = self.make_team("Fast", response_policy_id=self.urgent.id)
            value = self.urgent if change == "response_policy_id" else team
            with self.at(f"{MONDAY} 09:10:00"):
                ticket[change] = value
            self.assertEqual(self.due(ticket)[0], f"{MONDAY} 09:25:00", change)

    def test_what_is_done_is_done(self):
        ticket = self.ticket_at("09:00:00")
        self.answer(ticket, "09:05:00")
        with self.at(f"{MONDAY} 09:10:00"):
            ticket.response_policy_id = self.urgent
            self.assertEqual(self.states(ticket), ("met", "paused"))
            ticket._customer_is_back()
        self.assertEqual(self.due(ticket), (f"{MONDAY} 10:00:00", f"{MONDAY} 11:10:00"))

    def test_a_ticket_without_policy_gets_one(self):
        self.env["social.routing.rule"].search([]).policy_id = False
        ticket = self.ticket_at("09:00:00")
        self.assertFalse(ticket.first_response_due)
        with self.at(f"{MONDAY} 09:10:00"):
            ticket.response_policy_id = self.policy
        self.assertEqual(self.due(ticket)[0], f"{MONDAY} 10:10:00")


class TestNobodysTeam(RepliesCase):
    def test_who_is_in_no_team_may_still_reply(self):
        self.team.user_ids = [Command.clear()]
        ticket = self.ticket_at("09:00:00")
        self.answer(ticket, "09:30:00")
        self.assertEqual(ticket.user_id, self.agent)
