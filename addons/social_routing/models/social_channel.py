from odoo import fields, models


class SocialChannel(models.Model):
    _inherit = "social.channel"

    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        check_company=True,
        help="Takes the tickets of this channel when a rule names no other team.",
    )
    keep_tickets = fields.Boolean(
        "Tickets and leads keep their text",
        default=True,
        help="A complaint, an order or a warranty may have to be kept for years by "
        "law: what became a ticket or lead keeps its subject and description when the "
        "texts are deleted by age. Unset: it goes with them.",
    )
