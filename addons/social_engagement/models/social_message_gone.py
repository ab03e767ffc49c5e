from odoo import api, fields, models

BY_AUTHOR = "deleted by author"
NOT_THERE = "not there"
CONTENT = {
    "title": False,
    "body": False,
    "url": False,
    "reply_ref": False,
    "reasons": False,
    "sentiment_words": False,
    "answerable": False,
}


class SocialMessage(models.Model):
    """What an author deletes disappears here too: text, media, payload, chatter. When
    and why remains.
    """

    _inherit = "social.message"

    gone_at = fields.Datetime(
        "Deleted at", readonly=True, copy=False, help="When the deletion was noticed."
    )
    gone_reason = fields.Selection(
        [
            (BY_AUTHOR, "Deleted by its author"),
            (NOT_THERE, "Not on the network any more"),
        ],
        "Why it is deleted",
        readonly=True,
        copy=False,
    )

    @api.model
    def _gone(self, channel, external_ids, reason=BY_AUTHOR):
        """Posts were deleted at the network. Those known lose everything that was in
        them; those that did not arrive yet never will.

        :param external_ids: of posts, theirs or ours
        :param reason: a key of ``gone_reason``
        """
        posts = self.sudo()
        known = posts._known(channel, list(external_ids))
        there = posts.browse(m.id for m in known.values() if not m.gone_at)
        theirs = there.filtered(lambda message: message.direction == "inbound")
        theirs._forget(reason)
        for message in there - theirs:
            if message.delivery_state in ("sent", "standing", "withdrawing"):
                message.delivery_state = "withdrawn"
                message._notify_delivery()
        posts.create(
            [
                {
                    "channel_id": channel.id,
                    "direction": "inbound",
                    "external_id": external_id,
                    "answerable": False,
                    "posted_at": fields.Datetime.now(),
                    "gone_at": fields.Datetime.now(),
                    "gone_reason": reason,
                }
                for external_id in set(external_ids) - known.keys()
            ]
        )

    def _forget(self, reason):
        """Empties posts of one company, together: a thread of thousands may go at once.

        :param reason: a key of ``gone_reason``
        """
        before = {message: message._made_of_text() for message in self}
        self.env["social.intake"]._forget(self)
        self.media_ids._forget()
        self.label_ids.unlink()  # nothing can be learnt from an empty text
        bands = self.env["social.message.band"]
        bands.search([("message_id", "in", self.ids)]).unlink()
        self._forget_in_chatter()
        gone = {"gone_at": fields.Datetime.now(), "gone_reason": reason}
        self.write(CONTENT | gone)
        language = self.company_id.partner_id.lang
        self.with_context(lang=language)._show_texts(before)

    def _forget_in_chatter(self):
        """All that hangs on the message in the chatter, save itself."""
        shown = self.mail_message_id.sudo()
        shown.attachment_ids.unlink()
        shown.message_link_preview_ids.unlink()
        self.env["mail.message.translation"].sudo().search(
            [("message_id", "in", shown.ids)]
        ).unlink()
        # To colleagues who follow: what waits is not sent, what was sent is not kept.
        mails = self.env["mail.mail"].sudo()
        mails = mails.search([("mail_message_id", "in", shown.ids)])
        mails.filtered(lambda mail: mail.state != "sent").state = "cancel"
        mails.body_html = False

    def _gone_words(self):
        field = self._fields["gone_reason"]
        return dict(field._description_selection(self.env)).get(self.gone_reason, "")
