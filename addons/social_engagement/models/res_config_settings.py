from odoo import api, fields, models

LANGUAGES = "en,de,fr,es,pt,it,nl,ar,zh,hi"


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    social_languages = fields.Char(
        "Languages customers write in",
        config_parameter="social_engagement.languages",
        default=LANGUAGES,
        help="ISO 639-1 codes, comma separated. The fewer, the surer a short post is "
        "recognised.",
    )
    social_allow_private_addresses = fields.Boolean(
        "Allow addresses inside your own network",
        config_parameter="social_engagement.allow_private_addresses",
        help="Channels may then call loopback and private addresses: for a Mastodon "
        "server or a blog of your own.",
    )

    @api.model
    def _social_languages(self):
        """The languages posts are expected in, as a tuple of ISO 639-1 codes."""
        listed = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("social_engagement.languages", LANGUAGES)
        )
        return tuple(code.strip().lower() for code in listed.split(",") if code.strip())
