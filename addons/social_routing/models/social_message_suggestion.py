from odoo import models

from odoo.addons.social_engagement.models.social_message_suggestion import MOST


class SocialMessage(models.Model):
    _inherit = "social.message"

    def _suggested_answers(self):
        """What the rules suggest comes first. Who wrote the rule suggests it to
        everybody, whoever else may read the canned response.
        """
        found = super()._suggested_answers()
        ruled = self.conversation_id.sudo().routing_case_id._suggested_answer()
        if not ruled:
            return found
        first = {
            "kind": "canned",
            "title": ruled.source,
            "text": ruled.substitution,
            "note": self.env._("From the rules"),
        }
        text = first["text"].strip()
        others = [each for each in found if each["text"].strip() != text]
        return [first, *others][:MOST]
