from odoo import fields, models

from odoo.addons.mail.tools.discuss import Store

from . import failure


class SocialMessage(models.Model):
    _inherit = "social.message"

    def _chatter_facts(self):
        """What the chatter shows of a post: plain JSON."""
        self.ensure_one()
        waits = self.delivery_state == "queued" and self.send_at
        failed = self.action_ids.filtered(lambda action: action.state == "failed")
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
            "send_at": fields.Datetime.to_string(self.send_at) if waits else "",
            "edited": bool(self.edited_at),
            "gone": self._gone_words(),
            "liked": self._is_wanted("like"),
            "hidden": self._is_wanted("hide"),
            "followed": self._is_wanted("follow"),
            "spam": self.spam == 1.0,
            "action_failure": failure.explain(self.env, failed[:1].failure_reason),
            "actions": self._possible_actions(),
        }

    def _show_facts(self, user):
        """Brings what a user sees of these posts up to date."""
        for message in self.mail_message_id.with_user(user):
            store = Store(bus_channel=user)
            store.add(message, [message._social_attribute()])
            store.bus_send()
