"""Who replies has the case, and its stage follows."""

from odoo.fields import Command

from .replies_case import RepliesCase
from .test_response_policy import MONDAY


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


class TestNobodysTeam(RepliesCase):
    def test_who_is_in_no_team_may_still_reply(self):
        self.team.user_ids = [Command.clear()]
        ticket = self.ticket_at("09:00:00")
        self.answer(ticket, "09:30:00")
        self.assertEqual(ticket.user_id, self.agent)
