from odoo import api, fields, models

from ..analysis.influence import combine
from .searching import folded_index


class ResPartner(models.Model):
    _inherit = "res.partner"

    _social_by_name = models.Index(folded_index("name"))

    social_profile_ids = fields.One2many(
        "social.profile", "partner_id", groups="social_engagement.group_social_user"
    )
    social_influence = fields.Integer(
        "Influence on social networks",
        compute="_compute_social_influence",
        store=True,
        compute_sudo=True,
        aggregator="avg",
        groups="social_engagement.group_social_user",
        help="1 to 100, of all profiles together; 0 when none is known.",
    )

    @api.depends(
        "social_profile_ids.influence", "social_profile_ids.influence_confidence"
    )
    def _compute_social_influence(self):
        for partner in self:
            scores = [
                (profile.influence, profile.influence_confidence)
                for profile in partner.social_profile_ids
                if profile.influence
            ]
            found = combine(scores)
            partner.social_influence = round(found[0]) if found else 0
