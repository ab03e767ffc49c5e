"""Another add-on owns the model names of Odoo Enterprise's Social Marketing."""

from ground import LOCAL, ROOT, fresh_database, odoo

MANIFEST = {
    "name": "Social Marketing",
    "author": "Somebody else",
    "license": "LGPL-3",
    "depends": ["mail"],
}
MODELS = """
from odoo import fields, models

class SocialMedia(models.Model):
    _name = "social.media"
    _description = "Social Media"
    _inherit = ["mail.thread"]
    name = fields.Char(required=True)
    media_type = fields.Selection([])

class SocialAccount(models.Model):
    _name = "social.account"
    _description = "Social Account"
    media_id = fields.Many2one("social.media", required=True)

class SocialPost(models.Model):
    _name = "social.post"
    _description = "Social Post"
    message = fields.Text()

class SocialStream(models.Model):
    _name = "social.stream"
    _description = "Social Stream"
    account_id = fields.Many2one("social.account")
"""
LOOK = """
names = ("social.media", "social.account", "social.post", "social.stream")
theirs = {n: env[n]._original_module for n in names}
assert set(theirs.values()) == {"social"}, theirs
assert "message_id" not in env["social.media"]._fields
assert "media_type" not in env["social.message.media"]._fields
assert not env["social.message.media"].search([])
env["social.media"].create({"name": "Facebook"})
print("both work")
"""


def test_beside_social(tmp_path):
    addon = tmp_path / "social"
    addon.mkdir()
    addon.joinpath("__manifest__.py").write_text(repr(MANIFEST))
    addon.joinpath("__init__.py").write_text(MODELS)
    paths = f"--addons-path={ROOT / 'addons'},{tmp_path}"
    options = ("--no-http", "--max-cron-threads=0")
    with fresh_database() as name:
        upgrade = ("-i", "social", "-u", "social_engagement", "--stop-after-init")
        log = "beside-social.log"
        assert not odoo("-d", name, paths, *options, *upgrade, log=log)
        said = (LOCAL / "log" / log).read_text()
        assert " ERROR " not in said, said[-3000:]
        assert not odoo("shell", "-d", name, paths, *options, log=log, stdin=LOOK)
        assert "both work" in (LOCAL / "log" / log).read_text()
