from odoo import fields, models


class SocialChannel(models.Model):
    _inherit = "social.channel"

    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        check_company=True,
        help="Takes the tickets of this channel when a rule names no other team.",
    )
