from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form

from ..models.helpdesk_ticket import DECIDED
from .common import RoutingCase

MAIL = """\
From: Ben <ben@x.example>
To: {to}
Subject: {subject}
Message-Id: <{number}@x.example>
In-Reply-To: {parent}
Content-Type: text/plain; charset=utf-8

Where is my parcel?
"""


class TestExistingHelpdesk(RoutingCase):
    """A helpdesk that worked before works as before."""

    def mail(self, subject="Parcel", parent="", to="support@us.example"):
        number = next(self.numbers)
        text = MAIL.format(to=to, subject=subject, number=number, parent=parent)
        thread = self.env["mail.thread"].with_context(mail_channel_nolog=True)
        found = thread.message_process("helpdesk.ticket", text)
        return self.env["helpdesk.ticket"].browse(found)

    def test_a_mail_becomes_a_ticket(self):
        ticket = self.mail()
        self.assertEqual(ticket.name, "Parcel")
        self.assertIn("Where is my parcel?", ticket.description)
        self.assertEqual(ticket.partner_email, '"Ben" <ben@x.example>')
        self.assertFalse(ticket.conversation_ids)
        self.assertFalse(ticket.social_profile_id or ticket.social_network)
        self.assertFalse(ticket.response_policy_id or ticket.first_response_due)
        [shown] = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertIn("Where is my parcel?", shown.body)
        self.assertFalse(ticket.activity_ids)
        case = self.env["social.routing.case"].search([])
        self.assertEqual(case, ticket.routing_case_id, "decided about all the same")
        self.assertEqual((case.source, case.outcome), ("email", "ticket"))

    def test_it_is_what_it_would_be_without_us(self):
        kept = ("team_id", "user_id", "stage_id", "priority", "category_id", "tag_ids")
        kept += ("channel_id", "company_id", "partner_id", "message_partner_ids")
        with patch.object(type(self.env["helpdesk.ticket"]), "_route"):
            without = self.mail()
        self.assertFalse(without.routing_case_id)
        ticket = self.mail()
        for name in kept:
            self.assertEqual(ticket[name], without[name], name)

    def test_a_further_mail_lands_in_the_ticket(self):
        ticket = self.mail()
        [first] = ticket.message_ids.filtered(lambda m: m.message_type == "email")
        again = self.mail("Re: Parcel", parent=first.message_id)
        self.assertEqual(again, ticket)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), 1)

    def test_an_answer_by_mail_reaches_the_customer(self):
        ticket = self.mail()
        customer = self.env["res.partner"].create(
            {"name": "Ben", "email": "ben@x.example"}
        )
        ticket.partner_id = customer
        agent = self.make_user("helpdesk", "helpdesk_mgmt.group_helpdesk_user")
        message = ticket.with_user(agent).message_post(
            body="On its way!",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=customer.ids,
        )
        self.assertEqual(message.notification_ids.res_partner_id, customer)
        self.assertEqual(message.notification_ids.notification_type, "email")
        self.assertFalse(ticket._social_conversation())

    def test_stages_copy_and_deletion(self):
        ticket = self.mail()
        self.close(ticket)
        self.assertTrue(ticket.closed_date)
        copy = ticket.copy()
        self.assertFalse(copy.conversation_ids)
        self.assertNotEqual(copy.routing_case_id, ticket.routing_case_id)
        (ticket + copy).unlink()

    def test_people_without_social_rights_work_as_before(self):
        agent = self.make_user("helpdesk", "helpdesk_mgmt.group_helpdesk_user")
        social, mail = self.ticket(), self.mail()
        for ticket in (mail, social):
            with Form(ticket.with_user(agent)) as form:
                form.name = "Renamed"
            self.assertEqual(ticket.name, "Renamed")
            ticket.with_user(agent).message_post(body="A note")
            self.close(ticket.with_user(agent))
        self.assertEqual(social.conversation_ids.state, "solved")
        with Form(self.env["helpdesk.ticket"].with_user(agent)) as form:
            form.name = "By phone"
            form.description = "Where is it?"
        self.assertEqual(form.record.user_id, agent, "as helpdesk assigns it")
        tickets = self.env["helpdesk.ticket"].with_user(agent)
        view = tickets.get_view(view_type="list")
        names = list(view["models"]["helpdesk.ticket"])
        self.assertTrue(tickets.search_read([], names))

    def test_a_customer_closes_a_ticket_in_the_portal(self):
        portal = self.make_user("ben", "base.group_portal")
        ticket = self.mail()
        ticket.partner_id = portal.partner_id
        ticket.message_subscribe(portal.partner_id.ids)
        ticket.response_policy_id = self.env.ref("social_routing.policy_normal")
        ticket.with_user(portal).message_post(body="It is here.")
        closed = self.stage(closed=True)
        ticket.with_user(portal).sudo().stage_id = closed  # as the portal's route does
        self.assertTrue(ticket.closed and ticket.resolution_at)

    def test_the_author_of_a_ticket_reads_no_score(self):
        portal = self.make_user("ann", "base.group_portal")
        self.receive(self.payload("Nice.")).profile_id.partner_id = portal.partner_id
        ticket = self.ticket().with_user(portal)
        self.assertEqual(ticket.read(["name"])[0]["name"], "Where is my parcel?")
        for name in ticket._fields:
            if name.startswith(("social", "routing")) or name in DECIDED:
                with self.assertRaises(AccessError, msg=name):
                    ticket.read([name])
