from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import SocialCase

SECRETS = ("secret", "client_secret", "webhook_secret", "webhook_token", "webhook_url")


class TestSecret(SocialCase):
    """Who may write templates of mails does not read secrets by them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.write(
            {name: f"geheim-{name}" for name in SECRETS if name != "webhook_url"}
        )
        session = {"channel_id": cls.channel.id, "data": '{"token": "geheim-session"}'}
        cls.env["social.channel.session"].create(session)
        cls.editor = new_test_user(
            cls.env,
            "template_editor",
            "base.group_user,mail.group_mail_template_editor,"
            "social_engagement.group_social_administrator",
        )

    def render(self, expression, record, engine="inline_template"):
        source = "{{ %s }}" if engine == "inline_template" else '<t t-out="%s"/>'
        mixin = self.env["mail.render.mixin"].with_user(self.editor)
        try:
            rendered = mixin._render_template(
                source % expression, record._name, record.ids, engine=engine
            )
        except UserError as error:  # it is refused
            return str(error)
        return str(rendered[record.id])

    def test_no_template_reads_one(self):
        [post] = self.receive(self.payload())
        self.assertEqual(self.channel.secret, "geheim-secret")  # in the cache
        everything = "object.env['social.channel'].sudo().search([])"
        for engine in ("inline_template", "qweb"):
            for name in SECRETS:
                for way, record in (
                    (f"object.sudo().{name}", self.channel),
                    (f"object.sudo()['{name}']", self.channel),
                    (f"object.sudo().mapped('{name}')", self.channel),
                    (f"object.sudo().read(['{name}'])", self.channel),
                    (f"object.sudo().channel_id.{name}", post),
                    (f"{everything}.mapped('{name}')", post),
                ):
                    with self.subTest(way, engine=engine):
                        self.assertNotIn("geheim", self.render(way, record, engine))
        ways = "object.sudo().session_id.data", "object.sudo()._adapter().account"
        for way in ways:
            self.assertNotIn("geheim", self.render(way, self.channel))

    def test_nor_guesses_it(self):
        for way in (
            "object.sudo().search_count([('secret', '=like', 'g%')])",
            "object.sudo()._read_group([], ['secret'])",
        ):
            with self.subTest(way):
                self.assertIn("Failed to render", self.render(way, self.channel))

    def test_other_fields_are_read(self):
        self.env.invalidate_all()
        self.assertEqual(self.render("object.sudo().name", self.channel), "Scripted")

    def test_jobs_and_system_administrators_read_them(self):
        self.render("object.sudo().secret", self.channel)
        self.assertEqual(self.channel.secret, "geheim-secret")
        self.assertEqual(self.channel._adapter().account.secret, "geheim-secret")
        with self.assertRaises(AccessError):
            self.channel.with_user(self.editor).read(["secret"])
