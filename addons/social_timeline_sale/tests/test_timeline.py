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

    def test_orders_beside_the_conversation(self):
        order = self.env["sale.order"].create({"partner_id": self.ann.id})
        order.action_confirm()
        conversation = self.receive(self.payload("Where is it?")).conversation_id
        conversation.profile_id.partner_id = self.ann
        group = "sales_team.group_sale_salesman_all_leads"
        seller = self.make_user("seller", "social_engagement.group_social_user", group)
        seen = conversation.with_user(seller)
        self.assertEqual(seen.sale_order_count, 1)
        found = self.env["sale.order"].search(seen.action_view_orders()["domain"])
        self.assertIn(order, found)
        view = "social_engagement.social_conversation_view_form_side"
        view_id = self.env.ref(view).id
        for user, offered in ((seller, True), (self.agent, False)):
            arch = conversation.with_user(user).get_view(view_id)["arch"]
            self.assertEqual("action_view_orders" in arch, offered)
