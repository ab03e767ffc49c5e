from odoo import fields, models

from ..answers import invitation

MOST_PEOPLE = 20  # that are suggested after an @


class SocialConversation(models.Model):
    """What the composer has to know beside the network's own rules."""

    _inherit = "social.conversation"

    def _drafting_facts(self, target):
        """More of :meth:`_composer_facts`.

        :return: dict: ``seen_id`` (the last message of the conversation, 0: none),
            ``signature`` (what the server adds), ``window_ends`` (UTC, or ""),
            ``people`` (who can be mentioned: list of dicts with ``handle`` and
            ``name``), ``invitation`` (text that asks the customer to write in private,
            or ""), ``can_email`` (bool: the contact has an address),
            ``partner_name``
        """
        channel = self.channel_id.sudo()
        ends = target and self._window_ends(target.kind)
        partner = self.partner_id
        return {
            "seen_id": self._last_message_id(),
            "signature": channel._signature_of(self.env.user),
            "window_ends": fields.Datetime.to_string(ends) if ends else "",
            "people": self._mentionable(target),
            "invitation": self._invitation(target),
            "can_email": bool(partner.email),
            "partner_name": partner.name or "",
        }

    def _forget_answer(self, count, since):
        """An answer was undone.

        :param count: the posts it had
        :param since: when it was given
        """
        messages = self.env["social.message"]
        last = messages.search([("conversation_id", "=", self.id)], limit=1)
        # A colleague's answer, or one before this, may stand still.
        reopened = self.state == "waiting" and not last._is_answer()
        self.write(
            {
                "state": "open" if reopened else self.state,
                "message_count": self.message_count - count,
                "last_message_at": last.posted_at,
            }
        )

    def _last_message_id(self):
        messages = self.env["social.message"]
        said = [("conversation_id", "=", self.id)]
        return messages.search(said, order="id desc", limit=1).id or 0

    def _mentionable(self, target):
        """The authors in this thread, as far as the network knows mentions."""
        if not self.channel_id.sudo()._network().mentions:
            return []
        thread = [
            ("channel_id", "=", self.channel_id.id),
            ("thread_key", "=", self.thread_key),
        ]
        others = self
        if target.kind != "direct":  # there can be thousands in a thread
            others = self.search(thread, limit=MOST_PEOPLE)
        profiles = (self | others).profile_id[:MOST_PEOPLE]
        return [
            {"handle": profile.handle, "name": profile.name or ""}
            for profile in profiles
            if profile.handle
        ]

    def _invitation(self, target):
        """What invites the customer to write in private, in the customer's language;
        "" where that is not possible or needed.
        """
        way = target.kind != "direct" and self.channel_id._private_way()
        return invitation(way, target.language) if way and target else ""
