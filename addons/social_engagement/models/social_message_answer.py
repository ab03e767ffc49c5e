from uuid import uuid4

from odoo import fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..networks.plaintext import clean


class SocialMessage(models.Model):
    """Answering a received message: the checks, and the one way into the outbox."""

    _inherit = "social.message"

    def _answer(self, text, key=None):
        """Queues an answer to this received message and shows it in the chatter. The
        only way out to a network.

        :param text: what the agent typed, plain text
        :param key: names this answer; answering twice with one key sends once
        :return: the outbound message
        :raises UserError: when the answer can't be sent, saying why
        """
        self._check_may_answer()
        conversation = self.conversation_id
        if key and (known := self.sudo().search([("key", "=", key)])):
            if known.conversation_id != conversation:
                raise ValidationError(
                    self.env._("This answer was given in another conversation.")
                )
            return known
        final = self._check_answer(clean(text or "").strip())
        conversation._bring_to_desk()
        outbound = self.sudo().create(
            {
                "channel_id": self.channel_id.id,
                "conversation_id": conversation.id,
                "direction": "outbound",
                "kind": "direct" if self.kind == "direct" else "reply",
                "parent_external_id": self.external_id,
                "body": final,
                "posted_at": fields.Datetime.now(),
                "visibility": self.visibility,
                "reply_ref": self.reply_ref,
                "language": self.language,
                "answerable": False,
                "delivery_state": "queued",
                "key": key or uuid4().hex,
                "user_id": self.env.uid,
            }
        )
        # Who may answer may do so wherever the conversation is worked on.
        thread = conversation.sudo()._desk_thread()
        outbound.mail_message_id = thread.message_post(
            body=outbound._html(),
            message_type="social",
            subtype_xmlid="social_engagement.mt_social",
        )
        outbound._notify_delivery()
        conversation.sudo().write(
            {
                "state": "waiting",
                "message_count": conversation.message_count + 1,
                "last_message_at": outbound.posted_at,
            }
        )
        self.env.ref("social_engagement.cron_send").sudo()._trigger()
        return outbound

    def _check_may_answer(self):
        if not self.env.user.has_group("social_engagement.group_social_user"):
            raise AccessError(
                self.env._("Answering on social networks needs the right “Agent”.")
            )
        self.conversation_id.check_access("write")

    def _check_answer(self, text):
        """The text as it will stand on the network.

        :raises UserError: when it can't be published
        """
        if obstacle := self.conversation_id._answer_obstacle(self):
            raise UserError(obstacle)
        if not text:
            raise UserError(self.env._("The answer is empty."))
        channel = self.channel_id
        adapter = channel._network()
        final = adapter.compose(text, self.reply_ref or {})
        limit, length = channel.max_length, adapter.length(final)
        if limit and length > limit:
            raise ValidationError(
                self.env._(
                    "The answer is too long for %(network)s: %(length)s of at most "
                    "%(limit)s characters.",
                    network=channel.network_label,
                    length=length,
                    limit=limit,
                )
            )
        return final
