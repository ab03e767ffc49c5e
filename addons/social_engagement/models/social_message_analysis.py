from odoo import Command, api, fields, models
from odoo.tools import LazyTranslate

from ..analysis import analyse_batch

_lt = LazyTranslate(__name__)

SENTIMENTS = [
    ("negative", "Negative"),
    ("neutral", "Neutral"),
    ("positive", "Positive"),
]
#: Why a post needs an answer or not: the keys of `analysis.needs_answer.WEIGHTS`.
REASONS = {
    "question_mark": _lt("asks a question"),
    "question": _lt("asks a question"),
    "request": _lt("asks for something"),
    "wish": _lt("asks for something"),
    "outage": _lt("names a problem"),
    "problem": _lt("names a problem"),
    "complaint": _lt("complains"),
    "service": _lt("is about an order, an account or a service"),
    "lacking": _lt("something is missing or does not work"),
    "support_account": _lt("is addressed to a service account"),
    "addressed": _lt("is addressed to somebody"),
    "negative": _lt("sounds negative"),
    "positive": _lt("sounds positive"),
    "irony": _lt("sounds ironic"),
    "praise": _lt("praises"),
    "thanks": _lt("gives thanks"),
    "joke": _lt("is a joke"),
    "settled": _lt("says it is settled"),
    "advertising": _lt("looks like advertising"),
    "spam": _lt("looks like spam"),
    "link": _lt("shares a link"),
    "hashtags": _lt("carries many hashtags"),
    "shared": _lt("passes on another's post"),
    "empty": _lt("says nothing in words"),
    # and what stands above the rules
    "learned": _lt("agents decided so about similar posts"),
    "corrected": _lt("an agent says so"),
}


class SocialMessage(models.Model):
    """What was understood of a message."""

    _inherit = "social.message"

    language = fields.Char(readonly=True, help="ISO 639-1; empty when not known.")
    language_confidence = fields.Float(
        "Language certainty", readonly=True, aggregator="avg"
    )
    sentiment = fields.Float(
        "Sentiment Score",
        readonly=True,
        aggregator="avg",
        help="−1 to 1; only meaningful with a sentiment beside it.",
    )
    sentiment_label = fields.Selection(SENTIMENTS, "Sentiment", readonly=True)
    sentiment_words = fields.Json(readonly=True, help="[[word, weight], …]")
    sentiment_words_text = fields.Char(
        "Words that decided", compute="_compute_reasons_text"
    )
    needs_answer = fields.Float(
        "Needs an answer",
        readonly=True,
        aggregator="avg",
        help="0 to 1; from 0.5 on it needs an answer.",
    )
    reasons = fields.Json(readonly=True, help="Keys, the weightiest first.")
    reasons_text = fields.Char("Because of", compute="_compute_reasons_text")
    spam = fields.Float(readonly=True, aggregator="avg", help="0 to 1.")
    advertising = fields.Float(readonly=True, aggregator="avg", help="0 to 1.")

    topic_ids = fields.Many2many("social.topic", string="Topics", readonly=True)

    @api.depends("reasons", "sentiment_words")
    @api.depends_context("lang")
    def _compute_reasons_text(self):
        for message in self:
            message.reasons_text = ", ".join(
                self.env._(REASONS[key]) if key in REASONS else key
                for key in message.reasons or []
            )
            message.sentiment_words_text = ", ".join(
                f"{word} {weight:+.1f}"
                for word, weight in message.sentiment_words or []
            )

    @api.model
    def _understand(self, company, posts):
        """What is said in posts, as values of social.message in the same order.

        :param company: whose posts they are
        :param posts: list of :class:`Post`
        """
        return self._understood(
            company,
            list(map(self._post_text, posts)),
            [post.language for post in posts],
            self.env["res.config.settings"]._social_languages(),
        )

    @api.model
    def _understood(self, company, texts, given, languages):
        """Values of social.message for texts: what the rules find, and above it what
        the company's own models have learnt.

        :param given: the language each network told, or None
        :param languages: the languages expected
        """
        analyses = analyse_batch(zip(texts, given, strict=True), languages)
        topics = self.env["social.topic"]._matcher(company.id)
        values = [
            {
                **values_of(analysis),
                "topic_ids": [
                    Command.link(topic)
                    for topic, _words in topics.match(text, analysis.language)
                ],
            }
            for text, analysis in zip(texts, analyses, strict=True)
        ]
        self.env["social.learner"]._apply(company, texts, values, languages)
        return values

    def _values_in(self, language):
        """The values of this message when it is known to be in a language."""
        [values] = self._understood(
            self.company_id, [self._analysed_text()], [language], (language,)
        )
        return {
            **values,
            "language": language,
            "language_confidence": 1.0,
            "topic_ids": [Command.clear(), *values["topic_ids"]],
        }

    @api.model
    def _post_text(self, post):
        """What is understood of a :class:`Post`: title and text."""
        return _joined(post.title, post.text)

    def _analysed_text(self):
        """What is understood of a message: title and text."""
        return _joined(self.title, self.body)


def _joined(title, body):
    return f"{title}\n{body}" if title else body or ""


def values_of(analysis):
    """The fields of a social.message for an `Analysis`."""
    return {
        "language": analysis.language,
        "language_confidence": analysis.language_confidence,
        "sentiment": analysis.sentiment or 0.0,
        "sentiment_label": analysis.sentiment_label,
        "sentiment_words": analysis.sentiment_words or None,
        "needs_answer": analysis.needs_answer,
        "reasons": analysis.reason_keys,
        "spam": analysis.spam,
        "advertising": analysis.advertising,
    }
