"""What the tests of replies share: mails, comments, stages."""

from .test_existing_helpdesk import MAIL
from .test_response_policy import MONDAY, PolicyCase

COMMENT = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}


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
