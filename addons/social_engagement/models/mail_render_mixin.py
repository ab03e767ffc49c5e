from odoo import api, models

from .secret import secrets_hidden


class MailRenderMixin(models.AbstractModel):
    _inherit = "mail.render.mixin"

    @api.model
    def _render_template(self, *args, **kwargs):
        with secrets_hidden():
            return super()._render_template(*args, **kwargs)
