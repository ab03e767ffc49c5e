from odoo import Command, api, fields, models

from ..networks.revision import is_newer
from .social_conversation import subject
from .social_intake import _key
from .social_message import _content

# What of a post an edit may change; who wrote it, when and where stays.
EDITABLE = (
    "title",
    "body",
    "url",
    "visibility",
    "reply_ref",
    "answerable",
    "unanswerable_reason",
    "revision",
)


class SocialMessage(models.Model):
    """Edits at the network are followed; the old text is shown nowhere any more."""

    _inherit = "social.message"

    revision = fields.Char(
        readonly=True, copy=False, help="What the network calls this state of the post."
    )
    edited_at = fields.Datetime(
        "Edited at", readonly=True, copy=False, help="When the edit was noticed."
    )

    @api.model
    def _follow_edits(self, channel, posts, messages):
        """Brings known posts up to the state they were delivered in. What is older than
        that which is here changes nothing, in whatever order it arrives.

        :param posts: list of :class:`Post`
        :param messages: known messages by external id
        """
        before = {}
        for post in posts:
            message = messages.get(post.external_id)
            if not message or message.gone_at or message.direction != "inbound":
                continue
            newer = is_newer(post.revision, message.revision or "")
            if newer is None:
                newer = message._was_before(post)
            if newer:
                as_it_was = message._made_of_text()
                if message._edit(channel, post):
                    before.setdefault(message, as_it_was)
        self.browse(message.id for message in before)._show_texts(before)

    def _was_before(self, post):
        """Whether the state shown was delivered before another one."""
        delivered = self.env["social.intake"].search_fetch(
            [
                ("channel_id", "=", self.channel_id.id),
                ("external_id", "=", _key(self.external_id)),
                ("revision", "in", [_key(self.revision or ""), _key(post.revision)]),
            ],
            ["revision"],
        )
        order = {intake.revision: intake.id for intake in delivered}
        ours, theirs = _key(self.revision or ""), _key(post.revision)
        return order.get(ours, 0) < order.get(theirs, 0)

    def _edit(self, channel, post):
        """Takes over another state of a post.

        :return: whether it reads differently now
        """
        content = _content(channel, post)
        values = {name: content[name] for name in EDITABLE}
        values |= self._spread_by_now(post)
        changed = [self[name] or "" for name in ("title", "body")] != [
            values["title"] or "",
            values["body"] or "",
        ]
        if changed:
            [understood] = self._understand_allowed(
                channel.company_id, [post], [self.profile_id]
            )
            topics = [Command.clear(), *understood["topic_ids"]]
            values |= {**understood, "topic_ids": topics}
            values["edited_at"] = fields.Datetime.now()
        self.write(values)
        self._follow_media(post)
        if changed:
            self._keep_corrections()
        return changed

    def _made_of_text(self):
        """What elsewhere was made from this post's text, see ``_follow_texts``."""
        return {"subject": self._subject(), "html": self._html()}

    def _show_texts(self, before):
        """Lets everything that was made from the texts of these posts follow them.

        :param before: message → what it was (:meth:`_made_of_text`)
        """
        for html, messages in self.grouped(lambda message: message._html()).items():
            messages.mail_message_id.sudo().write({"body": html})
        for conversation, messages in self.grouped("conversation_id").items():
            if conversation:
                conversation._follow_texts(messages, before)

    def _subject(self):
        if self.gone_at:
            return self.env._("Deleted post")
        return subject(
            title=self.title,
            body=self.body,
            url=self.url,
            external_id=self.external_id,
        )
