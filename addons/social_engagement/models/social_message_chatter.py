from odoo import models


class SocialMessage(models.Model):
    _inherit = "social.message"

    def _chatter_facts(self):
        self.ensure_one()
        return {
            "id": self.id,
            "network": self.network,
            "network_label": self.channel_id.network_label,
            "url": self.url or "",
            "handle": self.profile_id.handle or "",
            "influence": self.profile_id.influence,
            "sentiment_label": self.sentiment_label or "",
            "visibility": self.visibility or "",
            "delivery_state": self.delivery_state or "",
            "failure_advice": self.failure_advice or "",
        }
