from .common import QUESTION, RoutingCase


class TestPeople(RoutingCase):
    """Tickets and leads in who authors are, and in contacts' timelines."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls.env["res.partner"].create(
            {"name": "Ann Lee", "email": "ann@shop.example"}
        )

    def page(self, wanted=None, user=None):
        self.env.cr.precommit.run()
        self.env.invalidate_all()
        partner = self.ann.with_user(user or self.agent)
        return partner.social_timeline(wanted)["entries"]

    def test_a_link_reaches_the_ticket_and_an_undo_leaves_it(self):
        ticket = self.ticket()
        profile = ticket.conversation_ids.profile_id.with_user(self.agent)
        profile.partner_id = self.ann
        self.assertEqual(ticket.partner_id, self.ann)
        kinds = {entry["kind"]: entry for entry in self.page()}
        self.assertEqual(set(kinds), {"post", "ticket"})
        self.assertEqual(kinds["ticket"]["channel"], "scripted")
        self.assertEqual(kinds["ticket"]["card"]["facts"], ["New"])
        post = kinds["post"]  # is shown as in the chatter, and leads there
        self.assertEqual(post["message"], ticket.message_ids[:1].id)
        self.assertEqual((post["model"], post["res_id"]), (ticket._name, ticket.id))
        profile.identity_ids.action_undo()
        self.assertFalse(ticket.partner_id)
        self.assertEqual(self.page(), [])

    def test_a_contact_somebody_chose_stays(self):
        other = self.env["res.partner"].create({"name": "Other"})
        ticket = self.ticket()
        ticket.partner_id = other
        profile = ticket.conversation_ids.profile_id.with_user(self.agent)
        profile.partner_id = self.ann
        profile.identity_ids.action_undo()
        self.assertEqual(ticket.partner_id, other)

    def test_notes_follow_the_contact_of_their_ticket(self):
        ticket = self.ticket()
        ticket.message_post(
            body="x", message_type="comment", subtype_xmlid="mail.mt_note"
        )
        self.env.cr.precommit.run()
        ticket.partner_id = self.ann
        kinds = [entry["kind"] for entry in self.page()]
        self.assertEqual(sorted(kinds), ["note", "ticket"])

    def test_leads_are_there_for_who_sells(self):
        self.env["crm.lead"].create({"name": "Tea", "partner_id": self.ann.id})
        self.assertEqual(self.page({"kind": "lead"}), [])
        seller = self.make_user("seller", "sales_team.group_sale_salesman_all_leads")
        [entry] = self.page({"kind": "lead"}, seller)
        self.assertEqual(entry["card"]["title"], "Tea")

    def test_who_names_a_ticket_may_be_its_customer(self):
        ticket = self.ticket()
        ticket.partner_id = self.ann
        text = f"{QUESTION} It is about {ticket.number}"
        profile = self.receive(self.payload(text, handle="@al")).profile_id
        profile._suggest_identities()
        [identity] = profile.identity_ids
        self.assertEqual(identity.partner_id, self.ann)
        self.assertEqual(identity.evidence_ids.kind, "reference")

    def test_the_phone_is_a_channel(self):
        phone = self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone")
        self.env["helpdesk.ticket"].create(
            {
                "name": "Called",
                "description": "x",
                "partner_id": self.ann.id,
                "channel_id": phone.id,
                "team_id": self.team.id,
            }
        )
        [entry] = self.page({"channel": "phone"})
        self.assertEqual(entry["kind"], "ticket")
