from odoo.addons.social_engagement.tests.common import SocialCase


class TestInfluenceOfContacts(SocialCase):
    def setUp(self):
        super().setUp()
        author = {"handle": "@ann", "name": "Ann", "followers": 9000, "following": 90}
        [message] = self.receive(self.payload("Good morning.", author=author))
        self.profile = message.profile_id
        self.partner = self.env["res.partner"].create({"name": "Ann"})
        self.profile.partner_id = self.partner

    def tickets(self, number=1):
        return self.env["helpdesk.ticket"].create(
            [
                {"name": f"Call {n}", "description": "-", "partner_id": self.partner.id}
                for n in range(number)
            ]
        )

    def test_tickets_and_leads_of_a_linked_contact_carry_it(self):
        self.assertGreater(self.partner.social_influence, 1)
        lead = self.env["crm.lead"].create({"name": "L", "partner_id": self.partner.id})
        for record in (self.tickets(), lead):
            self.assertEqual(record.social_influence, self.partner.social_influence)
            found = record.search([("social_influence", ">", 1)])
            self.assertIn(record, found, "it is stored")

    def test_it_follows_the_score(self):
        ticket = self.tickets()
        self.profile.write(
            {"influence_manual": 99, "influence_manual_reason": "Known to us"}
        )
        self.assertEqual(ticket.social_influence, 99)
        self.profile.influence_excluded = True
        self.assertEqual(ticket.social_influence, 0)

    def test_it_follows_the_refreshing_job(self):
        ticket, before = self.tickets(), self.profile.influence
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE social_profile SET followers = 9000000 WHERE id = %s",
            [self.profile.id],
        )
        self.env.invalidate_all()
        self.env["social.profile"]._refresh({self.profile.id: (None, None, None)})
        self.assertGreater(self.profile.influence, before)
        self.assertEqual(ticket.social_influence, self.partner.social_influence)

    def test_a_ticket_of_a_post_has_its_authors(self):
        [message] = self.receive(self.payload("Where is my order?", handle="@bob"))
        ticket = message.conversation_id.ticket_id
        self.assertTrue(ticket)
        self.assertEqual(ticket.social_influence, message.profile_id.influence)

    def test_no_query_for_each_ticket(self):
        def queries(number):
            tickets = self.tickets(number)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env.add_to_compute(tickets._fields["social_influence"], tickets)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.assertEqual(queries(2), queries(40))
