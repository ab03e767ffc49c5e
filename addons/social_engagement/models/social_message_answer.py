from datetime import timedelta
from uuid import uuid4

from odoo import fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..networks import media, threads
from ..networks.base import Reason
from ..networks.plaintext import clean
from . import failure

FARTHEST = timedelta(days=365)  # an answer for later than this is a mistake


class SocialMessage(models.Model):
    """Answering a received message: the checks, and the one way into the outbox."""

    _inherit = "social.message"

    takes = fields.Boolean(
        readonly=True, copy=False, help="Who replied got the conversation by it."
    )

    def _answer(
        self,
        text,
        key=None,
        *,
        attachments=None,
        send_at=None,
        split=False,
        invite=False,
        seen_id=None,
        anyway=False,
        override="",
    ):
        """Queues an answer to this received message and shows it in the chatter. The
        only way out to a network.

        :param text: what the agent typed, plain text
        :param key: names this answer; answering twice with one key sends once
        :param attachments: ir.attachment the current user uploaded for it
        :param send_at: when to send it (naive, UTC); None: now
        :param split: whether an answer that is too long may go out in several posts
        :param invite: whether it invites the customer to write in private
        :param seen_id: the last message of the conversation the agent saw; None: it is
            not asked what came in since
        :param anyway: whether it is sent although there is a newer one
        :param override: why it is sent although a check blocks it; for managers
        :return: the outbound message; of several the first
        :raises UserError: when the answer can't be sent, saying why
        :raises NewerMessages: when somebody has written since
        """
        self._check_may_answer()
        conversation = self.conversation_id
        if key and (known := self.sudo().search([("key", "=", key)])):
            if known.conversation_id != conversation:
                raise ValidationError(
                    self.env._("This answer was given in another conversation.")
                )
            return known
        text, override = clean(text or "").strip(), clean(override or "").strip()
        texts = self._check_answer(text, split, override)
        attachments = attachments or self.env["ir.attachment"]
        self._check_attachments(attachments)
        self._check_send_at(send_at)
        if seen_id is not None and not anyway:
            self._check_nothing_newer(seen_id)
        conversation._bring_to_desk()
        outbound = self._queue(texts, key or uuid4().hex, attachments, send_at)
        for message in outbound:
            message._show_queued()
        conversation.sudo().write(
            {
                "message_count": conversation.message_count + len(outbound),
                "last_message_at": outbound[0].posted_at,
            }
        )
        # Whoever reads the last part has read all of it.
        outbound[-1].invites = invite
        if override and (said := self._check_rules(text, override)):
            outbound[0].with_env(self.env)._log_override(said, override)
        outbound._let_go()
        return outbound[0]

    def _let_go(self):
        """These parts of an answer are to be sent: now the customer is waited for, and
        who replied has the conversation unless somebody else does.
        """
        conversation = self.conversation_id.sudo()
        self[0].sudo().takes = conversation._take(self[0].user_id)
        conversation.state = "waiting"
        self._wake_senders(self[0].try_at or None)

    def _queue(self, texts, key, attachments, send_at):
        """An agent's own words into the outbox: see :meth:`_outbox_rows`."""
        return self._outbox_rows(texts, key, attachments, send_at)

    def _outbox_rows(self, texts, key, attachments, send_at):
        """Rows of the outbox for an answer; only the first knows yet what it goes under
        on the network, each other one learns it from the one before.
        """
        values = {
            "channel_id": self.channel_id.id,
            "conversation_id": self.conversation_id.id,
            "direction": "outbound",
            "kind": "direct" if self.kind == "direct" else "reply",
            "posted_at": fields.Datetime.now(),
            "visibility": self.visibility,
            "language": self.language,
            "answerable": False,
            "delivery_state": "queued",
            "user_id": self.env.uid,
            "send_at": send_at,
            "try_at": send_at or self._held_until(),
        }
        outbox = self.sudo()
        first = outbox.create(
            {
                **values,
                "body": texts[0],
                "key": key,
                "parent_external_id": self.external_id,
                "reply_ref": self.reply_ref,
                "attachment_ids": attachments.ids,
                "attachment_count": len(attachments),
            }
        )
        return first + outbox.create(
            [
                {
                    **values,
                    "body": text,
                    "key": f"{key}/{number}",
                    "first_part_id": first.id,
                }
                for number, text in enumerate(texts[1:], 2)
            ]
        )

    def _held_until(self):
        """Until when an answer can be undone; False: it is sent at once."""
        seconds = self.channel_id.undo_seconds
        return seconds and fields.Datetime.now() + timedelta(seconds=seconds)

    def _show_queued(self):
        # Who may answer may do so wherever the conversation is worked on.
        thread = self.conversation_id.sudo()._desk_thread()
        self.mail_message_id = thread.message_post(
            body=self._html(),
            message_type="social",
            subtype_xmlid="social_engagement.mt_social",
            attachment_ids=self.attachment_ids.ids,
            **self._notice(),
        )
        # Readable to whom the message is: not to everybody who sees the record.
        self.attachment_ids.write(
            {"res_model": "mail.message", "res_id": self.mail_message_id.id}
        )
        self._notify_delivery()

    def _check_may_answer(self):
        if not self.env.user.has_group("social_engagement.group_social_user"):
            raise AccessError(
                self.env._("Answering on social networks needs the right “Agent”.")
            )
        self.check_access("read")
        self.conversation_id.check_access("write")

    def _check_answer(self, text, split, override=""):
        """The text as it will stand on the network: one post, or several.

        :param override: why it is sent although a check blocks it
        :raises UserError: when it can't be published
        """
        if obstacle := self.conversation_id._answer_obstacle(self):
            raise UserError(obstacle)
        if not text:
            raise UserError(self.env._("The answer is empty."))
        self._check_rules(text, override)
        return self._posts(self._signed(text), split)

    def _signed(self, text):
        """A text with the signature its channel wants, unless it was typed."""
        signature = self.channel_id._signature_of(self.env.user)
        return text if text.endswith(signature.strip()) else text + signature

    def _composed(self, text):
        """A text as it will stand on the network."""
        return self.channel_id._network().compose(text, self.reply_ref or {})

    def _posts(self, text, split):
        """The posts a text goes out as, as they will stand on the network.

        :raises ValidationError: it is too long
        """
        adapter = self.channel_id._network()
        composed, limit = self._composed(text), self._length_limit()
        measure = self.channel_id._length
        length = measure(composed)
        if not limit or length <= limit:
            return [composed]
        if split and adapter.threads:
            try:
                parts = threads.split(
                    text, limit, lambda part: measure(self._composed(part))
                )
                return [self._composed(part) for part in parts]
            except ValueError:
                raise ValidationError(
                    self.env._(
                        "The answer is too long to be split: at most %(count)s posts.",
                        count=threads.MOST_PARTS,
                    )
                ) from None
        raise ValidationError(
            self.env._(
                "The answer is too long for %(network)s: %(length)s of at most "
                "%(limit)s characters.",
                network=self.channel_id.network_label,
                length=length,
                limit=limit,
            )
        )

    def _length_limit(self):
        """How long an answer to this post may be; 0: as long as one likes."""
        channel = self.channel_id
        own = self.kind == "direct" and channel._network().direct_max_length
        return own or channel.max_length

    def _check_attachments(self, attachments):
        """:raises UserError: when they can't go out with the answer"""
        if not attachments:
            return
        for attachment in attachments.sudo():
            mine = attachment.create_uid == self.env.user
            if not mine or attachment.res_model != "mail.compose.message":
                raise AccessError(
                    self.env._("Only files uploaded for this answer can go with it.")
                )
        network = self.channel_id.network_label
        limits = self.channel_id._network().media
        if not limits:
            raise UserError(
                self.env._("%(network)s takes no files with answers.", network=network)
            )
        if len(attachments) > limits.count:
            raise UserError(
                self.env._(
                    "%(network)s takes at most %(count)s files with an answer.",
                    network=network,
                    count=limits.count,
                )
            )
        for attachment in attachments.sudo():
            if not media.is_allowed(attachment.mimetype, limits.mime_types):
                raise UserError(
                    self.env._(
                        "%(network)s does not take “%(name)s”: it can be %(types)s.",
                        network=network,
                        name=attachment.name,
                        types=", ".join(limits.mime_types),
                    )
                )
            if attachment.file_size > limits.max_bytes:
                raise UserError(
                    self.env._(
                        "“%(name)s” is too big for %(network)s: at most %(size)s MB.",
                        network=network,
                        name=attachment.name,
                        size=round(limits.max_bytes / 1024 / 1024, 1),
                    )
                )

    def _check_send_at(self, send_at):
        """:raises UserError: when that is no time to send the answer"""
        if not send_at:
            return
        now = fields.Datetime.now()
        if not now < send_at < now + FARTHEST:
            raise UserError(
                self.env._("The time to send the answer must be within the next year.")
            )
        ends = self.conversation_id._window_ends(self.kind)
        if ends and send_at >= ends:
            raise UserError(failure.explain(self.env, Reason.WINDOW_CLOSED))
