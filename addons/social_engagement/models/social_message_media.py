from odoo import fields, models

MOST_OF_ONE_POST = 10  # the others can be seen at the original


class SocialMessage(models.Model):
    """The pictures, videos and sounds of a post."""

    _inherit = "social.message"

    media_ids = fields.One2many("social.message.media", "message_id", readonly=True)

    def _expect_media(self, posts):
        """Notes what belongs to new messages, to be fetched.

        :param posts: their :class:`Post`, in the same order
        """
        self._expect(
            [
                (message, picture)
                for message, post in zip(self, posts, strict=True)
                for picture in post.media[:MOST_OF_ONE_POST]
            ]
        )

    def _follow_media(self, post):
        """An edited post may have other pictures."""
        pictures = post.media[:MOST_OF_ONE_POST]
        there = {picture.url for picture in pictures}
        self.media_ids.filtered(lambda known: known.url not in there)._forget()
        known = set(self.media_ids.mapped("url"))
        self._expect([(self, p) for p in pictures if p.url not in known])

    def _expect(self, pictures):
        """:param pictures: list of (social.message, :class:`Media`)"""
        if not pictures:
            return
        self.env["social.message.media"].create(
            [
                {
                    "message_id": message.id,
                    "url": picture.url,
                    "mime_type": picture.mime_type,
                    "description": picture.description,
                }
                for message, picture in pictures
            ]
        )
        self.env.ref("social_engagement.cron_media")._trigger()

    def _show_media(self):
        """Hangs what was fetched on the messages in the chatter. It belongs to them,
        not to the record: who may not read them (a customer in the portal) may not see
        it either.
        """
        for message in self.filtered("media_ids.attachment_id"):
            fetched = message.media_ids.attachment_id
            if shown := message.mail_message_id.sudo():
                fetched.write({"res_model": shown._name, "res_id": shown.id})
                shown.attachment_ids |= fetched
