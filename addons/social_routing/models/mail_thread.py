from odoo import api, models

from ..engine import is_automatic

AUTOMATIC = "social_routing_automatic"  # in the context: no person wrote this mail


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        told = self.with_context(**{AUTOMATIC: is_automatic(message)})
        return super(MailThread, told)._message_route_process(
            message, message_dict, routes
        )
