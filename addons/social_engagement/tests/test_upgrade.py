from odoo.tests import TransactionCase


class TestUpgrade(TransactionCase):
    def test_code_newer_than_the_database(self):
        module = self.env.ref("base.module_social_engagement")
        module.latest_version = module.installed_version
        modules = self.env["ir.module.module"]
        self.assertFalse(modules._social_outdated() & module)
        module.write({"latest_version": "19.0.0.9.0", "state": "installed"})
        with self.assertLogs("odoo.addons.social_engagement", "ERROR") as caught:
            modules._register_hook()
        self.assertIn("-u social_engagement", caught.output[0])
        self.assertIn("social_engagement", modules._social_outdated().mapped("name"))
