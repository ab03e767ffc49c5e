from odoo import models


class MergePartner(models.TransientModel):
    """Merging contacts carries their profiles, identities, timeline and influence."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        self.env.flush_all()
        self.env["social.timeline.entry"]._merge(src_partners, dst_partner)
        self.env["social.identity"]._merge(src_partners, dst_partner)
        res = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.invalidate_all()
        # What was moved past the ORM: tickets and leads follow.
        dst_partner.sudo().social_profile_ids.modified(["influence", "partner_id"])
        return res
