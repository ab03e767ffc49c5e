from datetime import timedelta

from odoo import api, fields, models

from ..analysis.topics import suggest
from .forgery import check_writable
from .languages import language_selection

RECENT_DAYS, EARLIER_DAYS = 7, 28
MOST_POSTS = 5000  # looked at on each side


class SocialTopicSuggestion(models.Model):
    """A word that many recent posts share and earlier ones did not, for a manager to
    list under a topic or to turn down.
    """

    _name = "social.topic.suggestion"
    _description = "Suggested Word of a Topic"
    _order = "state, message_count desc, id"
    _check_company_auto = True
    _rec_name = "term"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    term = fields.Char("Word", required=True, readonly=True)
    language = fields.Selection(
        selection=lambda self: language_selection(self.env), readonly=True
    )
    message_count = fields.Integer("Recent posts", readonly=True)
    topic_id = fields.Many2one(
        "social.topic",
        check_company=True,
        domain="[('company_id', 'in', [company_id, False])]",
        help="Where the word is listed; empty makes a new topic of it.",
    )
    state = fields.Selection(
        [("new", "New"), ("accepted", "Accepted"), ("rejected", "Turned down")],
        required=True,
        readonly=True,
        default="new",
    )

    _term_unique = models.UniqueIndex("(company_id, COALESCE(language, ''), term)")

    def write(self, vals):
        check_writable(self, vals)
        return super().write(vals)

    @api.model
    def _cron_suggest(self):
        """Job: looks for new words in each company's posts."""
        since = fields.Datetime.now() - timedelta(days=RECENT_DAYS)
        groups = self.env["social.message"]._read_group(
            [("posted_at", ">=", since)], ["company_id"]
        )
        self.env["ir.cron"]._commit_progress(remaining=len(groups))
        for (company,) in groups:
            self._suggest(company)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _suggest(self, company):
        now = fields.Datetime.now()
        recent = now - timedelta(days=RECENT_DAYS)
        earlier = recent - timedelta(days=EARLIER_DAYS)
        decided = self.search([("company_id", "=", company.id)])
        decided.filtered(lambda s: s.state == "new").unlink()
        decided = decided.exists()
        listed = self.env["social.topic.words"].search(
            [("company_id", "in", [company.id, False])]
        )
        known = [word for words in listed._by_language().values() for word in words]
        found = suggest(
            self._posts(company, recent, now),
            self._posts(company, earlier, recent),
            known=known + decided.mapped("term"),
        )
        self.create(
            [
                {
                    "company_id": company.id,
                    "term": term,
                    "language": language,
                    "message_count": count,
                }
                for term, language, count in found
            ]
        )

    def _posts(self, company, since, until):
        """(text, language) of what was received in a time; copies count once."""
        messages = self.env["social.message"].search_fetch(
            [
                ("company_id", "=", company.id),
                ("direction", "=", "inbound"),
                ("copy_of_id", "=", False),
                ("profile_id.processing_stopped", "=", False),
                ("posted_at", ">=", since),
                ("posted_at", "<=", until),
            ],
            ["title", "body", "language"],
            limit=MOST_POSTS,
        )
        return [(m._analysed_text(), m.language or None) for m in messages]

    def action_accept(self):
        """Lists the words under their topics, or under new ones of their names."""
        self.check_access("write")
        for suggestion in self.sudo().filtered(lambda s: s.state == "new"):
            topic = suggestion.topic_id or suggestion.topic_id.create(
                {
                    "name": suggestion.term.capitalize(),
                    "company_id": suggestion.company_id.id,
                }
            )
            line = topic.word_ids.filtered(
                lambda line, code=suggestion.language: line.language == code
            )
            if line:
                line.words += f"\n{suggestion.term}"
            else:
                line.create(
                    {
                        "topic_id": topic.id,
                        "language": suggestion.language,
                        "words": suggestion.term,
                    }
                )
            suggestion.write({"state": "accepted", "topic_id": topic.id})

    def action_reject(self):
        self.check_access("write")
        self.sudo().state = "rejected"
