from odoo import models
from odoo.tools import SQL

from .searching import bearing

#: Messages nobody wrote for the contact to read or colleagues to know.
NOISE = ("user_notification", "social")
MAILS = ("email", "email_outgoing", "auto_comment")
LONGEST_ON_CARD = 1000  # characters


class MailMessage(models.Model):
    """E-mails, notes and calls: on the contact, on what is the contact's, and what the
    contact wrote or was sent.
    """

    _name = "mail.message"
    _inherit = ["social.timeline.source", "mail.message"]

    _timeline_date = "date"
    _timeline_moves = {
        "author_id",
        "is_internal",
        "mail_activity_type_id",
        "message_type",
        "model",
        "partner_ids",
        "res_id",
        "subtype_id",
    }

    def _timeline_owner(self):
        return None

    def _timeline_rows(self):
        return SQL(
            """SELECT id, partner_id, date, kind,
                      CASE kind WHEN 'email' THEN 'email' WHEN 'call' THEN 'phone'
                                WHEN 'message' THEN message_type END AS channel
               FROM (
                   SELECT m.id, whose.partner_id, m.date, m.message_type,
                          CASE WHEN activity.category = 'phonecall' THEN 'call'
                               WHEN activity.category = 'meeting' THEN 'meeting'
                               WHEN activity.id IS NOT NULL OR m.is_internal
                                    OR subtype.internal THEN 'note'
                               WHEN m.message_type = ANY(%(mails)s) THEN 'email'
                               WHEN m.message_type <> 'comment' THEN 'message'
                               WHEN subtype.id IS NULL THEN 'note'
                               ELSE 'email' END AS kind
                   FROM mail_message m
                   LEFT JOIN mail_message_subtype subtype ON subtype.id = m.subtype_id
                   LEFT JOIN mail_activity_type activity
                        ON activity.id = m.mail_activity_type_id
                   CROSS JOIN LATERAL (%(whose)s) AS whose
                   WHERE m.id = ANY(%(ids)s) AND m.message_type <> ALL(%(noise)s)
                   AND (m.message_type <> 'notification' OR activity.id IS NOT NULL)
                   AND m.model IS DISTINCT FROM 'discuss.channel'
               ) AS message""",
            mails=list(MAILS),
            whose=SQL(" UNION ").join(self._timeline_whose()),
            ids=self.ids,
            noise=list(NOISE),
        )

    def _timeline_whose(self):
        """Queries of the contacts a message ``m`` concerns."""
        queries = [
            SQL("SELECT m.author_id AS partner_id"),
            SQL("SELECT m.res_id WHERE m.model = 'res.partner'"),
            SQL(
                """SELECT res_partner_id FROM mail_message_res_partner_rel
                   WHERE mail_message_id = m.id"""
            ),
        ]
        for name in self.env["social.timeline.entry"]._sources():
            if owner := self.env[name]._timeline_owner():
                queries.append(
                    SQL(
                        """SELECT o.partner_id FROM (%s) AS o
                           WHERE m.model = %s AND o.id = m.res_id""",
                        owner,
                        name,
                    )
                )
        return queries

    def _timeline_domain(self, text):
        return bearing(["body", "subject"], text)


class SocialMessage(models.Model):
    """Posts and direct messages: the author's, and our answers to the author."""

    _name = "social.message"
    _inherit = ["social.timeline.source", "social.message"]

    _timeline_date = "posted_at"
    _timeline_moves = {"profile_id", "conversation_id", "kind", "visibility"}

    def _timeline_owner(self):
        return None

    def _timeline_rows(self):
        return SQL(
            """SELECT m.id, p.partner_id, m.posted_at AS date,
                      CASE WHEN 'direct' IN (m.kind, m.visibility) THEN 'direct'
                           ELSE 'post' END AS kind,
                      m.network AS channel
               FROM social_message m
               LEFT JOIN social_conversation c ON c.id = m.conversation_id
               JOIN social_profile p ON p.id = coalesce(m.profile_id, c.profile_id)
               WHERE m.id = ANY(%s)""",
            self.ids,
        )

    def _timeline_domain(self, text):
        return bearing(["body", "title"], text)

    def _timeline_place(self):
        return "social.conversation", self.conversation_id.id

    def _timeline_card(self):
        text = self._gone_words() if self.gone_at else self.body or ""
        if len(text) > LONGEST_ON_CARD:
            text = text[:LONGEST_ON_CARD] + "…"
        return {
            "title": self.title or "",
            "text": text,
            "facts": [
                *([f"@{self.profile_id.handle}"] if self.profile_id.handle else []),
                *self._timeline_words("sentiment_label"),
            ],
        }


class SocialConversation(models.Model):
    """Its posts are shown one by one; what colleagues note on it belongs with them."""

    _name = "social.conversation"
    _inherit = ["social.timeline.source", "social.conversation"]


class SocialProfile(models.Model):
    _inherit = "social.profile"

    def write(self, vals):
        res = super().write(vals)
        if "partner_id" in vals:
            self._move_timeline()
        return res

    def _move_timeline(self):
        """What was said with these profiles, and on their conversations, belongs in
        other timelines now.
        """
        entries = self.env["social.timeline.entry"]
        conversations = self.env["social.conversation"].sudo()
        conversations = conversations.search([("profile_id", "in", self.ids)])
        said = [
            *[("profile_id", "in", self.ids)],
            *[("conversation_id", "in", conversations.ids)],
        ]
        entries._touch(conversations)
        entries._touch(self.env["social.message"].sudo().search(["|", *said]))
