from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.social_engagement.networks.plaintext import undirected, with_true_hosts

POST = {  # what internal users read of a post, without a right to posts
    "compute": "_compute_social",
    "compute_sudo": True,
    "groups": "base.group_user",
}


class SocialDesk(models.AbstractModel):
    """What conversations are worked on in beside themselves: tickets and leads. Each
    has ``conversation_ids``; the field of a conversation that leads here is its
    inverse.
    """

    _name = "social.desk"
    _description = "Where Conversations Are Worked On"
    _shows_presence = True

    social_profile_id = fields.Many2one("social.profile", "Author", **POST)
    social_network = fields.Char("Network", **POST)
    social_is_sandbox = fields.Boolean("Sandbox", **POST)
    social_text = fields.Text("Post", **POST)
    social_url = fields.Char("Original", **POST)
    social_language = fields.Char("Post Language", **POST)
    social_sentiment_label = fields.Selection(
        [("negative", "Negative"), ("neutral", "Neutral"), ("positive", "Positive")],
        "Sentiment",
        **POST,
    )
    social_sentiment = fields.Float("Sentiment Score", **POST)
    social_rating = fields.Float(
        "Rating",
        compute="_compute_social_rating",
        compute_sudo=True,
        groups="base.group_user",
        help="1 to 5, as the customer answered last; 0: not at all.",
    )

    def _conversation_field(self):
        """The field of a conversation that says it is worked on here."""
        return self._fields["conversation_ids"].inverse_name

    @api.depends("conversation_ids.last_message_at")
    @api.depends_context("uid")
    def _compute_social(self):
        latest = self._latest_posts()
        for record in self:
            post = latest.get(record.id, self.env["social.message"])
            record.social_profile_id = post.profile_id
            record.social_network = post.channel_id.network_label
            record.social_is_sandbox = post.network == "sandbox"
            record.social_text = post.body and with_true_hosts(undirected(post.body))
            record.social_url = post.url
            record.social_language = post.language
            record.social_sentiment_label = post.sentiment_label
            record.social_sentiment = post.sentiment

    @api.depends("conversation_ids.rating_last_value")
    def _compute_social_rating(self):
        for record in self:
            rated = record.conversation_ids.filtered("rating_last_value")
            latest = rated.sorted("last_message_at", reverse=True)[:1]
            record.social_rating = latest.rating_last_value

    def _latest_posts(self):
        """The customer's last post that is still there and that the user may read, by
        record id; one query for all records, which leaves all other posts in the
        database.
        """
        link, posts = self._conversation_field(), self.env["social.message"]
        posts.flush_model(["conversation_id", "direction", "posted_at", "gone_at"])
        posts.flush_model(["is_private"])
        self.env["social.conversation"].flush_model([link])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (c.%(link)s) c.%(link)s, m.id
                   FROM social_conversation c
                   JOIN social_message m ON m.conversation_id = c.id
                   WHERE c.%(link)s = ANY(%(ids)s) AND m.direction = 'inbound'
                   AND NOT (m.is_private AND m.channel_id = ANY(%(closed)s))
                   ORDER BY c.%(link)s, m.gone_at IS NOT NULL, m.posted_at DESC,
                            m.id DESC""",
                link=SQL.identifier(link),
                ids=self.ids,
                closed=list(self.env["social.channel"]._closed_to_user()),
            )
        )
        found = posts.browse(post for _record, post in rows)  # read together
        return dict(zip((record for record, _post in rows), found, strict=True))

    def _social_conversation(self):
        """The conversation worked on in this record's chatter."""
        self.ensure_one()
        worked_on = self.conversation_ids.filtered(lambda c: c._desk_thread() == self)
        return worked_on.sorted("last_message_at", reverse=True)[:1]

    def unlink(self):
        """Deletes the records; their chatter goes on in the conversations."""
        self.check_access("unlink")
        self.sudo().conversation_ids._take_back_chatter(self._conversation_field())
        return super().unlink()
