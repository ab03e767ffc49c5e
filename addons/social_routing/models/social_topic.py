from odoo import fields, models


class SocialTopic(models.Model):
    _inherit = "social.topic"

    urgency = fields.Integer(
        default=0, help="0 to 100: how much sooner a post about it is looked at."
    )

    _urgency_range = models.Constraint(
        "CHECK(urgency BETWEEN 0 AND 100)", "An urgency is between 0 and 100."
    )
