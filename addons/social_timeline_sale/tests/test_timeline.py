from odoo.addons.social_engagement.tests.test_timeline import TimelineCase


class TestTimelineSale(TimelineCase):
    def test_an_order_is_an_entry(self):
        order = self.env["sale.order"].create({"partner_id": self.ann.id})
        seller = self.make_user("seller", "sales_team.group_sale_salesman_all_leads")
        [entry] = [e for e in self.page(user=seller)["entries"] if e["card"]]
        self.assertEqual((entry["kind"], entry["res_id"]), ("order", order.id))
        self.assertIn("Quotation", entry["card"]["facts"])
        kinds = [kind for kind, _channel in self.shown()]
        self.assertNotIn("order", kinds, "agents may not read orders")

    def test_who_names_an_order_may_be_its_customer(self):
        order = self.env["sale.order"].create({"partner_id": self.ann.id})
        order.name = "S98765"
        profile = self.receive(self.payload("Where is my order S98765?")).profile_id
        profile._suggest_identities()
        [identity] = profile.identity_ids
        self.assertEqual(identity.partner_id, self.ann)
        self.assertEqual(identity.evidence_ids.kind, "reference")
