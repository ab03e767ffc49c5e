from lxml import etree

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

    def test_another_company_knows_nothing_of_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        self.assertFalse(self.partner.company_id, "both share the contact")
        there = self.partner.with_company(other)
        self.assertEqual(there.social_influence, 0)
        ours = self.partner.with_company(self.channel.company_id)
        self.assertGreater(ours.social_influence, 1)
        tickets = self.env["helpdesk.ticket"].with_company(other)
        ticket = tickets.create(
            {
                "name": "Call",
                "description": "-",
                "partner_id": self.partner.id,
                "company_id": other.id,
            }
        )
        self.assertEqual(ticket.social_influence, 0)
        self.assertEqual(ticket.routing_case_id.influence, 0)

    def test_tickets_that_came_by_phone_show_it(self):
        arch = etree.fromstring(self.env["helpdesk.ticket"].get_view()["arch"])
        [shown] = arch.xpath("//field[@name='social_influence']")
        hidden = [each.get("invisible") for each in [shown, *shown.iterancestors()]]
        self.assertEqual([h for h in hidden if h], ["not social_influence"])

    def test_decisions_about_mail_and_calls_weigh_it(self):
        self.profile.write(
            {"influence_manual": 90, "influence_manual_reason": "Known to us"}
        )
        calls = self.tickets(2)
        lead = self.env["crm.lead"].create({"name": "L", "partner_id": self.partner.id})
        mail = self.env["helpdesk.ticket"].message_new(
            {"subject": "Broken", "from": "ann@example.com", "body": "<p>It broke</p>"},
            {"partner_id": self.partner.id},
        )
        cases = (calls + mail).routing_case_id + lead.routing_case_id
        self.assertEqual(cases.mapped("influence"), 4 * [90])
        for case in cases:
            self.assertEqual(dict(case.details["terms"])["influence"], 9)
        self.assertEqual(mail.routing_case_id.source, "email")
        stranger = self.env["helpdesk.ticket"].create({"name": "S", "description": "-"})
        self.assertEqual(stranger.routing_case_id.influence, 0)

    def test_decisions_read_the_scores_of_all_at_once(self):
        def queries(number):
            partners = self.env["res.partner"].create(
                [{"name": f"{number}-{n}"} for n in range(number)]
            )
            facts = self.env["social.routing.case"].sudo()._written_facts
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            facts(self.env.company, ["-"] * number, ["email"] * number, partners)
            return self.env.cr.sql_log_count - before

        queries(1)  # fills caches
        self.assertEqual(queries(2), queries(40))

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
