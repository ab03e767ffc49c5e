from odoo import api, fields, models
from odoo.tools import ormcache

from ..analysis.topics import Matcher, default_topics
from .forgery import check_writable
from .languages import language_selection


class SocialTopic(models.Model):
    """What posts are about, found by words a manager lists."""

    _name = "social.topic"
    _description = "Topic"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    key = fields.Char(readonly=True, copy=False, help="Of a topic that ships.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one("res.company", help="Empty: of all companies.")
    word_ids = fields.One2many("social.topic.words", "topic_id", "Words", copy=True)
    message_count = fields.Integer("Posts", compute="_compute_message_count")

    def _compute_message_count(self):
        counts = dict(
            self.env["social.message"]._read_group(
                [("topic_ids", "in", self.ids)], ["topic_ids"], ["__count"]
            )
        )
        for topic in self:
            topic.message_count = counts.get(topic, 0)

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        check_writable(self, vals)
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    def _list_shipped_words(self):
        """Gives the topics that ship the words that ship; those a manager has changed
        are left alone, since this is called on installation only.
        """
        topics = {topic.key: topic for topic in self.search([("key", "!=", False)])}
        self.env["social.topic.words"].create(
            [
                {
                    "topic_id": topics[key].id,
                    "language": language,
                    "words": "\n".join(word.replace("_", " ") for word in words),
                }
                for key, listed in default_topics().items()
                for language, words in listed.items()
            ]
        )

    @api.model
    @ormcache("company_id")
    def _matcher(self, company_id):
        """The `Matcher` of a company's topics; it finds their ids."""
        topics = self.sudo().search([("company_id", "in", [company_id, False])])
        return Matcher({topic.id: topic.word_ids._by_language() for topic in topics})

    def action_view_messages(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_engagement.social_message_action"
        )
        return action | {"domain": [("topic_ids", "in", self.ids)]}


class SocialTopicWords(models.Model):
    """The words of a topic in one language."""

    _name = "social.topic.words"
    _description = "Words of a Topic"
    _order = "topic_id, language"

    topic_id = fields.Many2one("social.topic", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="topic_id.company_id", store=True)
    language = fields.Selection(
        selection=lambda self: language_selection(self.env),
        help="Empty: in every language.",
    )
    words = fields.Text(
        required=True,
        help="One word or phrase a line. A star at the end stands for any ending: "
        "“deliver*” finds “delivery” and “delivered”.",
    )

    _language_unique = models.UniqueIndex(
        "(topic_id, COALESCE(language, ''))",
        "This topic has words in that language already: add yours to them.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _by_language(self):
        """Language (None: every) → list of words."""
        listed = {}
        for line in self:
            words = [word.strip() for word in line.words.splitlines() if word.strip()]
            listed.setdefault(line.language or None, []).extend(words)
        return listed
