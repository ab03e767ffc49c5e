"""Whom a change of the stage is mailed to."""

from .replies_case import RepliesCase


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
