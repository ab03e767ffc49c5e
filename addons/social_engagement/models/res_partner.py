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
        compute_sudo=True,
        groups="social_engagement.group_social_user",
        help="1 to 100, of all profiles your company knows; 0 when none is known.",
    )

    @api.depends(
        "social_profile_ids.influence", "social_profile_ids.influence_confidence"
    )
    @api.depends_context("company")
    def _compute_social_influence(self):
        for partner in self:
            partner.social_influence = partner._social_influence_in(self.env.company)

    def _social_influence_in(self, company):
        """1 to 100, of the profiles a company knows; 0 when none is known. Contacts may
        be shared by companies, profiles never are.
        """
        found = combine(
            [
                (profile.influence, profile.influence_confidence)
                for profile in self.sudo().social_profile_ids
                if profile.influence and profile.company_id == company
            ]
        )
        return round(found[0]) if found else 0
