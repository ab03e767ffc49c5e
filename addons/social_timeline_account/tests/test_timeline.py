from odoo.tests import tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


@tagged("post_install", "-at_install")
class TestTimelineAccount(AccountTestInvoicingCommon):
    def test_an_invoice_is_an_entry(self):
        move = self.init_invoice("out_invoice", products=self.product_a, post=True)
        self.env.cr.precommit.run()
        partner = move.partner_id
        entries = partner.social_timeline({"kind": "invoice"})["entries"]
        [entry] = [e for e in entries if e["card"]]
        self.assertEqual((entry["model"], entry["res_id"]), ("account.move", move.id))
        self.assertIn("Posted", entry["card"]["facts"])
